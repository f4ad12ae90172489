"""The trials of a study as CSV: a row for each, decimal points, every digit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ppo_desktop.comparison.csv_text import Row, csv_text, plain
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState


def trials_csv(plan: StudyPlan, trials: Iterable[TrialRecord]) -> str:
    """Return a row for each trial: its state, values and objectives, when it was done, by whom, how it ended.

    `objective` is the mean over seeds of what is maximised; `objective_seed_1` and so on are those of each
    seed. Of a pruned trial it is not known: `last_report` is what it had reached `pruned_after_steps`.
    Times are local ones. What is not known is empty.
    """
    return csv_text(_row(plan, trial) for trial in trials)


def _row(plan: StudyPlan, trial: TrialRecord) -> Row:
    is_pruned = trial.state is TrialState.PRUNED
    row: Row = {
        "number": trial.number,
        "state": trial.state.value,
        "objective": None if is_pruned else trial.objective,
        "last_report": trial.objective if is_pruned else None,
        "pruned_after_steps": trial.pruned_after_steps,
    }
    for field in plan.fields:
        row[field] = plain(trial.values[field]) if field in trial.values else None
    of_seeds = dict(zip(plan.seeds, trial.seed_objectives, strict=False))
    for seed in plan.seeds:
        row[f"objective_seed_{seed}"] = of_seeds.get(seed)
    return row | {
        "begun": _time(trial.begun),
        "seconds": trial.seconds,
        "worker": trial.worker,
        "random": None if trial.state is TrialState.WAITING else plain(trial.is_random),
        "reason": trial.reason,
        "retry_of": trial.retry_of,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(sep=" ", timespec="seconds")
