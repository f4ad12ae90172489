"""A card with a plot over environment steps: all that does not depend on what is drawn."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QBoxLayout, QPushButton, QWidget

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.views.charts.scales import Range, ValueScale
from ppo_desktop.views.controls import Card, explained, with_role
from ppo_desktop.views.plot_items import Backdrop, Crosshair, LevelLabel, Note, PixelItem
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme

_NO_RANGE: Range = (0.0, 1.0)
_NOTE_FONT, _SMALL_NOTE_FONT = 0.9, 0.75


class StepsCard(Card):
    """A header above a plot, with a backdrop, a named level, a note and a crosshair.

    `hovered`, `steps_range_changed` and `whole_run_asked` pass on what the plot emits; `values_changed`
    is emitted when values are asked for at another step.

    Args:
        theme: Fonts and colours.
        header: What stands above the plot.
        plot: The plot, still empty.
        level_label: Writes the name of the level.
        scale: The vertical axis.
        small: With small print, and without the step on a chip at the crosshair.
        beside: With the header at the left of the plot.
    """

    hovered = Signal(object)
    steps_range_changed = Signal(float, float)
    whole_run_asked = Signal()
    values_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        header: QWidget,
        plot: StepsPlot,
        level_label: LevelLabel,
        scale: ValueScale,
        *,
        small: bool,
        beside: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._header = header
        self.plot = plot
        self.level_label = level_label
        self._scale = scale
        self._values: Range | None = scale.first_range
        self._make_items(small=small)
        self._lay_out(beside=beside)
        self._pass_on()

    def _make_items(self, *, small: bool) -> None:
        theme, view_box = self._theme, self.plot.getViewBox()
        self.backdrop = Backdrop(theme, view_box)
        self.note = Note(theme, view_box, self.level_label, _SMALL_NOTE_FONT if small else _NOTE_FONT)
        self.crosshair = Crosshair(theme, view_box, labelled=not small)
        self._items: list[PixelItem] = [self.backdrop, self.level_label, self.note, self.crosshair]
        self.level_line = pg.InfiniteLine(angle=0, movable=False)
        self.level_line.setZValue(1)  # above what is drawn later
        self.level_line.hide()
        self.plot.addItem(self.level_line, ignoreBounds=True)

    def _lay_out(self, *, beside: bool) -> None:
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        layout = QBoxLayout(direction, self)
        layout.setContentsMargins(*((8, 4, 8, 4) if beside else (10, 7, 10, 6)))
        layout.setSpacing(2)
        layout.addWidget(self._header)
        layout.addWidget(self.plot, stretch=1)

    def _pass_on(self) -> None:
        self._theme.changed.connect(self.apply_theme)
        self.plot.hovered.connect(self.hovered)
        self.plot.steps_range_changed.connect(self.steps_range_changed)
        self.plot.whole_run_asked.connect(self.whole_run_asked)
        self.plot.view_changed.connect(self._view_changed)

    @property
    def value_range(self) -> Range:
        """The range of values shown, in plotted units."""
        return self.plot.value_range

    def set_level(self, value: float | None, text: str = "") -> None:
        """Draw a dashed line named `text` at `value`, in plotted units; None for no line."""
        self.level_line.setVisible(value is not None)
        self.level_label.set_level(value, text)
        if value is not None:
            self.level_line.setValue(value)

    def set_crosshair(self, steps: float | None) -> None:
        """Point at an environment step, None to point at nothing."""
        if steps != self.crosshair.steps:
            self.crosshair.set_steps(steps)
            self.values_changed.emit()

    def apply_theme(self) -> None:
        """Take fonts and colours from the theme."""
        self.plot.apply_theme()
        pen = QPen(self._theme.colour("muted"), self.devicePixelRatioF(), Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.level_line.setPen(pen)
        self._view_changed()

    def event(self, event: QEvent) -> bool:
        """Draw lines as wide as before on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.apply_theme()
        return super().event(event)

    # ---- for what extends it -------------------------------------------------------------------

    def _describe(self, title: str, explanation: str, drawing: str, *, on_header: bool = True) -> None:
        """Say what is drawn: to screen readers, in the tooltip, and when asked for an explanation.

        Args:
            title: What the plot shows.
            explanation: The key of its explanation in the glossary.
            drawing: How it is drawn, in sentences.
            on_header: With the tooltip on the header: on the plot it would cover what is pointed at.
        """
        self.plot.setAccessibleName(f"{title} over environment steps")
        self.plot.setAccessibleDescription(f"{GLOSSARY[explanation].meaning} {drawing}".strip())
        explained(self, explanation, drawing)
        if on_header:
            self._header.setToolTip(self.toolTip())
            self.setToolTip("")

    def _begin_scale(self, scale: ValueScale) -> None:
        """Use a vertical axis from its first range on."""
        self._scale = scale
        self._values = scale.first_range

    def _include(self, low: float, high: float) -> None:
        """Widen the range of values if these, in plotted units, lie outside it."""
        widened = self._scale.widened(self._values, low, high)
        if widened != self._values:
            self._values = widened
            self._show_values()

    def _show_values(self) -> None:
        self.plot.set_values(self._values or _NO_RANGE, self._scale.ticks)

    def _view_changed(self) -> None:
        self.backdrop.set_ticks(self.plot.ticks)
        for item in self._items:
            item.view_changed()


def whole_run_button() -> QPushButton:
    """Return the button that leads back to the whole run; it is hidden until less is shown."""
    button = with_role(explained(QPushButton("Whole run"), "whole_run"), "flat")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.hide()
    return button
