"""The trials that can be held against each other."""

from __future__ import annotations

from collections.abc import Iterable

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord


def comparable_trials(plan: StudyPlan, trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the complete trials whose values are all inside the ranges.

    Pruned ones are not among them: what they had reached is not what others came to. Values outside
    are those of trials that somebody has added with Optuna.
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
