"""The labels of the status bars: they keep their room, or give it up and end with dots."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from ppo_desktop.views.controls import named


class ElidedLabel(QLabel):
    """Takes the room that is left, and ends its text with … where that is not enough.

    Args:
        alignment: At which side the text stands.
    """

    def __init__(self, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> None:
        super().__init__()
        self.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment(), text)


def roomy_label(
    object_name: str, accessible_name: str, explanation: str, widest: str, *, bold: bool = False
) -> QLabel:
    """Return a label that keeps room for its widest text, so that nothing jumps as numbers grow."""
    label = named(QLabel(), object_name, accessible_name, explanation)
    label.setProperty("role", "title" if bold else "muted")
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) * 9 // 10)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return label


def set_text(label: QLabel, text: str) -> None:
    """Show a text, and say it to screen readers."""
    if label.text() != text:
        label.setText(text)
        label.setAccessibleDescription(text)


def set_role(widget: QLabel, role: str) -> None:
    """Let the style sheet draw a label in another role."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().polish(widget)
