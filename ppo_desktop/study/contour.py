"""The objective over two hyperparameters, estimated between the trials that have been done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = 40
"""Cells of the map along each side."""


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
    levels: NDArray[np.float64]
    n_trials: int
