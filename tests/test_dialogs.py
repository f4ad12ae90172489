"""Messages for people who see no terminal."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ppo_desktop import dialogs
from tests.command_line import posix_only


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the only programs there are."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_program(programs: Path, name: str) -> Path:
    """Put a program there that writes down its arguments, each on a line; return where."""
    shown = programs.parent / f"shown by {name}"
    program = programs / name
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{shown}"\n')
    program.chmod(0o755)
    return shown


@posix_only
@pytest.mark.parametrize("name", ["zenity", "kdialog", "notify-send", "xmessage"])
def test_an_error_is_shown_by_what_the_desktop_has(programs: Path, name: str) -> None:
    shown = put_program(programs, name)
    dialogs.show_error("no & <room>")
    assert "no & <room>" in shown.read_text()


@posix_only
def test_an_error_is_shown_once(programs: Path) -> None:
    zenity, other = put_program(programs, "zenity"), put_program(programs, "xmessage")
    dialogs.show_error("no room")
    assert zenity.exists()
    assert not other.exists()


@posix_only
def test_on_macos_it_is_an_alert_of_the_system_and_the_text_no_part_of_its_script(programs: Path) -> None:
    shown = put_program(programs, "osascript")
    dialogs.show_error('a "quoted" \\ text')
    *script, title, text = shown.read_text().splitlines()
    assert (title, text) == ("PPO Desktop", 'a "quoted" \\ text')
    assert any("display alert" in line for line in script)


@posix_only
def test_the_plainest_of_all_gets_lines_that_fit_and_letters_it_knows(programs: Path) -> None:
    shown = put_program(programs, "xmessage")
    dialogs.show_error(f"“ppo-desktop train” needs {'no screen, and ' * 20}ε")
    *_, title, first, second, _third, _fourth, last = shown.read_text(encoding="utf-8").splitlines()
    assert title == "PPO Desktop"
    assert first.startswith('"ppo-desktop train" needs')
    assert max(len(first), len(second)) <= 80
    assert last.endswith("?")


@posix_only
def test_where_nothing_can_show_it_nothing_happens(programs: Path) -> None:
    dialogs.show_error("no room")


def test_on_windows_it_is_a_message_box_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[object, ...]] = []
    user32 = SimpleNamespace(MessageBoxW=lambda *arguments: shown.append(arguments))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    dialogs.show_error("no room")
    ((_, text, title, kind),) = shown
    assert (text, title) == ("no room", "PPO Desktop")
    assert isinstance(kind, int)
    assert kind & 0x10, "an error"
    assert kind & 0x10000, "in front of other windows"


def test_a_terminal_less_start_is_told_from_one_that_somebody_reads(tmp_path: Path) -> None:
    from ppo_desktop.complaints import somebody_reads

    read_end, write_end = os.pipe()
    with (
        os.fdopen(read_end),
        os.fdopen(write_end, "w") as pipe,
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
    ):
        assert somebody_reads(pipe)
        assert not somebody_reads(nowhere)
        with os.fdopen(os.open(os.devnull, os.O_WRONLY), "w") as nameless:
            assert not somebody_reads(nameless)
        with (tmp_path / "session.log").open("w") as log_of_session:
            assert not somebody_reads(log_of_session)
