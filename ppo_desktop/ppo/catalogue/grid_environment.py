"""The grid world as Gymnasium wants it; importing this module registers it as `GridWorld-v0`."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS, PIT, ROWS, TIME_LIMIT, observation_of
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.catalogue.grid_world import ENVIRONMENT

Observation = NDArray[np.float32]

_PIXELS = 48
"""Side of a cell in the picture."""
_FLOOR, _WALL, _GOAL, _PIT, _AGENT = (
    (242, 244, 247),
    (107, 118, 132),
    (0, 158, 115),
    (213, 94, 0),
    (0, 114, 178),
)


class GridWorld(gymnasium.Env[Observation, int]):
    """Walk to the goal and keep out of the pit; every step costs a little.

    The actions are 0 up, 1 right, 2 down and 3 left. Observations are the column and the row, each
    scaled to [−1, 1]. Nothing is random but the cell an episode begins in, which is any free one. `cell` is
    where the agent is, see `grid_layout`; `map` has the rules and may be changed by hand, where nothing is
    learnt.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = Box(-1.0, 1.0, (2,), np.float32)
        # Gymnasium says that a Discrete action is a NumPy integer; an int is as good.
        self.action_space = Discrete(4)  # type: ignore[assignment]
        self.map = GridMap()
        self.cell = self.map.free_cells[0]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Put the agent into a free cell."""
        super().reset(seed=seed, options=options)
        cells = self.map.free_cells
        self.cell = cells[self.np_random.integers(len(cells))]
        return self._observation(), {}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Move the agent by one cell, if nothing is in its way."""
        self.cell = self.map.move(self.cell, int(action))
        return (
            self._observation(),
            self.map.reward_of(self.cell),
            self.map.is_terminal(self.cell),
            False,
            {},
        )

    def render(self) -> NDArray[np.uint8] | None:
        """Return a picture of the grid, or None if none was asked for."""
        return _picture(self.map, self.cell) if self.render_mode == "rgb_array" else None

    def _observation(self) -> Observation:
        return np.array(observation_of(self.cell), np.float32)


def _picture(grid: GridMap, agent: int) -> NDArray[np.uint8]:
    """Return red, green and blue, shape (height, width, 3)."""
    cells = np.full((ROWS * COLUMNS, 3), _FLOOR, np.uint8)
    cells[list(grid.walls)] = _WALL
    cells[grid.goal], cells[PIT] = _GOAL, _PIT
    picture = cells.reshape(ROWS, COLUMNS, 3).repeat(_PIXELS, axis=0).repeat(_PIXELS, axis=1)
    # A line between the cells: in a free corridor they could not be told apart.
    picture[::_PIXELS] = picture[:, ::_PIXELS] = _WALL
    row, column = divmod(agent, COLUMNS)
    offsets = np.arange(_PIXELS) - _PIXELS // 2
    disc = offsets[:, None] ** 2 + offsets**2 < (0.3 * _PIXELS) ** 2
    picture[row * _PIXELS :, column * _PIXELS :][:_PIXELS, :_PIXELS][disc] = _AGENT
    return picture


gymnasium.register(
    ENVIRONMENT.environment_id,
    f"{__name__}:{GridWorld.__name__}",
    reward_threshold=ENVIRONMENT.solved_return,
    max_episode_steps=TIME_LIMIT,
)
