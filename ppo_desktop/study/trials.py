"""What there is to know of a trial, whoever did it: an immutable record, without Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.labelled import Labelled


class TrialState(Labelled):
    """Where a trial is.

    Attributes:
        WAITING: Its values are chosen, nobody has begun it: what was interrupted is to be tried again.
        RUNNING: Somebody is at it.
        COMPLETE: It has a value.
        PRUNED: A pruner has ended it early; its value is that of its last report.
        FAILED: It has no value, and that is its own fault: its numbers blew up, or its values contradict
            each other.
        INTERRUPTED: It has no value because somebody stopped it, or who was at it died.
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


INTERRUPTED = "interrupted"
"""User attribute of a stored trial: whether it has no value because somebody stopped it, or died at it."""


@dataclass(frozen=True)
class TrialRecord:
    """A trial as it was when it was looked at.

    Attributes:
        number: Its number in the study, from 0.
        state: Where it is.
        values: {hyperparameter: value} of what is searched; empty before they are chosen.
        objective: The mean over its seeds of what is maximised, None without one; of a pruned trial its
            last report.
        curve: (environment steps of each run, mean return of all seeds there), in order.
        seed_objectives: What is maximised, of each seed; empty before the end.
        begun: When it began, in local time; None while it waits.
        ended: When it ended; None before.
        worker: Who was at it: "host:process", empty if nobody has said so.
        is_random: Whether its values were drawn at random: by that sampler, or because another did not
            know enough yet.
        reason: Why it failed or was interrupted, in one line; else empty.
        retry_of: Number of the interrupted trial that it tries again; else None.
        combination: Which combination of the grid it is, of a trial that a grid has chosen; else None.
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
