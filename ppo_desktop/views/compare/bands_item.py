"""Curves of several variants with their intervals, painted in one go.

A filled polygon of a hundred points without antialiasing, and lines in pixels, take a fraction of the
time of one plot item for each curve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.views.compare.variant_style import FAINT, VariantStyle, paint_marker
from ppo_desktop.views.plot_items import PixelItem
from ppo_desktop.views.theme import Theme

Points = NDArray[np.float64]

_BAND_ALPHA, _BANDS_ALPHA = 48, 200
"""Of each band at most, and of all together: of many each is fainter, or they would hide the lines."""
_SEED_ALPHA = 130
_WIDTH, _SMALL_WIDTH = 2.0, 1.5
_BOLDER = 1.0
_MARKER, _SMALL_MARKER = 4.5, 3.5
_MARKER_DISTANCE, _SMALL_MARKER_DISTANCE = 180.0, 110.0
"""Between two markers of a line, pixels."""
_CROSS = 4.5
_REACH = 14.0
"""How near to a curve one has to point, pixels."""


@dataclass(frozen=True, eq=False)
class VariantCurve:
    """One variant as a plot draws it, in plotted units.

    Attributes:
        style: Its colour and marker.
        steps: Environment steps, (G,).
        mean: Mean over seeds, (G,); nan where there is none.
        low: Lower end of the interval, (G,); nan without one.
        high: Upper end.
        seeds: Curves of single seeds to be drawn, (n, G); (0, G) for none.
        crosses: Step and value at which a seed diverged.
    """

    style: VariantStyle
    steps: Points
    mean: Points
    low: Points
    high: Points
    seeds: Points
    crosses: tuple[tuple[float, float], ...] = ()


class BandsItem(PixelItem):
    """All curves of a plot: bands, then single seeds, lines, markers and crosses.

    Attributes:
        curves: What is drawn, by the numbers of the variants.
        highlighted: Number of the variant on top, the others being faint; None for none.
    """

    def __init__(self, theme: Theme, view_box: pg.ViewBox, *, small: bool) -> None:
        super().__init__(theme, view_box, z=0)
        # Kept as a picture, so that a crosshair that moves over it does not paint it again.
        self.setCacheMode(pg.GraphicsObject.CacheMode.DeviceCoordinateCache)
        self._small = small
        self.curves: tuple[VariantCurve, ...] = ()
        self.highlighted: int | None = None

    def set_curves(self, curves: Sequence[VariantCurve]) -> None:
        """Draw these."""
        self.curves = tuple(curves)
        self.update()

    def set_highlighted(self, variant: int | None) -> None:
        """Put one variant on top."""
        if variant != self.highlighted:
            self.highlighted = variant
            self.update()

    def variant_at(self, position: QPointF) -> int | None:
        """Return the variant whose mean runs nearest to a place in the view box, None if none is near."""
        distances = [self._distance(curve, position) for curve in self.curves]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= _REACH else None

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw everything, what is pointed at last."""
        for paint_part in (self._paint_band, self._paint_seeds, self._paint_line, self._paint_marks):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, paint_part != self._paint_band)
            for number in self._back_to_front():
                painter.setOpacity(self._opacity(number))
                paint_part(painter, number)
        painter.setOpacity(1.0)

    def _back_to_front(self) -> list[int]:
        return sorted(range(len(self.curves)), key=lambda number: number == self.highlighted)

    def _opacity(self, number: int) -> float:
        return 1.0 if self.highlighted in (None, number) else FAINT

    # ---- parts of a curve ----------------------------------------------------------------------

    def _paint_band(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        x, low = self._visible(curve.steps, curve.low)
        _, high = self._visible(curve.steps, curve.high)
        if len(x) < 2:
            return
        outline = QPainterPath()
        outline.addPolygon(_polygon(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])))
        painter.fillPath(outline, _translucent(curve.style.colour(self._theme), self._band_alpha(number)))

    def _band_alpha(self, number: int) -> int:
        if number == self.highlighted:
            return _BAND_ALPHA
        return min(_BAND_ALPHA, _BANDS_ALPHA // len(self.curves))

    def _paint_seeds(self, painter: QPainter, number: int) -> None:
        curve = self.curves[number]
        painter.setPen(QPen(_translucent(curve.style.colour(self._theme), _SEED_ALPHA), 1.0))
        for seed in curve.seeds:
            x, y = self._visible(curve.steps, seed)
            if len(x) > 1:  # of nothing pyqtgraph makes no polygon
                painter.drawPolyline(_polygon(x, y))

    def _paint_line(self, painter: QPainter, number: int) -> None:
        """Draw the mean piece by piece: as one path a wide line costs twenty times as much."""
        curve = self.curves[number]
        colour, width = curve.style.colour(self._theme), self._line_width(number)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        x, y = (column.tolist() for column in self._visible(curve.steps, curve.mean))
        painter.drawLines([QLineF(*piece) for piece in zip(x, y, x[1:], y[1:], strict=False)])

    def _line_width(self, number: int) -> float:
        width = _SMALL_WIDTH if self._small else _WIDTH
        if self._theme.projector:
            width += 1.0
        return width + (_BOLDER if number == self.highlighted else 0.0)

    def _paint_marks(self, painter: QPainter, number: int) -> None:
        style = self.curves[number].style
        for place in self.marker_places(number):
            paint_marker(painter, style, self._theme, place, _SMALL_MARKER if self._small else _MARKER)
        for cross in self.curves[number].crosses:
            place = QPointF(self.x_pixel(cross[0]), self.y_pixel(cross[1]))
            paint_cross(painter, style, self._theme, place)

    def marker_places(self, number: int) -> list[QPointF]:
        """Return where a line has its markers: apart from those of the others, or at its end."""
        curve = self.curves[number]
        x, y = self._visible(curve.steps, curve.mean)
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

    def _visible(self, steps: Points, values: Points) -> tuple[Points, Points]:
        """Return pixels of the points that are defined and in view, and of one on either side of it."""
        low, high = self._view_box.viewRange()[0]
        begin, end = np.searchsorted(steps, (low, high))
        part = slice(max(int(begin) - 1, 0), int(end) + 1)
        steps, values = steps[part], values[part]
        defined = np.isfinite(values)
        return self._columns(steps[defined]), self._rows(values[defined])

    def _columns(self, steps: Points) -> Points:
        (low, high), rect = self._view_box.viewRange()[0], self._view_box.rect()
        columns: Points = rect.left() + (steps - low) / (high - low) * rect.width()
        return columns

    def _rows(self, values: Points) -> Points:
        (low, high), rect = self._view_box.viewRange()[1], self._view_box.rect()
        rows: Points = rect.bottom() - (values - low) / (high - low) * rect.height()
        return rows

    def _distance(self, curve: VariantCurve, position: QPointF) -> float:
        """Return how far a place is from the mean line, pixels."""
        x, y = self._visible(curve.steps, curve.mean)
        if len(x) == 0:
            return float("inf")
        if len(x) == 1:
            return float(np.hypot(x[0] - position.x(), y[0] - position.y()))
        return _distance_to_line(x - position.x(), y - position.y())


def paint_cross(painter: QPainter, style: VariantStyle, theme: Theme, centre: QPointF) -> None:
    """Paint what marks a run that diverged, with a rim that sets it off against lines."""
    lines = list(_cross(centre))
    for colour, width in ((theme.colour("card"), 5.0), (style.colour(theme), 2.5)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)


def _cross(centre: QPointF) -> Iterator[QLineF]:
    for direction in (QPointF(_CROSS, _CROSS), QPointF(_CROSS, -_CROSS)):
        yield QLineF(centre - direction, centre + direction)


def _distance_to_line(x: Points, y: Points) -> float:
    """Return the distance of (0, 0) from a line through at least two points."""
    dx, dy = np.diff(x), np.diff(y)
    square = np.maximum(dx * dx + dy * dy, 1e-12)
    share = np.clip(-(x[:-1] * dx + y[:-1] * dy) / square, 0.0, 1.0)
    return float(np.hypot(x[:-1] + share * dx, y[:-1] + share * dy).min())


def _polygon(x: Points, y: Points) -> QPolygonF:
    return pg.functions.arrayToQPolygonF(x, y)


def _translucent(colour: QColor, alpha: int) -> QColor:
    colour.setAlpha(alpha)
    return colour
