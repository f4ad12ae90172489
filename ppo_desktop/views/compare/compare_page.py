"""The Compare page: its bar, and the panels, which are made when it is shown for the first time."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.demonstrations import claim_of
from ppo_desktop.views.compare.compare_bar import CompareBar
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.page import Page
from ppo_desktop.views.theme import Theme


class ComparePage(Page):
    """Starts and pauses; players rest while it is hidden."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        bar = CompareBar(comparisons, theme)
        super().__init__("compare", "Compare", bar, "compare_page", comparisons.notices)
        self._bar = bar
        self._comparisons = comparisons
        self._theme = theme
        comparisons.comparison_changed.connect(self.hint_changed)
        comparisons.planning.changed.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there.

        While something else is set up beside a ready-made comparison, its claim, which else stands below.
        """
        shown = self._comparisons.comparison
        if shown is None:
            return "Choose what varies and press Compare, or choose a ready-made comparison."
        if not self._comparisons.is_planned and (claim := claim_of(shown)):
            return claim
        return (
            "Point at a value to light it everywhere and see it play; a double click on its environment or "
            "its row opens a run in Train."
        )

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.compare.compare_panels import ComparePanels

        panels = ComparePanels(self._comparisons, self._theme)
        self.card_focus.changed.connect(panels.curves.redraw)
        laid_out(QVBoxLayout(self), panels, margins=(0, 0, 0, 0))

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
