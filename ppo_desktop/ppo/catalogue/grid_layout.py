"""The grid world as it is learnt on, in plain numbers: no Gymnasium, so that a window can draw it.

A cell is one number, row · COLUMNS + column; rows count from the top, columns from the left.
"""

from __future__ import annotations

_MAP = (
    "......G",
    ".##....",
    ".#..#..",
    "....#..",
    "..P....",
)
"""G is the goal, P the pit, # a wall."""
_CELLS = "".join(_MAP)

ROWS, COLUMNS = len(_MAP), len(_MAP[0])
GOAL, PIT = _CELLS.index("G"), _CELLS.index("P")
WALLS = frozenset(cell for cell, kind in enumerate(_CELLS) if kind == "#")

UP, RIGHT, DOWN, LEFT = range(4)
ROW_STEPS = (-1, 0, 1, 0)
"""Rows that each action moves down."""
COLUMN_STEPS = (0, 1, 0, -1)
"""Columns that each action moves to the right."""

GOAL_REWARD, PIT_REWARD, STEP_REWARD = 1.0, -1.0, -0.01
TIME_LIMIT = 50
"""Steps after which an episode is cut off."""


def observation_of(cell: int) -> tuple[float, float]:
    """Return column and row, each scaled to [−1, 1]: −1 is the left column and the top row."""
    return 2 * (cell % COLUMNS) / (COLUMNS - 1) - 1, 2 * (cell // COLUMNS) / (ROWS - 1) - 1


def place_of(observation: tuple[float, float]) -> tuple[float, float]:
    """Return the column and the row that an observation stands for."""
    return (observation[0] + 1) / 2 * (COLUMNS - 1), (observation[1] + 1) / 2 * (ROWS - 1)
