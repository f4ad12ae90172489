"""What a person does with the parts of a window."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

Widget = TypeVar("Widget", bound=QWidget)


def find(neighbour: QWidget, kind: type[Widget], name: str) -> Widget:
    """Return the widget of a name in the same window."""
    found = neighbour.window().findChild(kind, name)
    assert found is not None, f"no {kind.__name__} called {name}"
    return found


def choose(combo: QComboBox, text: str) -> None:
    """Choose what a list offers."""
    combo.setCurrentText(text)
    assert combo.currentText() == text
    combo.activated.emit(combo.currentIndex())
    combo.textActivated.emit(text)


def write(qtbot: QtBot, line: QLineEdit | QAbstractSpinBox, text: str) -> None:
    """Write a text in place of another, and press Enter."""
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def lay_out() -> None:
    """Let layouts do all they have to do, and paint what is to be painted."""
    application = QApplication.instance()
    assert application is not None
    for _ in range(12):
        application.sendPostedEvents()
        application.processEvents()
