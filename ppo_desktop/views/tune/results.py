"""What a study says: the best trial above, the figures, and all trials below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.overflow import HANDLE, WrappingSplitter
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.best_strip import BestStrip
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.history_card import HistoryCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.parallel_card import ParallelCard
from ppo_desktop.views.tune.results_tabs import ResultsTabs
from ppo_desktop.views.tune.trial_curves_card import TrialCurvesCard
from ppo_desktop.views.tune.trials_card import TrialsCard
from ppo_desktop.views.turns import Turns

TURN_MILLISECONDS = 30
"""Figures and table are redrawn in turn, one of them this often."""


class StudyResults(QWidget):
    """Lays them out.

    Attributes:
        figures: {title: widget} of all that can be exported as a figure.
    """

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._tune = tune
        self._was_checking = False
        self._turns = turns = Turns(TURN_MILLISECONDS)
        self._best = BestStrip(tune)
        self._history, self._curves = HistoryCard(tune, theme, turns), TrialCurvesCard(tune, theme, turns)
        self._importance, self._contour = ImportanceCard(tune, theme), ContourCard(tune, theme, turns)
        self._parallel = _without_frame(ParallelCard(tune, theme, turns))
        self._trials, self._check = TrialsCard(tune, theme, turns), CheckCard(tune, theme)
        self._tabs = ResultsTabs()
        self._fill_tabs()
        tune.check_changed.connect(self._show_check)
        self._lay_out()
        self.figures: dict[str, QWidget] = {
            "Optimisation history": self._history,
            "Learning curves": self._curves,
            "Importance": self._importance,
            "Contour or slice": self._contour,
            "Parallel coordinates": self._parallel,
            "Check on fresh seeds": self._check,
        }

    def _fill_tabs(self) -> None:
        self._tabs.add("Trials", "show_trials_button", "trials_table", self._trials, self._trials.corner)
        key = "parallel_coordinates"
        self._tabs.add("Parallel coordinates", "show_parallel_button", key, self._parallel)
        self._tabs.add("Fresh seeds", "show_fresh_seeds_button", "fresh_seeds", self._check)

    def reveal(self, widget: QWidget) -> None:
        """Show the tab of a figure, if it stands on one."""
        if self._tabs.isAncestorOf(widget):
            self._tabs.show_tab(widget)

    def _show_check(self) -> None:
        """Show what fresh seeds say once they have been asked."""
        if self._tune.is_checking and not self._was_checking:
            self._tabs.show_tab(self._check)
        self._was_checking = self._tune.is_checking

    def _lay_out(self) -> None:
        middle = _splitter(Qt.Orientation.Vertical, self._history, self._curves)
        right = _splitter(Qt.Orientation.Vertical, self._importance, self._contour)
        right.setSizes([400, 600])
        figures = WrappingSplitter({middle: 1, right: 1})
        figures.setSizes([1000, 1000])
        everything = _splitter(Qt.Orientation.Vertical, figures, self._tabs)
        everything.setStretchFactor(0, 5)
        everything.setStretchFactor(1, 2)
        everything.setSizes([540, 220])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(HANDLE)
        column.addWidget(self._best)
        column.addWidget(everything, 1)


def _without_frame(card: ParallelCard) -> ParallelCard:
    """Return a card that stands within another one, whose tab is its title."""
    card.setObjectName("parallel_coordinates")
    card.column.setContentsMargins(0, 0, 0, 0)
    card.title.hide()
    return card


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(HANDLE)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    splitter.setSizes([1000] * len(widgets))
    return splitter
