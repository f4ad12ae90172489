"""The curves of a run as a picture that needs no widget: for films and reports, in any thread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEngine, QPainter, QPen, QPolygonF

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.quantities import BITS
from ppo_desktop.runs.curve import Points
from ppo_desktop.runs.history import History, Mark
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import Series
from ppo_desktop.views.charts.curves import PATTERNS, CurveShape, Stroke, dashes, pieces, translucent
from ppo_desktop.views.charts.frame import TICK_FONT, Axis, PlotFrame
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import STEPS, Range
from ppo_desktop.views.charts.shapes import Band, Level, Lines, Rules, Shape
from ppo_desktop.views.curve_plot import series_shape
from ppo_desktop.views.plot_cards import CLIP_FRACTION_CARD, entropy_card, return_card
from ppo_desktop.views.theme import Look

_DOT, _DOT_ALPHA = 2.0, 95
_LATER_ALPHA = 60
"""Opacity of what came later, of 255."""
_WIDTHS = {Stroke.BOLD: 2.0, Stroke.BOLD_DASHED: 2.0}
_PATTERNS = {**PATTERNS, Stroke.BOLD_DASHED: PATTERNS[Stroke.DASHED]}
_VEIL_OPACITY = 0.75
_GAP = 4.0
"""Pixels from the name of a mark to the next."""


def main_cards(history: History) -> tuple[PlotCard, ...]:
    """Return the large plots of a run: return, entropy in bits and, where it is clipped, clip fraction."""
    settings = history.settings
    assert settings is not None
    known = KNOWN_ENVIRONMENTS.get(settings.environment_id)
    n_actions = len(known.actions) if known is not None and known.is_discrete else None
    cards = return_card(settings.environment_id), entropy_card(BITS, n_actions)
    return cards if settings.algorithm is Algorithm.A2C else (*cards, CLIP_FRACTION_CARD)


def plots_of(look: Look, cards: Sequence[PlotCard], history: History) -> list[RunCurves]:
    """Return plots of a run that can stand below each other."""
    plots = [RunCurves(look, card, history) for card in cards]
    widest = max((plot.widest for plot in plots), key=len, default="")
    for plot in plots:
        plot.widest = widest
    return plots


def shapes_of(card: PlotCard, history: History) -> list[tuple[Series, CurveShape]]:
    """Return what is drawn of each series of a card."""
    return [
        (series, series_shape(series, history.curve(str(series.key)), card.scale, small=False))
        for series in card.series
    ]


class RunCurves:
    """One plot of a run, of which more and more can be shown.

    Args:
        look: Fonts and colours.
        card: What is plotted.
        history: The run.

    Attributes:
        card: What is plotted.
        widest: Text of which the vertical axis has room; made the same of several, they stand below each
            other.
    """

    def __init__(self, look: Look, card: PlotCard, history: History) -> None:
        self._look, self.card = look, card
        self._shapes = shapes_of(card, history)
        self._level = None if card.level is None else Level(card.level, card.level_name, is_at_left=True)
        is_variance = card.explanation == "explained_variance"
        self._veiled = history.ranges_hardly_varying() if is_variance else []
        self._marks = [mark for mark in history.marks if mark.steps > 0]
        self._columns: Range = (0.0, float(max(history.steps, 1)))
        self._rows = self._range()
        self.widest = max((text for _, text in card.scale.ticks(self._rows, card.scale.most)), key=len)

    def _range(self) -> Range:
        """Return the ends of the vertical axis: all of the run fits, however much of it is shown."""
        scale, ends = self.card.scale, [end for _, shape in self._shapes for end in shape.value_ends()]
        if self.card.level is not None and (ends or scale.first_range is None):
            ends.append(self.card.level)
        if not ends:
            return scale.first_range or (0.0, 1.0)
        return scale.widened(scale.first_range, min(ends), max(ends))

    def picture(self, room: QRectF) -> Picture:
        """Return the plot with all of the run in a rectangle."""
        return self._plotted(room, self._shapes_until(math.inf))

    def empty(self, room: QRectF) -> Picture:
        """Return the plot in a rectangle, with axes and legend and without a curve: what never changes."""
        whole = self.picture(room)
        return Picture(whole.frame, (), legend=whole.legend)

    def grown(self, frame: PlotFrame, until: float, *, is_rest_faint: bool) -> Picture:
        """Return what is drawn in the frame of an empty plot.

        Args:
            frame: That frame.
            until: Up to which environment step its curves are shown.
            is_rest_faint: Whether what came later is drawn faint.
        """
        shapes: list[Shape] = []
        if is_rest_faint:
            for _, shape in self._shapes:
                shapes += self._line(shape, _from(shape.line, until), _LATER_ALPHA)
        shapes += self._shapes_until(until)
        if is_rest_faint and until < self._columns[1]:
            shapes.append(Rules(QPen(self._look.colour("accent"), 1.0), columns=[until]))
        return Picture(frame, shapes, has_axes=False)

    def _plotted(self, room: QRectF, shapes: Sequence[Shape]) -> Picture:
        rows = Axis(replace(self.card.scale, widest=self.widest), self._rows, has_grid=True)
        inset = None if self._level is None else self._level.room_above(self._look, self._rows)
        return plotted(self._look, room, Axis(STEPS, self._columns), rows, shapes, inset=inset)

    def _shapes_until(self, until: float) -> list[Shape]:
        shapes: list[Shape] = [] if self._level is None else [self._level]
        for series, shape in self._shapes:
            shapes += self._curve(series, shape, until)
        shapes.append(Veils([(begin, min(end, until)) for begin, end in self._veiled if begin < until]))
        shapes.append(MarkNames([mark for mark in self._marks if mark.steps <= until]))
        return shapes

    def _curve(self, series: Series, shape: CurveShape, until: float) -> Iterator[Shape]:
        colour = shape.colour(self._look)
        steps, lows, highs = shape.band
        n_band = int(np.searchsorted(steps, until, side="right"))
        if n_band > 1:
            yield Shade(steps[:n_band], lows[:n_band], highs[:n_band], translucent(colour, shape.band_alpha))
        for pale in shape.pale:
            pen = QPen(translucent(colour, shape.pale_alpha), 1.0)
            yield Trace({None: np.stack(_up_to(pale, until), axis=1)}, pen, is_cut=True)
        yield Dots(*_up_to(shape.dots, until), QPen(translucent(colour, _DOT_ALPHA), 2 * _DOT))
        if shape.stroke is not Stroke.POINTS:
            yield from self._line(shape, _up_to(shape.line, until), 255, series.names[0].rstrip(":"))

    def _line(self, shape: CurveShape, line: Points, alpha: int, name: str = "") -> Iterator[Shape]:
        pen = QPen(translucent(shape.colour(self._look), alpha), _WIDTHS.get(shape.stroke, 1.0))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if shape.stroke in _PATTERNS:
            pen.setDashPattern(_PATTERNS[shape.stroke])
        yield Trace({None: np.stack(line, axis=1)}, pen, is_cut=True, legend=name)


def _up_to(points: Points, until: float) -> Points:
    n_points = int(np.searchsorted(points[0], until, side="right"))
    return points[0][:n_points], points[1][:n_points]


def _from(points: Points, since: float) -> Points:
    begin = max(0, int(np.searchsorted(points[0], since, side="right")) - 1)
    return points[0][begin:], points[1][begin:]


@dataclass(frozen=True, eq=False)
class Shade(Band):
    """A band that is not antialiased: that takes most of the time and cannot be seen in a shade."""

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        super().paint(painter, frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)


@dataclass(frozen=True, eq=False)
class Trace(Lines):
    """Lines that are painted on pixels piece by piece: as one path they take about ten times as long."""

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        if painter.paintEngine().type() is not QPaintEngine.Type.Raster:
            super().paint(painter, frame)
            return
        painter.setPen(QPen(self.pen.brush(), self.pen.widthF(), c=Qt.PenCapStyle.FlatCap))
        painter.setClipRect(frame.area)
        is_broken = self.pen.style() is Qt.PenStyle.CustomDashLine
        cut = partial(dashes, third=self.pen.dashPattern()[0]) if is_broken else pieces
        for key in self.lines:
            columns, rows = self.points(frame, key).T
            if len(columns) > 1:
                lines = cut(columns, rows)
                painter.drawLines(*lines.drawargs())  # which are no more than an address within it
        painter.setClipping(False)


@dataclass(frozen=True, eq=False)
class Dots(Shape):
    """Round points of one colour, many at once.

    Attributes:
        columns: Where, in plotted units, (n,).
        rows: Likewise.
        pen: Their colour, and how wide they are.
    """

    columns: Numbers
    rows: Numbers
    pen: QPen

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        pen = QPen(self.pen)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        points = frame.points(self.columns, self.rows).tolist()
        painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in points]))


@dataclass(frozen=True, eq=False)
class Veils(Shape):
    """Grey over what says nothing, each from one step to another."""

    ranges: Sequence[Range]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        area, grey = frame.area, frame.theme.colour("border", _VEIL_OPACITY)
        for begin, end in self.ranges:
            left, right = frame.column(begin), frame.column(end)
            painter.fillRect(QRectF(left, area.top(), max(right - left, 1.0), area.height()), grey)


@dataclass(frozen=True, eq=False)
class MarkNames(Shape):
    """Broken lines where hyperparameters changed, and what changed, as far as there is room."""

    marks: Sequence[Mark]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for mark in self.marks:
            pen = QPen(frame.theme.hyperparameter_colour(mark.field), 1.0)
            pen.setDashPattern([4.0, 3.0])
            painter.setPen(pen)
            column = frame.column(mark.steps)
            painter.drawLine(QPointF(column, frame.area.top()), QPointF(column, frame.area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint_over(self, painter: QPainter, frame: PlotFrame) -> None:
        font = frame.theme.font(TICK_FONT)
        metrics, free_from = QFontMetricsF(font), frame.area.left()
        painter.setFont(font)
        for mark in self.marks:
            width = metrics.horizontalAdvance(mark.label) + 2 * _GAP
            left = min(frame.column(mark.steps), frame.area.right() - width)
            if left < free_from:
                continue
            flag = QRectF(left, frame.area.top(), width, metrics.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(frame.theme.hyperparameter_colour(mark.field))
            painter.drawRoundedRect(flag, 3, 3)
            painter.setPen(frame.theme.colour("on_accent"))
            painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, mark.label)
            free_from = flag.right() + _GAP
