"""What a study's trials say, as far as the page is visible, and the check of its best on fresh seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ppo_desktop.bridge.digesting import DigestThread
from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.jobs.actor import JobActor, Progress
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.study.check import Check, CheckResult, candidates
from ppo_desktop.study.study_digest import Digester, Question, StudyDigest, load_evaluators
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

_SEARCHING_MILLISECONDS, _RESTING_MILLISECONDS = 500, 150
"""Shortest time between two questions what the trials say: while some run, more is left to the window."""

Trials = tuple[TrialRecord, ...]


class TuneAnswers(QObject):
    """Asks a `DigestThread`, at most twice a second and while the page is visible; catches up afterwards.

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
        self._thread: DigestThread[StudyPlan, Trials, Question] = DigestThread(
            lambda plan: Digester(plan).digest, load_evaluators
        )
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
        """Choose another evaluator of importance."""
        self._ask(replace(self.question, evaluator=name))

    def choose_contour(self, horizontal: str, vertical: str) -> None:
        """Show the objective over two other hyperparameters."""
        self._has_fixed_contour = True
        self._ask(replace(self.question, contour=(horizontal, vertical)))

    def ask_again(self) -> None:
        """Ask what the trials say by now, at once or as soon as it is time and the page is visible."""
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
        """Show the two most important hyperparameters once that is known, unless others were chosen.

        Afterwards only the user chooses others: a figure that changes by itself cannot be read.
        """
        known = None if self.digest is None else self.digest.importances
        if known is None or len(known.ranked) < 2 or self._has_fixed_contour:
            return
        self._has_fixed_contour = True
        contour = (known.ranked[0].field, known.ranked[1].field)
        if contour != self.question.contour:
            self._ask(replace(self.question, contour=contour))

    def set_visible(self, is_visible: bool) -> None:
        """Ask only while the page is visible; what answers is loaded then, before anything moves."""
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
        self._timer.stop()  # another question is answered now
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


CHECK_SECONDS = 0.5
"""Shortest time between two looks at what fresh seeds have said so far."""


class TuneChecking(QObject):
    """One check at a time.

    Attributes:
        result: What has come of it so far; None before anything.
        share: The part that is done, 0…1.
    """

    changed = Signal()
    ended = Signal(object)
    """The result, once all seeds have ended."""
    failed = Signal(str)
    """What went wrong, in one line: seeds that had not ended never will."""

    def __init__(self) -> None:
        super().__init__()
        self.result: CheckResult | None = None
        self.share = 0.0
        self._thread: JobThread[JobActor[Check]] | None = None

    @property
    def is_going_on(self) -> bool:
        """Whether fresh seeds are being tried."""
        return self._thread is not None

    def start(self, plan: StudyPlan, trials: Iterable[TrialRecord], engine: str) -> None:
        """Try the best, the runner-up and the preset on fresh seeds.

        What is known from before stays until one of them has said something.
        """
        check = Check(plan, candidates(plan, trials), engine)
        self.share = 0.0
        self._thread = JobThread("check", JobActor[Check], CHECK_SECONDS)
        self._thread.arrived.connect(partial(self._receive, check))
        self._thread.start()
        self._thread.actor.run(lambda: check)
        self.changed.emit()

    def stop(self) -> None:
        """End it; what has been found out so far stays on the screen."""
        if self._thread is not None:
            self.close()
            self.changed.emit()

    def show(self, result: CheckResult | None) -> None:
        """Show what is known from before; a check that goes on is ended."""
        self.close()
        self.result, self.share = result, 0.0
        self.changed.emit()

    def close(self) -> None:
        """End what goes on, without another word."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()

    def _receive(self, check: Check, news: Progress | Ended) -> None:
        result = check.result
        if self.result is None or any(checked.n_ended for checked in result.checked):
            self.result = result
        if isinstance(news, Progress):
            self.share = news.done / news.total if news.total else 1.0
        else:
            self.close()
            self._announce_end(news, result)
        self.changed.emit()

    def _announce_end(self, ended: Ended, result: CheckResult) -> None:
        if ended.reason is EndReason.FAILED:
            self.failed.emit(ended.message)
        else:
            self.ended.emit(result)
