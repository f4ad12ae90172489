"""Answers what is asked of records in a thread of its own: resampling would stop the window."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot

from ppo_desktop.bridge.threads import join_thread
from ppo_desktop.ppo.engines.choice import LOADING

Subject = TypeVar("Subject")
Records = TypeVar("Records")
Question = TypeVar("Question")
logger = logging.getLogger(__name__)


class _Worker(QObject):
    """Lives in the thread."""

    done = Signal(object)

    def __init__(
        self, create: Callable[[Any], Callable[[Any, Any], object]], load: Callable[[], None]
    ) -> None:
        super().__init__()
        self._create = create
        self._load = load
        self._answer: Callable[[Any, Any], object] | None = None

    @Slot(object)
    def begin(self, subject: object) -> None:
        """Have to do with another subject from now on."""
        self._answer = self._create(subject)

    @Slot()
    def prepare(self) -> None:
        """Load what digesting needs, when no other thread is loading."""
        with LOADING:
            self._load()

    @Slot(object, object)
    def digest(self, records: object, question: object) -> None:
        """Answer a question; whatever goes wrong, the next one is answered again."""
        digest = None
        try:
            if self._answer is not None:
                digest = self._answer(records, question)
        except Exception:
            logger.exception("Records could not be put together")
        self.done.emit(digest)


class DigestThread(QObject, Generic[Subject, Records, Question]):
    """Takes questions; while one is being answered only the latest of the others waits.

    Args:
        create: Returns what answers questions about a comparison or a study; called in the thread.
        load: Imports what answering always needs; called in the thread, before anything else.
    """

    digested = Signal(object)

    _begin = Signal(object)
    _digest = Signal(object, object)

    def __init__(
        self,
        create: Callable[[Subject], Callable[[Records, Question], object]],
        load: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._is_busy = self._is_outdated = False
        self._waiting: tuple[Records, Question] | None = None
        self._worker = _Worker(create, load)
        self._thread = QThread()
        self._thread.setObjectName("digest")
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.prepare)
        self._begin.connect(self._worker.begin)
        self._digest.connect(self._worker.digest)
        self._worker.done.connect(self._receive)

    def start(self) -> None:
        """Begin to load what is needed; better before anything moves than in the middle."""
        self._thread.start()

    def begin(self, subject: Subject) -> None:
        """Answer questions about another subject from now on, and those about the one before no more."""
        self.start()
        self._waiting = None
        self._is_outdated = self._is_busy
        self._begin.emit(subject)

    def ask(self, records: Records, question: Question) -> None:
        """Ask what `records` say."""
        if self._is_busy:
            self._waiting = (records, question)
            return
        self._is_busy = True
        self._digest.emit(records, question)

    def close(self) -> None:
        """End the thread."""
        self._thread.quit()
        join_thread(self._thread, self._worker)

    @Slot(object)
    def _receive(self, digest: object) -> None:
        is_wanted = digest is not None and not self._is_outdated
        self._is_busy = self._is_outdated = False
        if is_wanted:
            self.digested.emit(digest)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.ask(*waiting)
