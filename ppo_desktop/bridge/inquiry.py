"""What is asked of a comparison or a study, and what it says, found out while somebody sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.jobs.actor import JobActor
from ppo_desktop.jobs.outbox import Outbox
from ppo_desktop.ppo.engines.choice import LOADING

_RESTING_SECONDS = 0.15
"""Shortest time between two questions while nothing learns."""

SubjectT = TypeVar("SubjectT")
RecordsT = TypeVar("RecordsT")
QuestionT = TypeVar("QuestionT")
DigestT = TypeVar("DigestT")


class _Answerer(JobActor[Any]):
    """Lives in the thread, and answers the latest question; whatever goes wrong, the next one, too."""

    def __init__(self, outbox: Outbox, create: Callable[[Any], Callable[[Any, Any], object]]) -> None:
        super().__init__(outbox)
        self._create = create
        self._asked: tuple[int, object, object, object] | None = None
        self._subject_number = 0
        self._answered: object = None
        self._answer: Callable[[Any, Any], object]

    def load(self, load: Callable[[], None]) -> None:
        """Load what answering needs, when no other thread is loading."""
        with LOADING:
            load()

    def ask(self, subject_number: int, subject: object, records: object, question: object) -> None:
        """Have a question answered unless a later one comes before that has begun; from any thread."""
        self._asked = (subject_number, subject, records, question)
        self.post(self._answer_latest)

    def _answer_latest(self) -> None:
        asked = self._asked
        if asked is None or asked is self._answered:
            return
        self._answered = asked
        subject_number, subject, records, question = asked
        if subject_number != self._subject_number:
            self._answer, self._subject_number = self._create(subject), subject_number
        self._outbox.post((subject_number, self._answer(records, question)))


class Inquiry(QObject, Generic[SubjectT, RecordsT, QuestionT, DigestT]):
    """Asks a thread of its own, not too often and only while it is seen; catches up afterwards.

    Args:
        question: What is asked first.
        records: Returns what is known by now of what is asked about.
        create: Returns what answers questions about a subject; called in the thread.
        load: Imports what answering always needs; called in the thread, before anything else.
        seconds: Shortest time between two questions while there is learning: much is left to the window.

    Attributes:
        question: What is asked.
        digest: The latest answer; None before the first.
    """

    question_changed = Signal()
    digest_changed = Signal()

    def __init__(
        self,
        question: QuestionT,
        records: Callable[[], RecordsT],
        create: Callable[[SubjectT], Callable[[RecordsT, QuestionT], DigestT]],
        load: Callable[[], None],
        seconds: float,
    ) -> None:
        super().__init__()
        self.question = question
        self.digest: DigestT | None = None
        self._is_learning = False
        self._records = records
        self._seconds = seconds
        self._subject: SubjectT | None = None
        self._subject_number = 0
        self._is_visible = self._is_due = False
        self._thread = JobThread("digest", lambda outbox: _Answerer(outbox, create), 0.0)
        self._thread.arrived.connect(self._receive)
        self._thread.actor.post(partial(self._thread.actor.load, load))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask_if_due)

    def begin(self, subject: SubjectT) -> None:
        """Ask about another subject from now on; what was asked about the one before is dropped."""
        self._subject = subject
        self._subject_number += 1

    def forget(self) -> None:
        """Ask about none."""
        self._subject = self.digest = None
        self._subject_number += 1
        self._is_due = False

    def ask(self, question: QuestionT) -> None:
        """Ask something else, at once."""
        self.question = question
        self.question_changed.emit()
        self._timer.stop()
        self.ask_again()

    def ask_again(self) -> None:
        """Ask what the records say by now: at once, or as soon as it is time and seen."""
        if self._subject is None:
            return
        if not self._is_visible or self._timer.isActive():
            self._is_due = True
            return
        self._is_due = False
        self._thread.actor.ask(self._subject_number, self._subject, self._records(), self.question)
        self._timer.start(round(1000 * (self._seconds if self._is_learning else _RESTING_SECONDS)))

    def set_visible(self, is_visible: bool) -> None:
        """Ask only while it is seen; what answers is loaded then, before anything moves."""
        self._is_visible = is_visible
        if is_visible:
            self._thread.start()
            self._ask_if_due()

    def set_learning(self, is_learning: bool) -> None:
        """Leave much to the window while there is learning; ask at once when that has changed."""
        self._is_learning = is_learning
        self._timer.stop()
        self._ask_if_due()

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._thread.close()

    @Slot()
    def _ask_if_due(self) -> None:
        if self._is_due:
            self.ask_again()

    @Slot(object)
    def _receive(self, news: tuple[int, DigestT]) -> None:
        subject_number, digest = news
        if subject_number == self._subject_number:
            self._show(digest)

    def _show(self, digest: DigestT) -> None:
        self.digest = digest
        self.digest_changed.emit()
