"""Trying out what was built for Windows, with a computer that only notes what it is to do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from installing.windows_place import WindowsPlace

DO_NOTHING = [sys.executable, "-c", ""]
FAIL = [sys.executable, "-c", "raise SystemExit(1)"]


class Computer:
    """Does nothing instead of every program."""

    def __init__(self, drive: Path) -> None:
        self.drive = drive

    def command(self, command: Sequence[str | Path]) -> list[str]:
        return [*DO_NOTHING, *map(str, command)]

    def opening(self, path: str) -> list[str]:
        return [*DO_NOTHING, path]

    def wait(self) -> None:
        pass


@pytest.fixture
def place(tmp_path: Path) -> WindowsPlace:
    home = tmp_path / "users" / "somebody"
    (tmp_path / "windows").mkdir()
    home.mkdir(parents=True)
    return WindowsPlace("python/python.exe", Computer(tmp_path), home, [tmp_path], [tmp_path / "windows"])


def test_programs_are_called_as_windows_calls_them(place):
    folder = r"C:\users\somebody\AppData\Local\Programs\PPO Desktop\program"
    assert place.program("train") == [*DO_NOTHING, rf"{folder}\ppo-desktop.exe", "train"]
    assert place.python(Path("driver.py"))[len(DO_NOTHING)] == rf"{folder}\python\python.exe"


def test_the_users_files_are_those_that_are_no_caches_and_logs(place):
    for name in ("settings.json", "Cache/kernels/a.nbi", "Logs/ppo-desktop.log", "runs/comparisons/1.json"):
        (place.data / name).parent.mkdir(parents=True, exist_ok=True)
        (place.data / name).touch()
    assert place.user_files() == {"settings.json", "runs/comparisons/1.json"}


def test_what_is_left_behind_is_neither_the_users_nor_of_windows(place, monkeypatch):
    monkeypatch.setattr(place.computer, "command", lambda _command: FAIL)
    place.data.mkdir(parents=True)
    (place.data / "settings.json").touch()
    (place.computer.drive / "windows" / "system.ini").touch()
    (place.exchange / "window.png").touch()
    before = place.left_behind()
    (place.home / "Desktop").mkdir()
    assert set(place.left_behind()) - set(before) == {"users/somebody/Desktop"}


def test_an_entry_among_the_programs_is_left_behind_too(place):
    assert any("Uninstall" in left for left in place.left_behind())
