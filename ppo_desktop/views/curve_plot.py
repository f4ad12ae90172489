"""A card with the curves of a run."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.runs.history import History, Mark
from ppo_desktop.views.charts.curve_axes import StepsPlot
from ppo_desktop.views.charts.curve_card import CurveCard, PlotCard
from ppo_desktop.views.charts.curve_items import Crosshair
from ppo_desktop.views.charts.curve_legend import NO_VALUE, SHADE_ALPHA, LegendRow, ReadOut, Series
from ppo_desktop.views.charts.curve_marks import MarksItem
from ppo_desktop.views.charts.curve_summary import Summary, SummaryHeader
from ppo_desktop.views.charts.curves import NOTHING, CurveShape, Stroke
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme

_EXTREMES_ALPHA, _BASELINE_OPACITY, _FAINT_OPACITY = 70, 0.67, 0.55
_HEAD_WIDTH = 1.5
_RANGES = 80
"""Bins of what is shaded, and of what stands behind the line of a small picture."""


@dataclass(frozen=True)
class Surroundings:
    """What is drawn around the curves of a run that is further than what is shown of it, or is a branch.

    Attributes:
        later: All of the run, where only an earlier part is shown; None at its end.
        parent: All of the run of which it is a branch.
        branched_at: The environment step at which it left that; None for a run of its own.
    """

    later: History | None = None
    parent: History | None = None
    branched_at: float | None = None

    @property
    def histories(self) -> list[History]:
        """Whatever is drawn faint."""
        return [history for history in (self.parent, self.later) if history is not None]


NOTHING_AROUND = Surroundings()


class CurvePlot(CurveCard):
    """Title, legend and plot of a run's curves."""

    def __init__(self, theme: Theme, card: PlotCard) -> None:
        self.header = SummaryHeader(theme, card.titles) if card.small else LegendRow(theme, card.titles)
        self._note_text = ""
        self._says_nothing_now, self._instead = False, NO_VALUE
        self._history: History | None = None
        self._baseline: History | None = None
        self._surroundings = NOTHING_AROUND
        self._drawn: object = None
        plot = StepsPlot(theme, small=card.small, room_for_tags=not card.small)
        plot.setObjectName(card.name)
        super().__init__(theme, card, self.header, self.header, plot)
        own = frozenset(series.colour for series in card.series)
        self.marks = MarksItem(theme, plot, self.level, own, labelled=not card.small)
        self.head = Crosshair(theme, plot.getViewBox(), labelled=False, colour="accent", width=_HEAD_WIDTH)
        self.head.setZValue(self.marks.zValue() - 1)  # it is under the texts of marks
        self._items += [self.marks, self.head]
        self.show_card(card)
        for series in card.series:
            explained(self.read_outs[series.key], str(series.key))
        if card.small:
            self.set_remark(card.remark)
        self._describe(card.drawing, on_header=not card.small)
        self.apply_theme()

    @property
    def read_outs(self) -> dict[Hashable, ReadOut]:
        """{column: what the legend says of it}."""
        return self.header.read_outs

    def add_tool(self, tool: QWidget) -> None:
        """Add a control to the header of a large plot."""
        assert isinstance(self.header, LegendRow)
        self.header.add_tool(tool)

    def show_card(self, card: PlotCard) -> None:
        """Draw something else, or the same in other units, on a vertical axis in its first range."""
        super().show_card(card)
        self.header.set_series(card.series, card.scale.widest)
        self._draw_anew()
        self.marks.view_changed()

    def set_note(self, text: str) -> None:
        """Say `text` in the plot instead of drawing anything; empty to draw again."""
        if text == self._note_text:
            return
        self._note_text = text
        if text:
            self.clear()

    def set_grey(self, ranges: Sequence[Range], reasons: Sequence[str], *, now: bool) -> None:
        """Show where the values of a small plot say nothing.

        Args:
            ranges: From which to which environment step.
            reasons: Why, in the first of these wordings that fits.
            now: Whether the newest value is one of them.
        """
        self.set_remark(reasons if ranges or now else self._card.remark)
        self.set_meaningless(ranges, now=now)

    def set_remark(self, wordings: Sequence[str]) -> None:
        """Say something below the numbers of a small plot, in the first of these wordings that fits."""
        assert isinstance(self.header, SummaryHeader)
        self.header.set_remark(wordings)

    def set_meaningless(self, ranges: Sequence[Range], *, now: bool, instead: str = NO_VALUE) -> None:
        """Lay grey over the values in `ranges` and write no number of them, but `instead`.

        What is typical and largest is that of the others.
        """
        state = tuple(ranges), now, instead
        if state != (self.curves.veiled, self._says_nothing_now, self._instead):
            self._says_nothing_now, self._instead = now, instead
            self.curves.set_veiled(ranges)
            self.write_values()

    def write_values(self) -> None:
        """Let the legend show the values at the step that is pointed at, or the newest."""
        if isinstance(self.header, SummaryHeader):
            self.header.set_grey(self._says_nothing)
        super().write_values()

    @property
    def shows_ranges(self) -> bool:
        """Whether something pale stands behind the curves: what is between lowest and highest."""
        return any(_has_range(series, curve) for series, curve in self._curves(self._history))

    def clear(self) -> None:
        """Forget the run: no curves, no marks, the first range."""
        self._history = None
        self.show_card(self._card)
        self._set_marks(())
        self.set_meaningless((), now=False)
        if self._card.small:
            self.set_remark(self._card.remark)
        self.note.set_text(self._note_text or self._card.empty)

    def draw(self, history: History) -> None:
        """Show what is new in `history`; costs the same however long the run is."""
        if self._note_text:
            return
        self._history = history
        curves = self._curves(history)
        drawn = [(id(curve), len(curve)) for _, curve in curves]
        if drawn != self._drawn:
            self._draw_anew()
            self._drawn = drawn
        self._set_marks(tuple(history.marks))
        behind = [curve for around in self._surroundings.histories for curve in self._curves(around)]
        has_curves = any(len(curve) for _, curve in [*curves, *behind])
        self.note.set_text("" if has_curves else self._card.empty)

    def set_baseline(self, history: History | None) -> None:
        """Draw the curves of another run behind those of this one; None for no baseline."""
        self._baseline = history
        self._draw_anew()

    def set_surroundings(self, surroundings: Surroundings) -> None:
        """From the next drawing on have other curves behind this run's, and a line at the play head."""
        if surroundings != self._surroundings:
            self._surroundings, self._drawn = surroundings, None

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        super().apply_theme()
        self.header.arrange()

    # ---- how it is done ------------------------------------------------------------------------

    def _curves(self, history: History | None) -> list[tuple[Series, Curve]]:
        if history is None:
            return []
        return [(series, history.curve(str(series.key))) for series in self._card.series]

    def _lines(self, history: History | None) -> list[tuple[Series, Curve]]:
        return [curve for curve in self._curves(history) if curve[0].stroke is not Stroke.POINTS]

    def _draw_anew(self) -> None:
        self._drawn = None
        small, scale = self._card.small, self._scale
        around = self._surroundings
        behind = [_baseline_shape(*curve, scale) for curve in self._lines(self._baseline)]
        now = None if self._history is None else self._history.steps
        self.head.set_steps(None if around.later is None else now)
        if now is not None:
            for history, since in ((around.parent, around.branched_at), (around.later, now)):
                behind += [_faint_shape(*curve, scale, since or 0) for curve in self._lines(history)]
        shapes = [series_shape(*curve, scale, small=small) for curve in self._curves(self._history)]
        if around.branched_at is not None:
            shapes = [part for shape in shapes for part in _branched(shape, around.branched_at)]
        self._show_curves([*behind, *shapes])
        self.write_values()

    def _set_marks(self, marks: tuple[Mark, ...]) -> None:
        if marks != self.marks.marks:
            self.plot.set_marks(len(marks))
            self.marks.set_marks(marks)
            self.level.view_changed()

    def _is_free(self, area: QRectF) -> bool:
        columns = self.marks.x_pixel(np.array([mark.steps for mark in self.marks.marks]))
        return super()._is_free(area) and not np.any((columns >= area.left()) & (columns <= area.right()))

    def _write_value(self, read_out: ReadOut) -> None:
        curve = None if self._history is None else self._history.curve(str(read_out.series.key))
        if isinstance(read_out, Summary):
            typical, largest = (None, None) if curve is None else curve.outside(self.curves.veiled)
            read_out.others = self._text(typical), self._text(largest)
        names = read_out.series.names_after(0 if curve is None else len(curve))
        is_void = curve is not None and self._says_nothing
        read_out.show_value(self._instead if is_void else self._text(self._value_of(curve)), names)

    @property
    def _says_nothing(self) -> bool:
        """Whether the value at the step that is pointed at, or the newest, is no number to be read."""
        steps = self.crosshair.steps
        if steps is None:
            return self._says_nothing_now
        return any(low <= steps <= high for low, high in self.curves.veiled)

    def _text(self, value: float | None) -> str:
        return NO_VALUE if value is None else self._scale.text(value)

    def _value_of(self, curve: Curve | None) -> float | None:
        if curve is None:
            return None
        return curve.last if self.crosshair.steps is None else curve.value_near(self.crosshair.steps)


