"""A contour's cells as an image of a few colours, so that levels can be read off. No widgets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.plot_scales import Range, nice_step
from ppo_desktop.views.theme import Palette
from ppo_desktop.views.tune.objective_axis import colour_at

MOST_BANDS = 9
_FINER = 4
"""Pixels of the image for each cell, along one side."""

Numbers = NDArray[np.float64]


def band_edges(shown: Range) -> list[float]:
    """Return round numbers that part a range into bands, both ends included."""
    low, high = shown
    step = nice_step(high - low, MOST_BANDS)
    n = max(1, round((high - low) / step))
    return [low + (high - low) * index / n for index in range(n + 1)]


def heat_image(
    contour: Contour, dimensions: tuple[Dimension, Dimension], shown: Range, palette: Palette
) -> QImage:
    """Return the image of a contour, its highest row first; clear where nothing is known.

    Args:
        contour: The cells.
        dimensions: What is horizontal, and what is vertical: between choices nothing is interpolated.
        shown: Objectives of the lowest and the highest colour.
        palette: The appearance.
    """
    levels = _finer(_finer(contour.levels, dimensions[0]).T, dimensions[1]).T
    cells = (_cells(dimension) for dimension in dimensions)
    is_known = np.isfinite(contour.levels)[np.ix_(*cells)]
    n = len(band_edges(shown)) - 1
    shares = (np.where(is_known, levels, shown[0]) - shown[0]) / (shown[1] - shown[0])
    bands = np.clip(shares * n, 0, n - 1).astype(np.uint8)
    pixels = np.where(is_known, bands + 1, 0).astype(np.uint8)
    upright = np.ascontiguousarray(pixels.T[::-1])
    height, width = upright.shape
    image = QImage(upright.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([0, *(band_colour(palette, band, n).rgba() for band in range(n))])
    return image.copy()  # the pixels themselves are Python's, and go


def band_colour(palette: Palette, band: int, n: int) -> QColor:
    """Return the colour of one of n bands, the lowest first."""
    return colour_at(palette, (band + 0.5) / n)


def _finer(levels: Numbers, dimension: Dimension) -> Numbers:
    """Return more cells along the first side: interpolated between those known, of choices as they are."""
    if not dimension.declaration.numeric:
        return levels[_cells(dimension)]
    n = len(levels)
    places = (np.arange(n * _FINER) + 0.5) / _FINER - 0.5
    below = np.clip(np.floor(places).astype(int), 0, n - 1)
    above = np.minimum(below + 1, n - 1)
    share = np.clip(places - below, 0.0, 1.0)[:, None]
    lower, upper = levels[below], levels[above]
    between = (1 - share) * lower + share * upper
    return np.where(np.isnan(lower), upper, np.where(np.isnan(upper), lower, between))


def _cells(dimension: Dimension) -> NDArray[np.int64]:
    """Return the cell of the contour that each pixel along one side shows: of choices, as much for each."""
    pixels = np.arange(CELLS * _FINER)
    if dimension.declaration.numeric:
        return pixels // _FINER
    n = len(dimension.choices)
    choices = pixels * n // (CELLS * _FINER)
    return np.rint(choices / (n - 1) * (CELLS - 1)).astype(np.int64)
