"""What a learner does, asked of its own thread, which answers after all that it was told before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.worker import Worker

Found = TypeVar("Found")


class _Look(QObject):
    """Lives in the learner's thread."""

    taken = Signal(object)

    def __init__(self, worker: Worker, look: Callable[[Worker], object]) -> None:
        super().__init__()
        self._worker, self._look = worker, look
        self.moveToThread(worker.thread())

    @Slot()
    def take(self) -> None:
        self.taken.emit(self._look(self._worker))


class _Question(QObject):
    """Lives in the window's thread."""

    asked = Signal()
    answered = Signal(object)

    def __init__(self, look: _Look) -> None:
        super().__init__()
        self.asked.connect(look.take)
        look.taken.connect(self.hear)

    @Slot(object)
    def hear(self, found: object) -> None:
        self.answered.emit(found)


def in_learner(qtbot: QtBot, session: Session, look: Callable[[Worker], Found]) -> Found:
    """Return what is found in the learner's thread, when all that it said before has arrived."""
    worker_side = _Look(session._learner.worker, look)
    question = _Question(worker_side)
    with qtbot.waitSignal(question.answered) as answer:
        question.asked.emit()
    assert answer.args is not None
    found: Found = answer.args[0]
    return found


def wait_until_at_rest(qtbot: QtBot, session: Session) -> None:
    """Wait until the learner has done all it was told, has told all of that, and has nothing more to do."""
    qtbot.waitUntil(lambda: in_learner(qtbot, session, _is_at_rest))


def run_at_rest(qtbot: QtBot, session: Session) -> Any:
    """Return the run itself, which may be looked into and spoilt from here: nothing goes on with it."""
    wait_until_at_rest(qtbot, session)
    return session._learner.worker._run


def _is_at_rest(worker: Worker) -> bool:
    return not worker._timer.isActive() and worker._acknowledged
