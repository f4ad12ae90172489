"""In which order the cells of a map are measured: the whole first, and sooner where neighbours disagree.

A map has rows and columns; a cell's number counts row by row from 0. Nothing here is drawn at random: what is
next depends on what has been measured, and is being measured, only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

FIRST_SIDE = 3
"""Cells along each side of the coarsest level; each level halves the distances of the one before."""

Mask = NDArray[np.bool_]
Shape = tuple[int, int]
"""Rows, columns."""


def map_shape(plan: StudyPlan) -> Shape:
    """Return how many rows and columns the map of a plan has: values of its second and first dimension."""
    across, up = plan.space
    return len(up.grid_values()), len(across.grid_values())


def next_combination(plan: StudyPlan, trials: Iterable[TrialRecord]) -> int | None:
    """Return the cell to be measured next, which none of the trials has; None where there is none left.

    What counts is their objective; trials that have failed are as bad as the worst.
    """
    shape = map_shape(plan)
    values, is_taken, has_failed = np.full(shape, np.nan), np.zeros(shape, bool), np.zeros(shape, bool)
    for trial in trials:
        if trial.combination is not None and trial.combination < values.size:
            is_taken.flat[trial.combination] = True
            if trial.objective is not None:
                values.flat[trial.combination] = trial.objective
            has_failed.flat[trial.combination] |= trial.state is TrialState.FAILED
    values[has_failed] = np.nanmin(values) if np.isfinite(values).any() else 0.0
    return next_cell(values, is_taken)


def next_cell(values: Doubles, is_taken: Mask) -> int | None:
    """Return the number of the cell that is to be measured next; None where all are taken.

    Coarse levels come first. Within a level it is the cell around which measured values disagree most, and
    of equals the one that lies nearest to a corner or the middle, the first of those.

    Args:
        values: What has been measured, (rows, columns); nan where nothing has.
        is_taken: Which cells are measured, or being measured, likewise.
    """
    free = np.flatnonzero(~is_taken)
    if not free.size:
        return None
    levels, outwards = (array.ravel()[free] for array in (levels_of(values.shape), _outwards(values.shape)))
    level = int(levels.min())
    here = free[levels == level]
    scores = disagreement(values, here, reach_of(values.shape, level))
    # Scores that differ by rounding only are equal, on whatever processor.
    order = np.lexsort((here, outwards[levels == level], -np.round(scores, 9)))
    return int(here[order[0]])


@lru_cache(maxsize=16)
def levels_of(shape: Shape) -> NDArray[np.int64]:
    """Return the level of each cell, (rows, columns), from 0: 3 × 3 cells, then 5 × 5, 9 × 9, … and all.

    The cells of a level are spread evenly, from one end of a side to the other, rounded onto the grid; those
    of a level before are among them.
    """
    sides = [_levels_along(length) for length in shape]
    levels = np.maximum(sides[0][:, None], sides[1][None, :])
    levels.flags.writeable = False
    return levels


def reach_of(shape: Shape, level: int) -> tuple[int, int]:
    """Return how far neighbours may be from a cell of a level, in rows and in columns.

    It is the distance between cells of the level before; of the first level, all of the map.
    """
    if level == 0:
        return shape
    n_gaps = _side_of(level - 1) - 1
    return tuple(max(1, -(-(length - 1) // n_gaps)) for length in shape)  # type: ignore[return-value]


def disagreement(values: Doubles, cells: NDArray[np.int64], reach: tuple[int, int]) -> Doubles:
    """Return of each cell how much the measured values around it differ, (n,), from 0 to 1.

    It is their range, (max − min), over that of all; 0 where fewer than two are within reach.
    """
    known = np.isfinite(values)
    if known.sum() < 2 or np.ptp(values[known]) == 0.0:
        return np.zeros(len(cells))
    rows, columns = np.nonzero(known)
    measured = values[known]
    cell_rows, cell_columns = np.divmod(cells, values.shape[1])
    is_near = (np.abs(cell_rows[:, None] - rows) <= reach[0]) & (
        np.abs(cell_columns[:, None] - columns) <= reach[1]
    )
    highest = np.where(is_near, measured, -np.inf).max(axis=1)
    lowest = np.where(is_near, measured, np.inf).min(axis=1)
    ranges = np.where(is_near.any(axis=1), highest - lowest, 0.0)
    return ranges / np.ptp(measured)


def _side_of(level: int) -> int:
    """Return how many cells a level has along a side: 3, 5, 9, 17 and so on."""
    return (FIRST_SIDE - 1 << level) + 1


def _levels_along(length: int) -> NDArray[np.int64]:
    """Return the level of each place along a side, (length,)."""
    levels = np.full(length, -1)
    level = 0
    while (levels < 0).any():
        side = _side_of(level)
        if side >= length:
            levels[levels < 0] = level
        else:
            numbers = np.arange(side)
            # Halves are rounded up in whole numbers, so that a level's cells stay where they are in the next.
            places = (2 * numbers * (length - 1) + side - 1) // (2 * (side - 1))
            levels[places[levels[places] < 0]] = level
        level += 1
    return levels


@lru_cache(maxsize=16)
def _outwards(shape: Shape) -> NDArray[np.int64]:
    """Return how far each cell is from the nearest of the corners and the middle, squared, (rows, columns).

    In units of half a cell, so that it is a whole number.
    """
    rows, columns = 2 * np.indices(shape)
    bottom, right = 2 * (shape[0] - 1), 2 * (shape[1] - 1)
    centres = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    squares: NDArray[np.int64] = np.min(
        [(rows - row) ** 2 + (columns - column) ** 2 for row, column in centres], axis=0
    )
    squares.flags.writeable = False
    return squares
