"""The button that says what is shown of a library, and opens its menu."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton

from ppo_desktop.views.controls import named
from ppo_desktop.views.wording_label import cut

_FEWEST_CHARACTERS = 9
"""Of a name that is shortened, about."""


class LibraryButton(QToolButton):
    """Opens a menu; the name of what is shown is shortened with … where there is no room for it.

    Args:
        object_name: Its name for tests.
        accessible_name: What is kept.
        explanation: Key of its explanation.
        menu: Of what is kept.
    """

    def __init__(self, object_name: str, accessible_name: str, explanation: str, menu: QMenu) -> None:
        super().__init__()
        named(self, object_name, accessible_name, explanation).setMenu(menu)
        self._what = accessible_name
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._name = ""

    def show_name(self, name: str) -> None:
        """Show the name of what is shown."""
        self._name = name
        self.setText(_on_button(name))
        self.setAccessibleName(f"{self._what}: {name}")

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the beginning of the name."""
        hint = self.sizeHint()
        spared = self.fontMetrics().horizontalAdvance(self._name) - self._least_name()
        return QSize(hint.width() - max(0, spared), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it with as much of the name as there is room for."""
        painter, option, metrics = QStylePainter(self), QStyleOptionToolButton(), self.fontMetrics()
        self.initStyleOption(option)
        room = metrics.horizontalAdvance(self._name) - max(0, self.sizeHint().width() - self.width())
        option.text = _on_button(cut(self._name, metrics, room))
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)

    def _least_name(self) -> int:
        return _FEWEST_CHARACTERS * self.fontMetrics().averageCharWidth()


def _on_button(name: str) -> str:
    return f"{name.replace('&', '&&')} ▾"
