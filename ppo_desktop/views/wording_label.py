"""A muted remark that is shortened where there is little room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class WordingLabel(QLabel):
    """Shows the first of several wordings that fits, at the right; nothing if none does."""

    def __init__(self) -> None:
        super().__init__()
        self._wordings: tuple[str, ...] = ()
        self.setProperty("role", "muted")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_wordings(self, wordings: Sequence[str]) -> None:
        """Say something, from its full wording to its shortest."""
        if self._wordings != (wordings := tuple(wordings)):
            self._wordings = wordings
            self._choose()

    def minimumSizeHint(self) -> QSize:
        """Leave the layout free."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Leave the layout free."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        fitting = (text for text in self._wordings if metrics.horizontalAdvance(text) <= room)
        text = next(fitting, "")
        if text != self.text():
            self.setText(text)
