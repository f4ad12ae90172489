"""The priority of what computes beside a window."""

from __future__ import annotations

import os
import sys
import threading

_NICENESS = 10


def give_way() -> None:
    """Let this thread have a processor only as far as others of this computer leave it one."""
    if sys.platform == "linux":  # where each thread has a priority of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
