"""This program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from tempfile import TemporaryFile

import pytest

from ppo_desktop import own_process
from ppo_desktop.own_process import begin_behind_window
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


@pytest.mark.skipif(sys.platform == "win32", reason="has no numbers for that")
def test_the_window_comes_before_what_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    tell = "import os, time; time.sleep(0.2); print(os.getpriority(os.PRIO_PROCESS, 0))"
    monkeypatch.setattr(own_process, "own_command", lambda: [sys.executable, "-Sc", tell])
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with TemporaryFile() as errors, begin_behind_window(errors=errors, niceness=own + 2) as process:
        said, _ = process.communicate()
    assert int(said) == min(19, own + 2)
