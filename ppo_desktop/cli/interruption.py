"""Ctrl+C as a wish that is asked about between two events."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from tqdm import tqdm

from ppo_desktop.ending import INTERRUPTED

ANSWER = "ppo-desktop: This ends after the present step. Press Ctrl+C again to end at once."
"""What the first Ctrl+C is answered with, on the error stream."""
_KEEPING_SECONDS = 0.1
"""Time between two looks at whether Ctrl+C still comes to us."""


class Interruption:
    """Whether the user has pressed Ctrl+C; what goes on then ends after its present step.

    The main thread may be in somebody else's step, from which it never comes back: a thread of its own
    answers, woken by the system's signal itself. A second Ctrl+C ends the program at once.
    """

    def __init__(self) -> None:
        self._cancel: Callable[[], None] = lambda: None
        self._is_requested = False
        self._kept_at = time.monotonic()
        # Not sockets: on Windows a firewall may keep them from each other.
        self._wakeups, self._waker = os.pipe()
        if sys.platform != "win32":  # There, the system writes whatever the pipe is like.
            os.set_blocking(self._waker, False)
        self._thread = threading.Thread(target=self._answer, name="interruption", daemon=True)

    @property
    def requested(self) -> bool:
        """Whether Ctrl+C was pressed; ask in the main thread.

        An environment that has signals come to itself meanwhile loses them here.
        """
        now = time.monotonic()
        if now - self._kept_at > _KEEPING_SECONDS:
            self._kept_at = now
            self._keep()
        return self._is_requested

    def cancel_at_once(self, cancel: Callable[[], None]) -> None:
        """Have something cancelled with the first Ctrl+C, also if that was before.

        Args:
            cancel: Is called in the thread that answers, and only says that all is to end.
        """
        self._cancel = cancel
        if self._is_requested:
            cancel()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Take note of Ctrl+C while inside."""
        handler, waker = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(-1)
        self._keep()
        self._thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(waker)
            signal.signal(signal.SIGINT, handler)
            os.close(self._waker)  # which ends the thread
            self._thread.join()
            os.close(self._wakeups)

    def _keep(self) -> None:
        """Have Ctrl+C come to us."""
        if signal.getsignal(signal.SIGINT) is not _leave_to_thread:
            signal.signal(signal.SIGINT, _leave_to_thread)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def _answer(self) -> None:
        while numbers := os.read(self._wakeups, 16):
            for number in numbers:
                if number == signal.SIGINT:
                    self._request()

    def _request(self) -> None:
        if self._is_requested:
            os._exit(INTERRUPTED)
        self._is_requested = True
        self._cancel()
        with suppress(OSError, ValueError):  # nobody reads the error stream any more
            tqdm.write(ANSWER, file=sys.stderr)
            sys.stderr.flush()


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Take note of Ctrl+C while inside; in the main thread only."""
    noted = Interruption()
    with noted._noted():
        yield noted


def _leave_to_thread(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: a signal without a handler would end the program, and Python's own would raise."""
