"""A note below a figure: whole where there is room, else one line with … and the rest as its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class ShortenedNote(QLabel):
    """Takes no room while it is empty.

    Args:
        object_name: Its name for tests.
        role: How the style sheet draws it: "warning", "muted".

    Attributes:
        note: All of it.
    """

    def __init__(self, object_name: str, role: str) -> None:
        super().__init__()
        self.note = ""
        self._is_short = False
        self.setObjectName(object_name)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setWordWrap(True)

    def say(self, note: str) -> None:
        """Say something; nothing if it is empty."""
        self.note = note
        self.setVisible(bool(note))
        self._write()

    def shorten(self, is_short: bool) -> None:
        """Keep to one line, or not."""
        if is_short != self._is_short:
            self._is_short = is_short
            self.setWordWrap(not is_short)
            self._write()

    def whole_height(self, width: int) -> int:
        """Return the height that all of it needs in a width, pixels."""
        if not self.note:
            return 0
        flags = Qt.TextFlag.TextWordWrap
        return self.fontMetrics().boundingRect(0, 0, width, 10_000, flags, self.note).height()

    def minimumSizeHint(self) -> QSize:
        """Leave the width free."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        shown = self.note
        if self._is_short:
            shown = self.fontMetrics().elidedText(self.note, Qt.TextElideMode.ElideRight, self.width())
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self.note if shown != self.note else "")
        self.setAccessibleDescription(self.note)
