"""The grid world's rules, on the map of `grid_layout` or on one that somebody has changed by hand.

Kernels know the unchanged map alone, so an episode on another is played in the environment itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ppo_desktop.ppo.catalogue.grid_layout import (
    COLUMN_STEPS,
    COLUMNS,
    GOAL,
    GOAL_REWARD,
    PIT,
    PIT_REWARD,
    ROW_STEPS,
    ROWS,
    STEP_REWARD,
    WALLS,
)

N_CELLS = ROWS * COLUMNS


@dataclass(frozen=True)
class GridMap:
    """Where goal and walls are; the pit stays where it is.

    Attributes:
        goal: Its cell.
        walls: Theirs.
    """

    goal: int = GOAL
    walls: frozenset[int] = WALLS

    @property
    def free_cells(self) -> tuple[int, ...]:
        """Where an episode can begin."""
        return tuple(cell for cell in range(N_CELLS) if self.is_free(cell))

    def is_free(self, cell: int) -> bool:
        """Return whether an agent can be in a cell without the episode being over."""
        return cell not in self.walls and not self.is_terminal(cell)

    def is_terminal(self, cell: int) -> bool:
        """Return whether an episode is over in a cell."""
        return cell in (self.goal, PIT)

    def move(self, cell: int, action: int) -> int:
        """Return the cell an action leads to; a wall or the border leaves the agent where it is."""
        row, column = cell // COLUMNS + ROW_STEPS[action], cell % COLUMNS + COLUMN_STEPS[action]
        target = row * COLUMNS + column
        is_inside = 0 <= row < ROWS and 0 <= column < COLUMNS
        return target if is_inside and target not in self.walls else cell

    def reward_of(self, cell: int) -> float:
        """Return the reward of a step that ends in a cell."""
        if cell == self.goal:
            return GOAL_REWARD
        return PIT_REWARD if cell == PIT else STEP_REWARD

    def with_goal(self, cell: int) -> GridMap:
        """Return the map with the goal in a free cell; the same where another cell is meant."""
        return replace(self, goal=cell) if self.is_free(cell) else self

    def with_wall(self, cell: int, *, is_wall: bool) -> GridMap:
        """Return the map with a cell that is a wall, or free; goal, pit and the last free cell stay."""
        if self.is_terminal(cell) or (is_wall and self.free_cells == (cell,)):
            return self
        return replace(self, walls=self.walls | {cell} if is_wall else self.walls - {cell})

    @property
    def changes(self) -> str:
        """What is not as it was, in words; empty for nothing."""
        drawn, removed = len(self.walls - WALLS), len(WALLS - self.walls)
        parts = [f"goal at {place_name(self.goal)}"] if self.goal != GOAL else []
        parts += [f"{drawn} walls drawn" if drawn > 1 else "1 wall drawn"] if drawn else []
        parts += [f"{removed} walls removed" if removed > 1 else "1 wall removed"] if removed else []
        return ", ".join(parts)


def place_name(cell: int) -> str:
    """Return where a cell is, counted from 1 at the left and at the top."""
    row, column = divmod(cell, COLUMNS)
    return f"column {column + 1}, row {row + 1}"
