"""Beside the window: the state of Train as a QR code, as large as there is room, and as a line."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.share import BREAK
from ppo_desktop.views.controls import laid_out, named, push_button

_QUIET = 4
"""Modules around a code that stay white, as its standard wants."""
_LEAST_SIDE = 160
_SHARE_OF_SCREEN = 0.85


class QrCode(QWidget):
    """Paints a text as a QR code, black on white whatever the theme, in whole pixels a module."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "qr_code", "QR code", "share")
        self.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._modules: list[list[bool]] = []

    def show_text(self, text: str) -> None:
        """Paint another text."""
        code = segno.make(text, micro=False, error="m", boost_error=False)
        self._modules = [[bool(module) for module in row] for row in code.matrix]
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        across = len(self._modules) + 2 * _QUIET
        side = max(1, min(self.width(), self.height()) // across)
        left, top = (self.width() - side * across) // 2, (self.height() - side * across) // 2
        painter = QPainter(self)
        painter.fillRect(left, top, side * across, side * across, QColor("white"))
        for row, modules in enumerate(self._modules, start=_QUIET):
            for column, is_dark in enumerate(modules, start=_QUIET):
                if is_dark:
                    dark = QRectF(left + column * side, top + row * side, side, side)
                    painter.fillRect(dark, QColor("black"))


class ShareWindow(QDialog):
    """Nearly as large as the screen, to be read from the last row; Escape closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("share_window")
        self.setWindowTitle("Pass on this state – PPO Desktop")
        self._code = QrCode()
        self._line = named(QLabel(), "share_line", "This state as a line", "share")
        self._line.setWordWrap(True)
        self._line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        self._line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = push_button("Close", "share_close_button", "share", self.close)
        below = laid_out(QHBoxLayout(), (self._line, 1), close)
        laid_out(QVBoxLayout(self), (self._code, 1), below, margins=(12, 12, 12, 12))
        self.resize(parent.screen().availableGeometry().size() * _SHARE_OF_SCREEN)

    def open_with(self, line: str) -> None:
        """Show a line, in front; it may be broken after each of its parts."""
        self._code.show_text(line)
        self._line.setText(line.replace("&", f"&{BREAK}"))
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close it by Escape, and by no other key."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
