"""The axis of what a study maximises: its scale, its range, and where it counts as solved. No widgets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.study.plan import Objective, StudyPlan
from ppo_desktop.views.plot_cards import return_scale
from ppo_desktop.views.plot_scales import LinearScale, Range

_NO_RANGE: Range = (0.0, 1.0)


def objective_scale(plan: StudyPlan) -> LinearScale:
    """Return how objectives are written and ranged: both are returns of the environment."""
    return return_scale(plan.environment_id)


def objective_range(plan: StudyPlan, objectives: NDArray[np.float64]) -> Range:
    """Return a round range with all objectives in it, and what the environment allows, where known."""
    scale = objective_scale(plan)
    finite = objectives[np.isfinite(objectives)]
    if not len(finite):
        return scale.first_range or _NO_RANGE
    return scale.widened(scale.first_range, float(finite.min()), float(finite.max()))


def spread_range(plan: StudyPlan, objectives: NDArray[np.float64]) -> Range:
    """Return a round range around objectives, where their differences are what is shown.

    It does not go beyond what the environment allows, where that is known.
    """
    finite = objectives[np.isfinite(objectives)]
    if not len(finite):
        return objective_scale(plan).first_range or _NO_RANGE
    low, high = float(finite.min()), float(finite.max())
    scale = objective_scale(plan)
    round_low, round_high = scale.widened(None, low, high)
    least, most = scale.first_range or (-math.inf, math.inf)
    if least <= low <= high <= most:
        return max(round_low, least), min(round_high, most)
    return round_low, round_high


def solved_return(plan: StudyPlan) -> float | None:
    """Return the mean return at which the environment counts as solved; None where that is not known.

    Nothing is asked of an environment that is not built in: a study may come from anywhere.
    """
    known = KNOWN_ENVIRONMENTS.get(plan.environment_id)
    return None if known is None else known.solved_return


def solved_objective(plan: StudyPlan) -> float | None:
    """Return the objective of a trial that has solved the environment; None if there is no such number."""
    return solved_return(plan) if plan.objective is Objective.EVALUATION else None
