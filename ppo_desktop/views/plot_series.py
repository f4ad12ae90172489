"""One series on a plot: which column, drawn how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.views.plot_header import Stroke
from ppo_desktop.views.plot_scales import ValueScale
from ppo_desktop.views.theme import Theme

_POINT_PIXELS = 4
_POINT_ALPHA = 95
_EXTREMES_ALPHA = 85
_FILL_ALPHA = 36


@dataclass(frozen=True)
class Series:
    """A column of the history on a plot.

    Attributes:
        column: The column's name.
        names: Its name in the legend, from the full wording to the shortest.
        stroke: Points or a kind of line.
        colour: Name of the palette's colour.
        filled: Shade the area down to 0.
        has_value: Show the current value in the legend.
    """

    column: str
    names: tuple[str, ...]
    stroke: Stroke
    colour: str
    filled: bool = False
    has_value: bool = True


class DrawnSeries:
    """The plot items of one series, made once; drawing hands them new arrays.

    The run is cut into stretches (the curve's buckets). Lines show the mean of each stretch and
    behind it, faint, its extremes; while every sample has a place of its own the mean is the
    sample and nothing stands behind it. Points show every sample as long as there is room, then
    one of each stretch, with the range from lowest to highest shaded behind them.
    """

    def __init__(self, series: Series, plot: pg.PlotWidget) -> None:
        self.series = series
        self.curve: Curve | None = None
        self._drawn_samples = -1
        self._behind = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        self._front = self._make_front()
        plot.addItem(self._behind, ignoreBounds=True)
        plot.addItem(self._front, ignoreBounds=True)

    def _make_front(self) -> pg.ScatterPlotItem | pg.PlotCurveItem:
        if self.series.stroke is Stroke.POINTS:
            return pg.ScatterPlotItem(size=_POINT_PIXELS, pen=None, antialias=True)
        line = pg.PlotCurveItem(antialias=True, skipFiniteCheck=True)
        if self.series.stroke is Stroke.BOLD:
            # Wide lines are drawn piece by piece: as one path they cost five times as much.
            line.setSegmentedLineMode("on")
        return line

    def draw(self, curve: Curve, scale: ValueScale) -> bool:
        """Show `curve`; return whether there was anything new."""
        if curve is self.curve and len(curve) == self._drawn_samples:
            return False
        self.curve, self._drawn_samples = curve, len(curve)
        if self.series.stroke is Stroke.POINTS:
            self._draw_points(curve, scale)
        else:
            _hand_over(self._front, curve.means(), scale)
            _hand_over(self._behind, curve.extremes() if curve.stride > 1 else _NOTHING, scale)
        return True

    def _draw_points(self, curve: Curve, scale: ValueScale) -> None:
        every_sample = curve.stride <= 2
        _hand_over(self._front, curve.extremes() if every_sample else curve.samples(), scale)
        x, lowest, highest = curve.ranges()
        outline = np.concatenate([x, x[::-1]]), np.concatenate([lowest, highest[::-1]])
        _hand_over(self._behind, _NOTHING if every_sample else outline, scale)

    def forget(self) -> None:
        """Draw anew next time, whatever has been drawn."""
        self._drawn_samples = -1

    def clear(self) -> None:
        """Show nothing."""
        self.forget()
        self.curve = None
        self._behind.setData(*_NOTHING)
        self._front.setData(*_NOTHING)

    def points_drawn(self) -> int:
        """Return how many points the items hold."""
        return sum(len(x) for x, _ in (self._behind.getData(), self._front.getData()) if x is not None)

    def apply_theme(self, theme: Theme, *, greyed: bool) -> None:
        """Take colours from the palette in force."""
        colour = theme.colour("neutral" if greyed else self.series.colour)
        if self.series.stroke is Stroke.POINTS:
            self._front.setBrush(_translucent(colour, _POINT_ALPHA))
            self._behind.setPen(None)
            self._behind.setBrush(_translucent(colour, _FILL_ALPHA))
            self._behind.setFillLevel("enclosed")
            return
        self._behind.setPen(_cosmetic(_translucent(colour, _EXTREMES_ALPHA), 1))
        self._front.setPen(self._mean_pen(colour))
        if self.series.filled:
            self._front.setBrush(_translucent(colour, _FILL_ALPHA))
            self._front.setFillLevel(0.0)

    def _mean_pen(self, colour: QColor) -> QPen:
        pen = _cosmetic(colour, 2 if self.series.stroke is Stroke.BOLD else 1)
        if self.series.stroke is Stroke.DASHED:
            pen.setDashPattern([4, 3])
        return pen


_NOTHING = (np.empty(0), np.empty(0))


def _hand_over(item: pg.GraphicsObject, points: Points, scale: ValueScale) -> None:
    item.setData(points[0], scale.to_plot(points[1]))


def _translucent(colour: QColor, alpha: int) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint


def _cosmetic(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
