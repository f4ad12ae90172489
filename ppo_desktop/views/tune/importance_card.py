"""The card with the importance of each hyperparameter, and with what one has to know to believe it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.comparable import comparable_trials
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.study.importance import FEWEST_TRIALS, evaluators
from ppo_desktop.views.controls import explained, set_role
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.choice_combo import ChoiceCombo
from ppo_desktop.views.tune.importance_bars import ImportanceBars

_INTERVALS = "Whiskers: 90 % intervals, by bootstrap over trials."


class ImportanceCard(QFrame):
    """Shows how much each hyperparameter matters, and lets one choose who judges it."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        explained(self, "importance")
        self.setToolTip("")  # it would cover what one looks at
        self._tune = tune
        self.title = explained(QLabel("Hyperparameter importance"), "importance")
        self.title.setProperty("role", "title")
        self.evaluator = ChoiceCombo(evaluators(), "evaluator_combo", "Who judges importance", "evaluator")
        self.evaluator.setProperty("role", "flat")
        self.bars = ImportanceBars(theme)
        self.note = QLabel()
        self.note.setObjectName("importance_note")
        self.note.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._show_question()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(4)
        header.addWidget(self.title)
        header.addStretch(1)
        header.addWidget(self.evaluator)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 6)
        column.setSpacing(2)
        column.addLayout(header)
        column.addWidget(self.bars, 1)
        column.addWidget(self.note)

    def _connect(self) -> None:
        for changed in (self._tune.digest_changed, self._tune.study_changed):
            changed.connect(self._show)
        self._tune.question_changed.connect(self._show_question)
        self.evaluator.chosen.connect(self._tune.choose_evaluator)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the card was hidden."""
        super().showEvent(event)
        self._show()

    @Slot()
    def _show_question(self) -> None:
        self.evaluator.show_choice(self._tune.question.evaluator)

    @Slot()
    def _show(self) -> None:
        if not self.isVisible():
            return
        digest = self._tune.digest
        importances = None if digest is None else digest.importances
        is_there = importances is not None and bool(importances.ranked)
        self.bars.show_importances(importances, "" if is_there else _nothing_yet(digest))
        is_warning = importances is not None and bool(importances.note)
        set_role(self.note, "warning" if is_warning else "muted")
        self.note.setText("" if importances is None else importances.note or _INTERVALS)
        self.note.setVisible(bool(self.note.text()))


def _nothing_yet(digest: StudyDigest | None) -> str:
    """Return why there are no importances."""
    if digest is None:
        return f"Importances need at least {FEWEST_TRIALS} complete trials."
    if digest.importances is not None and digest.importances.note:
        return ""  # the note says it
    n = len(comparable_trials(digest.plan, digest.trials))
    if n >= FEWEST_TRIALS:
        return "Importances are being computed."
    there = f"there {'is' if n == 1 else 'are'} {n}" if n else "there are none yet"
    return f"Importances need at least {FEWEST_TRIALS} complete trials; {there}."
