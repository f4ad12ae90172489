"""The one line that speaks to the user: what was refused, what went wrong, else a hint."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.views.controls import named, set_role


class MessageLine(QWidget):
    """Always there, so that nothing jumps when a message comes; long ones are cut, whole in the tooltip."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._hint = ""
        self._text = ""
        self._label = QLabel()
        named(self._label, "message_label", "Message", "message")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 14, 4)
        layout.addWidget(self._label)
        session.message_changed.connect(self._show)
        self._show()

    def set_hint(self, hint: str) -> None:
        """Say `hint` whenever there is no message."""
        self._hint = hint
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _show(self) -> None:
        message = self._session.message
        self._text = message.text or self._hint
        role = "warning" if message.is_warning else "muted"
        set_role(self._label, role)
        self._label.setToolTip(self._text)
        self._label.setAccessibleDescription(self._text)
        self._fit()

    def _fit(self) -> None:
        room = max(50, self.width() - 30)
        metrics = QFontMetrics(self._label.font())
        self._label.setText(metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room))
