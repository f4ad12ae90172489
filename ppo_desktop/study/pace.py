"""How long trials of a study take, by those that have ended on this machine."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

from ppo_desktop.study.trials import TrialRecord

_MOST_LOOKED_AT = 20
"""Of the trials that have ended, the last ones: a machine may have been busier before."""


@dataclass(frozen=True)
class Pace:
    """How fast trials went.

    Attributes:
        seconds: How long one of them took, of several at a time its share.
        at_once: How many went on at a time.
    """

    seconds: float
    at_once: int


def pace(trials: Sequence[TrialRecord]) -> Pace | None:
    """Return how fast the last complete trials of this machine went; None without any.

    A median is not misled by a trial that was paused. Trials that overlap went on at a time.

    Args:
        trials: Trials of one study, by number.
    """
    host = platform.node() or "unknown"
    ours = (t for t in reversed(trials) if t.is_complete and t.worker.rpartition(":")[0] == host)
    spans = [
        (trial.begun, trial.ended)
        for trial in islice(ours, _MOST_LOOKED_AT)
        if trial.begun is not None and trial.ended is not None and trial.ended > trial.begun
    ]
    if not spans:
        return None
    seconds = [(end - begin).total_seconds() for begin, end in spans]
    moments = sorted((moment, change) for span in spans for moment, change in zip(span, (1, -1), strict=True))
    busy, going_on = 0.0, 0
    for (moment, change), (following, _) in pairwise(moments):
        going_on += change
        busy += (following - moment).total_seconds() if going_on else 0.0
    overlap = sum(seconds) / busy
    return Pace(median(seconds) / overlap, max(1, round(overlap)))
