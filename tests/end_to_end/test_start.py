"""What the window loads, in a process of its own: what is large comes when somebody needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

WINDOW = """
import sys
from PySide6.QtWidgets import QApplication
application = QApplication([])
from ppo_desktop.app import create_window
window = create_window()
session = window.session

def large():
    names = {"torch", "scipy.stats", "sklearn", "optuna", "sqlalchemy", "numba", "gymnasium"}
    return names & set(sys.modules)

def finish():
    if session.steps >= 5000 and window.isVisible():
        print(session.engine, sorted(large()))
        window.close()
        application.quit()

print(sorted(large()))
session.run_changed.connect(session.train)
session.progress_changed.connect(finish)
window.show()
application.exec()
"""


def lines_of(program: str) -> list[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=100
    ).stdout.splitlines()


def test_the_window_is_built_without_what_learns_and_trains_without_pytorch() -> None:
    assert lines_of(WINDOW) == ["[]", "compiled ['gymnasium', 'numba']"]


@pytest.mark.parametrize("command", ["train", "compare"])
def test_commands_learn_on_the_fast_engine_without_pytorch(command: str) -> None:
    arguments = [command, "--env=CartPole-v1", "--total-steps=3000", "--json=-"]
    vary = ["--vary=clip_range=0.1,0.2", "--seeds=1"] if command == "compare" else ["--seed=1"]
    program = (
        "import sys\n"
        "from ppo_desktop.cli import run\n"
        f"status = run({[*arguments, *vary]!r})\n"
        "print(status, 'torch' in sys.modules)\n"
    )
    assert lines_of(program)[-1] == "0 False"
