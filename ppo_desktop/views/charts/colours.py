"""Colours between colours, and images of them. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ppo_desktop.ppo.arrays import Numbers


def rgb(colour: QColor) -> NDArray[np.float64]:
    """Return red, green and blue, of 255."""
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=float)


def along(shares: Numbers, colours: Sequence[QColor], stops: Sequence[float] = ()) -> NDArray[np.float64]:
    """Return a colour for each share, (…, 3), of 255.

    Args:
        shares: 0 for the first colour, 1 for the last; beyond they are those.
        colours: The colours.
        stops: The share of each; as far apart from each other if they are not given.
    """
    places = stops or np.linspace(0.0, 1.0, len(colours))
    return np.stack([np.interp(shares, places, channel) for channel in np.array([*map(rgb, colours)]).T], -1)


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """Return an opaque colour between two: `share` of the second."""
    return QColor(*np.rint(along(np.array(share), (first, second))).astype(int).tolist())


def image_of(pixels: NDArray[Any]) -> QImage:
    """Return an image of its own memory of pixels, (height, width, 3 or 4); they may be a view of others."""
    pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
    height, width, channels = pixels.shape
    given, drawn = (
        (QImage.Format.Format_RGBA8888, QImage.Format.Format_ARGB32_Premultiplied)
        if channels == 4
        else (QImage.Format.Format_RGB888, QImage.Format.Format_RGB32)
    )
    # Converting copies, so the array may be reused, and 32 bits a pixel are the fast ones to draw.
    return QImage(pixels.data, width, height, width * channels, given).convertToFormat(drawn)
