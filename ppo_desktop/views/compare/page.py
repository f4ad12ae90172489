"""The Compare page: environments side by side, curves left, effect and table right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.bar import CompareBar
from ppo_desktop.views.compare.curves import ComparisonCurves
from ppo_desktop.views.compare.effect_card import EffectCard
from ppo_desktop.views.compare.footer import CompareFooter
from ppo_desktop.views.compare.stage import ComparisonStage
from ppo_desktop.views.compare.strip import CompareStrip
from ppo_desktop.views.compare.table import ComparisonTable
from ppo_desktop.views.pages import Page
from ppo_desktop.views.theme import Theme

_HANDLE = 8


class ComparePage(Page):
    """Lays out the panels; players rest while it is hidden."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        bar = CompareBar(comparisons, theme)
        super().__init__("Compare", bar, "compare_page")
        self._bar = bar
        self._comparisons = comparisons
        self._results = self._lay_out_results(theme)
        comparisons.comparison_changed.connect(self.hint_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(CompareStrip(comparisons, self._figure))
        body = QVBoxLayout()
        body.setContentsMargins(7, 6, 7, 7)
        body.addWidget(self._results)
        layout.addLayout(body, 1)
        layout.addWidget(CompareFooter(comparisons))

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there."""
        if self._comparisons.comparison is None:
            return "Choose what varies and press Compare, or choose a ready-made comparison."
        return (
            "Point at a value to light it everywhere; a double click on its environment or its row opens a "
            "run in Train."
        )

    def toggle(self) -> None:
        """Compare, or pause; what is still being typed counts."""
        self._bar.commit()
        self._comparisons.toggle()

    def close_down(self) -> None:
        """End the runs and what shows them."""
        self._comparisons.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the players play."""
        super().showEvent(event)
        self._comparisons.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let them rest."""
        super().hideEvent(event)
        self._comparisons.set_visible(False)

    def _figure(self) -> QWidget:
        return self._results

    def _lay_out_results(self, theme: Theme) -> QWidget:
        right = _splitter(Qt.Orientation.Vertical)
        right.addWidget(EffectCard(self._comparisons, theme))
        right.addWidget(ComparisonTable(self._comparisons, theme))
        right.setSizes([400, 260])
        columns = _splitter(Qt.Orientation.Horizontal)
        columns.addWidget(ComparisonCurves(self._comparisons, theme))
        columns.addWidget(right)
        columns.setSizes([760, 620])
        results = _splitter(Qt.Orientation.Vertical)
        results.setObjectName("page")
        results.addWidget(ComparisonStage(self._comparisons, theme))
        results.addWidget(columns)
        results.setStretchFactor(0, 2)
        results.setStretchFactor(1, 7)
        results.setSizes([180, 640])
        return results


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(_HANDLE)
    splitter.setChildrenCollapsible(False)
    return splitter
