"""Answers what is asked of a comparison in a thread of its own: resampling would stop the window."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QThread, Signal, Slot

from ppo_desktop.comparison.digest import Digester, Question
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.statistics import load
from ppo_desktop.comparison.summary import Records
from ppo_desktop.ppo.engines.choice import LOADING

logger = logging.getLogger(__name__)


class _Worker(QObject):
    """Lives in the thread."""

    done = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._digester: Digester | None = None

    @Slot(object)
    def begin(self, comparison: Comparison) -> None:
        """Have to do with another comparison from now on."""
        self._digester = Digester(comparison)

    @Slot()
    def prepare(self) -> None:
        """Load what digesting needs, when nobody else is loading."""
        with LOADING:
            load()

    @Slot(object, object)
    def digest(self, records: Records, question: Question) -> None:
        """Answer a question; whatever goes wrong, the next one is answered again."""
        digest = None
        try:
            if self._digester is not None:
                digest = self._digester.digest(records, question)
        except Exception:
            logger.exception("A comparison could not be put together")
        self.done.emit(digest)


class DigestThread(QObject):
    """Takes questions; while one is being answered only the latest of the others waits."""

    digested = Signal(object)

    _begin = Signal(object)
    _digest = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._is_busy = self._is_outdated = False
        self._waiting: tuple[Records, Question] | None = None
        self._worker = _Worker()
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

    def begin(self, comparison: Comparison) -> None:
        """Answer questions about another comparison from now on, and those about the one before no more."""
        self.start()
        self._waiting = None
        self._is_outdated = self._is_busy
        self._begin.emit(comparison)

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
        self._thread.wait()

    @Slot(object)
    def _receive(self, digest: object) -> None:
        is_wanted = digest is not None and not self._is_outdated
        self._is_busy = self._is_outdated = False
        if is_wanted:
            self.digested.emit(digest)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.ask(*waiting)
