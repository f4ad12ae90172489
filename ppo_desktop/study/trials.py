"""Trials as immutable records, without Optuna, and what they say together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_plan import StudyPlan

if TYPE_CHECKING:
    from ppo_desktop.comparison.record import RunRecord
    from ppo_desktop.study.kept_runs import KeptRuns


class TrialState(Labelled):
    """Where a trial is.

    Attributes:
        WAITING: Its values are chosen, no program has begun it: what was interrupted is to be tried again.
        RUNNING: A program is at it.
        COMPLETE: It has a value.
        PRUNED: A pruner has ended it early; its value is that of its last report.
        FAILED: It has no value, and that is its own fault: its numbers blew up, or its values contradict
            each other.
        INTERRUPTED: It has no value because it was stopped, or the program at it died.
    """

    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    COMPLETE = "complete", "complete"
    PRUNED = "pruned", "pruned"
    FAILED = "failed", "failed"
    INTERRUPTED = "interrupted", "interrupted"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self not in (TrialState.WAITING, TrialState.RUNNING)

    @property
    def is_done(self) -> bool:
        """Whether something has come of it, be it that it fails: what counts as a trial that is done."""
        return self.is_finished and self is not TrialState.INTERRUPTED


WORKER = "worker"
"""User attribute of a stored trial: what program is at it, "host:process"."""
RANDOM = "random"
"""Likewise: whether its values were drawn at random."""
REASON = "reason"
"""Likewise: why it has no value; without one its program has died at it."""
COMBINATION = "combination"
"""Likewise: which cell of a map it is."""
INTERRUPTED = "interrupted"
"""Likewise: whether it has no value because it was stopped."""
DIED = "The program that was at it ended."
"""Why a trial is interrupted whose program has died."""


@dataclass(frozen=True)
class TrialRecord:
    """A trial as it was when it was looked at.

    Attributes:
        number: Its number in the study, from 0.
        values: {hyperparameter: value} of what is searched; empty before they are chosen.
        objective: The mean over its seeds of what is maximised, None without one; of a pruned trial its
            last report.
        curve: (environment steps of each run, mean return of all seeds there), in order.
        seed_objectives: What is maximised, of each seed; empty before the end.
        begun: When it began, in local time; None while it waits.
        ended: When it ended; None before.
        worker: The program at it, "host:process"; empty if that is unknown.
        is_random: Whether its values were drawn at random: by that sampler, or because another did not
            know enough yet.
        reason: Why it failed or was interrupted, in one line; else empty.
        retry_of: Number of the interrupted trial that it tries again; else None.
        combination: Which combination it is, of a trial that a grid or a map has chosen; else None. Those of
            a map count row by row, see `StudyPlan.combination_values`.
        kept: What its runs have recorded, as the study keeps it; see `runs`.
    """

    number: int
    state: TrialState
    values: Mapping[str, Value]
    objective: float | None = None
    curve: tuple[tuple[int, float], ...] = ()
    seed_objectives: tuple[float, ...] = ()
    begun: datetime | None = None
    ended: datetime | None = None
    worker: str = ""
    is_random: bool = False
    reason: str = ""
    retry_of: int | None = None
    combination: int | None = None
    kept: KeptRuns | None = field(default=None, compare=False, repr=False)

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """What each of its runs has recorded, by seed, without what it has learnt; empty before the end.

        Empty too where that was not kept, by earlier versions, or cannot be understood.
        """
        return () if self.kept is None else self.kept.records

    @property
    def seconds(self) -> float | None:
        """How long it took; None before its end."""
        if self.begun is None or self.ended is None:
            return None
        return (self.ended - self.begun).total_seconds()

    @property
    def pruned_after_steps(self) -> int | None:
        """Steps of each run at the last report of a pruned trial, of which its objective is; else None."""
        return self.curve[-1][0] if self.state is TrialState.PRUNED and self.curve else None

    @property
    def is_complete(self) -> bool:
        """Whether it has a value of its own, comparable to others."""
        return self.state is TrialState.COMPLETE and self.objective is not None


Trials = tuple[TrialRecord, ...]
"""All trials of a study, by number."""


def combinations_left(plan: StudyPlan, trials: Collection[TrialRecord]) -> int:
    """Return how many trials a grid has still to begin: combinations not begun, and values that wait.

    All trials of the study count, of whatever sampler.
    """
    begun = {trial.combination for trial in trials} - {None}
    n_waiting = sum(trial.state is TrialState.WAITING and is_decided(trial) for trial in trials)
    return max(0, plan.combinations - len(begun)) + n_waiting


def is_decided(trial: TrialRecord) -> bool:
    """Whether it is known which values a trial is to have."""
    return bool(trial.values) or trial.combination is not None


def comparable_trials(plan: StudyPlan, trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the complete trials whose values are all inside the ranges.

    Pruned ones are not among them: what they had reached is not what others came to. Values outside
    are those of trials that were added with Optuna.
    """
    return [trial for trial in trials if trial.is_complete and _is_inside(plan, trial)]


def _is_inside(plan: StudyPlan, trial: TrialRecord) -> bool:
    return all(_has_place(dimension, trial.values.get(dimension.field)) for dimension in plan.space)


def _has_place(dimension: Dimension, value: Value) -> bool:
    if not dimension.is_range:
        return value in dimension.choices
    if not isinstance(value, int | float) or dimension.low is None or dimension.high is None:
        return False
    return dimension.low <= value <= dimension.high


@dataclass(frozen=True)
class WorkerStatus:
    """A program that works, or has worked, at the study.

    Attributes:
        name: "host:process".
        n_done: Trials it has finished, those that were interrupted not among them.
        last_seen: When it last began or ended a trial, by its own clock: other machines may have another
            time zone, and Optuna keeps no zones.
    """

    name: str
    is_here: bool
    n_running: int
    n_done: int
    last_seen: datetime | None


def workers(trials: Iterable[TrialRecord], here: str) -> tuple[WorkerStatus, ...]:
    """Return the programs of trials: this one, called `here`, first, then those at work, then by name.

    When they were last seen says nothing of the order, as clocks differ.
    """
    by_name: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        if trial.worker:
            by_name.setdefault(trial.worker, []).append(trial)
    found = [_status(name, name == here, theirs) for name, theirs in by_name.items()]
    return tuple(sorted(found, key=lambda worker: (not worker.is_here, not worker.n_running, worker.name)))


def _status(name: str, is_here: bool, trials: list[TrialRecord]) -> WorkerStatus:
    moments = [moment for trial in trials for moment in (trial.begun, trial.ended) if moment is not None]
    return WorkerStatus(
        name,
        is_here,
        n_running=sum(trial.state is TrialState.RUNNING for trial in trials),
        n_done=sum(trial.state.is_done for trial in trials),
        last_seen=max(moments, default=None),
    )
