"""Curves over environment steps, painted in one go: bands, pale lines, points, lines and markers.

A filled polygon without antialiasing, and lines in pixels, take a fraction of the time of one plot item
for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.runs.curve import Points
from ppo_desktop.views.charts.curve_axes import POINT_RADIUS
from ppo_desktop.views.charts.curve_items import PixelItem
from ppo_desktop.views.charts.scales import Range, Tick
from ppo_desktop.views.charts.shapes import distance_to_line
from ppo_desktop.views.charts.symbols import Cross, Dot, paint_symbols
from ppo_desktop.views.theme import Look, Theme

FAINT = 0.25
"""Opacity of the curves that are not pointed at, while one is."""
NOTHING: Points = (np.empty(0), np.empty(0))
_DOT, _LONE_DOT = 2.0, 2.5
"""Radii of a point, and of a line's only one."""
_DOT_ALPHA = 95
_LIT_BAND_ALPHA = 48
_MARKER, _SMALL_MARKER = 4.5, 3.5
_MARKER_DISTANCE, _SMALL_MARKER_DISTANCE = 180.0, 110.0
"""Between two markers of a line, pixels."""
_CROSS = 4.5
_DASH = 4.0
"""Length of a third of a dash and its gap, pixels."""
_VEIL_OPACITY = 0.75
_REACH = 14.0
"""How near to a curve one has to point, pixels."""


class Stroke(Enum):
    """How a series is drawn, and how its legend shows that."""

    POINTS = "points"
    BOLD = "bold line"
    BOLD_DASHED = "bold dashes"
    THIN = "thin line"
    DASHED = "dashed line"
    DOTTED = "dotted line"
    NONE = "nothing"

    @property
    def broken(self) -> Stroke:
        """The same line in dashes; what is no unbroken line is as it was."""
        return {Stroke.BOLD: Stroke.BOLD_DASHED, Stroke.THIN: Stroke.DASHED}.get(self, self)

    @property
    def thin(self) -> Stroke:
        """The same line behind others: thin, and broken only where that tells it from its neighbour."""
        return self if self in PATTERNS else Stroke.THIN


