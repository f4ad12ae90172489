"""Redraws one thing at a time, so that none holds up the others, nor the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot


class Turns(QObject):
    """Lets those who have something to redraw do so one after the other.

    Args:
        milliseconds: From one turn to the next; in between, what was redrawn is painted and the window is
            there for the user.
    """

    def __init__(self, milliseconds: int) -> None:
        super().__init__()
        self._waiting: dict[Callable[[], object], None] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._take)

    @property
    def are_going_on(self) -> bool:
        """Whether the time between two turns is running."""
        return self._timer.isActive()

    def ask(self, redraw: Callable[[], object]) -> None:
        """Have `redraw` called when its turn comes: at once, if nobody has had one just before.

        Who waits already keeps its place.
        """
        self._waiting[redraw] = None
        if not self._timer.isActive():
            self._timer.start()
            self._take()

    def stop(self) -> None:
        """Let nobody who waits have a turn."""
        self._waiting.clear()
        self._timer.stop()

    @Slot()
    def _take(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        redraw = next(iter(self._waiting))
        del self._waiting[redraw]
        redraw()
