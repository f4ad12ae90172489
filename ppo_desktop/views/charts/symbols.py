"""What stands at a point: stamped where there are many on pixels, drawn one by one where there are none."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from ppo_desktop.views.theme import STAR, smooth_painter

_FEW = 40
"""So many are drawn one by one: a stamp would not be faster."""


@dataclass(frozen=True)
class Symbol(ABC):
    """A symbol of one size and colour.

    Attributes:
        radius: Its size, pixels.
    """

    radius: float

    @property
    def reach(self) -> float:
        """How far it goes from its point, pixels, or a little more."""
        return self.radius + 2

    @abstractmethod
    def paint(self, painter: QPainter, centre: QPointF) -> None:
        """Draw it at a point."""

    def sized(self, radius: float) -> Self:
        """Return it in another size."""
        return replace(self, radius=radius)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        """Draw it in a legend."""
        self.sized(radius).paint(painter, place.center())


@dataclass(frozen=True)
class Dot(Symbol):
    """A filled dot; a rim sets it off from what is below."""

    colour: QColor
    rim: QColor | None = None

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if self.rim is not None:
            painter.setBrush(self.rim)
            painter.drawEllipse(centre, self.radius + 1.3, self.radius + 1.3)
        painter.setBrush(self.colour)
        painter.drawEllipse(centre, self.radius, self.radius)


@dataclass(frozen=True)
class Ring(Symbol):
    """A dot that is filled with another colour."""

    colour: QColor
    inside: QColor

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(QPen(self.colour, max(1.2, 0.35 * self.radius)))
        painter.setBrush(self.inside)
        painter.drawEllipse(centre, 0.85 * self.radius, 0.85 * self.radius)


@dataclass(frozen=True)
class Diamond(Symbol):
    """A hollow diamond; a rim sets it off from what is below."""

    colour: QColor
    rim: QColor | None = None

    @property
    def reach(self) -> float:
        return 1.15 * self.radius + 3

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        x, y, size = centre.x(), centre.y(), 1.15 * self.radius
        corners = [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pens = ((self.rim, 3.6), (self.colour, 1.4)) if self.rim is not None else ((self.colour, 1.2),)
        for colour, width in pens:
            painter.setPen(QPen(colour, width))
            painter.drawPolygon(QPolygonF(corners))


@dataclass(frozen=True)
class Star(Symbol):
    """A star with a rim that sets it off from what is below."""

    colour: QColor
    rim: QColor

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        path = QPainterPath()
        path.addPolygon(QPolygonF([centre + QPointF(x, y) * self.radius for x, y in STAR]))
        path.closeSubpath()
        pen = QPen(self.rim, 2.0)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)
        painter.fillPath(path, self.colour)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        self.sized(1.5 * radius).paint(painter, place.center())


@dataclass(frozen=True)
class Filled(Symbol):
    """A filled polygon.

    Attributes:
        corners: Around its centre, as shares of its radius.
    """

    colour: QColor
    corners: Sequence[tuple[float, float]]

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawPolygon(QPolygonF([centre + QPointF(x, y) * self.radius for x, y in self.corners]))


@dataclass(frozen=True)
class Circle(Symbol):
    """A circle, around something else."""

    pen: QPen

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(self.pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, self.radius, self.radius)


@dataclass(frozen=True)
class Cross(Symbol):
    """Two oblique strokes."""

    pen: QPen

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        corner, side = QPointF(self.radius, self.radius), QPointF(self.radius, -self.radius)
        painter.setPen(self.pen)
        painter.drawLines([QLineF(centre - corner, centre + corner), QLineF(centre - side, centre + side)])


@dataclass(frozen=True)
class Upright(Symbol):
    """A short vertical stroke that stands on its point."""

    height: float
    pen: QPen

    @property
    def reach(self) -> float:
        return self.height + 2

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(self.pen)
        painter.drawLine(QLineF(centre, centre - QPointF(0.0, self.height)))

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        self.paint(painter, place.center() + QPointF(0.0, radius))


def paint_symbols(painter: QPainter, points: NDArray[np.floating[Any]], symbol: Symbol) -> None:
    """Draw a symbol at many points, (n, 2); of many that are pixels one is drawn, and copied."""
    if len(points) > _FEW and painter.paintEngine().type() is QPaintEngine.Type.Raster:
        _stamp(painter, points, symbol)
        return
    for x, y in points.tolist():
        symbol.paint(painter, QPointF(x, y))


def _stamp(painter: QPainter, points: NDArray[np.floating[Any]], symbol: Symbol) -> None:
    """Draw one symbol, and all copies of it in one call: many times faster than drawing a thousand."""
    scale = painter.deviceTransform().m11()
    side = math.ceil(2 * symbol.reach * scale)
    half = side / 2 / scale
    stamp = QPixmap(side, side)
    stamp.setDevicePixelRatio(scale)
    stamp.fill(Qt.GlobalColor.transparent)
    pen = smooth_painter(stamp)
    symbol.paint(pen, QPointF(half, half))
    pen.end()
    copies = PrimitiveArray(QPainter.PixmapFragment, 10)
    copies.resize(len(points))
    # Of each: where, the part of the stamp that is copied, scales, rotation, opacity.
    copies.ndarray()[:] = (0.0, 0.0, 0.0, 0.0, side, side, 1 / scale, 1 / scale, 0.0, 1.0)
    copies.ndarray()[:, :2] = points
    painter.drawPixmapFragments(*copies.drawargs(), stamp)  # type: ignore[call-arg]
