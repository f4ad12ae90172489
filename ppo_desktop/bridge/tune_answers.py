"""What is asked of a study, and what its trials answer, as far as somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ppo_desktop.bridge.digesting import DigestThread
from ppo_desktop.study.digest import Digester, Question, StudyDigest
from ppo_desktop.study.digest import load as load_evaluators
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

_SEARCHING_MILLISECONDS, _RESTING_MILLISECONDS = 500, 150
"""Shortest time between two questions what the trials say: while some run, more is left to the window."""

Trials = tuple[TrialRecord, ...]


class TuneAnswers(QObject):
    """Asks a `DigestThread`, at most twice a second and while somebody looks; catches up afterwards.

    Args:
        trials: Returns all trials of the study shown, by number.

    Attributes:
        question: What is asked.
        digest: The latest answer; None before the first.
    """

    question_changed = Signal()
    digest_changed = Signal()

    def __init__(self, trials: Callable[[], Trials]) -> None:
        super().__init__()
        self.question = Question()
        self.digest: StudyDigest | None = None
        self._trials = trials
        self._plan: StudyPlan | None = None
        self._has_fixed_contour = False
        self._is_visible = self._is_due = False
        self._thread: DigestThread[StudyPlan, Trials, Question] = DigestThread(Digester, load_evaluators)
        self._thread.digested.connect(self._receive)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask_if_due)

    def begin(self, plan: StudyPlan) -> None:
        """Ask another study; its first two hyperparameters are shown until more is known."""
        self.forget()
        self._plan = plan
        self._thread.begin(plan)
        contour = (plan.fields[0], plan.fields[1]) if len(plan.fields) > 1 else None
        self.question = replace(self.question, contour=contour)

    def forget(self) -> None:
        """Ask none."""
        self._plan = self.digest = None
        self._has_fixed_contour = self._is_due = False
        self.question = replace(self.question, contour=None)

    def choose_evaluator(self, name: str) -> None:
        """Let somebody else judge importance."""
        self._ask(replace(self.question, evaluator=name))

    def choose_contour(self, horizontal: str, vertical: str) -> None:
        """Show the objective over two other hyperparameters."""
        self._has_fixed_contour = True
        self._ask(replace(self.question, contour=(horizontal, vertical)))

    def ask_again(self) -> None:
        """Ask what the trials say by now, at once or as soon as it is time and somebody looks."""
        if self._plan is None:
            return
        if not self._is_visible or self._timer.isActive():
            self._is_due = True
            return
        self._is_due = False
        trials = self._trials()
        self._thread.ask(trials, self.question)
        is_searching = any(trial.state is TrialState.RUNNING for trial in trials)
        self._timer.start(_SEARCHING_MILLISECONDS if is_searching else _RESTING_MILLISECONDS)

    def _follow_importances(self) -> None:
        """Show the two most important hyperparameters once that is known, unless somebody has chosen others.

        Afterwards only who looks chooses others: a figure that changes by itself cannot be read.
        """
        known = None if self.digest is None else self.digest.importances
        if known is None or len(known.ranked) < 2 or self._has_fixed_contour:
            return
        self._has_fixed_contour = True
        contour = (known.ranked[0].field, known.ranked[1].field)
        if contour != self.question.contour:
            self._ask(replace(self.question, contour=contour))

    def set_visible(self, is_visible: bool) -> None:
        """Ask only while somebody looks; what answers is loaded then, before anything moves."""
        self._is_visible = is_visible
        if is_visible:
            self._thread.start()
            self._ask_if_due()

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._thread.close()

    def _ask(self, question: Question) -> None:
        self.question = question
        self.question_changed.emit()
        self._timer.stop()  # who asks something else wants to know it now
        self.ask_again()

    @Slot()
    def _ask_if_due(self) -> None:
        if self._is_due:
            self.ask_again()

    @Slot(object)
    def _receive(self, digest: StudyDigest) -> None:
        if self._plan != digest.plan:
            return
        self.digest = digest
        self.digest_changed.emit()
        self._follow_importances()
        if not digest.is_settled:
            self.ask_again()
