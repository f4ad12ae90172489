"""The axis of what a study maximises: its scale, its range, and where it counts as solved. No widgets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.scales import LinearScale, Range
from ppo_desktop.views.charts.shapes import Level
from ppo_desktop.views.plot_cards import return_scale, solved_text
from ppo_desktop.views.theme import Palette

_NO_RANGE: Range = (0.0, 1.0)
N_COLOURS = 256
_LIGHT = ("#f4ecd8", "#e9b9b4", "#b98bc6", "#6b5fc4", "#2a2785", "#17124f")
_DARK = ("#2b2434", "#4a2f6b", "#5b4fb8", "#7d8fe6", "#a9cdf2", "#eafaf6")
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Both from Ottosson 2020, "A perceptual color space for image processing"."""

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (…, 3)."""


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


def colour_table(palette: Palette) -> Pixels:
    """Return the colours from the lowest to the highest objective, (N_COLOURS, 3)."""
    return _table(_DARK if palette.is_dark else _LIGHT)


def colour_at(palette: Palette, share: float) -> QColor:
    """Return the colour of an objective that is so far, 0…1, between the lowest and the highest."""
    place = round(min(max(share, 0.0), 1.0) * (N_COLOURS - 1))
    return QColor(*colour_table(palette)[place].tolist())


@lru_cache(maxsize=2)
def _table(anchors: tuple[str, ...]) -> Pixels:
    """Interpolate between anchors in OKLab, where they lie as far apart as their lightness says."""
    colours = [QColor(anchor) for anchor in anchors]
    lab = _to_oklab(np.array([[colour.redF(), colour.greenF(), colour.blueF()] for colour in colours]))
    along = (lab[:, 0] - lab[0, 0]) / (lab[-1, 0] - lab[0, 0])
    shares = np.linspace(0.0, 1.0, N_COLOURS)
    between = np.stack([np.interp(shares, along, lab[:, channel]) for channel in range(3)], axis=1)
    table = np.rint(255 * _to_srgb(between)).astype(np.uint8)
    table.flags.writeable = False
    return table


def _to_oklab(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def _to_srgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))
