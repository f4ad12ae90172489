"""A card with curves over environment steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QWidget

from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.runs.history import History, Mark
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.controls import explained
from ppo_desktop.views.plot_header import CardHeader
from ppo_desktop.views.plot_items import LevelLabel, Veil
from ppo_desktop.views.plot_legend import NO_VALUE, ReadOut, Series
from ppo_desktop.views.plot_marks import MarksItem
from ppo_desktop.views.plot_series import DrawnSeries
from ppo_desktop.views.plot_summary import Summary, SummaryHeader
from ppo_desktop.views.steps_card import StepsCard, whole_run_button
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme


@dataclass(frozen=True)
class PlotCard:
    """What a card is, declared once.

    Attributes:
        name: The plot's objectName.
        titles: The title, from its full wording to its shortest.
        explanation: What it shows, the key of its explanation in the glossary.
        series: What is drawn, back to front, in the legend's order.
        scale: The vertical axis.
        empty: What to say while there is nothing to draw.
        drawing: How it is drawn, where that is not plain to see.
        small: A small picture with title and numbers at its left, instead of a plot with axes.
        remark: What has to be said of the numbers of a small one, from the fullest wording to the shortest.
        level_named_above: Write the name of a horizontal level above it instead of under it.
    """

    name: str
    titles: tuple[str, ...]
    explanation: str
    series: tuple[Series, ...]
    scale: ValueScale
    empty: str = ""
    drawing: str = ""
    small: bool = False
    remark: tuple[str, ...] = ()
    level_named_above: bool = False


class CurvePlot(StepsCard):
    """A card: title, legend with the current values, and the plot.

    While a step is pointed at, the legend shows the values there instead of the newest ones.
    """

    def __init__(self, theme: Theme, card: PlotCard) -> None:
        make_header = SummaryHeader if card.small else CardHeader
        header = make_header(theme, card.titles)
        plot = StepsPlot(theme, small=card.small)
        label = LevelLabel(theme, plot.getViewBox(), above=card.level_named_above)
        super().__init__(theme, header, plot, label, card.scale, small=card.small, beside=card.small)
        self.header = header
        self._card = card
        self._note_text = ""
        self._seen_at_level: object = None
        self._baseline: History | None = None
        self._series = [DrawnSeries(series, plot, small=card.small) for series in card.series]
        self.marks = self._make_marks()
        self._make_legend()
        self._explain()
        self.values_changed.connect(self._write_values)
        self.apply_theme()
        self._show_values()

    def _make_marks(self) -> MarksItem:
        own = frozenset(series.colour for series in self._card.series)
        labelled = not self._card.small
        marks = MarksItem(self._theme, self.plot, self.level_label, own, labelled=labelled)
        self.veil = Veil(self._theme, self.plot.getViewBox())
        self._items += [marks, self.veil]
        return marks

    def _make_legend(self) -> None:
        self.read_outs: dict[str, ReadOut] = {}
        for series in self._card.series:
            widest = self._scale.widest if series.has_value else ""
            self.read_outs[series.column] = self.header.add_read_out(series, widest)
        self.whole_run_button = whole_run_button()
        self.whole_run_button.setParent(self)
        self.whole_run_button.clicked.connect(self.whole_run_asked)
        if isinstance(self.header, CardHeader):
            self.header.add_tool(self.whole_run_button)
        else:
            self.header.set_remark(self._card.remark)

    def add_tool(self, tool: QWidget) -> None:
        """Add a control to the header of a large plot."""
        assert isinstance(self.header, CardHeader)
        self.header.add_tool(tool)

    def _explain(self) -> None:
        self.plot.setObjectName(self._card.name)
        title, on_header = self._card.titles[0], not self._card.small
        self._describe(title, self._card.explanation, self._card.drawing, on_header=on_header)
        for series in self._card.series:
            explained(self.read_outs[series.column], series.column)

    def points_drawn(self) -> int:
        """Return how many points all series hold."""
        return sum(drawn.points_drawn() for drawn in self._series)

    def set_scale(self, scale: ValueScale) -> None:
        """Use another vertical axis: other units, another first range."""
        self._begin_scale(scale)
        self.set_baseline(self._baseline)
        for drawn in self._series:
            drawn.forget()
            if drawn.series.has_value:
                self.read_outs[drawn.series.column].set_widest(scale.widest)
            if drawn.curve is not None:
                self._draw_series(drawn, drawn.curve)
        self._show_values()
        self.header.arrange()

    def set_level(self, value: float | None, text: str = "") -> None:
        """Draw a dashed line named `text` at `value`, in plotted units; None for no line."""
        super().set_level(value, text)
        self.marks.view_changed()

    def set_note(self, text: str) -> None:
        """Say `text` in the plot instead of drawing anything; empty to draw again."""
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
        assert isinstance(self.header, SummaryHeader)
        self.veil.set_ranges(ranges)
        self.header.set_remark(reasons if ranges else self._card.remark)
        for read_out in self.read_outs.values():
            read_out.set_greyed(now)

    @property
    def card(self) -> PlotCard:
        """What it shows."""
        return self._card

    @property
    def shows_ranges(self) -> bool:
        """Whether something pale stands behind the curves: what is between lowest and highest."""
        return any(drawn.shows_range for drawn in self._series)

    def clear(self) -> None:
        """Forget the run: no curves, no marks, the first range."""
        for drawn in self._series:
            drawn.clear()
            self._write(drawn)
        self._begin_scale(self._scale)
        self.set_baseline(self._baseline)
        self._set_marks(())
        self.veil.set_ranges(())
        self._show_values()
        self.note.set_text(self._note_text or self._card.empty)

    def draw(self, history: History) -> None:
        """Show what is new in `history`; costs the same however long the run is."""
        if self._note_text:
            return
        for drawn in self._series:
            self._draw_series(drawn, history.curve(drawn.series.column))
        self._set_marks(tuple(history.marks))
        if self.level_label.text:
            self._keep_level_readable(history.steps)
        empty = all(len(history.curve(drawn.series.column)) == 0 for drawn in self._series)
        self.note.set_text(self._card.empty if empty else "")

    def _keep_level_readable(self, steps: int) -> None:
        """Let the name of the level stand where no curve and no mark is, if that may have changed."""
        first, last = self.level_label.steps_covered
        curves = [(drawn, drawn.curve) for drawn in self._series if drawn.curve is not None]
        folded = [(curve.bin_width, curve.samples_bin_width) for _, curve in curves]
        seen = (first, last, min(max(steps, first), last), folded, self.marks.marks)
        if seen == self._seen_at_level:
            return
        self._seen_at_level = seen
        points: dict[bool, list[Points]] = {False: [], True: []}
        for drawn, curve in curves:
            x, y = curve.means() if drawn.has_line else curve.samples()
            points[drawn.has_line].append((x, self._scale.to_plot(y)))
        marks = [mark.steps for mark in self.marks.marks]
        self.level_label.avoid(dots=points[False], lines=points[True], marks=marks)

    def _set_marks(self, marks: tuple[Mark, ...]) -> None:
        self.plot.set_marks(len(marks))
        self.marks.set_marks(marks)

    def set_baseline(self, history: History | None) -> None:
        """Draw the curves of another run behind those of this one; None for no baseline."""
        self._baseline = history
        for drawn in self._series:
            curve = None if history is None else history.curve(drawn.series.column)
            drawn.draw_baseline(curve, self._scale)
            if curve is not None and drawn.has_line:
                self._make_room(curve)

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        super().apply_theme()
        self._colour_series()
        self.header.arrange()

    def _colour_series(self) -> None:
        for drawn in self._series:
            drawn.apply_theme(self._theme, pixel_ratio=self.devicePixelRatioF())

    def _draw_series(self, drawn: DrawnSeries, curve: Curve) -> None:
        if drawn.draw(curve, self._scale):
            self._make_room(curve)
            self._write(drawn)

    def _make_room(self, curve: Curve) -> None:
        """Widen the range of values if `curve` leaves it."""
        if curve.minimum is not None and curve.maximum is not None:
            low, high = self._scale.to_plot(np.array([curve.minimum, curve.maximum]))
            self._include(float(low), float(high))

    def _write_values(self) -> None:
        if isinstance(self.header, SummaryHeader):
            self.header.set_pointing(self.crosshair.steps is not None)
        for drawn in self._series:
            self._write(drawn)

    def _write(self, drawn: DrawnSeries) -> None:
        read_out = self.read_outs[drawn.series.column]
        read_out.set_names(drawn.series.names_after(0 if drawn.curve is None else len(drawn.curve)))
        if drawn.series.has_value:
            value = self._value_of(drawn.curve)
            read_out.set_value(self._text(value))
        if isinstance(read_out, Summary):
            curve = drawn.curve
            typical, largest = (None, None) if curve is None else (curve.typical, curve.maximum)
            read_out.set_others(self._text(typical), self._text(largest))

    def _text(self, value: float | None) -> str:
        return NO_VALUE if value is None else self._scale.text(value)

    def _value_of(self, curve: Curve | None) -> float | None:
        if curve is None:
            return None
        return curve.last if self.crosshair.steps is None else curve.value_near(self.crosshair.steps)

    def set_following(self, following: bool) -> None:
        """Offer the way back to the whole run while less of it is shown."""
        if self.whole_run_button.isHidden() != following:
            self.whole_run_button.setVisible(not following)
            self.header.arrange()
