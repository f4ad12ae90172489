"""Threads that foreign code never returns from, and that are no longer waited for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

MOMENT = 1.0
"""Seconds for which the threads of what ends are waited for."""
_abandoned: list[object] = []
"""Kept: Qt ends the process where one of its threads is destroyed that runs."""
logger = logging.getLogger(__name__)


def abandon(thread: object, name: str) -> None:
    """Leave a thread to itself; the process ends without it."""
    logger.warning("The thread %s does not end and is left to itself", name)
    _abandoned.append(thread)


def join_for_a_moment(threads: Sequence[threading.Thread], seconds: float | None = None) -> bool:
    """Wait for threads that were asked to end, for `MOMENT` or so many seconds; abandon those that do not.

    Return whether all have ended.
    """
    until = time.monotonic() + (MOMENT if seconds is None else seconds)
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    left = [thread for thread in threads if thread.is_alive()]
    for thread in left:
        abandon(thread, thread.name)
    return not left


def any_abandoned() -> bool:
    """Return whether there are threads that the process must not wait for."""
    return bool(_abandoned)
