"""A card with one figure of all variants over environment steps: means, intervals, single seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ppo_desktop.comparison.summary import Band
from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.bands_item import BandsItem, VariantCurve
from ppo_desktop.views.column_cards import ColumnCard
from ppo_desktop.views.controls import explained
from ppo_desktop.views.plot_items import Backdrop, Crosshair, LevelLabel, Note
from ppo_desktop.views.plot_legend import NO_VALUE
from ppo_desktop.views.plot_scales import Range
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.variant_style import variant_style

_NO_RANGE: Range = (0.0, 1.0)

Cross = tuple[float, float]
"""Step and value, in the record's unit, at which a seed diverged."""


class BandPlot(QFrame):
    """A header, which others fill, and the plot.

    Args:
        theme: Fonts and colours.
        name: The plot's objectName.
        header: What stands above the plot.
        card: What is drawn at first.
        small: With small labels, and without the step on a chip at the crosshair.
    """

    hovered = Signal(object)
    steps_range_changed = Signal(float, float)
    whole_run_asked = Signal()
    pointed_at = Signal(object)
    values_changed = Signal()

    def __init__(self, theme: Theme, name: str, header: QWidget, card: ColumnCard, *, small: bool) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = theme
        self._header = header
        self._card = card
        self._values: Range | None = None
        self._bands: tuple[Band, ...] = ()
        self._pointed: int | None = None
        self._explained: tuple[ColumnCard, str] | None = None
        self.plot = StepsPlot(theme, small=small, steps_below=True, room_for_chips=False)
        self.plot.setObjectName(name)
        self.plot.set_steps_labelled(True)
        self._make_items(small=small)
        self._lay_out()
        self._connect()
        self.show_column(card)
        self.apply_theme()

    def _make_items(self, *, small: bool) -> None:
        view_box = self.plot.getViewBox()
        self.backdrop = Backdrop(self._theme, view_box)
        self.level_label = LevelLabel(self._theme, view_box, above=False, at_right=small)
        self.curves = BandsItem(self._theme, view_box, small=small)
        self.note = Note(self._theme, view_box, self.level_label, 0.75 if small else 0.9)
        self.crosshair = Crosshair(self._theme, view_box, labelled=not small)
        self.level_line = pg.InfiniteLine(angle=0, movable=False)
        self.plot.addItem(self.level_line, ignoreBounds=True)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 6)
        column.setSpacing(2)
        column.addWidget(self._header)
        column.addWidget(self.plot, stretch=1)

    def _connect(self) -> None:
        self._theme.changed.connect(self.apply_theme)
        self.plot.hovered.connect(self.hovered)
        self.plot.pointed.connect(self._point_at)
        self.plot.steps_range_changed.connect(self.steps_range_changed)
        self.plot.whole_run_asked.connect(self.whole_run_asked)
        self.plot.view_changed.connect(self._view_changed)

    @property
    def value_range(self) -> Range:
        """The range of values shown, in plotted units."""
        return self.plot.value_range

    @property
    def card(self) -> ColumnCard:
        """What is drawn."""
        return self._card

    def show_column(self, card: ColumnCard) -> None:
        """Draw another figure, or the same in another environment; what was drawn goes."""
        self._card = card
        self._values = card.scale.first_range
        self.level_line.setVisible(card.level is not None)
        if card.level is not None:
            self.level_line.setValue(card.level)
        self.level_label.set_level(card.level, card.level_name)
        self.draw((), (), with_seeds=False)
        self._show_values()
        self.explain("")

    def explain(self, drawing: str) -> None:
        """Say how it is drawn, in sentences, where that is not plain to see."""
        drawing = f"{drawing} {self._card.drawing}".strip()
        if (self._card, drawing) == self._explained:
            return
        self._explained = (self._card, drawing)
        meaning = f"{GLOSSARY[self._card.explanation].meaning} {drawing}".strip()
        self.plot.setAccessibleName(f"{self._card.title} over environment steps")
        self.plot.setAccessibleDescription(meaning)
        explained(self, self._card.explanation, drawing)
        # A tooltip would cover the curve at which the mouse points.
        self._header.setToolTip(self.toolTip())
        self.setToolTip("")

    def draw(self, bands: Sequence[Band], crosses: Sequence[Sequence[Cross]], *, with_seeds: bool) -> None:
        """Show a band of each variant, and where its seeds diverged."""
        self._bands = tuple(bands)
        curves = [
            self._curve(number, crosses[number], with_seeds=with_seeds) for number in range(len(self._bands))
        ]
        self._include(curves)
        self.curves.set_curves(curves)
        self.values_changed.emit()

    def set_note(self, text: str) -> None:
        """Say `text` in the middle of the plot; empty for nothing."""
        self.note.set_text(text)

    def set_highlighted(self, variant: int | None) -> None:
        """Put one variant on top, the others being faint."""
        self.curves.set_highlighted(variant)

    def set_crosshair(self, steps: float | None) -> None:
        """Point at an environment step, None to point at nothing."""
        if steps != self.crosshair.steps:
            self.crosshair.set_steps(steps)
            self.values_changed.emit()

    def value_texts(self) -> list[str]:
        """Return the mean of each variant at the step pointed at, else the newest, as it is written."""
        values = [_value_near(band, self.crosshair.steps) for band in self._bands]
        return [self._card.scale.text(value) if math.isfinite(value) else NO_VALUE for value in values]

    @Slot()
    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        self.plot.apply_theme()
        self.plot.set_steps_labelled(True)
        pen = QPen(self._theme.colour("muted"), self.devicePixelRatioF(), Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.level_line.setPen(pen)
        self._view_changed()

    def event(self, event: QEvent) -> bool:
        """Draw lines as wide as before on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.apply_theme()
        return super().event(event)

    # ---- how it is done ------------------------------------------------------------------------

    def _curve(
        self, number: int, crosses: Sequence[tuple[float, float]], *, with_seeds: bool
    ) -> VariantCurve:
        """Return a variant in plotted units."""
        band, to_plot = self._bands[number], self._card.scale.to_plot
        return VariantCurve(
            variant_style(number, len(self._bands)),
            band.steps,
            to_plot(band.mean),
            to_plot(band.low),
            to_plot(band.high),
            to_plot(band.seeds if with_seeds else band.seeds[:0]),
            tuple((steps, self._cross_value(value)) for steps, value in crosses),
        )

    def _cross_value(self, value: float) -> float:
        """Return where a cross stands; at the foot of the plot if the run had told nothing."""
        if not math.isfinite(value):
            return self.value_range[0]
        return float(self._card.scale.to_plot(np.array([value]))[0])

    def _include(self, curves: Sequence[VariantCurve]) -> None:
        """Widen the range of values if a curve leaves it."""
        parts = [part.ravel() for c in curves for part in (c.mean, c.low, c.high, c.seeds)]
        values = np.concatenate([np.empty(0), *parts])
        values = values[np.isfinite(values)]
        if len(values) == 0:
            return
        widened = self._card.scale.widened(self._values, float(values.min()), float(values.max()))
        if widened != self._values:
            self._values = widened
            self._show_values()

    def _show_values(self) -> None:
        self.plot.set_values(self._values or _NO_RANGE, self._card.scale.ticks)

    @Slot()
    def _view_changed(self) -> None:
        self.backdrop.set_ticks(self.plot.ticks)
        for item in (self.backdrop, self.curves, self.level_label, self.note, self.crosshair):
            item.view_changed()

    @Slot(object)
    def _point_at(self, position: QPointF | None) -> None:
        """Tell which variant the mouse is near, when that has changed."""
        variant = None if position is None else self.curves.variant_at(position)
        if variant != self._pointed:
            self._pointed = variant
            self.pointed_at.emit(variant)


def _value_near(band: Band, steps: float | None) -> float:
    """Return the mean at the point nearest to `steps`, the newest for None; nan if there is none.

    Beyond the newest point by more than one stretch there is none either.
    """
    if len(band.steps) == 0:
        return math.nan
    if steps is None:
        return float(band.mean[-1])
    if steps > band.steps[-1] + band.steps[0]:
        return math.nan
    return float(band.mean[np.abs(band.steps - steps).argmin()])
