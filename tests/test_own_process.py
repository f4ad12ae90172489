"""This program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import pytest

import ppo_desktop
from ppo_desktop import own_process
from ppo_desktop.own_process import begin_behind_window, own_command, own_environment
from tests.command_line import ROOT


def test_python_is_as_isolated_there_as_here_and_compiles_the_same() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from ppo_desktop.own_process import own_command\n"
        "print(*own_command(), sep='\\n')"
    )
    command = subprocess.run(
        [sys.executable, "-I", "-OO", "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    flags = command[: command.index("-m")]
    asked = [*flags, "-c", "import sys; print(sys.flags.isolated, sys.flags.optimize, sys.flags.utf8_mode)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split() == ["1", "2", "1"]


def test_no_module_of_the_present_folder_gets_in_and_what_is_found_here_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there ε"
    for folder in (here, there):
        folder.mkdir()
    (here / "random.py").write_text("raise SystemExit('not this one')")
    (there / "found_there.py").write_text("")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(there)
    python = own_command()[: -len(["-m", "ppo_desktop"])]
    tell = "import random, found_there, ppo_desktop; print(ppo_desktop.__file__)"
    said = subprocess.run(
        [*python, "-c", tell], env=own_environment(), capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert Path(said.strip()) == Path(ppo_desktop.__file__)


@pytest.mark.parametrize("gone", ["_PACKAGE", "executable"])
def test_a_program_that_has_been_moved_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    monkeypatch.setattr(own_process if gone == "_PACKAGE" else sys, gone, tmp_path / "gone")
    with TemporaryFile() as errors, pytest.raises(FileNotFoundError, match="start it again"):
        begin_behind_window("--version", folder=tmp_path, errors=errors, niceness=0)


@pytest.mark.skipif(sys.platform == "win32", reason="has no numbers for that")
def test_the_window_comes_before_what_it_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tell = "import os, time; time.sleep(0.2); print(os.getpriority(os.PRIO_PROCESS, 0))"
    monkeypatch.setattr(own_process, "own_command", lambda: [sys.executable, "-Sc", tell])
    own = os.getpriority(os.PRIO_PROCESS, 0)
    begin = partial(begin_behind_window, folder=tmp_path, niceness=own + 2)
    with TemporaryFile() as errors, begin(errors=errors) as process:
        said, _ = process.communicate()
    assert int(said) == min(19, own + 2)


def test_what_was_begun_ends_with_a_window_that_is_killed_and_what_it_wrote_goes(tmp_path: Path) -> None:
    folder = tmp_path / "ε"
    folder.mkdir()
    (folder / "half").write_text("written")
    window = f"""
import sys
from pathlib import Path
from ppo_desktop.own_process import begin_behind_window
train = ("train", "--total-steps=off", "--engine=pytorch", "--json", "-")
begun = begin_behind_window(*train, folder=Path({str(folder)!r}), errors=sys.stderr.buffer, niceness=0)
for line in begun.stdout:
    print(line, end="", flush=True)
"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", window], **pipes) as killed:  # type: ignore[call-overload]
        assert b"episode" in killed.stdout.readline()
        killed.kill()
        killed.stderr.read()  # which both have until they end
    assert not folder.exists()