# ---- what is drawn of a series ---------------------------------------------------------------------


def series_shape(series: Series, curve: Curve, scale: ValueScale, *, small: bool) -> CurveShape:
    """Return how a column of a run is drawn; the run is cut into bins, those of the curve.

    Lines show the mean of each bin and behind it, pale, its extremes; while every sample has a place of
    its own the mean is the sample and nothing stands behind it, nor ever behind averages, which vary little.
    Points show every sample as long as there is room, then one of each bin, with the range from lowest to
    highest shaded behind them, in longer bins.
    """

    def plotted(points: Points) -> Points:
        return points[0], scale.to_plot(points[1])

    shape = CurveShape(
        colour=lambda theme: theme.colour(series.colour),
        stroke=series.stroke,
        band_alpha=SHADE_ALPHA,
        pale_alpha=_EXTREMES_ALPHA,
    )
    has_range = _has_range(series, curve)
    if series.stroke is Stroke.POINTS:
        band = _stairs(curve, scale) if has_range else shape.band
        return replace(shape, dots=plotted(curve.samples()), band=band)
    x, y = line = plotted(curve.means())
    extremes = plotted(_range_bars(curve) if small else curve.extremes()) if has_range else NOTHING
    band = (x, np.zeros(len(x)), y) if series.filled else shape.band
    return replace(shape, line=line, band=band, pale=(extremes,))


