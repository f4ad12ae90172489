"""A figure of which one points at parts: by mouse, with a tip for what is under it, or by keyboard."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QPainter, QTextDocumentFragment
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ppo_desktop.views.controls import keeps_moving_key, named
from ppo_desktop.views.theme import Theme

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
"""Places by which arrow keys go on."""


class PointingFigure(QWidget):
    """What such figures share; subclasses say what is pointed at.

    Args:
        theme: Colours and fonts.
        object_name: Its name for tests.
        name: Its name for screen readers.
        explanation: Key of its explanation.
    """

    pointed = Signal(object)
    """What is pointed at, None for nothing."""

    def __init__(self, theme: Theme, object_name: str, name: str, explanation: str) -> None:
        super().__init__()
        named(self, object_name, name, explanation)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme

    @abstractmethod
    def tip_at(self, position: QPointF) -> str:
        """Return what is known of what is at a position, empty where nothing is."""

    @abstractmethod
    def _description(self) -> str:
        """Return what screen readers say: of what the keyboard has reached, else of the whole."""

    def _describe(self) -> None:
        text = self._description()
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _show_pointer(self, is_on_something: bool) -> None:
        """Let the mouse's shape say whether there is something under it."""
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_on_something else Qt.CursorShape.ArrowCursor)

    def _write_note(self, painter: QPainter, font: float, note: str) -> None:
        """Write in the middle why there is nothing; in another colour while the keyboard is here."""
        painter.setFont(self._theme.font(font))
        painter.setPen(self._theme.colour("accent" if self.hasFocus() else "muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(16, 4, -16, -4), flags, note)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing, unless it is a menu of what is pointed at that has opened."""
        super().focusOutEvent(event)
        self._describe()
        self.update()
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.pointed.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def event(self, event: QEvent) -> bool:
        """Say what is known of what is under the mouse; elsewhere what the figure shows, if it says so."""
        if keeps_moving_key(event):
            return True
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)


def in_one_line(tip: str) -> str:
    """Return a tip, which is rich text, as screen readers read it."""
    return QTextDocumentFragment.fromHtml(tip).toPlainText().replace("\n", "; ")
