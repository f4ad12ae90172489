"""The axis of what a study maximises: its scale, its range, and where it counts as solved. No widgets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.views.charts.colours import along
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.scales import LinearScale, Range
from ppo_desktop.views.charts.shapes import Level
from ppo_desktop.views.plot_cards import return_scale, solved_text
from ppo_desktop.views.theme import Palette

_NO_RANGE: Range = (0.0, 1.0)
_LIGHT = ("#f4ecd8", "#e9b9b4", "#b98bc6", "#6b5fc4", "#2a2785", "#17124f"), (0, 0.17, 0.34, 0.56, 0.85, 1)
_DARK = ("#2b2434", "#4a2f6b", "#5b4fb8", "#7d8fe6", "#a9cdf2", "#eafaf6"), (0, 0.13, 0.32, 0.57, 0.8, 1)
"""Colours from the lowest to the highest objective, as far apart as their lightness in OKLab says."""


def objective_scale(plan: StudyPlan) -> LinearScale:
    """Return how objectives are written and ranged: both are returns of the environment."""
    return return_scale(plan.environment_id)


def objective_axis(plan: StudyPlan, objectives: NDArray[np.float64]) -> Axis:
    """Return a round range with all objectives in it, and what the environment allows, where known."""
    scale = objective_scale(plan)
    finite = objectives[np.isfinite(objectives)]
    shown = scale.first_range or _NO_RANGE
    if len(finite):
        shown = scale.widened(scale.first_range, float(finite.min()), float(finite.max()))
    return Axis(scale, shown, has_grid=True)


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


def solved_objective(plan: StudyPlan) -> float | None:
    """Return the objective of a trial that has solved the environment; None if there is no such number."""
    return solved_return(plan.environment_id) if plan.objective is Objective.EVALUATION else None


def solved_level(plan: StudyPlan) -> Sequence[Level]:
    """Return the level at which objectives count as solved; nothing where there is none."""
    solved = solved_objective(plan)
    return () if solved is None else (Level(solved, solved_text(solved)),)


def colour_at(palette: Palette, share: float) -> QColor:
    """Return the colour of an objective that is so far, 0…1, between the lowest and the highest."""
    colours, stops = _DARK if palette.is_dark else _LIGHT
    return QColor(*np.rint(along(np.array(share), [*map(QColor, colours)], stops)).astype(int).tolist())
