"""The table of trials with the button that copies it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import push_button
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.seen_frame import SeenFrame
from ppo_desktop.views.tune.trial_table import TrialTable
from ppo_desktop.views.turns import Turns

_EMPTY = "Every trial gets a row here as soon as it begins."


class TrialsCard(SeenFrame):
    """Shows the table, or what will be in it.

    Attributes:
        corner: Stands beside the tabs while the table is shown.
    """

    def __init__(self, tune: TuneSession, theme: Theme, turns: Turns) -> None:
        super().__init__()
        self._tune = tune
        self._turns = turns
        self._pointed: int | None = None
        self.table = TrialTable(tune, theme)
        self.corner = push_button(
            "Copy as CSV",
            "copy_trials_button",
            "copy_csv",
            accessible_name="Copy the table as CSV",
            role="flat",
        )
        self.corner.clicked.connect(self.table.copy_as_csv)
        self._empty = QLabel(_EMPTY)
        self._empty.setProperty("role", "muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._empty)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        tune.digest_changed.connect(self._show_soon)
        tune.study_changed.connect(self._show_now)
        tune.highlight_changed.connect(self._go_to_highlight)
        self.table.pointed.connect(self._point_at)

    @Slot()
    def _show_soon(self) -> None:
        """Show what the study says in a turn soon."""
        self._turns.ask(self._show_now)

    def _show(self) -> None:
        digest = self._tune.digest
        is_empty = digest is None or not digest.trials
        self._empty.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self.corner.setEnabled(not is_empty)
        self.table.show_digest(None if is_empty else digest)
        self._show_highlight()

    @Slot(object)
    def _point_at(self, number: int | None) -> None:
        """Point at a trial whose row is in sight already."""
        self._pointed = number
        self._tune.highlight(number)

    @Slot()
    def _go_to_highlight(self) -> None:
        """Show which trial is pointed at; if that is elsewhere, its row comes into sight."""
        self._show_highlight()
        if self.isVisible() and self._tune.highlighted != self._pointed:
            self.table.show_row_of(self._tune.highlighted)

    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._tune.highlighted)