PATTERNS = {Stroke.DASHED: (4.0, 3.0), Stroke.DOTTED: (1.5, 2.5)}
"""{thin line that is not whole: what is drawn of it and its gap, pixels}."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CurveShape:
    """What is drawn of one series, in plotted units and ordered by steps; what is empty is not drawn.

    Attributes:
        colour: Returns its colour in the appearance in force.
        line: Where its line runs; nan where there is none.
        stroke: How the line is drawn.
        dots: Single samples.
        band: Steps, lower and upper end of what is shaded.
        band_alpha: Opacity of what is shaded, of 255.
        pale: Thin lines behind the line.
        pale_alpha: Their opacity, of 255.
        paint_marker: Paints what tells the line from others besides its colour; None: nothing does.
        crosses: Step and value at which something ended before its time.
    """

    colour: Callable[[Look], QColor]
    line: Points = NOTHING
    stroke: Stroke = Stroke.BOLD
    dots: Points = NOTHING
    band: tuple[Doubles, Doubles, Doubles] = field(default=(*NOTHING, NOTHING[0]))
    band_alpha: int = 48
    pale: Sequence[Points] = ()
    pale_alpha: int = 130
    paint_marker: Callable[[QPainter, Look, QPointF, float], None] | None = None
    crosses: Sequence[tuple[float, float]] = ()

    def value_ends(self) -> list[float]:
        """Return the lowest and the highest value that is drawn, nothing if none is."""
        columns = (self.line[1], self.dots[1], *self.band[1:], *(values for _, values in self.pale))
        values = np.concatenate(columns)
        values = values[np.isfinite(values)]
        return [float(values.min()), float(values.max())] if len(values) else []


class CurvesItem(PixelItem):
    """All curves of a plot.

    Attributes:
        curves: What is drawn, back to front, between faint lines and what is veiled.
        veiled: Where grey lies over it, for the values say nothing: each from one step to another.
        highlighted: Place of the curve on top, the others being faint; None for none.
    """

    def __init__(self, theme: Theme, view_box: pg.ViewBox, *, small: bool) -> None:
        super().__init__(theme, view_box, z=0)
        self._small = small
        self.curves: tuple[CurveShape, ...] = ()
        self.veiled: tuple[Range, ...] = ()
        self._grid: list[Tick] = []
        self.highlighted: int | None = None

    def boundingRect(self) -> QRectF:
        """Return the view box with room for points on its border."""
        return super().boundingRect().adjusted(-POINT_RADIUS, -POINT_RADIUS, POINT_RADIUS, POINT_RADIUS)

    def set_curves(self, curves: Sequence[CurveShape]) -> None:
        """Draw these."""
        self.curves = tuple(curves)
        self.update()

    def set_grid(self, ticks: list[Tick]) -> None:
        """Draw a faint line at each of `ticks`."""
        self._grid = ticks
        self.view_changed()

    def set_veiled(self, ranges: Sequence[Range]) -> None:
        """Lay grey over `ranges`."""
        if tuple(ranges) != self.veiled:
            self.veiled = tuple(ranges)
            self.update()

    def set_highlighted(self, curve: int | None) -> None:
        """Put one curve on top."""
        if curve != self.highlighted:
            self.highlighted = curve
            self.update()

    def curve_at(self, position: QPointF) -> int | None:
        """Return the curve whose line runs nearest to a place in the view box, None if none is near."""
        distances = [self._distance(curve, position) for curve in self.curves]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= _REACH else None

    def is_free(self, area: QRectF) -> bool:
        """Whether no line and no point runs through a part of the view box."""
        for curve in self.curves:
            x, y = self._visible(*curve.dots)
            if np.any((x > area.left()) & (x < area.right()) & (y > area.top()) & (y < area.bottom())):
                return False
            x, y = self._visible(*curve.line)
            first, last = np.searchsorted(x, (area.left(), area.right()))
            y = y[max(first - 1, 0) : last + 1]  # with the ends of lines that enter it
            if last > 0 and first < len(x) and y.max() > area.top() and y.min() < area.bottom():
                return False
        return True

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw everything, what is pointed at last."""
        rect = self._view_box.rect()
        painter.setPen(self._theme.colour("border"))
        rows = [round(self.y_pixel(value)) + 0.5 for value, _ in self._grid]
        painter.drawLines([QLineF(rect.left(), row, rect.right(), row) for row in rows])
        parts = (self._paint_band, self._paint_pale, self._paint_dots, self._paint_line, self._paint_markers)
        for paint_part in parts:
            # Not antialiased: on large plots that takes most of the time and cannot be seen in a shade.
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, paint_part != self._paint_band)
            for number in sorted(range(len(self.curves)), key=lambda number: number == self.highlighted):
                painter.setOpacity(1.0 if self.highlighted in (None, number) else FAINT)
                paint_part(painter, number)
        painter.setOpacity(1.0)
        for ends in self.veiled:
            left, right = (min(max(self.x_pixel(end), rect.left()), rect.right()) for end in ends)
            grey = self._theme.colour("border", _VEIL_OPACITY)
            painter.fillRect(QRectF(left, rect.top(), max(right - left, 1.0), rect.height()), grey)

    # ---- parts of a curve ----------------------------------------------------------------------

    def _paint_band(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        steps, low, high = curve.band
        x, bottom = self._visible(steps, low)
        _, top = self._visible(steps, high)
        if len(x) > 1:
            alpha = max(curve.band_alpha, _LIT_BAND_ALPHA if number == self.highlighted else 0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(translucent(curve.colour(self._theme), alpha))
            outline = np.concatenate([x, x[::-1]]), np.concatenate([bottom, top[::-1]])
            painter.drawPolygon(_polygon(*outline))

    def _paint_pale(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        painter.setPen(_thin(translucent(curve.colour(self._theme), curve.pale_alpha)))
        for steps, values in curve.pale:
            x, y = self._visible(steps, values)
            if len(x) > 1:  # of nothing pyqtgraph makes no polygon
                painter.drawPolyline(_polygon(x, y))

    def _paint_dots(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        x, y = self._visible(*curve.dots)
        if len(x):
            dot = Dot(_DOT, translucent(curve.colour(self._theme), _DOT_ALPHA))
            paint_symbols(painter, np.stack([x, y], axis=1), dot)

    def _paint_line(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        colour = curve.colour(self._theme)
        x, y = self._visible(*curve.line)
        if len(x) == 1 and curve.paint_marker is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x[0], y[0]), _LONE_DOT, _LONE_DOT)
        elif len(x) > 1 and curve.stroke in (Stroke.BOLD, Stroke.BOLD_DASHED):
            painter.setPen(_pen(colour, self._width(number)))
            lines = pieces(x, y) if curve.stroke is Stroke.BOLD else dashes(x, y)
            painter.drawLines(*lines.drawargs())  # which are no more than an address within it
        elif len(x) > 1:
            painter.setPen(_thin(colour, curve.stroke, _ratio(painter)))
            painter.drawPolyline(_polygon(x, y))

    def _width(self, number: int) -> float:
        width = (1.5 if self._small else 2.0) + (1.0 if self._theme.projector else 0.0)
        return width + (1.0 if number == self.highlighted else 0.0)

    def _paint_markers(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        if curve.paint_marker is not None:
            for place in self.marker_places(number):
                size = _SMALL_MARKER if self._small else _MARKER
                curve.paint_marker(painter, self._theme, place, size)
        for steps, value in curve.crosses:
            place = QPointF(self.x_pixel(steps), self.y_pixel(value))
            for colour, width in ((self._theme.colour("card"), 5.0), (curve.colour(self._theme), 2.5)):
                Cross(_CROSS, _pen(colour, width, Qt.PenCapStyle.RoundCap)).paint(painter, place)

    def marker_places(self, number: int) -> list[QPointF]:
        """Return where a line has its markers: apart from those of the others, or at its end."""
        x, y = self._visible(*self.curves[number].line)
        if len(x) == 0:
            return []
        distance = _SMALL_MARKER_DISTANCE if self._small else _MARKER_DISTANCE
        first = distance * (number + 0.5) / len(self.curves)
        columns = np.arange(first, self._view_box.rect().right(), distance)
        columns = columns[(columns >= x[0]) & (columns <= x[-1])]
        if len(columns) == 0:
            columns = x[-1:]
        rows = np.interp(columns, x, y)
        return [QPointF(*place) for place in zip(columns.tolist(), rows.tolist(), strict=True)]

    # ---- places --------------------------------------------------------------------------------

    def _visible(self, steps: Doubles, values: Doubles) -> Points:
        """Return pixels of the points that are defined and in view, and of one on either side of it."""
        if not len(steps):
            return NOTHING
        begin, end = np.searchsorted(steps, self._view_box.viewRange()[0])
        part = slice(max(int(begin) - 1, 0), int(end) + 1)
        steps, values = steps[part], values[part]
        defined = np.isfinite(values)
        return self.x_pixel(steps[defined]), self.y_pixel(values[defined])

    def _distance(self, curve: CurveShape, position: QPointF) -> float:
        """Return how far a place is from the line, pixels."""
        line = np.stack(self._visible(*curve.line), axis=1)
        return distance_to_line(line, np.array([position.x(), position.y()]))


def pieces(x: Doubles, y: Doubles) -> internals.PrimitiveArray:
    """Return a line piece by piece: as one path a wide line costs twenty times as much."""
    return _lines(np.stack([x[:-1], y[:-1], x[1:], y[1:]], axis=1))


def dashes(x: Doubles, y: Doubles, third: float = _DASH) -> internals.PrimitiveArray:
    """Return the pieces of a line that are in its dashes: two thirds of it, pixels, are drawn."""
    corners = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    along = np.unique(np.concatenate([corners, np.arange(0.0, corners[-1], third)]))
    x, y = np.interp(along, corners, x), np.interp(along, corners, y)
    is_drawn = (along[:-1] + along[1:]) / 2 // third % 3 < 2
    return _lines(np.stack([x[:-1], y[:-1], x[1:], y[1:]], axis=1)[is_drawn])


def _lines(ends: Doubles) -> internals.PrimitiveArray:
    """Return lines for Qt, of which the (n, 4) coordinates of both ends are given."""
    lines = internals.PrimitiveArray(QLineF, 4)
    lines.resize(len(ends))
    lines.ndarray()[:] = ends
    return lines


def _pen(colour: QColor, width: float, cap: Qt.PenCapStyle = Qt.PenCapStyle.FlatCap) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.RoundJoin)


def _thin(colour: QColor, stroke: Stroke = Stroke.THIN, ratio: float = 1.0) -> QPen:
    """Return a pen one device pixel wide: anything wider is drawn many times slower."""
    pen = _pen(colour, 1.0)
    pen.setCosmetic(True)
    if stroke in PATTERNS:
        pen.setDashPattern([length * ratio for length in PATTERNS[stroke]])
    return pen


def _ratio(painter: QPainter) -> float:
    """Return device pixels per pixel."""
    return painter.deviceTransform().m11()


def _polygon(x: Doubles, y: Doubles) -> QPolygonF:
    return pg.functions.arrayToQPolygonF(x, y)


def translucent(colour: QColor, alpha: int) -> QColor:
    """Return this colour with so much opacity, of 255."""
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint
