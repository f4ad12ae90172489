"""What a study says: the best trial above, the figures, and all trials below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.best_strip import BestStrip
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.history_card import HistoryCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.results_tabs import ResultsTabs
from ppo_desktop.views.tune.trial_curves_card import TrialCurvesCard
from ppo_desktop.views.tune.trials_card import TrialsCard

_HANDLE = 8


class StudyResults(QWidget):
    """Lays them out.

    Attributes:
        figures: {title: widget} of all that can be exported as a figure.
    """

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._best = BestStrip(tune)
        self._history, self._curves = HistoryCard(tune, theme), TrialCurvesCard(tune, theme)
        self._importance = ImportanceCard(tune, theme)
        self._trials, self._check = TrialsCard(tune, theme), CheckCard(tune, theme)
        self._tabs = ResultsTabs()
        self._fill_tabs()
        self._best.check_asked.connect(lambda: self._tabs.show_tab(self._check))
        self._lay_out()
        self.figures: dict[str, QWidget] = {
            "Optimisation history": self._history,
            "Learning curves": self._curves,
            "Importance": self._importance,
            "Check on fresh seeds": self._check,
        }

    def _fill_tabs(self) -> None:
        self._tabs.add("Trials", "trials_tab", "trials_table", self._trials, self._trials.corner)
        self._tabs.add("Fresh seeds", "fresh_seeds_tab", "fresh_seeds", self._check)

    def _lay_out(self) -> None:
        middle = _splitter(Qt.Orientation.Vertical, self._history, self._curves)
        right = _splitter(Qt.Orientation.Vertical, self._importance)
        figures = _splitter(Qt.Orientation.Horizontal, middle, right)
        everything = _splitter(Qt.Orientation.Vertical, figures, self._tabs)
        everything.setStretchFactor(0, 5)
        everything.setStretchFactor(1, 2)
        everything.setSizes([540, 220])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_HANDLE)
        column.addWidget(self._best)
        column.addWidget(everything, 1)


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(_HANDLE)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    splitter.setSizes([1000] * len(widgets))
    return splitter
