"""How many steps a limited speed allows at the moment."""

from __future__ import annotations

import time

LONGEST_SAVED_SECONDS = 0.1
"""What was not used longer ago than this is lost: after a hitch nothing races to catch up."""


class Allowance:
    """Steps that may be taken now: they accrue at the chosen speed and are spent as they are taken."""

    def __init__(self) -> None:
        self._steps = 0.0
        self._counted_at = 0.0
        self.restart()

    def restart(self) -> None:
        """Allow one step at once and let the rest accrue from now on."""
        self._steps, self._counted_at = 1.0, time.perf_counter()

    def available(self, speed: float) -> float:
        """Return the steps allowed now, at `speed` steps a second."""
        now = time.perf_counter()
        most = max(1.0, speed * LONGEST_SAVED_SECONDS)
        self._steps = min(most, self._steps + (now - self._counted_at) * speed)
        self._counted_at = now
        return self._steps

    def spend(self, steps: int) -> None:
        """Take note of steps taken."""
        self._steps -= steps

    def seconds_until_next(self, speed: float) -> float:
        """Return how long it takes at `speed` until another step is allowed; 0 if one is."""
        return max(0.0, (1.0 - self._steps) / speed)
