"""How long trials will take, before there have been any."""

from __future__ import annotations

import random
from functools import lru_cache

from ppo_desktop.comparison.estimate import seconds_per_step, side_by_side
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.study.plan import StudyPlan

_DRAWN = 32
"""Trials that are drawn to estimate one: their costs differ by the number of their gradient steps."""
_TRIAL_SECONDS = 0.03
"""What a trial costs beside its runs: its values are chosen, its report is written down."""


def estimated_seconds(plan: StudyPlan, n_trials: int, at_once: int, *, fast: bool) -> float:
    """Return about how many seconds trials take, none of them ended early.

    Args:
        plan: What is searched.
        n_trials: How many trials.
        at_once: How many of them go on at a time.
        fast: Whether the fast engine does it.
    """
    alone = n_trials * plan.n_seeds * plan.total_steps * _mean_seconds_per_step(plan)
    together = side_by_side(alone, min(n_trials, at_once) * plan.n_seeds, fast=fast)
    return together + n_trials * _TRIAL_SECONDS


@lru_cache(maxsize=8)
def _mean_seconds_per_step(plan: StudyPlan) -> float:
    """Return the mean over trials drawn from the space; those that cannot be trained are left out."""
    dice = random.Random(1)
    costs = []
    for _ in range(_DRAWN):
        values = {dimension.field: dimension.value_at(dice.random()) for dimension in plan.space}
        try:
            settings = plan.settings(values, seed=1)
        except InvalidHyperparameter:
            continue
        costs.append(seconds_per_step(settings.algorithm, settings.hyperparameters))
    return sum(costs) / len(costs) if costs else seconds_per_step(plan.algorithm, plan.base)
