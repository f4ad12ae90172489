"""Screens, fonts, homes and encodings that are not as they should be: one line and a status, no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ppo_desktop import app, system_libraries
from ppo_desktop.complaints import explain_missing_window, why_not_started
from ppo_desktop.ending import OUR_FAILURE, USER_ERROR
from tests.command_line import complaint, posix_only, variables

TUNE = ["tune", "--vary", "clip_range", "--trials", "1", "--total-steps", "1000", "--engine", "pytorch"]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Qt finds screens and fonts otherwise there")
needs_x11 = pytest.mark.skipif(
    sys.platform == "linux" and bool(system_libraries.missing_libraries(system_libraries.X11)),
    reason="Without the libraries for X11 these are asked for first",
)


def desktop_in(*arguments: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Start the program with some environment variables changed, or taken away where they are None."""
    surroundings = {**variables(), **{name: value for name, value in changed.items() if value is not None}}
    for name in [name for name, value in changed.items() if value is None]:
        surroundings.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "ppo_desktop", *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        env=surroundings,
        timeout=100,
        check=False,
    )


@linux_only
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        pytest.param(
            {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}, "DISPLAY", marks=needs_x11
        ),
        pytest.param(
            {"QT_QPA_PLATFORM": None, "DISPLAY": ":7777", "WAYLAND_DISPLAY": None}, ":7777", marks=needs_x11
        ),
        ({"QT_QPA_PLATFORM": "nonsense"}, "nonsense"),
    ],
)
def test_without_a_screen_the_window_is_refused_in_one_line(
    changed: dict[str, str | None], named: str
) -> None:
    ended = desktop_in(**changed)
    assert ended.returncode == OUR_FAILURE
    assert named in complaint(ended)


@linux_only
def test_started_from_a_menu_it_says_why_there_is_no_window_in_a_dialog(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    zenity = tmp_path / "zenity"
    zenity.write_text(f'#!/bin/sh\necho "$@" > "{shown}"\n')
    zenity.chmod(0o755)
    surroundings = {**variables(), "QT_QPA_PLATFORM": "nonsense", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "ppo_desktop"]
    nowhere = subprocess.DEVNULL
    status = subprocess.call(command, env=surroundings, stdout=nowhere, stderr=nowhere, timeout=100)
    assert status == OUR_FAILURE
    assert "nonsense" in shown.read_text()
    shown.unlink()
    assert "nonsense" in complaint(desktop_in(QT_QPA_PLATFORM="nonsense", PATH=surroundings["PATH"]))
    assert not shown.exists(), "who reads the line needs no dialog"


@linux_only
@pytest.mark.parametrize(
    ("failure", "named"),
    [
        ("libnobody.so.1: cannot open shared object file: No such file or directory", "libnobody.so.1"),
        ("/lib/libc.so.6: version `GLIBC_2.99' not found (required by libQt6Core.so.6)", "GLIBC_2.99"),
        ("something\nelse", "something else"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_told_in_one_line_not_in_a_traceback(
    tmp_path: Path, own_home: Path, failure: str, named: str
) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text(f"raise ImportError({failure!r})")
    ended = desktop_in(PYTHONPATH=f"{tmp_path}{os.pathsep}{variables().get('PYTHONPATH', '')}")
    assert ended.returncode == OUR_FAILURE
    assert named in complaint(ended)
    assert "Traceback" in (own_home / "logs" / "ppo-desktop.log").read_text(encoding="utf-8")


@linux_only
def test_libraries_that_qt_lacks_are_told_with_the_packages_that_bring_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_libraries, "ANY_PLATFORM", {"libnobody.so.1": "libnobody1"})
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    error = ImportError("libnobody.so.1: cannot open shared object file: No such file or directory")
    expected = "sudo apt-get install libnobody1"
    assert expected in why_not_started(error, {"QT_QPA_PLATFORM": "offscreen"})
    assert expected in app._why_no_window({"QT_QPA_PLATFORM": "offscreen"})


def test_the_command_that_helps_is_told_whole_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    command = (
        f"run  sudo apt-get install {' '.join(f'libxcb-number{n}' for n in range(40))}\nand start again."
    )
    explain_missing_window(command)
    assert capsys.readouterr().err == f"ppo-desktop: {' '.join(command.split())}\n"


@linux_only
def test_without_any_font_the_window_is_refused_in_one_line(tmp_path: Path) -> None:
    no_fonts = tmp_path / "fonts.conf"
    no_fonts.write_text("<fontconfig></fontconfig>")
    ended = desktop_in(FONTCONFIG_FILE=str(no_fonts))
    assert ended.returncode == OUR_FAILURE
    assert "font" in complaint(ended)


@posix_only
@pytest.mark.parametrize("home", ["~nobody-of-that-name/ppo", "/tmp/\udcff"])
def test_a_home_that_cannot_be_is_refused_in_one_line(home: str) -> None:
    ended = desktop_in("train", PPO_DESKTOP_HOME=home)
    assert ended.returncode == USER_ERROR
    assert "PPO_DESKTOP_HOME" in complaint(ended)


@posix_only
@pytest.mark.parametrize(
    "arguments",
    [["--study", "\udcff"], ["--study", "a", "--storage", "/tmp/\udcff.db"]],
)
def test_names_that_no_database_can_keep_are_refused_in_one_line(arguments: list[str]) -> None:
    ended = desktop_in(*TUNE, *arguments)
    assert ended.returncode == USER_ERROR
    assert "name" in complaint(ended)


@posix_only
def test_names_may_have_any_characters_where_the_locale_knows_only_ascii(own_home: Path) -> None:
    small = ["--n-envs=1", "--rollout-length=32", "--n-minibatches=1", "--n-epochs=1", "--seeds=1"]
    ended = desktop_in(
        *TUNE,
        *small,
        "--study",
        "ε",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        PYTHONIOENCODING=None,
    )
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in (own_home / "studies").glob("*.db")] == ["ε.db"]
