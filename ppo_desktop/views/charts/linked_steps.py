"""Plots that show the same environment steps and point at the same step."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QPushButton

from ppo_desktop.views.charts.curve_card import CurveCard
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.scales import Range, nice_end
from ppo_desktop.views.controls import explained, with_role

_SLACK = 1e-6
_POINTING_MILLISECONDS = 30
"""A mouse may report a thousand positions a second; more than the eye can use is left out."""


class LinkedSteps(QObject):
    """Links the horizontal axes of several plots.

    While it follows, the axis shows the whole run. Zooming or moving any of the plots does the
    same to all, one after the other, and stops following until the whole run is asked for.

    Attributes:
        whole_run_button: Leads back to the whole run; it is hidden until less is shown.
    """

    following_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._redraws: dict[CurveCard, Redraw] = {}
        self._end = nice_end(0)
        self._shown: Range = (0.0, self._end)
        self._applying = False
        self.whole_run_button = with_role(explained(QPushButton("Whole run"), "whole_run"), "flat")
        self.whole_run_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.whole_run_button.hide()
        self.whole_run_button.clicked.connect(self.show_whole_run)
        self._pointed_at: float | None = None
        self._pointing_timer = QTimer(self)
        self._pointing_timer.setSingleShot(True)
        self._pointing_timer.setInterval(_POINTING_MILLISECONDS)
        self._pointing_timer.timeout.connect(self._show_pointed_at)

    @property
    def shown(self) -> Range:
        """First and last environment step shown."""
        return self._shown

    @property
    def following(self) -> bool:
        """Whether the whole run is shown."""
        low, high = self._shown
        return low <= _SLACK * self._end and high >= (1 - _SLACK) * self._end

    def add(self, plot: CurveCard) -> None:
        """Link `plot` with those added before."""
        self._redraws[plot] = Redraw(plot, partial(self._apply, plot))
        plot.plot.set_last_step(self._end)
        plot.plot.set_steps_range(*self._shown)
        plot.plot.steps_range_changed.connect(self._zoomed)
        plot.plot.hovered.connect(self._point_at)
        plot.plot.whole_run_asked.connect(self.show_whole_run)

    def set_end(self, end: float) -> None:
        """Let the axis end at exactly `end` environment steps."""
        if end == self._end:
            return
        following = self.following or end < self._end
        self._end = end
        self._applying = True
        for plot in self._redraws:
            plot.plot.set_last_step(end)
        self._applying = False
        if following:
            self._show(0.0, end)

    @Slot()
    def show_whole_run(self) -> None:
        """Follow the run again."""
        self._show(0.0, self._end)

    @Slot(float, float)
    def _zoomed(self, low: float, high: float) -> None:
        if not self._applying:
            self._show(low, high)

    @Slot(object)
    def _point_at(self, steps: float | None) -> None:
        self._pointed_at = steps
        if not self._pointing_timer.isActive():
            self._show_pointed_at()
            self._pointing_timer.start()

    @Slot()
    def _show_pointed_at(self) -> None:
        for plot in self._redraws:
            plot.set_crosshair(self._pointed_at)

    def _show(self, low: float, high: float) -> None:
        self._shown = (low, high)
        for redraw in self._redraws.values():
            redraw.request()
        if self.whole_run_button.isHidden() != self.following:
            self.whole_run_button.setVisible(not self.following)
            self.following_changed.emit()

    def _apply(self, plot: CurveCard) -> None:
        self._applying = True
        plot.plot.set_steps_range(*self._shown)
        self._applying = False
