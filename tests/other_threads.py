"""What goes on in other threads, asked of themselves: they answer after all that they were told before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.threads import WorkerThread

Found = TypeVar("Found")


class _Answer(QObject):
    """Comes to the window's thread as news do, and so after those that were on their way."""

    given = Signal(object)
    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.given.connect(self.hear)

    @Slot(object)
    def hear(self, found: object) -> None:
        self.arrived.emit(found)


def in_thread(qtbot: QtBot, thread: WorkerThread[Any], look: Callable[[], Found]) -> Found:
    """Return what is found in a thread, when all that was said there before has arrived."""
    answer = _Answer()
    with qtbot.waitSignal(answer.arrived) as arrived:
        thread.order(lambda _worker: answer.given.emit(look()))
    assert arrived.args is not None
    found: Found = arrived.args[0]
    return found


def wait_until_at_rest(qtbot: QtBot, session: Session) -> None:
    """Wait until the learner has done all it was told, has told all of that, and has nothing more to do.

    What waits for a moment on its way is told only when that is shown.
    """
    worker = session._learner.worker

    def rests() -> bool:
        return not worker._timer.isActive() and worker._acknowledged

    def awaits_nothing() -> bool:
        return not session._awaits_kept and session._when_shown is None

    qtbot.waitUntil(lambda: awaits_nothing() and in_thread(qtbot, session._learner, rests))


def run_at_rest(qtbot: QtBot, session: Session) -> Any:
    """Return the run itself, which may be looked into and spoilt from here: nothing goes on with it."""
    wait_until_at_rest(qtbot, session)
    return session._learner.worker._run


def let_orders_be_obeyed(thread: JobThread[Any]) -> None:
    """Let an actor come to the end of what it has been ordered so far, and let its news arrive."""
    obeyed = threading.Event()
    thread.actor.post(obeyed.set)
    assert obeyed.wait(60)
    QCoreApplication.processEvents()
