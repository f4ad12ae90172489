"""A plane through a state space: what a map of a policy is drawn on.

It has two axes in units that people read, and says which observation stands for a place on it
and which place for an observation. No Qt and no PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ppo_desktop.ppo.arrays import Floats, Numbers

Components: TypeAlias = "tuple[Numbers, ...]"

SIDE = 41
"""Places along each axis where states vary smoothly; odd, so that one of them is in the middle."""


@dataclass(frozen=True)
class StateAxis:
    """One axis of a plane.

    Attributes:
        label: What it shows, without the unit.
        low: Value at the left or lower edge; larger than `high` where values grow downwards.
        high: Value at the right or upper edge.
        unit: Unit of the values, empty for plain numbers.
        ticks: Value and text of each tick.
        landmarks: Values at which something begins or ends, the goal for instance.
        wraps: Whether the two edges are the same place.
        short_label: What it shows, for where there is little room; empty if the label is short.
    """

    label: str
    low: float
    high: float
    unit: str
    ticks: tuple[tuple[float, str], ...]
    landmarks: tuple[float, ...] = ()
    wraps: bool = False
    short_label: str = ""

    @property
    def title(self) -> str:
        """Label and unit as they are written beside an axis."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def short_title(self) -> str:
        """The title for where there is little room."""
        return replace(self, label=self.short_label or self.label).title

    def share(self, values: Numbers) -> Numbers:
        """Return how far along the axis values lie: 0 at `low`, 1 at `high`."""
        return (values - self.low) / (self.high - self.low)


class Cell(Enum):
    """What a cell of a grid world is."""

    FREE = "free"
    WALL = "wall"
    GOAL = "goal"
    PIT = "pit"


@dataclass(frozen=True)
class StatePlane:
    """A plane through a state space, cut into a grid of so many columns and rows of places.

    Attributes:
        x: The axis to the right.
        y: The axis upwards.
        embed: Turns x and y, (G,) each, into the components of the observations.
        project: Turns components of observations into x and y.
        remark: What is true of every state on the plane, but for its axes; empty if nothing.
        cells: What each place is, row by row from the top left, where states are cells of a grid;
            empty where they vary smoothly.
    """

    x: StateAxis
    y: StateAxis
    columns: int
    rows: int
    embed: Callable[[Numbers, Numbers], Components]
    project: Callable[[Components], Components]
    remark: str = ""
    cells: tuple[Cell, ...] = ()

    def grid(self) -> Numbers:
        """Return the middles of all places, (rows · columns, 2), row by row from the top left."""
        import numpy as np

        across = self.x.low + _middles(self.columns) * (self.x.high - self.x.low)
        down = self.y.high + _middles(self.rows) * (self.y.low - self.y.high)
        x, y = np.meshgrid(across, down)
        return np.stack([x.ravel(), y.ravel()], axis=-1)

    def observations(self, grid: Numbers) -> Floats:
        """Return the observations (G, n_observations) that stand for places (G, 2)."""
        import numpy as np

        return np.stack(self.embed(grid[:, 0], grid[:, 1]), axis=-1).astype(np.float32)

    def position(self, observation: Numbers) -> Numbers:
        """Return x and y, (…, 2), of observations (…, n_observations)."""
        import numpy as np

        components = np.moveaxis(np.asarray(observation, dtype=float), -1, 0)
        return np.stack(self.project(tuple(components)), axis=-1)


def _middles(places: int) -> Numbers:
    """Return the middles of `places` equal parts of [0, 1]."""
    import numpy as np

    return (np.arange(places) + 0.5) / places
