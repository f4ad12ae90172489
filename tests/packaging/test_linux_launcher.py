"""What starts an installed program on Linux, before there is any Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installing.target import CHECKOUT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
SCRIPT = CHECKOUT / "packaging" / "installing" / "linux_scripts" / "ppo-desktop"


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """The launcher of a program that needs a newer system than any."""
    launcher = tmp_path / "ä folder" / "ppo-desktop"
    launcher.parent.mkdir()
    launcher.write_text(SCRIPT.read_text(encoding="utf-8").replace("@GLIBC@", "2.999"), encoding="utf-8")
    launcher.chmod(0o755)
    return launcher


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file into which what is shown in a dialog is written."""
    shown = tmp_path / "shown"
    zenity = tmp_path / "zenity"
    zenity.write_text(f'#!/bin/sh\necho "$@" >> "{shown}"; exit 1\n')
    zenity.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return shown


def test_on_a_system_that_is_too_old_it_says_so_in_one_line(launcher: Path, shown: Path) -> None:
    ended = subprocess.run([launcher], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "2.999 or newer" in line
    assert not shown.exists(), "who reads the line needs no dialog"


def test_started_from_the_menu_it_says_so_in_one_dialog(launcher: Path, shown: Path) -> None:
    status = subprocess.call([launcher], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    assert status == 1
    (line,) = shown.read_text(encoding="utf-8").splitlines()
    assert "2.999 or newer" in line
