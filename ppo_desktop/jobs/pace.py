"""How fast a job goes."""

from __future__ import annotations

import time


class Pace:
    """The mean speed of the time in which work went on: what is loaded before and pauses are left out.

    Args:
        enough: Work that has to be done before the pace says something.
    """

    def __init__(self, enough: float) -> None:
        self._enough = enough
        self.begin(None)

    def begin(self, seconds_each: float | None) -> None:
        """Forget what has been seen.

        Args:
            seconds_each: What a unit of work is expected to take until enough has been seen; None if unknown.
        """
        self._expected = seconds_each
        self._first: float | None = None
        self._counted_at: float | None = None
        self._work = self._seconds = 0.0

    def count(self, work: float, *, is_paused: bool = False) -> None:
        """Take note of all work that is done by now, and whether it rests from now on."""
        now = time.monotonic()
        if self._first is None:
            self._first = work
        elif self._counted_at is not None:
            self._seconds += now - self._counted_at
        self._work = work - self._first
        self._counted_at = None if is_paused else now

    def seconds_for(self, work: float) -> float | None:
        """Return how long so much work takes; None while that cannot be said."""
        has_seen_enough = self._work >= self._enough and self._work > 0
        each = self._seconds / self._work if has_seen_enough else self._expected
        return None if each is None else max(0.0, work) * each
