"""Planes through the state spaces of the built-in environments: what a map of a policy is drawn on.

A plane has two axes in units that people read, and says which observation stands for a place on it
and which place for an observation. No Qt and no PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.grid_layout import COLUMNS, GOAL, PIT, ROWS, WALLS

Numbers = NDArray[np.floating[Any]]
Components = tuple[Numbers, ...]

_SIDE = 41
"""Places along each axis where states vary smoothly; odd, so that one of them is in the middle."""


@dataclass(frozen=True)
class Axis:
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
    """A plane through a state space, cut into a grid of places.

    Attributes:
        x: The axis to the right.
        y: The axis upwards.
        columns: Places along x.
        rows: Places along y.
        embed: Turns x and y, (G,) each, into the components of the observations.
        project: Turns components of observations into x and y.
        remark: What is true of every state on the plane, but for its axes; empty if nothing.
        cells: What each place is, row by row from the top left, where states are cells of a grid;
            empty where they vary smoothly.
    """

    x: Axis
    y: Axis
    columns: int
    rows: int
    embed: Callable[[Numbers, Numbers], Components]
    project: Callable[[Components], Components]
    remark: str = ""
    cells: tuple[Cell, ...] = ()

    def grid(self) -> Numbers:
        """Return the middles of all places, (rows · columns, 2), row by row from the top left."""
        across = self.x.low + _middles(self.columns) * (self.x.high - self.x.low)
        down = self.y.high + _middles(self.rows) * (self.y.low - self.y.high)
        x, y = np.meshgrid(across, down)
        return np.stack([x.ravel(), y.ravel()], axis=-1)

    def observations(self, grid: Numbers) -> NDArray[np.float32]:
        """Return the observations (G, n_observations) that stand for places (G, 2)."""
        return np.stack(self.embed(grid[:, 0], grid[:, 1]), axis=-1).astype(np.float32)

    def position(self, observation: Numbers) -> Numbers:
        """Return x and y, (…, 2), of observations (…, n_observations)."""
        components = np.moveaxis(np.asarray(observation, dtype=float), -1, 0)
        return np.stack(self.project(tuple(components)), axis=-1)


def plane_for(environment_id: str) -> StatePlane | None:
    """Return the plane on which an environment's policy can be mapped, None if there is none."""
    return _PLANES.get(environment_id)


def _middles(places: int) -> Numbers:
    """Return the middles of `places` equal parts of [0, 1]."""
    return (np.arange(places) + 0.5) / places


def _as_they_are(x: Numbers, y: Numbers) -> Components:
    return x, y


def _first_two(components: Components) -> Components:
    return components[0], components[1]


def _hillside(goal: float) -> StatePlane:
    return StatePlane(
        Axis("position", -1.2, 0.6, "m", ((-1.0, "−1"), (-0.5, "−0.5"), (0.0, "0"), (goal, "goal")), (goal,)),
        Axis("velocity", -0.07, 0.07, "m/step", ((-0.07, "−0.07"), (0.0, "0"), (0.07, "0.07"))),
        _SIDE,
        _SIDE,
        _as_they_are,
        _first_two,
    )


def _hanging(angle: Numbers, velocity: Numbers) -> Components:
    return np.cos(angle), np.sin(angle), velocity


def _angle_and_velocity(components: Components) -> Components:
    return np.arctan2(components[1], components[0]), components[2]


def _balancing(angle: Numbers, velocity: Numbers) -> Components:
    """Return the state of a cart at rest in the middle; degrees become radians."""
    at_rest = np.zeros_like(angle)
    return at_rest, at_rest, np.radians(angle), np.radians(velocity)


def _pole_in_degrees(components: Components) -> Components:
    return np.degrees(components[2]), np.degrees(components[3])


def _from_cells(column: Numbers, row: Numbers) -> Components:
    """Return the grid world's observations, `grid_layout.observation_of` cell by cell."""
    return 2 * (column - 1) / (COLUMNS - 1) - 1, 2 * (row - 1) / (ROWS - 1) - 1


def _to_cells(components: Components) -> Components:
    return (components[0] + 1) / 2 * (COLUMNS - 1) + 1, (components[1] + 1) / 2 * (ROWS - 1) + 1


def _counted(places: int) -> tuple[tuple[float, str], ...]:
    return tuple((float(place), str(place)) for place in range(1, places + 1))


def _cell_at(cell: int) -> Cell:
    if cell in WALLS:
        return Cell.WALL
    return {GOAL: Cell.GOAL, PIT: Cell.PIT}.get(cell, Cell.FREE)


_PLANES = {
    "CartPole-v1": StatePlane(
        # A pole beyond ±12° has fallen.
        Axis(
            "pole angle",
            -13.0,
            13.0,
            "°",
            ((-12.0, "−12"), (0.0, "0"), (12.0, "12")),
            landmarks=(-12.0, 12.0),
            short_label="angle",
        ),
        Axis(
            "angular velocity",
            -130.0,
            130.0,
            "°/s",
            ((-100.0, "−100"), (0.0, "0"), (100.0, "100")),
            short_label="velocity",
        ),
        _SIDE,
        _SIDE,
        _balancing,
        _pole_in_degrees,
        remark="cart at rest at 0",
    ),
    "MountainCar-v0": _hillside(goal=0.5),
    "MountainCarContinuous-v0": _hillside(goal=0.45),
    "Pendulum-v1": StatePlane(
        Axis(
            "angle from upright",
            -np.pi,
            np.pi,
            "rad",
            ((-np.pi, "−π"), (0.0, "0"), (np.pi, "π")),
            wraps=True,
            short_label="angle",
        ),
        Axis(
            "angular velocity",
            -8.0,
            8.0,
            "rad/s",
            ((-8.0, "−8"), (0.0, "0"), (8.0, "8")),
            short_label="velocity",
        ),
        _SIDE,
        _SIDE,
        _hanging,
        _angle_and_velocity,
    ),
    "GridWorld-v0": StatePlane(
        Axis("column", 0.5, COLUMNS + 0.5, "", _counted(COLUMNS)),
        Axis("row", ROWS + 0.5, 0.5, "", _counted(ROWS)),
        COLUMNS,
        ROWS,
        _from_cells,
        _to_cells,
        cells=tuple(_cell_at(cell) for cell in range(ROWS * COLUMNS)),
    ),
}
