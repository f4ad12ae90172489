"""A queue of what is to be redrawn, one at a time, so that none holds up the others, nor the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot


class RedrawQueue(QObject):
    """Calls what redraws something, one after the other.

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
