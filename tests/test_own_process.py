"""This program in a process of its own."""

from __future__ import annotations

import subprocess
import sys

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
