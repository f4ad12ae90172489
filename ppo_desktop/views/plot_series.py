"""One series on a plot: which column, drawn how."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.views.charts.scales import ValueScale
from ppo_desktop.views.plot_legend import SHADE_ALPHA, Series, Stroke
from ppo_desktop.views.theme import Theme

_POINT_PIXELS = 4
_LONE_POINT_PIXELS = 5
_POINT_ALPHA = 95
_EXTREMES_ALPHA = 70
_BASELINE_ALPHA = 170
_RANGES = 80


class _Curve(pg.PlotCurveItem):
    """A curve that claims the whole view as its own instead of measuring its data at every repaint."""

    def boundingRect(self) -> QRectF:
        """Return what the view box shows."""
        view_box = self.getViewBox()
        return QRectF() if view_box is None else view_box.viewRect()


class DrawnSeries:
    """The plot items of one series, made once; drawing gives them new arrays.

    The run is cut into bins (the curve's). Lines show the mean of each bin and
    behind it, faint, its extremes; while every sample has a place of its own the mean is the
    sample and nothing stands behind it, nor ever behind averages, which vary little; a lone sample,
    through which no line goes, is a dot.
    Points show every sample as long as there is room, then one of each bin, with the range
    from lowest to highest shaded behind them, in longer bins.
    """

    def __init__(self, series: Series, plot: pg.PlotWidget, *, small: bool) -> None:
        self.series = series
        self._small = small
        self.curve: Curve | None = None
        self._drawn_samples = -1
        self._bin_width = -1.0
        self._handed_over = 0
        level = "enclosed" if series.stroke is Stroke.POINTS else 0.0
        # Not antialiased: on large plots that takes most of the time and cannot be seen in a shade.
        self._shade = _Curve(pen=None, antialias=False, fillLevel=level, skipFiniteCheck=True)
        self._behind = _Curve(antialias=True, skipFiniteCheck=True)
        self._front = self._make_front()
        self._dot = pg.ScatterPlotItem(size=_LONE_POINT_PIXELS, pen=None, antialias=True)
        self._baseline = _Curve(antialias=True, skipFiniteCheck=True)
        plot.addItem(self._baseline, ignoreBounds=True)
        self._items = (self._shade, self._behind, self._front, self._dot)
        for item in self._items:
            plot.addItem(item, ignoreBounds=True)
        for item in (self._baseline, self._shade, self._behind, self._dot):
            item.hide()

    def _make_front(self) -> pg.ScatterPlotItem | _Curve:
        if self.series.stroke is Stroke.POINTS:
            return pg.ScatterPlotItem(size=_POINT_PIXELS, pen=None, antialias=True)
        line = _Curve(antialias=True, skipFiniteCheck=True)
        if self.series.stroke is Stroke.BOLD:
            # Wide lines are drawn piece by piece: as one path they cost five times as much.
            line.setSegmentedLineMode("on")
        return line

    def draw(self, curve: Curve, scale: ValueScale) -> bool:
        """Show `curve`; return whether there was anything new."""
        if curve is self.curve and len(curve) == self._drawn_samples:
            return False
        if curve is not self.curve:
            self.forget()
        self.curve, self._drawn_samples = curve, len(curve)
        if self.series.stroke is Stroke.POINTS:
            self._draw_points(curve, scale)
        else:
            _hand_over(self._front, curve.means(), scale)
            _hand_over(self._dot, curve.means() if len(curve) == 1 else _NOTHING, scale)
            if self.series.filled:
                _hand_over(self._shade, curve.means(), scale)
            _hand_over(self._behind, self._extremes(curve) if self.shows_range else _NOTHING, scale)
        return True

    @property
    def shows_range(self) -> bool:
        """Whether it has, pale behind it, what lies between lowest and highest."""
        if self.curve is None or self.series.window:
            return False
        return bool(self.curve.bin_width if self.has_line else self._bin_width > 0)

    @property
    def has_line(self) -> bool:
        """Whether it is drawn as a line, so that a baseline can be drawn behind it."""
        return self.series.stroke is not Stroke.POINTS

    def draw_baseline(self, curve: Curve | None, scale: ValueScale) -> None:
        """Draw the same column of another run behind this one, faint; None for no baseline."""
        _hand_over(self._baseline, _NOTHING if curve is None or not self.has_line else curve.means(), scale)

    def _extremes(self, curve: Curve) -> Points:
        """Return what stands behind a line; a small picture has no room for more than a few bins."""
        return _range_bars(curve) if self._small else curve.extremes()

    def _draw_points(self, curve: Curve, scale: ValueScale) -> None:
        _hand_over(self._shade, _range_outline(curve) if curve.samples_bin_width else _NOTHING, scale)
        if curve.samples_bin_width != self._bin_width:
            self._bin_width, self._handed_over = curve.samples_bin_width, 0
            self._front.clear()
        # Only what is new: a scatter plot takes a millisecond for a thousand points.
        steps, values = (column[self._handed_over :] for column in curve.samples())
        if len(steps):
            self._front.addPoints(steps, scale.to_plot(values))
            self._handed_over += len(steps)

    def forget(self) -> None:
        """Draw anew next time, whatever has been drawn."""
        self._drawn_samples = -1
        self._bin_width = -1.0

    def clear(self) -> None:
        """Show nothing."""
        self.forget()
        self.curve = None
        for item in self._items:
            item.setData(*_NOTHING)

    def points_drawn(self) -> int:
        """Return how many points the items hold."""
        data = [item.getData()[0] for item in self._items]
        return sum(len(x) for x in data if x is not None)

    def apply_theme(self, theme: Theme, *, pixel_ratio: float) -> None:
        """Take colours from the palette in force; `pixel_ratio` is device pixels per pixel."""
        colour = theme.colour(self.series.colour)
        self._shade.setBrush(_translucent(colour, SHADE_ALPHA))
        if self.series.stroke is Stroke.POINTS:
            self._front.setBrush(_translucent(colour, _POINT_ALPHA))
            return
        self._dot.setBrush(colour)
        self._baseline.setPen(self._baseline_pen(theme, pixel_ratio))
        self._behind.setPen(_cosmetic(_translucent(colour, _EXTREMES_ALPHA), 1))
        self._front.setPen(self._mean_pen(colour, 3 if theme.projector else 2, pixel_ratio))

    def _baseline_pen(self, theme: Theme, pixel_ratio: float) -> QPen:
        pen = _cosmetic(_translucent(theme.colour("muted"), _BASELINE_ALPHA), pixel_ratio)
        if self.series.stroke is Stroke.DASHED:
            pen.setDashPattern([4, 3])
        return pen

    def _mean_pen(self, colour: QColor, bold: float, pixel_ratio: float) -> QPen:
        # Thin lines stay one device pixel wide: anything wider is drawn many times slower.
        pen = _cosmetic(colour, bold * pixel_ratio if self.series.stroke is Stroke.BOLD else 1)
        if self.series.stroke is Stroke.DASHED:
            pen.setDashPattern([4 * pixel_ratio, 3 * pixel_ratio])
        return pen


_NOTHING = (np.empty(0), np.empty(0))


def _hand_over(item: pg.GraphicsObject, points: Points, scale: ValueScale) -> None:
    """Let an item draw `points`, or hide it where there are none: painting nothing takes time, too."""
    anything = len(points[0]) > 0
    if anything or item.isVisible():
        item.setData(points[0], scale.to_plot(points[1]))
    item.setVisible(anything)


def _range_bars(curve: Curve) -> Points:
    """Return a line down and up between the lowest and the highest value of each of some bins."""
    edges, lowest, highest = curve.ranges(_RANGES)
    return np.repeat((edges[1:] + edges[:-1]) / 2, 2), np.stack([lowest, highest], axis=1).ravel()


def _range_outline(curve: Curve) -> Points:
    """Return the outline of a staircase from the lowest to the highest value of each bin.

    It has few steps, because filling costs time for every edge in every row of pixels.
    """
    edges, lowest, highest = curve.ranges(_RANGES)
    x = np.repeat(edges, 2)[1:-1]
    return np.concatenate([x, x[::-1]]), np.concatenate([np.repeat(lowest, 2), np.repeat(highest, 2)[::-1]])


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
