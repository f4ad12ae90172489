"""Ctrl+C as a wish that is asked about between two events."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether the user has pressed Ctrl+C; what goes on then ends between two events."""

    def __init__(self) -> None:
        self.requested = False

    def request(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note; a second Ctrl+C ends the program at once."""
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Take note of Ctrl+C while inside."""
    noted = Interruption()
    before = signal.signal(signal.SIGINT, noted.request)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
