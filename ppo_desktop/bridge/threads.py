"""Qt's threads, whose work has timers, as far as foreign code may hold them: nothing waits long for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from ppo_desktop.runs import abandoned
from ppo_desktop.runs.abandoned import abandon

ASKING_SECONDS = 1.0
"""Time between two questions whether a thread still answers."""

P = ParamSpec("P")


class ThreadWorker(QObject):
    """Lives in a thread, and obeys orders in between what its timers have it do."""

    said = Signal(object)
    """News for the window."""
    answered = Signal()

    def enter(self) -> None:
        """Come to the thread, before anything is ordered."""

    @Slot(object)
    def obey(self, order: Callable[[], object]) -> None:
        """Do what is ordered."""
        order()

    def shut_down(self) -> None:
        """End the thread."""
        QThread.currentThread().quit()


WorkerT = TypeVar("WorkerT", bound=ThreadWorker)


class WorkerThread(QObject, Generic[WorkerT]):
    """Owns a thread and the worker in it; notices when the thread does not answer.

    Attributes:
        silent_seconds: For how long it has not answered.
    """

    arrived = Signal(object)
    """What the worker has said, in the window's thread."""
    silence_changed = Signal()
    """The thread does not answer, for another second; or it does again."""
    _ordered = Signal(object)

    def __init__(self, name: str, worker: WorkerT) -> None:
        super().__init__()
        self.worker = worker
        self.silent_seconds = 0.0
        self._is_waiting = False
        self._thread = QThread()
        self._thread.setObjectName(name)
        worker.moveToThread(self._thread)
        worker.said.connect(self.arrived)
        worker.answered.connect(self._hear)
        self._ordered.connect(worker.obey)
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 * ASKING_SECONDS))
        self._timer.timeout.connect(self._ask)

    def start(self) -> None:
        """Let the thread begin, unless it has, or was to end: then it could not be told to once more."""
        if self not in _running and not self.signalsBlocked():
            _running.add(self)
            self._thread.start()
            self._timer.start()
            self._ordered.emit(self.worker.enter)

    def order(
        self, method: Callable[Concatenate[WorkerT, P], Any], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have the worker do something as soon as the thread comes to it."""
        self._ordered.emit(partial(method, self.worker, *args, **kwargs))

    def close(self) -> None:
        """End the thread and wait for that, but only a moment; does nothing the second time."""
        has_begun = self in _running
        self._leave()
        if has_begun and not self._thread.wait(round(1000 * abandoned.MOMENT)):
            abandon(self, self._thread.objectName())

    def give_up(self) -> None:
        """Leave the thread to itself: it ends when what holds it lets go, if ever."""
        self._leave()
        abandon(self, self._thread.objectName())

    def _leave(self) -> None:
        """Ask the thread to end, and hear nothing any more."""
        self._ordered.emit(self.worker.shut_down)
        self._timer.stop()
        self.blockSignals(True)
        _running.discard(self)

    @Slot()
    def _ask(self) -> None:
        """Count rounds of the window's own loop, not time: that may have stood still itself."""
        if self._is_waiting:
            self.silent_seconds += ASKING_SECONDS
            self.silence_changed.emit()
        else:
            self._is_waiting = True
            self._ordered.emit(self.worker.answered.emit)

    @Slot()
    def _hear(self) -> None:
        self._is_waiting = False
        if self.silent_seconds:
            self.silent_seconds = 0.0
            self.silence_changed.emit()


_running: set[WorkerThread[Any]] = set()
"""A running thread is never destroyed."""
