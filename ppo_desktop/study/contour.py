"""The objective over two hyperparameters, estimated between the trials that have been done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

CELLS = 40
"""Cells of the map along each side."""
FEWEST_TRIALS = 6
"""Complete trials without which no map is drawn."""
_SPREAD = 0.29
"""Standard deviation of positions that are spread evenly from 0 to 1: 1/√12."""
_FARTHEST = 2.0
"""Bandwidths to the nearest trial beyond which nothing is said of a cell."""
_FAINTEST = float(np.exp(-0.5 * _FARTHEST**2))
"""Weight of one trial there, the least that a cell of which something is said can have."""
_STIFFNESS = 0.05
"""Holds slopes back where trials do not show them: as if so much of a trial's weight lay a bandwidth away
on each side, as high as the mean."""


@dataclass(frozen=True, eq=False)
class Contour:
    """A map.

    Attributes:
        fields: The hyperparameters, horizontal first.
        levels: Estimated objective in each cell, (CELLS, CELLS), horizontal first; cells are evenly spaced
            on both hyperparameters' own scales (`Dimension.position`). nan where no trial is near.
        n_trials: Complete trials it was estimated from.
    """

    fields: tuple[str, str]
    levels: Doubles
    n_trials: int


def contour(plan: StudyPlan, used: Sequence[TrialRecord], fields: tuple[str, str]) -> Contour | None:
    """Return the map from `comparable_trials`; None with too few, or if one of the fields is not searched.

    Each cell is a local linear regression: a plane through the trials around it, the nearer the more
    they count (Gaussian, its width by Scott's rule), in the cell. What else is searched differs from
    trial to trial and is averaged over. Between choices nothing is smoothed.
    """
    if len(used) < FEWEST_TRIALS or not set(fields) <= set(plan.fields):
        return None
    objectives = np.array([trial.objective for trial in used], dtype=np.float64)
    bandwidth = _SPREAD * len(used) ** (-1 / 6)
    horizontal, vertical = (_distances(plan.dimension(field), used, bandwidth) for field in fields)
    levels = _regression(horizontal, vertical, objectives)
    return Contour(fields, np.clip(levels, objectives.min(), objectives.max()), len(used))


def cell_positions() -> Doubles:
    """Return where the middles of the cells lie on each scale, (CELLS,)."""
    return (np.arange(CELLS) + 0.5) / CELLS


def _distances(dimension: Dimension, trials: Sequence[TrialRecord], bandwidth: float) -> Doubles:
    """Return the signed distance from each cell to each trial in bandwidths, (CELLS, n).

    Between different choices it is infinite, within one zero.
    """
    positions = np.array([dimension.position(trial.values[dimension.field]) for trial in trials])
    if dimension.is_between_ends:
        return (positions - cell_positions()[:, None]) / bandwidth
    last = len(dimension.choices) - 1
    is_same = np.rint(positions * last) == np.rint(cell_positions() * last)[:, None]
    return np.where(is_same, 0.0, np.inf)


def _regression(horizontal: Doubles, vertical: Doubles, objectives: Doubles) -> Doubles:
    """Return the local linear estimate in each cell, (CELLS, CELLS), from distances (CELLS, n) each.

    Weights are products of one of each side, so every weighted sum is one product of matrices.
    """
    mean = objectives.mean()
    across, up = np.exp(-0.5 * horizontal**2), np.exp(-0.5 * vertical**2)
    x, y = (np.where(np.isfinite(side), side, 0.0) for side in (horizontal, vertical))
    z = objectives - mean

    def total(left: Doubles, right: Doubles) -> Doubles:
        return (across * left) @ (up * right).T

    one = np.ones_like(x)
    weight = np.maximum(total(one, one), _FAINTEST)
    xs, ys, zs = total(x, one) / weight, total(one, y) / weight, total(one, z * one) / weight
    firmness = _STIFFNESS / weight
    xx = total(x * x, one) / weight - xs**2 + firmness
    yy = total(one, y * y) / weight - ys**2 + firmness
    xy = total(x, y) / weight - xs * ys
    xz = total(x, z * one) / weight - xs * zs
    yz = total(one, y * z) / weight - ys * zs
    determinant = xx * yy - xy**2
    slope_x = (xz * yy - yz * xy) / determinant
    slope_y = (yz * xx - xz * xy) / determinant
    levels = mean + zs - slope_x * xs - slope_y * ys
    return np.where(_is_near(horizontal, vertical), levels, np.nan)


def _is_near(horizontal: Doubles, vertical: Doubles) -> NDArray[np.bool_]:
    """Whether a trial is near each cell, (CELLS, CELLS); column by column, which needs little memory."""
    squares = vertical**2
    return np.array([(column**2 + squares).min(axis=1) <= _FARTHEST**2 for column in horizontal])
