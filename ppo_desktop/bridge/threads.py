"""Qt's threads as far as foreign code may hold them: they are waited for no longer than a moment."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from ppo_desktop.runs import abandoned
from ppo_desktop.runs.abandoned import abandon

ASKING_SECONDS = 1.0
"""Time between two questions whether a thread still answers."""


def join_thread(thread: QThread, *lives_in_it: object) -> bool:
    """Wait for a thread that was asked to end; abandon it, with what lives in it, if it does not.

    Returns:
        Whether it has ended.
    """
    if thread.wait(round(1000 * abandoned.MOMENT)):
        return True
    abandon((thread, *lives_in_it), thread.objectName())
    return False


class _Answering(QObject):
    """Lives in the watched thread."""

    answered = Signal()

    @Slot()
    def answer(self) -> None:
        """Answer as soon as the thread comes to it."""
        self.answered.emit()


class Watchdog(QObject):
    """Asks a thread now and then whether it answers.

    Args:
        thread: The thread, whose work is slots.

    Attributes:
        seconds: For how long it has not answered.
    """

    changed = Signal()
    """It does not answer, for another second; or it does again."""
    _asked = Signal()

    def __init__(self, thread: QThread) -> None:
        super().__init__()
        self.seconds = 0.0
        self._is_waiting = False
        self._thread = thread
        self._answering = _Answering()
        self._answering.moveToThread(thread)
        self._asked.connect(self._answering.answer)
        self._answering.answered.connect(self._hear)
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 * ASKING_SECONDS))
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    def stop(self) -> None:
        """Ask no more, and hear nothing."""
        self._timer.stop()
        self.blockSignals(True)

    @Slot()
    def _ask(self) -> None:
        """Count rounds of the window's own loop, not time: that may have stood still itself."""
        if not self._thread.isRunning():
            return
        if self._is_waiting:
            self.seconds += ASKING_SECONDS
            self.changed.emit()
        else:
            self._is_waiting = True
            self._asked.emit()

    @Slot()
    def _hear(self) -> None:
        self._is_waiting = False
        if self.seconds:
            self.seconds = 0.0
            self.changed.emit()
