"""A card with curves over environment steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.runs.curve import Curve
from ppo_desktop.runs.history import History
from ppo_desktop.views.controls import explained
from ppo_desktop.views.plot_header import CardHeader
from ppo_desktop.views.plot_items import Backdrop, Crosshair, LevelLabel, Note
from ppo_desktop.views.plot_legend import NO_VALUE, ReadOut
from ppo_desktop.views.plot_marks import MarksItem
from ppo_desktop.views.plot_scales import Range, ValueScale
from ppo_desktop.views.plot_series import DrawnSeries, Series
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme

_NO_RANGE: Range = (0.0, 1.0)


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


class CurvePlot(QFrame):
    """A card: title, legend with the current values, and the plot.

    While a step is pointed at, the legend shows the values there instead of the newest ones.
    """

    hovered = Signal(object)
    steps_range_changed = Signal(float, float)
    whole_run_asked = Signal()

    def __init__(self, theme: Theme, card: PlotCard) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = theme
        self._card = card
        self._scale = card.scale
        self._note_text = ""
        self._baseline: History | None = None
        self._greyed = False
        self._values: Range | None = card.scale.first_range
        self.header = CardHeader(theme, card.titles, stacked=card.small)
        self.plot = StepsPlot(theme, small=card.small)
        self._make_items()
        self._make_legend()
        self._lay_out()
        self._describe()
        self._connect()
        self.apply_theme()
        self._show_values()

    def _make_items(self) -> None:
        view_box = self.plot.getViewBox()
        large = not self._card.small
        self._series = [DrawnSeries(series, self.plot, small=not large) for series in self._card.series]
        self.backdrop = Backdrop(self._theme, view_box)
        self.level_label = LevelLabel(self._theme, view_box, above=self._card.level_named_above)
        own = frozenset(series.colour for series in self._card.series)
        self.marks = MarksItem(self._theme, view_box, self.level_label, own, labelled=large)
        self.note = Note(self._theme, view_box, self.level_label, 0.9 if large else 0.75)
        self.crosshair = Crosshair(self._theme, view_box, labelled=large)
        self.level_line = pg.InfiniteLine(angle=0, movable=False)
        self.level_line.hide()
        self.plot.addItem(self.level_line, ignoreBounds=True)

    def _make_legend(self) -> None:
        self.read_outs: dict[str, ReadOut] = {}
        side = Qt.AlignmentFlag.AlignLeft if self._card.small else Qt.AlignmentFlag.AlignRight
        for series in self._card.series:
            widest = self._scale.widest if series.has_value else ""
            read_out = ReadOut(self._theme, series.names, series.stroke, series.colour, widest, side)
            self.read_outs[series.column] = read_out
            self.header.add_read_out(read_out)
        self.whole_run_button = QPushButton("Whole run", self)
        self.whole_run_button.setProperty("role", "flat")
        explained(self.whole_run_button, "whole_run")
        self.whole_run_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.whole_run_button.hide()
        if not self._card.small:
            self.header.add_tool(self.whole_run_button)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 6)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addWidget(self.plot, stretch=1)

    def _describe(self) -> None:
        self.plot.setObjectName(self._card.name)
        self.plot.setAccessibleName(f"{self._card.titles[0]} over environment steps")
        meaning = f"{GLOSSARY[self._card.explanation].meaning} {self._card.drawing}".rstrip()
        self.plot.setAccessibleDescription(meaning)
        self.plot.setWhatsThis(meaning)
        explained(self, self._card.explanation, self._card.drawing)
        if not self._card.small:
            # A tooltip would cover the curve at which the mouse points.
            self.header.setToolTip(self.toolTip())
            self.setToolTip("")
        for series in self._card.series:
            explained(self.read_outs[series.column], series.column)

    def _connect(self) -> None:
        self._theme.changed.connect(self.apply_theme)
        self.plot.hovered.connect(self.hovered)
        self.plot.steps_range_changed.connect(self.steps_range_changed)
        self.plot.whole_run_asked.connect(self.whole_run_asked)
        self.plot.view_changed.connect(self._view_changed)
        self.whole_run_button.clicked.connect(self.whole_run_asked)

    @property
    def value_range(self) -> Range:
        """The range of values shown, in plotted units."""
        return self.plot.value_range

    def points_drawn(self) -> int:
        """Return how many points all series hold."""
        return sum(drawn.points_drawn() for drawn in self._series)

    def set_scale(self, scale: ValueScale) -> None:
        """Use another vertical axis: other units, another first range."""
        self._scale = scale
        self._values = scale.first_range
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
        self.level_line.setVisible(value is not None)
        self.level_label.set_level(value, text)
        if value is not None:
            self.level_line.setValue(value)
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
        self._values = self._scale.first_range
        self.set_baseline(self._baseline)
        self.marks.set_marks(())
        self.set_greyed(False)
        self._show_values()
        self.note.set_text(self._note_text or self._card.empty)

    def draw(self, history: History) -> None:
        """Show what is new in `history`; costs the same however long the run is."""
        if self._note_text:
            return
        for drawn in self._series:
            self._draw_series(drawn, history.curve(drawn.series.column))
        self.marks.set_marks(tuple(history.marks))
        empty = all(len(history.curve(drawn.series.column)) == 0 for drawn in self._series)
        self.note.set_text(self._card.empty if empty else "")

    def set_baseline(self, history: History | None) -> None:
        """Draw the curves of another run behind those of this one; None for no baseline."""
        self._baseline = history
        for drawn in self._series:
            curve = None if history is None else history.curve(drawn.series.column)
            drawn.draw_baseline(curve, self._scale)
            if curve is not None and drawn.has_line:
                self._include(curve)

    def set_crosshair(self, steps: float | None) -> None:
        """Point at an environment step, None to point at nothing."""
        if steps == self.crosshair.steps:
            return
        self.crosshair.set_steps(steps)
        for drawn in self._series:
            self._write(drawn)

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        self.plot.apply_theme()
        pen = QPen(self._theme.colour("muted"), self.devicePixelRatioF(), Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.level_line.setPen(pen)
        self._colour_series()
        self.header.arrange()
        self._view_changed()

    def event(self, event: QEvent) -> bool:
        """Draw lines as wide as before on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.apply_theme()
        return super().event(event)

    def _colour_series(self) -> None:
        for drawn in self._series:
            drawn.apply_theme(self._theme, greyed=self._greyed, pixel_ratio=self.devicePixelRatioF())
            self.read_outs[drawn.series.column].set_greyed(self._greyed)

    def _draw_series(self, drawn: DrawnSeries, curve: Curve) -> None:
        if drawn.draw(curve, self._scale):
            self._include(curve)
            self._write(drawn)

    def _include(self, curve: Curve) -> None:
        """Widen the range of values if `curve` leaves it."""
        if curve.minimum is None or curve.maximum is None:
            return
        low, high = self._scale.to_plot(np.array([curve.minimum, curve.maximum]))
        widened = self._scale.widened(self._values, float(low), float(high))
        if widened != self._values:
            self._values = widened
            self._show_values()

    def _show_values(self) -> None:
        self.plot.set_values(self._values or _NO_RANGE, self._scale.ticks)

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

    def _view_changed(self) -> None:
        self.backdrop.set_ticks(self.plot.ticks)
        for item in (self.backdrop, self.marks, self.level_label, self.note, self.crosshair):
            item.view_changed()

    def set_following(self, following: bool) -> None:
        """Offer the way back to the whole run while less of it is shown."""
        if self.whole_run_button.isHidden() != following:
            self.whole_run_button.setVisible(not following)
            self.header.arrange()
