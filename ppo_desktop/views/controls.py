"""What all controls share: their names and explanations, how they treat keys, wheel and focus."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from ppo_desktop.ppo.glossary import GLOSSARY

EXPLANATION = "explanation"
"""Property of a widget: the key of its explanation in the glossary."""
EXPLANATION_NOTE = "explanation_note"
"""Property of a widget: what is particular about how it shows that."""
CONTROL = "control"
"""Property of a widget: the name by which it is hidden and shown, where that is not its object name."""
SEGMENTS = "segments"
"""Role of the frame around buttons of which one is down."""

_Widget = TypeVar("_Widget", bound=QWidget)
_Layout = TypeVar("_Layout", bound=QBoxLayout)
_MOVING_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)
"""Without Page Up and Page Down, which a control has only where the page has nothing else to do with them."""


def named(
    widget: _Widget, object_name: str, accessible_name: str, explanation: str, note: str = ""
) -> _Widget:
    """Give a control its name for tests and for screen readers, and its explanation; return it."""
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible_name)
    return explained(widget, explanation, note)


def explained(widget: _Widget, key: str, note: str = "") -> _Widget:
    """Let F1 explain `widget` and all inside it, give it the same text as its tooltip, and return it.

    Args:
        widget: What is explained.
        key: The explanation's key in the glossary.
        note: What is particular about how the widget shows that, in sentences or lines.
    """
    if (widget.property(EXPLANATION), widget.property(EXPLANATION_NOTE)) == (key, note):
        return widget
    widget.setProperty(EXPLANATION, key)
    widget.setProperty(EXPLANATION_NOTE, note)
    lines = (*GLOSSARY[key].tooltip.split("\n"), *note.split("\n"))
    text = "<br>".join(html.escape(line, quote=False) for line in lines if line)
    widget.setToolTip(f"<qt>{text}</qt>")  # as rich text a long line is broken
    return widget


def without_wheel(widget: _Widget) -> _Widget:
    """Let the wheel scroll the page instead of changing what is under it; return the control."""
    widget.installEventFilter(_WheelFilter(widget))
    return widget


def keeps_moving_key(event: QEvent) -> bool:
    """Whether `event` asks if an arrow key (or the like) is the control's own; accept it if so.

    Without this the window's shortcuts would take the arrow keys from the control that has the focus.
    """
    if (
        event.type() is QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() in _MOVING_KEYS
        and event.modifiers() == Qt.KeyboardModifier.NoModifier
    ):
        event.accept()
        return True
    return False


def refresh_at(refresh: Callable[[], object], *signals: SignalInstance) -> None:
    """Call `refresh` now, and whenever one of the signals is emitted."""
    for signal in signals:
        signal.connect(refresh)
    refresh()


def captioned(caption: str, control: QWidget) -> tuple[QLabel, QWidget]:
    """Return a control after its caption, which has the same explanation."""
    label = with_role(explained(QLabel(caption), control.property(EXPLANATION)), "muted")
    label.setBuddy(control)
    return label, control


def with_role(widget: _Widget, role: str) -> _Widget:
    """Let the style sheet draw a new widget in a role ("muted", "title", …), and return it."""
    widget.setProperty("role", role)
    return widget


def set_role(widget: QWidget, role: str) -> None:
    """Let the style sheet draw a widget in another role."""
    if (widget.property("role") or "") != role:
        widget.setProperty("role", role)
        # Without this a colour stays that the new role does not name.
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def push_button(
    text: str,
    object_name: str,
    explanation: str,
    pressed: Callable[..., object] | None = None,
    *,
    accessible_name: str = "",
    role: str = "",
) -> QPushButton:
    """Return a button that a click does not give the focus.

    Args:
        text: What is on it.
        object_name: Its name for tests.
        explanation: Key of its explanation.
        pressed: Called when it is pressed.
        accessible_name: Its name for screen readers, if that is not the text.
        role: How the style sheet draws it: "flat" in the header of a card, "action" in a line of text.
    """
    button = named(QPushButton(text), object_name, accessible_name or text, explanation)
    button.setProperty("role", role)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if pressed is not None:
        button.clicked.connect(pressed)
    return button


def menu_button(
    text: str, object_name: str, accessible_name: str, explanation: str, menu: QMenu | None = None
) -> QToolButton:
    """Return a button that opens a menu, which it may be given later."""
    button = named(QToolButton(), object_name, accessible_name, explanation)
    button.setText(text)
    if menu is not None:
        button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def laid_out(
    layout: _Layout,
    *items: QWidget | QLayout | int | tuple[QWidget | QLayout, int],
    margins: tuple[int, int, int, int] | None = None,
    spacing: int | None = None,
) -> _Layout:
    """Fill a row or a column, and return it.

    Args:
        layout: The row or column.
        items: What stands in it, in order: a widget or a layout, with its stretch factor if it has one; a
            number is that of empty room.
        margins: At the left, top, right and bottom; None for the style's.
        spacing: Between two items; None for the style's.
    """
    if margins is not None:
        layout.setContentsMargins(*margins)
    if spacing is not None:
        layout.setSpacing(spacing)
    for item in items:
        part, stretch = item if isinstance(item, tuple) else (item, 0)
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part, stretch)
        else:
            layout.addLayout(part, stretch)
    return layout


def add_shortcut(
    widget: QWidget, keys: str, what: str, slot: Callable[[], object], *, repeats: bool = False
) -> QShortcut:
    """Let `keys` do something in the window while `widget` is shown, and return the shortcut.

    Args:
        widget: To which the shortcut belongs.
        keys: As QKeySequence reads them: "Ctrl+Right".
        what: What they do, as the list of all shortcuts says it.
        slot: Does it.
        repeats: Whether it is done again and again while they are held down.
    """
    shortcut = QShortcut(QKeySequence(keys), widget)
    shortcut.setAutoRepeat(repeats)
    shortcut.setWhatsThis(what)
    shortcut.activated.connect(slot)
    return shortcut


class Card(QFrame):
    """A framed part of a page; F1 explains it, without a tooltip that would cover what one looks at.

    Args:
        explanation: Key of its explanation; empty where its parts have theirs.

    Attributes:
        can_fill_the_page: Whether there is more to see of it in more room.
    """

    can_fill_the_page = True

    def __init__(self, explanation: str = "") -> None:
        super().__init__()
        self.setObjectName("card")
        if explanation:
            self.setProperty(EXPLANATION, explanation)


class SegmentButton(QPushButton):
    """One of a few buttons of which one is down; arrow keys go from one to the next.

    Args:
        text: The word on it.
        role: How the style sheet draws it: "segment", or "flat" in the header of a card.
    """

    def __init__(self, text: str, role: str = "segment") -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setProperty("role", role)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        return keeps_moving_key(event) or super().event(event)


class Segments(QFrame):
    """Buttons side by side of which one is down, the first one at the beginning.

    Args:
        is_flat: Whether they stand in the header of a card, without a frame around them.

    Attributes:
        buttons: From left to right, by the value that each stands for.
    """

    chosen = Signal(object)
    """One was pressed; with its value."""

    def __init__(self, *, is_flat: bool = False) -> None:
        super().__init__()
        self.buttons: dict[Any, SegmentButton] = {}
        self._role, margin = ("flat", 0) if is_flat else ("segment", 2)
        self.setProperty("role", "" if is_flat else SEGMENTS)
        self._line = laid_out(QHBoxLayout(self), margins=(margin,) * 4, spacing=0)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._choose)

    def _choose(self, button: SegmentButton) -> None:
        value = next(value for value, each in self.buttons.items() if each is button)
        self.show_value(value)
        self.chosen.emit(value)

    @property
    def value(self) -> Any:
        """The value of the button that is down; one must be."""
        return next(value for value, button in self.buttons.items() if button.isChecked())

    def add(
        self,
        value: object,
        text: str,
        object_name: str,
        accessible_name: str,
        explanation: str,
        note: str = "",
    ) -> SegmentButton:
        """Add a button at the right and return it; the rest is as `named` takes it."""
        button = SegmentButton(text, self._role)
        named(button, object_name, accessible_name, explanation, note)
        self.buttons[value] = button
        self._group.addButton(button)
        self._line.addWidget(button)
        if len(self.buttons) == 1:
            button.setChecked(True)
        return button

    def clear(self) -> None:
        """Take all buttons away."""
        for button in self.buttons.values():
            self._group.removeButton(button)
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}

    def show_value(self, value: object) -> None:
        """Press the button of a value without a signal that it was chosen; release all for any other."""
        self._group.setExclusive(value in self.buttons)
        for each, button in self.buttons.items():
            button.setChecked(each == value)


class _WheelFilter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)