def _baseline_shape(series: Series, curve: Curve, scale: ValueScale) -> CurveShape:
    """Return how the same column of another run is drawn."""
    x, y = curve.means()
    return CurveShape(
        colour=lambda theme: theme.colour("muted", _BASELINE_OPACITY),
        line=(x, scale.to_plot(y)),
        stroke=series.stroke.thin,
    )


def _faint_shape(series: Series, curve: Curve, scale: ValueScale, since: float) -> CurveShape:
    """Return how the same column of another run is drawn from an environment step on."""
    x, y = curve.means()
    return CurveShape(
        colour=lambda theme: theme.colour(series.colour, _FAINT_OPACITY),
        line=_from((x, scale.to_plot(y)), since),
        stroke=series.stroke.thin,
    )


def _branched(shape: CurveShape, at: float) -> list[CurveShape]:
    """Return a shape with its line broken into dashes from an environment step on."""
    x, y = shape.line
    if shape.stroke.broken is shape.stroke:
        return [shape]
    own = CurveShape(colour=shape.colour, line=_from((x, y), at), stroke=shape.stroke.broken)
    return [replace(shape, line=(x[x <= at], y[x <= at])), own]


def _from(line: Points, since: float) -> Points:
    """Return the part of a line from an environment step on, with the point before it."""
    x, y = line
    begin = max(int(np.searchsorted(x, since, side="right")) - 1, 0)
    return x[begin:], y[begin:]


def _has_range(series: Series, curve: Curve) -> bool:
    """Whether something pale stands behind it: from lowest to highest."""
    if series.window:
        return False
    return bool(curve.samples_bin_width if series.stroke is Stroke.POINTS else curve.bin_width)


def _stairs(curve: Curve, scale: ValueScale) -> tuple[Doubles, Doubles, Doubles]:
    """Return steps, lowest and highest value of each of some bins, as far as the bin reaches."""
    edges, lowest, highest = curve.ranges(_RANGES)
    low, high = (scale.to_plot(np.repeat(ends, 2)) for ends in (lowest, highest))
    return np.repeat(edges, 2)[1:-1], low, high


def _range_bars(curve: Curve) -> Points:
    """Return a line down and up between the lowest and the highest value of each of some bins."""
    edges, lowest, highest = curve.ranges(_RANGES)
    return np.repeat((edges[1:] + edges[:-1]) / 2, 2), np.stack([lowest, highest], axis=1).ravel()
