"""Double-click entries and dialogs."""

from __future__ import annotations

import configparser
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launching import desktop

CHECKOUT = Path(__file__).parents[2]

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


def command_of(entry: Path) -> list[str]:
    """Return the arguments a desktop environment makes of the entry's Exec line."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(entry.read_text(encoding="utf-8"))
    command = parser["Desktop Entry"]["Exec"].replace("\\\\", "\\")
    # Inside double quotes, the shell undoes the same escapes.
    shell = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True
    )
    return [argument.replace("%%", "%") for argument in shell.stdout.splitlines()]


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """A folder of programs that come before the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def put_program(programs: Path, name: str, script: str) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@on_linux
@pytest.mark.parametrize("prefix", ["", "file://"])
def test_the_entry_in_a_checkout_starts_the_launcher_of_that_checkout(tmp_path, programs, prefix):
    checkout = tmp_path / "my checkout"
    entry = checkout / "packaging" / "linux" / "ppo-desktop.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text((CHECKOUT / "packaging/linux/ppo-desktop.desktop").read_text())
    (checkout / "packaging" / "launcher.py").touch()
    put_program(programs, "python3", 'printf "%s\\n" "$@"')
    command = [prefix + str(entry) if part == "%k" else part for part in command_of(entry)]
    script, word = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert Path(script).samefile(checkout / "packaging" / "launcher.py")
    assert word == "double-click"


@on_linux
def test_the_menu_entry_starts_this_checkout_whatever_its_name(tmp_path):
    checkout = tmp_path / 'a "strange" $name, 100 % \\ `odd`'
    icons = checkout / "resources" / "icons"
    icons.mkdir(parents=True)
    (icons / "ppo-desktop.svg").write_text("<svg/>")
    entry = desktop.install_menu_entry(checkout, {"XDG_DATA_HOME": str(tmp_path / "data")})
    assert command_of(entry) == [sys.executable, str(checkout / "packaging" / "launcher.py"), "double-click"]
    icon = next(line for line in entry.read_text().splitlines() if line.startswith("Icon="))
    assert Path(icon.removeprefix("Icon=")).read_text(encoding="utf-8") == "<svg/>"


@on_linux
def test_a_notice_is_shown_while_the_set_up_runs(tmp_path, programs):
    shown = tmp_path / "shown"
    put_program(programs, "zenity", f'echo "$@" > "{shown}"; exec sleep 60')
    with desktop.notice_while(True):
        while not (shown.exists() and shown.read_text()):
            pass
    assert "being set up" in shown.read_text()


@on_linux
def test_no_notice_is_shown_when_everything_is_there(tmp_path, programs):
    put_program(programs, "zenity", f'touch "{tmp_path}/shown"')
    with desktop.notice_while(False):
        pass
    assert not (tmp_path / "shown").exists()


def test_what_an_unseen_program_writes_is_kept(tmp_path):
    output = tmp_path / "output"
    script = "import sys; print('first'); sys.exit('the reason')"
    assert desktop.run_unseen([sys.executable, "-c", script], os.environ, output) == 1
    assert desktop.last_line(output) in ("first", "the reason")
    assert "the reason" in output.read_text()


def test_a_crash_is_a_failure_and_a_log_out_is_not():
    assert desktop.is_failure(1)
    assert desktop.is_failure(-11)
    assert not desktop.is_failure(0)
    assert not desktop.is_failure(-signal.SIGTERM)


@pytest.mark.skipif(os.name != "posix", reason="needs executable files")
@pytest.mark.parametrize("file", ["macos/PPO Desktop.command", "linux/ppo-desktop.desktop"])
def test_what_is_double_clicked_may_be_executed(file):
    assert os.access(CHECKOUT / "packaging" / file, os.X_OK)
