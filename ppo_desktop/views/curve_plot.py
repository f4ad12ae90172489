"""A card with curves over environment steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt

from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.runs.history import History, Mark
from ppo_desktop.views.controls import explained
from ppo_desktop.views.plot_header import CardHeader
from ppo_desktop.views.plot_items import LevelLabel
from ppo_desktop.views.plot_legend import NO_VALUE, ReadOut
from ppo_desktop.views.plot_marks import MarksItem
from ppo_desktop.views.plot_scales import ValueScale
from ppo_desktop.views.plot_series import DrawnSeries, Series
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
        small: A small picture with its numbers in a second row, instead of a plot with axes.
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
    level_named_above: bool = False


class CurvePlot(StepsCard):
    """A card: title, legend with the current values, and the plot.

    While a step is pointed at, the legend shows the values there instead of the newest ones.
    """

    def __init__(self, theme: Theme, card: PlotCard) -> None:
        header = CardHeader(theme, card.titles, stacked=card.small)
        plot = StepsPlot(theme, small=card.small)
        label = LevelLabel(theme, plot.getViewBox(), above=card.level_named_above)
        super().__init__(theme, header, plot, label, card.scale, small=card.small)
        self.header = header
        self._card = card
        self._note_text = ""
        self._baseline: History | None = None
        self._greyed = False
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
        self._items.append(marks)
        return marks

    def _make_legend(self) -> None:
        self.read_outs: dict[str, ReadOut] = {}
        side = Qt.AlignmentFlag.AlignLeft if self._card.small else Qt.AlignmentFlag.AlignRight
        for series in self._card.series:
            widest = self._scale.widest if series.has_value else ""
            read_out = ReadOut(self._theme, series.names, series.stroke, series.colour, widest, side)
            self.read_outs[series.column] = read_out
            self.header.add_read_out(read_out)
        self.whole_run_button = whole_run_button()
        self.whole_run_button.setParent(self)
        self.whole_run_button.clicked.connect(self.whole_run_asked)
        if not self._card.small:
            self.header.add_tool(self.whole_run_button)

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

    def set_greyed(self, greyed: bool, *reasons: str) -> None:
        """Show the curves as not meaningful, and say why in the first of `reasons` that fits."""
        self.header.set_remark(reasons if greyed else ())
        if greyed != self._greyed:
            self._greyed = greyed
            self._colour_series()

    def clear(self) -> None:
        """Forget the run: no curves, no marks, the first range."""
        for drawn in self._series:
            drawn.clear()
            self._write(drawn)
        self._begin_scale(self._scale)
        self.set_baseline(self._baseline)
        self._set_marks(())
        self.set_greyed(False)
        self._show_values()
        self.note.set_text(self._note_text or self._card.empty)

    def draw(self, history: History) -> None:
        """Show what is new in `history`; costs the same however long the run is."""
        if self._note_text:
            return
        for drawn in self._series:
            self._draw_series(drawn, history.curve(drawn.series.column))
        self._keep_level_readable()
        self._set_marks(tuple(history.marks))
        empty = all(len(history.curve(drawn.series.column)) == 0 for drawn in self._series)
        self.note.set_text(self._card.empty if empty else "")

    def _keep_level_readable(self) -> None:
        """Let the name of the level stand where no curve is."""
        points: dict[bool, list[Points]] = {False: [], True: []}
        for drawn in self._series:
            if drawn.curve is not None:
                x, y = drawn.curve.means() if drawn.has_line else drawn.curve.samples()
                points[drawn.has_line].append((x, self._scale.to_plot(y)))
        self.level_label.avoid(dots=points[False], lines=points[True])

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
            drawn.apply_theme(self._theme, greyed=self._greyed, pixel_ratio=self.devicePixelRatioF())
            self.read_outs[drawn.series.column].set_greyed(self._greyed)

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
        for drawn in self._series:
            self._write(drawn)

    def _write(self, drawn: DrawnSeries) -> None:
        read_out = self.read_outs[drawn.series.column]
        read_out.set_names(drawn.series.names_after(0 if drawn.curve is None else len(drawn.curve)))
        if drawn.series.has_value:
            value = self._value_of(drawn.curve)
            read_out.set_value(NO_VALUE if value is None else self._scale.text(value))

    def _value_of(self, curve: Curve | None) -> float | None:
        if curve is None:
            return None
        return curve.last if self.crosshair.steps is None else curve.value_near(self.crosshair.steps)

    def set_following(self, following: bool) -> None:
        """Offer the way back to the whole run while less of it is shown."""
        if self.whole_run_button.isHidden() != following:
            self.whole_run_button.setVisible(not following)
            self.header.arrange()
