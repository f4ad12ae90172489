"""Who works at a study, by what its trials say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ppo_desktop.study.trials import TrialRecord, TrialState


@dataclass(frozen=True)
class WorkerStatus:
    """Somebody who works, or has worked, at the study.

    Attributes:
        name: "host:process".
        is_here: Whether it is this program.
        n_running: Trials it is at.
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
    """Return who has been at trials: this program first, then who is at one, then by name.

    When they were last seen says nothing of the order, as clocks differ.

    Args:
        trials: The trials of a study.
        here: What this program is called.
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
