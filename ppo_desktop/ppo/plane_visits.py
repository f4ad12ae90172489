"""Where on a state plane a rollout has been, where its episodes terminated, and where its critic erred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Numbers
from ppo_desktop.ppo.catalogue.state_plane import StatePlane
from ppo_desktop.ppo.update_trace import EvaluatedRollout

_ROUNDING = 1e-6
"""Share of an axis by which single precision may put an edge beyond itself."""


@dataclass(frozen=True, eq=False)
class PlaneVisits:
    """Of every cell of a plane's grid, (G,), row by row from the top left; what is beyond an edge is at it.

    Attributes:
        visits: States in which an agent acted; their sum is T·N.
        terminations: Last observations of episodes that ended by themselves, not by a time limit.
        values: Mean of V(s) over the visits; nan where there is none.
        returns: Likewise of R = Â + V(s), what the critic is to learn.
        n_beyond: Visits that were beyond an edge.
        n_cut_off: Episodes that only a time limit has ended.
    """

    visits: NDArray[np.int64]
    terminations: NDArray[np.int64]
    values: Doubles
    returns: Doubles
    n_beyond: int
    n_cut_off: int

    @property
    def errors(self) -> Doubles:
        """Mean of V(s) − R over the visits of each cell; above 0 the critic has expected too much."""
        return self.values - self.returns


@np.errstate(invalid="ignore")
def visits_on(plane: StatePlane, evaluated: EvaluatedRollout) -> PlaneVisits:
    """Count the states of a rollout by cell, whatever their parts are that the plane does not show."""
    rollout, n_cells = evaluated.rollout, plane.rows * plane.columns
    shares = _shares(plane, rollout.observations[:-1].reshape(-1, rollout.spaces.n_observations))
    cells = _cells(plane, shares)
    visits = np.bincount(cells, minlength=n_cells)
    values, returns = (
        np.bincount(cells, weights=numbers, minlength=n_cells) / visits
        for numbers in (evaluated.values, evaluated.value_targets)
    )
    is_beyond = (shares < -_ROUNDING) | (shares > 1 + _ROUNDING)
    last_seen = rollout.final_observations[rollout.terminated]
    return PlaneVisits(
        visits,
        np.bincount(_cells(plane, _shares(plane, last_seen)), minlength=n_cells),
        values,
        returns,
        n_beyond=int(is_beyond.any(axis=1).sum()),
        n_cut_off=int((rollout.truncated & ~rollout.terminated).sum()),
    )


def _shares(plane: StatePlane, observations: Numbers) -> Doubles:
    """Return how far to the right and how far down observations lie, (n, 2); 0 and 1 at the edges."""
    x, y = np.moveaxis(plane.position(observations), -1, 0)
    return np.stack([plane.x.share(x), 1 - plane.y.share(y)], axis=-1)


def _cells(plane: StatePlane, shares: Doubles) -> NDArray[np.int64]:
    """Return the cell of each place, (n,)."""
    n_places = np.array([plane.columns, plane.rows])
    columns, rows = np.clip((shares * n_places).astype(np.int64), 0, n_places - 1).T
    cells: NDArray[np.int64] = rows * plane.columns + columns
    return cells
