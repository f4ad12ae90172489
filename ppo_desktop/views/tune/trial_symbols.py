"""How trials are drawn in every figure: a shape for each state, besides its colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from ppo_desktop.views.theme import STAR, Theme
from ppo_desktop.views.tune.dots import Points, paint_dots, paint_stamps

LEGEND_FONT = 0.75
"""Size of a legend's words, as a share of the base size."""
_STAR_RADIUS = 0.65
"""Of the best trial's star, in base font sizes."""
_SYMBOL = 18.0
"""Width of a symbol in a legend, pixels at the usual font size of ten points."""


class Symbol(Enum):
    """What stands for a trial, or for many."""

    DOT = "complete"
    RING = "complete, drawn at random"
    DIAMOND = "pruned"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    STAR = "best"
    LINE = "line"
    DOTTED_LINE = "dotted line"
    LIVE_LINE = "line with a dot at its end"
    STAR_LINE = "line with a star at its end"


LegendItem = tuple[Symbol, str]


def dot_radius(theme: Theme, n: int) -> float:
    """Return the radius of a trial's dot, pixels: smaller where there are many."""
    return theme.base_size * (0.34 if n <= 150 else 0.27 if n <= 500 else 0.22)


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """Return an opaque colour between two: `share` of the second."""

    def between(one: int, other: int) -> int:
        return round((1 - share) * one + share * other)

    return QColor(
        between(first.red(), second.red()),
        between(first.green(), second.green()),
        between(first.blue(), second.blue()),
    )


def paint_rings(painter: QPainter, points: Points, radius: float, colour: QColor, inside: QColor) -> None:
    """Draw dots that are filled with another colour."""
    pen = QPen(colour, max(1.2, 0.35 * radius))

    def paint_ring(painter: QPainter, centre: QPointF) -> None:
        painter.setPen(pen)
        painter.setBrush(inside)
        painter.drawEllipse(centre, 0.85 * radius, 0.85 * radius)

    paint_stamps(painter, points, radius + 2, paint_ring)


