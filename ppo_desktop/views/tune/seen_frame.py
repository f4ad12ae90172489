"""A part of the Tune page that shows something only while it is seen."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame


class SeenFrame(QFrame):
    """While it is hidden nothing is drawn; it catches up when it is shown."""

    @abstractmethod
    def _show(self) -> None:
        """Show what there is now."""

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while it was hidden."""
        super().showEvent(event)
        self._show_now()

    @Slot()
    def _show_now(self) -> None:
        if self.isVisible():
            self._show()
