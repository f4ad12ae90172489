"""This very program in a process of its own: how it is called, and begun behind a window."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import ppo_desktop

_PACKAGE = Path(ppo_desktop.__file__).parent
_WRITES_IN = "PPO_DESKTOP_WRITES_IN"
"""The environment variable that says in a process behind a window which folder goes with it."""


def own_command(*arguments: str) -> list[str]:
    """Return the command that does what `ppo-desktop` does with these arguments.

    Python gets the flags that this one got: it compiles what is of use here, and nothing gets in from outside
    that does not get in here, such as a `random.py` in the present folder. What it says is in UTF-8, on
    Windows too.
    """
    python = ["-X", "utf8", "-I" if sys.flags.isolated else "-P", *["-O"] * sys.flags.optimize]
    return [sys.executable, *python, "-m", "ppo_desktop", *arguments]


def own_environment() -> dict[str, str]:
    """Return the present environment, in which `own_command` finds this package and what is found here."""
    path = [str(_PACKAGE.parent), *sys.path]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))}


def begin_behind_window(
    *arguments: str, folder: Path, errors: IO[bytes], niceness: int
) -> subprocess.Popen[str]:
    """Begin what `ppo-desktop` does with these arguments; this process, and its window, comes first.

    Where this process is killed, that one ends, too, as `end_with_parent` does.

    Args:
        arguments: Of the command, whose standard output can be read.
        folder: In which it writes, and nobody else.
        errors: Takes what it complains of.
        niceness: At least that of the process; Windows knows no numbers.

    Raises:
        OSError: It cannot be begun.
    """
    if not (_PACKAGE.exists() and Path(sys.executable).exists()):
        raise FileNotFoundError(errno.ENOENT, "the program was moved or removed while it ran; start it again")
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    process = subprocess.Popen(
        own_command(*arguments),
        env=own_environment() | {_WRITES_IN: str(folder)},
        stdin=subprocess.PIPE,  # which the system closes when this process is no more
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        errors="replace",
        creationflags=flags,
    )
    if sys.platform != "win32":
        with suppress(ProcessLookupError):  # it has ended already
            own = os.getpriority(os.PRIO_PROCESS, process.pid)
            os.setpriority(os.PRIO_PROCESS, process.pid, max(own, niceness))
    return process


def end_with_parent() -> None:
    """Let this process, if it was begun behind a window, end with the one that began it.

    The folder in which it writes goes, too; on Windows without what is open in it.
    """
    if folder := os.environ.pop(_WRITES_IN, ""):
        threading.Thread(target=_await_end_of_parent, args=(folder,), name="parent", daemon=True).start()


def _await_end_of_parent(folder: str) -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing ever comes
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def end_at_once(process: subprocess.Popen[str]) -> None:
    """End a process, on Windows with those that it has begun: else they keep their files open for a while."""
    if sys.platform == "win32":
        with suppress(OSError):  # a Windows without it
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                capture_output=True,
                creationflags=subprocess.CREATE_NO_WINDOW,
                check=False,
            )
    process.kill()