def paint_diamonds(
    painter: QPainter, points: Points, radius: float, colour: QColor, rim: QColor | None = None
) -> None:
    """Draw hollow diamonds, with a rim that sets them off from what is below, if one is asked for."""
    size = 1.15 * radius
    pens = [QPen(colour, 1.2)] if rim is None else [QPen(rim, 3.6), QPen(colour, 1.4)]

    def paint_diamond(painter: QPainter, centre: QPointF) -> None:
        x, y = centre.x(), centre.y()
        diamond = QPolygonF(
            [QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in pens:
            painter.setPen(pen)
            painter.drawPolygon(diamond)

    paint_stamps(painter, points, size + 3, paint_diamond)


def paint_strokes(
    painter: QPainter, columns: Iterable[float], bottom: float, height: float, pen: QPen
) -> None:
    """Draw short vertical strokes that stand on a line."""
    painter.setPen(pen)
    painter.drawLines([QLineF(column, bottom, column, bottom - height) for column in columns])


def paint_best(painter: QPainter, theme: Theme, places: Points, place: int | None) -> None:
    """Draw a star where the best of some trials is, if it is anywhere.

    Args:
        painter: What draws.
        theme: Colours and size.
        places: Of all trials, pixels; nan for one that is not drawn.
        place: Where the best stands among them; None without any.
    """
    if place is not None and not np.isnan(places[place]).any():
        paint_star(painter, theme, QPointF(*places[place].tolist()), _STAR_RADIUS * theme.base_size)


def paint_star(painter: QPainter, theme: Theme, centre: QPointF, radius: float) -> None:
    """Draw the star of the best trial, with a rim that sets it off from what is below."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([centre + QPointF(x, y) * radius for x, y in STAR]))
    path.closeSubpath()
    pen = QPen(theme.colour("card"), 2.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, theme.colour("text"))


def paint_pointed(painter: QPainter, theme: Theme, places: Points, place: int | None, radius: float) -> None:
    """Draw a ring around the trial that is pointed at, if it is anywhere.

    Args:
        painter: What draws.
        theme: Colours.
        places: Of all trials, pixels; nan for one that is not drawn.
        place: Where the trial stands among them; None where it does not.
        radius: Of its dot, pixels.
    """
    if place is None or np.isnan(places[place]).any():
        return
    centre = QPointF(*places[place].tolist())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("card", 4.5), ("text", 2.0)):
        painter.setPen(QPen(theme.colour(colour), width))
        painter.drawEllipse(centre, radius + 3.5, radius + 3.5)


def polygon(points: Points) -> QPolygonF:
    """Return points as Qt wants them."""
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


# ---- legends ---------------------------------------------------------------------------------------


def legend_height(theme: Theme) -> float:
    """Return the height of a legend's line, pixels."""
    return QFontMetricsF(theme.font(LEGEND_FONT)).height() + 2


def paint_legend(
    painter: QPainter, theme: Theme, room: QRectF, items: Sequence[LegendItem], colour: QColor
) -> None:
    """Write what the symbols mean in a line; what there is no room for is left out, the last first."""
    painter.setFont(theme.font(LEGEND_FONT))
    metrics = QFontMetricsF(theme.font(LEGEND_FONT))
    symbol = _SYMBOL * theme.base_size / 10
    left = room.left()
    for shape, text in items:
        width = metrics.horizontalAdvance(text)
        if left + symbol + width > room.right():
            return
        place = QRectF(left, room.top(), symbol - 4, room.height())
        _paint_symbol(painter, theme, shape, place, colour)
        painter.setPen(theme.colour("muted"))
        words = QRectF(left + symbol, room.top(), width + 2, room.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        left += symbol + width + 0.9 * theme.base_size


def _paint_symbol(painter: QPainter, theme: Theme, shape: Symbol, place: QRectF, colour: QColor) -> None:
    centre = place.center()
    radius = 0.3 * theme.base_size
    point = np.array([[centre.x(), centre.y()]])
    muted, card = theme.colour("muted"), theme.colour("card")
    match shape:
        case Symbol.DOT:
            paint_dots(painter, point, radius, colour)
        case Symbol.RING:
            paint_rings(painter, point, radius, colour, card)
        case Symbol.DIAMOND:
            paint_diamonds(painter, point, radius, muted)
        case Symbol.FAILED:
            paint_strokes(painter, [centre.x()], centre.y() + radius, 2 * radius, failed_pen(theme))
        case Symbol.INTERRUPTED:
            paint_strokes(painter, [centre.x()], centre.y() + radius, radius, interrupted_pen(theme))
        case Symbol.STAR:
            paint_star(painter, theme, centre, 1.5 * radius)
        case _:
            _paint_line_symbol(painter, theme, shape, place, colour)


def _paint_line_symbol(painter: QPainter, theme: Theme, shape: Symbol, place: QRectF, colour: QColor) -> None:
    centre, radius = place.center(), 0.3 * theme.base_size
    pens = {
        Symbol.LINE: faint_pen(theme, colour),
        Symbol.DOTTED_LINE: dotted_pen(theme),
    }
    painter.setPen(pens.get(shape, QPen(colour, 2.0)))
    painter.drawLine(QLineF(place.left(), centre.y(), place.right(), centre.y()))
    if shape is Symbol.LIVE_LINE:
        paint_dots(painter, np.array([[place.right() - radius, centre.y()]]), radius, colour)
    if shape is Symbol.STAR_LINE:
        end = QPointF(place.right() - radius, centre.y())
        paint_star(painter, theme, end, 1.5 * radius)


def failed_pen(theme: Theme) -> QPen:
    """Return what the stroke of a failed trial is drawn with."""
    return QPen(theme.colour("warning"), 1.8)


def interrupted_pen(theme: Theme) -> QPen:
    """Return what the stroke of an interrupted trial is drawn with."""
    return QPen(theme.colour("muted"), 1.2)


def faint_pen(theme: Theme, colour: QColor) -> QPen:
    """Return what the line of one trial among many is drawn with."""
    return QPen(mixed(colour, theme.colour("card"), 0.55), 1.0)


def dotted_pen(theme: Theme) -> QPen:
    """Return what the line of a pruned trial is drawn with."""
    pen = QPen(theme.colour("neutral"), 1.2)
    pen.setDashPattern([1.5, 2.5])
    return pen


def dashed_pen(theme: Theme) -> QPen:
    """Return what a level is drawn with."""
    pen = QPen(theme.colour("muted"), 1.0)
    pen.setDashPattern([5.0, 4.0])
    return pen
