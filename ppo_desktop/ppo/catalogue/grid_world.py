"""GridWorld-v0: our own, with four actions, so that a policy that knows nothing has an entropy of 2 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppo_desktop.ppo.catalogue.environment import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    ActionTaken,
    Brief,
    Kernel,
    KnownEnvironment,
    Preset,
)
from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS, PIT, ROWS, TIME_LIMIT
from ppo_desktop.ppo.catalogue.grid_map import N_CELLS, GridMap
from ppo_desktop.ppo.catalogue.state_plane import Cell, Components, StateAxis, StatePlane
from ppo_desktop.ppo.constants import GRID_WORLD
from ppo_desktop.ppo.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    import numpy as np

    from ppo_desktop.ppo.arrays import Doubles, Numbers


def _starts(generator: np.random.Generator, count: int) -> Doubles:
    import numpy as np

    cells = np.array(GridMap().free_cells)
    return cells[generator.integers(len(cells), size=count)].astype(float).reshape(-1, 1)


def _show(environment: Any, state: Doubles, _action: ActionTaken) -> None:
    environment.cell = int(state[0])


def _read(environment: Any) -> Doubles:
    import numpy as np

    return np.array([environment.cell], float)


def _from_cells(column: Numbers, row: Numbers) -> Components:
    """Return observations, `grid_layout.observation_of` cell by cell."""
    return 2 * (column - 1) / (COLUMNS - 1) - 1, 2 * (row - 1) / (ROWS - 1) - 1


def _to_cells(components: Components) -> Components:
    return (components[0] + 1) / 2 * (COLUMNS - 1) + 1, (components[1] + 1) / 2 * (ROWS - 1) + 1


def _numbered(places: int) -> tuple[tuple[float, str], ...]:
    return tuple((float(place), str(place)) for place in range(1, places + 1))


def cells_of(grid_map: GridMap) -> tuple[Cell, ...]:
    """Return what each cell of a map is, row by row from the top left."""
    kinds = {grid_map.goal: Cell.GOAL, PIT: Cell.PIT} | dict.fromkeys(grid_map.walls, Cell.WALL)
    return tuple(kinds.get(cell, Cell.FREE) for cell in range(N_CELLS))


_STANDARD = Preset(
    "standard",
    "Standard",
    "Finds the shortest way from every cell within about 30 000 steps.",
    Hyperparameters(
        n_envs=16,
        rollout_length=64,
        n_epochs=10,
        learning_rate=5e-4,
        gamma=0.9,
        entropy_coef=0.02,
        activation="relu",
    ),
)

ENVIRONMENT = KnownEnvironment(
    "GridWorld-v0",
    # The shortest ways from all cells have a mean of 0.96. Two cells that lead nowhere fall below this.
    solved_return=0.9,
    return_range=(-1.5, 1.0),
    actions=(UP, RIGHT, DOWN, LEFT),
    observations=("column", "row"),
    is_discrete=True,
    presets=(_STANDARD,),
    plane=StatePlane(
        StateAxis("column", 0.5, COLUMNS + 0.5, "", _numbered(COLUMNS)),
        StateAxis("row", ROWS + 0.5, 0.5, "", _numbered(ROWS)),
        COLUMNS,
        ROWS,
        _from_cells,
        _to_cells,
        cells=cells_of(GridMap()),
    ),
    kernel=Kernel(GRID_WORLD, _starts, _show, _read, n_states=N_CELLS),
    brief=Brief(
        goal="Walk from any cell to the flag by the shortest way, and keep out of the pit.",
        observation="Column and row of the agent, each from −1 (left, top) to 1 (right, bottom).",
        actions="One cell up, to the right, down or to the left; walls and borders leave it where it is.",
        reward="1 at the flag, −1 in the pit, −0.01 for every other step.",
        end=f"The agent is at the flag or in the pit, or after {TIME_LIMIT} steps.",
    ),
)
