"""The card with the table of a comparison: every result of every variant, sortable, to be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.views.compare.result_table import ResultTable
from ppo_desktop.views.controls import explained, named
from ppo_desktop.views.theme import Theme

_EMPTY = "Every value gets a row here as the runs learn."


class ComparisonTable(QFrame):
    """Title, the button that copies, and the table."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self._comparisons = comparisons
        self.table = ResultTable(comparisons, theme)
        self.copy_button = named(
            QPushButton("Copy as CSV"), "copy_results_button", "Copy the table as CSV", "copy_csv"
        )
        self.copy_button.setProperty("role", "flat")
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._empty = QLabel(_EMPTY)
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        title = explained(QLabel("Results"), "comparison_table")
        title.setProperty("role", "title")
        header = QHBoxLayout()
        header.addWidget(title)
        header.addStretch(1)
        header.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 8)
        column.setSpacing(2)
        column.addLayout(header)
        column.addWidget(self._empty, 1)
        column.addWidget(self.table, 1)
        column.addStretch(0)

    def _connect(self) -> None:
        comparisons = self._comparisons
        comparisons.digest_changed.connect(self._show)
        comparisons.comparison_changed.connect(self._show)
        comparisons.highlight_changed.connect(self._show_highlight)
        self.table.pointed.connect(comparisons.highlight)
        self.copy_button.clicked.connect(self.table.copy_as_csv)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the card was hidden."""
        super().showEvent(event)
        self._show()

    @Slot()
    def _show(self) -> None:
        digest = self._comparisons.digest
        is_empty = digest is None or not digest.estimates
        self._empty.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self.copy_button.setEnabled(not is_empty)
        if self.isVisible():
            self.table.show_digest(digest)
            self._show_highlight()

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._comparisons.highlighted)
