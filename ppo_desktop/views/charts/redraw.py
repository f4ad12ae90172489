"""When something is redrawn: in turn with others, not too often, and never while nobody sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_TURN_MILLISECONDS = 8
"""From one figure to the next, on whatever page: each takes some milliseconds, all at once a window would
stutter by."""


class RedrawQueue(QObject):
    """Calls what redraws something, one after the other, so that none holds up the others, nor the window.

    Args:
        milliseconds: From one call to the next; in between, what was redrawn is painted and the window is
            there for the user.
    """

    def __init__(self, milliseconds: int) -> None:
        super().__init__()
        self._waiting: dict[Callable[[], object], None] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._call_next)

    @property
    def is_busy(self) -> bool:
        """Whether the time between two calls is running."""
        return self._timer.isActive()

    def request(self, redraw: Callable[[], object]) -> None:
        """Call `redraw` when its turn comes, at once if nothing was called just before.

        What waits already keeps its place.
        """
        self._waiting[redraw] = None
        if not self.is_busy:
            self._timer.start()
            self._call_next()

    def clear(self) -> None:
        """Call nothing of what waits."""
        self._waiting.clear()
        self._timer.stop()

    @Slot()
    def _call_next(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        redraw = next(iter(self._waiting))
        del self._waiting[redraw]
        redraw()


@cache
def turns() -> RedrawQueue:
    """Return the queue in which everything that is to be redrawn waits for its turn."""
    queue = RedrawQueue(_TURN_MILLISECONDS)
    queue.setParent(QApplication.instance())
    return queue


class Redraw(QObject):
    """Keeps a widget up to date: nothing is drawn while it is hidden, it catches up when it is shown.

    Args:
        widget: What is redrawn.
        redraw: Redraws it.
        pause: Least milliseconds from one redraw to the next that is asked for; the eye sees no more.
    """

    def __init__(
        self,
        widget: QWidget,
        redraw: Callable[[], object],
        pause: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(widget)
        self._widget, self._redraw, self._pause = widget, redraw, pause
        self._is_late = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._catch_up)
        widget.installEventFilter(self)

    @Slot()
    def now(self) -> None:
        """Redraw at once, if it is seen."""
        self._is_late = False
        if isValid(self) and self._widget.isVisible():  # whose turn comes may be gone by then
            self._redraw()
            if pause := self._pause():
                self._timer.start(pause)

    @Slot()
    def request(self) -> None:
        """Redraw when its turn comes, which is soon, after the pause since the last time."""
        if self._timer.isActive():
            self._is_late = True
        else:
            turns().request(self.now)

    @Slot()
    def _catch_up(self) -> None:
        if self._is_late:
            self.request()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Catch up with what happened while it was hidden."""
        if event.type() is QEvent.Type.Show:
            try:
                self.now()
            except Exception:  # which would end the program if it passed through Qt from here
                sys.excepthook(*sys.exc_info())
        return False
