"""A card with curves over environment steps, whosever they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.charts.curve_axes import StepsPlot
from ppo_desktop.views.charts.curve_items import Crosshair, LevelItem, NoteItem, PixelItem
from ppo_desktop.views.charts.curve_legend import CurveLegend, ReadOut, Series
from ppo_desktop.views.charts.curves import CurveShape, CurvesItem
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.controls import Card, explained
from ppo_desktop.views.theme import Theme

_NO_RANGE: Range = (0.0, 1.0)
_NOTE_FONT, _SMALL_NOTE_FONT = 0.9, 0.75
_BESIDE, _ABOVE = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
_NARROWEST = 0.5
"""Width of a small picture beside its header, as a share of the card's height; else it stands below it…"""
_LEAST_HEADERS = 1.6
"""…where the card is so many times as high as the header."""


@dataclass(frozen=True, kw_only=True)
class PlotCard:
    """What a card is, declared once.

    Attributes:
        titles: The title, from its full wording to its shortest.
        explanation: What it shows, the key of its explanation in the glossary.
        scale: The vertical axis.
        name: The plot's objectName.
        series: What is drawn of a run, back to front, in the legend's order.
        empty: What to say while there is nothing to draw.
        drawing: How it is drawn, where that is not plain to see.
        small: A small picture with title and numbers at its left, instead of a plot with axes.
        remark: What has to be said of the numbers of a small one, from the fullest wording to the shortest.
        level: Where a dashed line stands, in plotted units; None for none.
        level_name: What the line is.
        level_named_above: Write its name above it instead of under it.
    """

    titles: tuple[str, ...]
    explanation: str
    scale: ValueScale
    name: str = ""
    series: tuple[Series, ...] = ()
    empty: str = ""
    drawing: str = ""
    small: bool = False
    remark: tuple[str, ...] = ()
    level: float | None = None
    level_name: str = ""
    level_named_above: bool = False


class CurveCard(Card):
    """A header and a plot with curves, a named level, a note and a crosshair.

    While a step is pointed at, the legend shows the values there instead of the newest ones. The range of
    values only widens.

    Args:
        theme: Fonts and colours.
        card: What it is.
        header: What stands above the plot, the legend or what has it.
        legend: Names the curves, and shows their values.
        plot: The plot, still empty.
        level_at_right: With the name of the level at the right if there is a choice.
    """

    def __init__(
        self,
        theme: Theme,
        card: PlotCard,
        header: QWidget,
        legend: CurveLegend,
        plot: StepsPlot,
        *,
        level_at_right: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._card = card
        self._header = header
        self.legend = legend
        self.plot = plot
        self._scale: ValueScale = card.scale
        self._values: Range | None = None
        self._make_items(level_at_right=level_at_right)
        self._layout = self._lay_out(beside=card.small)
        theme.changed.connect(self.apply_theme)
        plot.view_changed.connect(self._view_changed)

    def _make_items(self, *, level_at_right: bool) -> None:
        theme, view_box, small = self._theme, self.plot.getViewBox(), self.plot.is_small
        self.curves = CurvesItem(theme, view_box, small=small)
        self.level = LevelItem(
            theme,
            view_box,
            self._is_free,
            above=self._card.level_named_above,
            at_right=level_at_right,
            may_cover=not small,
        )
        self.note = NoteItem(theme, view_box, self.level, _SMALL_NOTE_FONT if small else _NOTE_FONT)
        self.crosshair = Crosshair(theme, view_box, labelled=not small)
        self._items: list[PixelItem] = [self.curves, self.level, self.note, self.crosshair]

    def _lay_out(self, *, beside: bool) -> QBoxLayout:
        layout = QBoxLayout(_BESIDE if beside else _ABOVE, self)
        layout.setContentsMargins(*((8, 4, 8, 4) if beside else (10, 7, 10, 6)))
        layout.setSpacing(2)
        layout.addWidget(self._header)
        layout.addWidget(self.plot, stretch=1)
        return layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the header of a small picture stand above it, where beside it little would be left."""
        super().resizeEvent(event)
        if self._card.small:
            header = self._header.sizeHint()
            is_narrow = self.width() - header.width() < _NARROWEST * self.height()
            is_above = is_narrow and self.height() > _LEAST_HEADERS * header.height()
            self._layout.setDirection(_ABOVE if is_above else _BESIDE)
            self._layout.setAlignment(
                self._header, Qt.AlignmentFlag.AlignLeft if is_above else Qt.AlignmentFlag(0)
            )

    @property
    def card(self) -> PlotCard:
        """What it shows."""
        return self._card

    @property
    def value_range(self) -> Range:
        """The range of values shown, in plotted units."""
        return self.plot.value_range

    def show_card(self, card: PlotCard) -> None:
        """Draw something else, or the same in other units, on a vertical axis in its first range."""
        self._card, self._scale, self._values = card, card.scale, card.scale.first_range
        self._show_values()
        self.level.set_level(card.level, card.level_name)

    def set_crosshair(self, steps: float | None) -> None:
        """Point at an environment step, None to point at nothing."""
        if steps != self.crosshair.steps:
            self.crosshair.set_steps(steps)
            self.write_values()

    def write_values(self) -> None:
        """Let the legend show the values at the step that is pointed at, or the newest."""
        self.legend.set_pointing(self.crosshair.steps is not None)
        for read_out in self.legend.read_outs.values():
            if read_out.series.has_value:
                self._write_value(read_out)

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        self.plot.apply_theme()
        self._view_changed()

    # ---- for what extends it -------------------------------------------------------------------

    @abstractmethod
    def _write_value(self, read_out: ReadOut) -> None:
        """Let a read-out show its value."""

    def _describe(self, drawing: str, *, on_header: bool = True) -> None:
        """Say what is drawn: to screen readers, in the tooltip, and when asked for an explanation.

        Args:
            drawing: How it is drawn, in sentences.
            on_header: With the tooltip on the header: on the plot it would cover what is pointed at.
        """
        title, explanation = self._card.titles[0], self._card.explanation
        self.plot.setAccessibleName(f"{title} over environment steps")
        self.plot.setAccessibleDescription(f"{GLOSSARY[explanation].meaning} {drawing}".strip())
        explained(self, explanation, drawing)
        if on_header:
            explained(self._header, explanation, drawing)
            self.setToolTip("")

    def _show_curves(self, curves: Sequence[CurveShape]) -> None:
        """Draw these, and widen the range of values if they leave it."""
        self.curves.set_curves(curves)
        ends = [end for curve in curves for end in curve.value_ends()]
        widened = self._scale.widened(self._values, min(ends), max(ends)) if ends else self._values
        if widened != self._values:
            self._values = widened
            self._show_values()
        else:
            self.level.view_changed()

    def _is_free(self, area: QRectF) -> bool:
        """Whether nothing is drawn in a part of the plot."""
        return self.curves.is_free(area)

    def _show_values(self) -> None:
        self.plot.set_values(self._values or _NO_RANGE, self._scale)

    def _view_changed(self) -> None:
        self.curves.set_grid(self.plot.ticks)
        for item in self._items:
            item.view_changed()
