"""Threads at the end of the process: what foreign code holds is abandoned, what writes is waited for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

MOMENT = 1.0
"""Seconds for which the threads of what ends are waited for."""
WRITING_SECONDS = 30.0
"""Seconds for which the process outlives its windows, until what they have handed over is on a slow disk."""
_abandoned: list[object] = []
"""Kept: Qt ends the process where one of its threads is destroyed that runs."""
logger = logging.getLogger(__name__)


class WritingThread(threading.Thread):
    """A thread that writes what is not to be lost: the process waits for it where a window does not.

    Args:
        work: What is done there.
        name: Of the thread.
        finish: Lets the work come to its end when all that was handed over is written; called from another
            thread, possibly again.
    """

    def __init__(self, work: Callable[[], None], name: str, finish: Callable[[], None]) -> None:
        super().__init__(target=work, name=name, daemon=True)
        self.finish = finish


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


def finish_writing() -> None:
    """Wait until all threads that write have done so, but not for ever: a disk may not answer."""
    until = time.monotonic() + WRITING_SECONDS
    writing = [thread for thread in threading.enumerate() if isinstance(thread, WritingThread)]
    for thread in writing:
        thread.finish()
    for thread in writing:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            logger.error("Not all is on the disk after %g s: %s", WRITING_SECONDS, thread.name)


def any_abandoned() -> bool:
    """Return whether there are threads that the process must not wait for."""
    return bool(_abandoned)
