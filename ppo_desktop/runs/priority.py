"""The priority of what computes beside a window."""

from __future__ import annotations

import os
import sys
import threading

_NICENESS = 10
_beside_window = threading.Event()


def let_runs_give_way() -> None:
    """Have runs that begin in this process from now on give way to its window.

    Without a window nothing has to stay fluid: a command takes its fair share of a busy machine, and whoever
    wants it to take less says so, by `nice`.
    """
    _beside_window.set()


def give_way() -> None:
    """Let this thread, beside a window, have a processor only as far as others leave it one."""
    if _beside_window.is_set() and sys.platform == "linux":  # where each thread has its own priority
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
