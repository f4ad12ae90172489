"""The menu of ready-made comparisons: one click sets one up and starts it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS, Demonstration
from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.views.menu_items import two_columns

_FRAME = 90
"""Pixels of an item beside its texts."""


class DemonstrationMenu(QMenu):
    """Name and note of each, folklore below the others.

    Args:
        comparisons: What is set up and started.
        parent: The window, on whose screen the menu opens.
    """

    def __init__(self, comparisons: ComparisonSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._comparisons = comparisons
        self._parent = parent
        self.setObjectName("demonstrations_menu")
        self.setToolTipsVisible(True)
        first_folklore = next((place for place, item in enumerate(DEMONSTRATIONS) if item.is_folklore), None)
        for place, demonstration in enumerate(DEMONSTRATIONS):
            if place == first_folklore:
                self.addSeparator()
            action = self.addAction(demonstration.name, partial(self.begin, demonstration))
            action.setToolTip(demonstration.note)
        self.aboutToShow.connect(self.fit)

    def fit(self) -> None:
        """Write as much of the notes as the screen that has the window is wide."""
        names, metrics = [demonstration.name for demonstration in DEMONSTRATIONS], self.fontMetrics()
        room = (
            self._parent.screen().availableGeometry().width()
            - max(map(metrics.horizontalAdvance, names))
            - _FRAME
        )
        actions = [action for action in self.actions() if not action.isSeparator()]
        for action, demonstration in zip(actions, DEMONSTRATIONS, strict=True):
            note = metrics.elidedText(demonstration.note, Qt.TextElideMode.ElideRight, room)
            action.setText(two_columns(demonstration.name, note))

    def begin(self, demonstration: Demonstration) -> None:
        """Set it up and start it; while another is under way, offer to stop that."""
        comparisons = self._comparisons
        if comparisons.is_under_way:
            comparisons.offer_to_stop("Stop it and start this", partial(self.begin, demonstration))
            return
        measure = MEASURES[demonstration.measure]
        comparisons.set_up(demonstration.comparison, measure, demonstration.reference)
        comparisons.start()
