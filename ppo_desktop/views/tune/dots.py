"""Marks of many trials: stamped where there are pixels, drawn one by one where there are none."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPixmap

from ppo_desktop.views.theme import smooth_painter

Points = NDArray[np.float64]
"""Pixels, (n, 2)."""
_FEW = 40
"""So many are drawn one by one: a stamp would not be faster."""


def paint_dots(
    painter: QPainter, points: Points, radius: float, colour: QColor, rim: QColor | None = None
) -> None:
    """Draw filled dots.

    Args:
        painter: What draws.
        points: Where.
        radius: Of each, pixels, without its rim.
        colour: What they are filled with.
        rim: What sets each off from the ones below; None for nothing.
    """
    paint_stamps(painter, points, radius + 2, partial(_paint_dot, radius=radius, colour=colour, rim=rim))


def paint_stamps(
    painter: QPainter, points: Points, reach: float, paint_symbol: Callable[[QPainter, QPointF], None]
) -> None:
    """Draw the same symbol at many points; of many that are pixels one is drawn, and copied.

    Args:
        painter: What draws.
        points: Where.
        reach: How far a symbol goes from its point, pixels, or a little more.
        paint_symbol: Draws one at a point.
    """
    if len(points) > _FEW and painter.paintEngine().type() is QPaintEngine.Type.Raster:
        _stamp(painter, points, reach, paint_symbol)
        return
    for x, y in points.tolist():
        paint_symbol(painter, QPointF(x, y))


def _paint_dot(painter: QPainter, centre: QPointF, radius: float, colour: QColor, rim: QColor | None) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    if rim is not None:
        painter.setBrush(rim)
        painter.drawEllipse(centre, radius + 1.3, radius + 1.3)
    painter.setBrush(colour)
    painter.drawEllipse(centre, radius, radius)


def _stamp(
    painter: QPainter, points: Points, reach: float, paint_symbol: Callable[[QPainter, QPointF], None]
) -> None:
    """Draw one symbol, and all copies of it in one call: many times faster than drawing a thousand."""
    scale = painter.deviceTransform().m11()
    side = math.ceil(2 * reach * scale)
    half = side / 2 / scale
    stamp = QPixmap(side, side)
    stamp.setDevicePixelRatio(scale)
    stamp.fill(Qt.GlobalColor.transparent)
    pen = smooth_painter(stamp)
    paint_symbol(pen, QPointF(half, half))
    pen.end()
    copies = PrimitiveArray(QPainter.PixmapFragment, 10)
    copies.resize(len(points))
    # Of each: where, the part of the stamp that is copied, scales, rotation, opacity.
    copies.ndarray()[:] = (0.0, 0.0, 0.0, 0.0, side, side, 1 / scale, 1 / scale, 0.0, 1.0)
    copies.ndarray()[:, :2] = points
    painter.drawPixmapFragments(*copies.drawargs(), stamp)  # type: ignore[call-arg]
