"""The card with the table of trials: a row for each, thousands if need be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.trial_csv import trials_csv
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, laid_out, named
from ppo_desktop.views.kit.table import Table, TablePlace
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_columns import trial_columns

_EMPTY = "Every trial gets a row here as soon as it begins."


class TrialsCard(Card):
    """Shows the table, or what will be in it; pointing at a row points at the trial everywhere.

    Attributes:
        corner: Stands beside the tabs while the table is shown.
    """

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("trials")  # it stands within another card
        self._tune = tune
        self._pointed: int | None = None
        self.table = named(Table(theme, self._csv), "trial_table", "All trials", "trials_table")
        self.table.setToolTip("")  # it would cover the rows
        self._place = TablePlace(self.table, _EMPTY, "copy_trials_button")
        self.corner = self._place.copy_button
        laid_out(QVBoxLayout(self), self._place, margins=(0, 0, 0, 0))
        redraw = Redraw(self, self._show)
        tune.digest_changed.connect(redraw.request)
        tune.study_changed.connect(redraw.now)
        tune.highlight_changed.connect(self._go_to_highlight)
        self.table.pointed.connect(self._point_at)
        self.table.opened.connect(self._open)
        self.table.menu_asked.connect(self.show_menu)

    def _show(self) -> None:
        digest = self._tune.digest
        self._place.show_whether_there_is_any(digest is not None and bool(digest.trials))
        if digest is None or not digest.trials:
            self.table.show_columns([], [])
            return
        best = None if digest.best is None else digest.best.number
        retried = {trial.retry_of: trial.number for trial in digest.trials if trial.retry_of is not None}
        self.table.show_columns(
            trial_columns(digest, retried),
            [trial.number for trial in digest.trials],
            says=[(trial, trial.number == best, retried.get(trial.number)) for trial in digest.trials],
            bold=best,
        )
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
            self.table.scroll_to(self._tune.highlighted)

    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._tune.highlighted)

    # ---- what can be done with a trial ---------------------------------------------------------------

    def show_menu(self, number: int, place: QPoint) -> None:
        """Offer to open a trial in Train, at a place on the screen."""
        menu = QMenu(self.table)
        menu.setObjectName("trial_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opened = menu.addAction(f"Open trial {number} in Train", partial(self._open, number))
        opened.setEnabled(self._has_values(number))
        menu.popup(place)

    @Slot(int)
    def _open(self, number: int) -> None:
        if self._has_values(number):
            self._tune.use_in_train(number)

    def _has_values(self, number: int) -> bool:
        return any(trial.number == number and trial.values for trial in self._tune.trials)

    def _csv(self, order: Sequence[int]) -> str:
        digest = self._tune.digest
        assert digest is not None
        return trials_csv(digest.plan, [digest.trials[row] for row in order])
