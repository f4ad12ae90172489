"""A contour's cells as an image of a few colours, so that levels can be read off. No widgets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from ppo_desktop.study.contour import Contour
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.plot_scales import Range, nice_step
from ppo_desktop.views.theme import Palette
from ppo_desktop.views.tune.objective_colours import N_COLOURS, colour_table

MOST_BANDS = 9
_FINER = 5
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
    is_known = np.isfinite(_repeated(_repeated(contour.levels).T).T)
    filled = np.where(np.isfinite(levels), levels, shown[0])
    edges = band_edges(shown)
    bands = np.clip(np.searchsorted(edges, filled, side="right") - 1, 0, len(edges) - 2)
    colours = np.rint((np.arange(len(edges) - 1) + 0.5) / (len(edges) - 1) * (N_COLOURS - 1)).astype(int)
    pixels = np.zeros((*levels.shape, 4), dtype=np.uint8)
    pixels[..., :3] = colour_table(palette)[colours][bands]
    pixels[..., 3] = np.where(is_known, 255, 0)
    upright = np.ascontiguousarray(pixels.transpose(1, 0, 2)[::-1])
    height, width, _ = upright.shape
    image = QImage(upright.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.copy()  # the pixels themselves are Python's, and go


def _finer(levels: Numbers, dimension: Dimension) -> Numbers:
    """Return more cells along the first side: interpolated between those known, copied between choices."""
    if not dimension.declaration.numeric:
        return _repeated(levels)
    n = len(levels)
    places = (np.arange(n * _FINER) + 0.5) / _FINER - 0.5
    below = np.clip(np.floor(places).astype(int), 0, n - 1)
    above = np.minimum(below + 1, n - 1)
    share = np.clip(places - below, 0.0, 1.0)[:, None]
    lower, upper = levels[below], levels[above]
    between = (1 - share) * lower + share * upper
    return np.where(np.isnan(lower), upper, np.where(np.isnan(upper), lower, between))


def _repeated(levels: Numbers) -> Numbers:
    return np.repeat(levels, _FINER, axis=0)
