"""The grid world's map and its rules, in plain numbers: no Gymnasium, so that a window can draw them.

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
FREE_CELLS = tuple(cell for cell, kind in enumerate(_CELLS) if kind == ".")
"""Where an episode can begin."""

UP, RIGHT, DOWN, LEFT = range(4)
ROW_STEPS = (-1, 0, 1, 0)
"""Rows that each action moves down."""
COLUMN_STEPS = (0, 1, 0, -1)
"""Columns that each action moves to the right."""

GOAL_REWARD, PIT_REWARD, STEP_REWARD = 1.0, -1.0, -0.01
TIME_LIMIT = 50
"""Steps after which an episode is cut off."""


def move(cell: int, action: int) -> int:
    """Return the cell an action leads to; a wall or the border leaves the agent where it is."""
    row = cell // COLUMNS + ROW_STEPS[action]
    column = cell % COLUMNS + COLUMN_STEPS[action]
    inside = 0 <= row < ROWS and 0 <= column < COLUMNS
    target = row * COLUMNS + column
    return target if inside and target not in WALLS else cell


def reward_of(cell: int) -> float:
    """Return the reward of a step that ends in a cell."""
    if cell == GOAL:
        return GOAL_REWARD
    return PIT_REWARD if cell == PIT else STEP_REWARD


def is_terminal(cell: int) -> bool:
    """Return whether an episode is over in a cell."""
    return cell in (GOAL, PIT)


def observation_of(cell: int) -> tuple[float, float]:
    """Return column and row, each scaled to [−1, 1]: −1 is the left column and the top row."""
    return 2 * (cell % COLUMNS) / (COLUMNS - 1) - 1, 2 * (cell // COLUMNS) / (ROWS - 1) - 1


def place_of(observation: tuple[float, float]) -> tuple[float, float]:
    """Return the column and the row that an observation stands for."""
    return (observation[0] + 1) / 2 * (COLUMNS - 1), (observation[1] + 1) / 2 * (ROWS - 1)
