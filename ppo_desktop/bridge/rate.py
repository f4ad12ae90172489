"""How fast a counter grows."""

from __future__ import annotations

import time
from collections import deque

WINDOW_SECONDS = 1.5
"""The rate is the mean over about this long."""


class Rate:
    """Growth per second of a counter that is looked at now and then."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def clear(self) -> None:
        """Forget everything: the counter has been set back, or stood still."""
        self._seen.clear()

    def count(self, value: float) -> None:
        """Take note of the counter's present value."""
        now = time.monotonic()
        self._seen.append((now, value))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def per_second(self) -> float | None:
        """Growth per second; None as long as too little has been seen."""
        if len(self._seen) < 2:
            return None
        (begin, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - begin) if end - begin > 0.1 else None
