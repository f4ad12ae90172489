"""Ctrl+C as a wish that is asked about between two events."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether the user has pressed Ctrl+C; what goes on then ends between two events.

    Attributes:
        requested: Whether Ctrl+C was pressed.
        at_once: Is called when it is, in the middle of whatever goes on; it only says that this is to end.
    """

    def __init__(self) -> None:
        self.requested = False
        self.at_once: Callable[[], None] = lambda: None

    def request(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note; a second Ctrl+C ends the program at once."""
        self.requested = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.at_once()


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Take note of Ctrl+C while inside."""
    noted = Interruption()
    before = signal.signal(signal.SIGINT, noted.request)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
