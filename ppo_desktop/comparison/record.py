"""What is kept of one run of a comparison: every curve in a hundred points, whatever its length.

Runs have different numbers of episodes and updates. They are brought to common steps by one rule:
the budget is cut into `N_BINS` equal bins, and a point is the mean of what ended in its
bin: of the returns of the episodes, of the figures of the updates. What ends after the budget
is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.events import (
    RETURN_WINDOW,
    EpisodeEnded,
    Event,
    FinishReason,
    RunFinished,
    RunStarted,
    UpdateFinished,
)
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.quantities import COMPARED, RETURN, UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import collapse

N_BINS = 100
"""Points of each curve."""

COLUMNS = tuple(COMPARED)
"""The curves that are kept, in the units of the events."""
_ROWS = {name: row for row, name in enumerate(COLUMNS)}
_UPDATE_COLUMNS = [name for name in COLUMNS if name in UPDATE_QUANTITIES]


def steps_after(n_bins: int, total_steps: int) -> float:
    """Return the environment steps of a run at the end of so many bins."""
    return total_steps * n_bins / N_BINS


def bin_ends(total_steps: int) -> Doubles:
    """Return the environment steps at the end of each bin, (N_BINS,)."""
    return np.linspace(0.0, total_steps, N_BINS + 1)[1:]


@dataclass(frozen=True)
class RunEnd:
    """How a run ended.

    Attributes:
        reason: Why; failed runs take no part in statistics.
        message: One line for the user, empty when all went as planned.
        parameters_sha256: Fingerprint of the networks' parameters.
    """

    reason: FinishReason
    message: str
    steps: int
    engine: str
    parameters_sha256: str


@dataclass(eq=False)
class RunRecord:
    """What is recorded of one run, so far or to its end.

    A thread takes events in while others read: a reader only ever uses bins that are complete.

    Attributes:
        total_steps: The budget.
        steps: Environment steps up to its latest update.
        sums: Sum of what ended in each bin, (len(COLUMNS), N_BINS).
        counts: How much ended there, likewise.
        steps_to_threshold: Steps at which the mean return of 100 episodes first reached the
            environment's threshold; None if it has not.
        has_collapsed: Whether the policy has collapsed, as of the latest update; see `symptoms`. None
            for continuous actions, of which that is not defined.
        end: How it ended, None while it has not.
        policy: Its policy by now, while it is watched, and at its end.
    """

    total_steps: int
    steps: int = 0
    sums: Doubles = field(default_factory=lambda: np.zeros((len(COLUMNS), N_BINS)))
    counts: Doubles = field(default_factory=lambda: np.zeros((len(COLUMNS), N_BINS)))
    steps_to_threshold: int | None = None
    has_collapsed: bool | None = False
    end: RunEnd | None = None
    policy: PolicyState | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it says something of its settings: a run whose environment failed does not."""
        return self.end is None or self.end.reason is not FinishReason.FAILED

    @property
    def has_diverged(self) -> bool:
        """Whether it ended because its numbers blew up."""
        return self.end is not None and self.end.reason is FinishReason.DIVERGED

    @property
    def bins_done(self) -> int:
        """How many bins are complete; a run that diverged stays where it was to the end."""
        if self.end is not None:
            return N_BINS
        return min(N_BINS, int(self.steps * N_BINS // self.total_steps))

    def column(self, column: str) -> tuple[Doubles, Doubles]:
        """Return the sums and the counts of a curve, (N_BINS,) each."""
        row = _ROWS[column]
        return self.sums[row], self.counts[row]

    def curve(self, column: str, n_bins: int = N_BINS) -> Doubles:
        """Return the points of a curve, (n_bins,); nan before anything has ended.

        Where nothing ended in a bin the curve keeps the value before it.
        """
        row = _ROWS[column]
        counts = self.counts[row, :n_bins]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = self.sums[row, :n_bins] / counts
        latest = np.maximum.accumulate(np.where(counts > 0, np.arange(n_bins), -1))
        return np.where(latest >= 0, means[np.maximum(latest, 0)], math.nan)

    def mean_over(self, column: str, begin: int, end: int) -> float:
        """Return the mean of all that ended in the bins from `begin` to before `end`.

        Where nothing ended there, the value before it; nan if there is none.
        """
        row = _ROWS[column]
        count = float(self.counts[row, begin:end].sum())
        if count > 0:
            return float(self.sums[row, begin:end].sum()) / count
        return float(self.curve(column, end)[-1]) if end > 0 else math.nan


class Recorder:
    """Takes in the events of one run and keeps its `record`."""

    def __init__(self, total_steps: int, environment_id: str) -> None:
        self.record = RunRecord(total_steps)
        self._environment_id = environment_id
        self._history: History | None = History()
        self._episodes = 0
        self._engine = ""

    def take(self, event: Event, fingerprint: str = "") -> None:
        """Take in one event; with the last one, the fingerprint of the run's parameters."""
        record = self.record
        if self._history is not None:
            # Whether the policy has collapsed is known without a single curve.
            self._history.add(event) if isinstance(event, RunStarted) else self._history.follow(event)
        match event:
            case RunStarted():
                self._engine = event.engine
                record.has_collapsed = None if event.n_actions is None else False
            case EpisodeEnded():
                self._add(event.steps, ((RETURN.name, event.episode_return),))
                self._watch_threshold(event)
            case UpdateFinished():
                self._add(event.steps, ((name, getattr(event, name)) for name in _UPDATE_COLUMNS))
                self._watch_collapse()
                record.steps = event.steps  # last, for now a bin may be complete
            case RunFinished():
                record.steps = event.steps
                record.end = RunEnd(event.reason, event.message, event.steps, self._engine, fingerprint)
                self._history = None  # of many finished runs it would be much
            case _:
                pass

    @cached_property
    def _threshold(self) -> float | None:
        """Looked up when the first episode has ended: by then the environment is known to exist."""
        return solved_return(self._environment_id)

    def _add(self, steps: int, values: Iterable[tuple[str, float]]) -> None:
        place = math.ceil(steps * N_BINS / self.record.total_steps) - 1
        if place >= N_BINS:
            return
        for name, value in values:
            if math.isfinite(value):
                row = _ROWS[name]
                self.record.sums[row, place] += value
                self.record.counts[row, place] += 1

    def _watch_collapse(self) -> None:
        assert self._history is not None
        if self.record.has_collapsed is not None:
            self.record.has_collapsed = collapse(self._history) is not None

    def _watch_threshold(self, event: EpisodeEnded) -> None:
        self._episodes += 1
        if self._threshold is None or self.record.steps_to_threshold is not None:
            return
        is_reached = self._episodes >= RETURN_WINDOW and event.mean_return_100 >= self._threshold
        if is_reached and event.steps <= self.record.total_steps:
            self.record.steps_to_threshold = event.steps


def history_of(settings: RunSettings, record: RunRecord) -> History:
    """Return what is kept of a run: a hundred points of each curve at the most.

    Its mean return is that of the episodes of each bin, not of the last hundred.
    """
    ends = bin_ends(record.total_steps)
    reached = ends <= max(record.steps, ends[0])
    curves = {name: (ends[reached], record.curve(name)[reached]) for name in COLUMNS}
    curves["mean_return"] = curves.pop(RETURN.name)
    return History.of_curves(settings, min(record.steps, record.total_steps), curves)
