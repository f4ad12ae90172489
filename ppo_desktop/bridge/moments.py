"""The last moments of a run that were shown one by one, so that one can look back at them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ppo_desktop.ppo.events import Frame, MinibatchOptimized, StepsTaken

MOST_MOMENTS = 60
"""Moments kept; a frame with Gymnasium's picture takes up to a megabyte."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What was shown at once."""

    frame: Frame | None = None
    latest: StepsTaken | MinibatchOptimized | None = None
    minibatch: MinibatchOptimized | None = None


class Moments:
    """Moments between which a single step lies, and which of them is looked at."""

    def __init__(self) -> None:
        self._kept: deque[Moment] = deque([Moment()], maxlen=MOST_MOMENTS)
        self._back = 0

    @property
    def newest(self) -> Moment:
        """The moment at which the run is."""
        return self._kept[-1]

    @property
    def shown(self) -> Moment:
        """The moment that is looked at."""
        return self._kept[-1 - self._back]

    @property
    def is_looking_back(self) -> bool:
        """Whether that is an earlier one."""
        return self._back > 0

    @property
    def can_look_back(self) -> bool:
        """Whether a still earlier one was kept."""
        return self._back < len(self._kept) - 1

    def add(self, moment: Moment, steps: int) -> None:
        """Take in the moment at which the run is now.

        Args:
            moment: The moment.
            steps: Steps or minibatches since the newest one. After none this is the same moment, after
                several there is nothing to look back at, nor if another agent is shown.
        """
        before = self.newest.frame
        is_other_agent = (
            before is not None and moment.frame is not None and before.agent != moment.frame.agent
        )
        if steps > 1 or is_other_agent:
            self.clear()
        if steps == 1 and before is not None and not is_other_agent:
            self._kept.append(moment)
            self._back = min(self._back + 1, len(self._kept) - 1) if self._back else 0
        else:
            self._kept[-1] = moment

    def clear(self) -> None:
        """Forget all: another run begins."""
        self._kept.clear()
        self._kept.append(Moment())
        self._back = 0

    def look_back(self) -> None:
        """Look at the moment before, if it was kept."""
        self._back += self.can_look_back

    def look_ahead(self) -> None:
        """Look at the moment after, if this is not the newest."""
        self._back -= self.is_looking_back

    def return_to_newest(self) -> None:
        """Look at the newest."""
        self._back = 0
