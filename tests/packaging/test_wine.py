"""Running programs for Windows on Linux."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installing import wine
from installing.wine import Wine
from launching import system_packages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Wine is for Linux.")


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Returns the command for a program for Windows, with a root that is made already."""
    monkeypatch.setattr(wine, "provide_root", lambda: tmp_path / "root")
    monkeypatch.setattr(system_packages, "as_root", lambda: ["sudo", "-n"])
    return Wine(tmp_path / "prefix").command


def test_a_file_has_the_name_that_wine_gives_it():
    assert wine.windows_path(Path("/tmp/Übung 1/a.exe")) == r"Z:\tmp\Übung 1\a.exe"


def test_paths_are_named_as_in_windows_and_words_stay(command):
    assert command([Path("/a/python.exe"), "-m", "ppo_desktop", "/S"])[-4:] == [
        r"Z:\a\python.exe",
        "-m",
        "ppo_desktop",
        "/S",
    ]


def test_nothing_of_our_environment_gets_into_windows(command, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert "env -i" in wine.ENTER
    assert not any("PYTHONPATH" in argument for argument in command(["python.exe"]))


def test_variables_for_qt_are_named_so_that_wine_passes_them_on(command):
    assert "WINEQT_QPA_PLATFORM=offscreen" in command(["python.exe"], {"QT_QPA_PLATFORM": "offscreen"})
