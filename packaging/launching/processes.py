"""What the launcher's modules share: talking to the user and to other programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.stdout is None else 0
"""Creation flags: started without a console on Windows, no other program may open one."""


class Problem(Exception):
    """Something is missing; the message is one line and says what to do about it."""


def say(text: str) -> None:
    """Tell the user something, at once."""
    print(text, flush=True)


def say_failure(text: str) -> None:
    """Tell the user what went wrong, at once."""
    print(text, file=sys.stderr, flush=True)


def check_call(*command: str | Path) -> None:
    """Run another program to its end.

    Raises:
        Problem: It is not there, or it failed.
    """
    name = Path(command[0]).name
    try:
        status = subprocess.call(command)
    except FileNotFoundError:
        raise Problem(f"{name} is needed: install it and start again.") from None
    if status:
        raise Problem(f"{name} {command[1]} ended with status {status}.")
