"""The card with the effect curve: the chosen result of every value, and what can be said of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.effect_geometry import Target
from ppo_desktop.views.compare.effect_header import EffectHeader
from ppo_desktop.views.compare.effect_plot import EffectPlot
from ppo_desktop.views.compare.statement_list import StatementList
from ppo_desktop.views.compare.variant_menu import open_first_seed, show_variant_menu
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme

_WIDE = 70
"""Width in base font sizes from which words may stand beside the plot…"""
_FLAT = 1.7
"""…if the card is so many times as wide as high."""
_MOST_OF_HEIGHT = 0.4
"""The part of the card that words below the plot may take."""


class EffectCard(QFrame):
    """Shows the answer to the question that is asked of the comparison."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        explained(self, "effect")
        self.setToolTip("")  # it would cover what one looks at
        self._comparisons = comparisons
        self._theme = theme
        self.header = EffectHeader(comparisons)
        explained(self.header.title, "effect")
        self.plot = EffectPlot(theme)
        self.words = StatementList(theme)
        self._words_height = 0
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(4)
        self._body.addWidget(self.plot, 3)
        self._body.addWidget(self.words, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 8)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addLayout(self._body, 1)

    def _connect(self) -> None:
        comparisons = self._comparisons
        comparisons.digest_changed.connect(self._show)
        comparisons.comparison_changed.connect(self._show_another)
        comparisons.highlight_changed.connect(self._show_highlight)
        self._theme.changed.connect(self._arrange_anew)
        for part in (self.plot, self.words):
            part.pointed.connect(comparisons.highlight)
        self.plot.seed_opened.connect(comparisons.open_in_train)
        self.plot.variant_opened.connect(partial(open_first_seed, comparisons))
        self.plot.menu_asked.connect(self._show_menu)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the card was hidden."""
        super().showEvent(event)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the words stand beside the plot where the card is wide and flat."""
        super().resizeEvent(event)
        self._arrange_anew()

    @Slot()
    def _show_another(self) -> None:
        self._words_height = 0
        self._show()

    @Slot()
    def _show(self) -> None:
        if not self.isVisible():
            return
        self.plot.show_digest(self._comparisons.digest)
        self.words.show_digest(self._comparisons.digest)
        self.words.setVisible(self._comparisons.digest is not None)
        self.plot.set_summary(self.words.verdict.text())
        self._show_highlight()
        self._arrange()

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.plot.set_highlighted(self._comparisons.highlighted)
            self.words.set_highlighted(self._comparisons.highlighted)

    @Slot()
    def _arrange_anew(self) -> None:
        self._words_height = 0
        self._arrange()

    def _arrange(self) -> None:
        """Give the words their place; below the plot they only grow, so that it does not jump."""
        is_wide = self.width() > max(_WIDE * self._theme.base_size, _FLAT * self.height())
        if is_wide:
            self._body.setDirection(QBoxLayout.Direction.LeftToRight)
            self.words.setMinimumHeight(0)
            self.words.setMaximumHeight(10_000)
            return
        self._body.setDirection(QBoxLayout.Direction.TopToBottom)
        width = self.width() - 20
        most = max(round(_MOST_OF_HEIGHT * self.height()), self.words.least_height(width))
        self._words_height = max(self._words_height, min(self.words.height_needed(width), most))
        self.words.setFixedHeight(self._words_height)

    @Slot(object, QPoint)
    def _show_menu(self, target: Target, place: QPoint) -> None:
        show_variant_menu(self._comparisons, target.variant, target.seed, self, place)
