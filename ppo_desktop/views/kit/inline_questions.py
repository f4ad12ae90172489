"""The line that says what the next start does; questions stand in its place: a name, or whether to delete."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QWidget

from ppo_desktop.views.controls import explained, laid_out, named, push_button, set_role, with_role
from ppo_desktop.views.wording_label import ElidedLabel, set_text


class _NameLine(QLineEdit):
    """A line that emits when the focus goes elsewhere in the window."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        elsewhere = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
        if event.reason() not in elsewhere:
            self.left.emit()


class InlineQuestions(QStackedWidget):
    """Shows what the next start does, or one question; nothing waits for its answer.

    Escape leaves the question, and so does going on elsewhere while a name is asked for.

    Args:
        object_name: Name of what is there while nothing is asked.
        accessible_name: What that is.
        explanation: Its key in the glossary.
        delete_explanation: That of what is deleted.
        prefix: Before the names of its other parts.

    Attributes:
        usual: What is there while nothing is asked.
    """

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        explanation: str,
        *,
        delete_explanation: str,
        prefix: str = "",
    ) -> None:
        super().__init__()
        self._explanation = explanation
        label = ElidedLabel(Qt.AlignmentFlag.AlignLeft, lines=2)
        self.usual = named(label, object_name, accessible_name, explanation)
        policy = self.sizePolicy()
        policy.setHorizontalStretch(1)
        self.setSizePolicy(policy)
        self._take_name: Callable[[str], object] | None = None
        self._take_deletion: Callable[[], object] | None = None
        self._name = _NameLine()
        self._name_object = f"{prefix}rename_line"
        self._name.setObjectName(self._name_object)
        self._name.returnPressed.connect(self._name_given)
        self._name.left.connect(self.leave)
        self._caption = with_role(QLabel(), "muted")
        self._caption.setBuddy(self._name)
        self._name_place = QWidget()
        laid_out(QHBoxLayout(self._name_place), self._caption, (self._name, 1), margins=(0, 0, 0, 0))
        self._deletion_place = self._deletion(delete_explanation, prefix)
        for widget in (self.usual, self._name_place, self._deletion_place):
            self.addWidget(widget)

    def _deletion(self, explanation: str, prefix: str) -> QWidget:
        self._question = ElidedLabel(Qt.AlignmentFlag.AlignRight)
        name, ask = f"{prefix}delete_button", "Really delete?"
        delete = push_button(ask, name, explanation, self._deletion_wanted, role="action")
        delete.setAccessibleName("Delete")
        self._keep = push_button("Keep it", f"{prefix}keep_button", explanation, self.leave, role="action")
        place = QWidget()
        laid_out(QHBoxLayout(place), (self._question, 1), delete, self._keep, margins=(0, 0, 0, 0))
        return place

    def say(self, text: str, complaint: str) -> None:
        """Say what the next start does, or why it cannot."""
        set_role(self.usual, "warning" if complaint else "muted")
        set_text(self.usual, complaint or text)
        explained(self.usual, self._explanation, complaint or text)

    def ask_for_name(
        self, present: str, accessible_name: str, explanation: str, take: Callable[[str], object]
    ) -> None:
        """Ask for a name.

        Args:
            present: The name proposed.
            accessible_name: What is asked for.
            explanation: Its key in the glossary.
            take: Is given the name at Return.
        """
        named(self._name, self._name_object, accessible_name, explanation)
        self._caption.setText(accessible_name)
        self._name.setPlaceholderText("Return keeps it, Escape does not")
        self._take_name = take
        self._name.setText(present)
        self.setCurrentWidget(self._name_place)
        self._name.selectAll()
        self._name.setFocus()

    def ask_whether_to_delete(self, what: str, take: Callable[[], object]) -> None:
        """Ask whether to delete something; `take` is called if so."""
        self._take_deletion = take
        set_text(self._question, what)
        self.setCurrentWidget(self._deletion_place)
        self._keep.setFocus()

    def ask_by(self, place: QWidget) -> None:
        """Show a widget of one's own, which was added, as the question."""
        self.setCurrentWidget(place)

    def leave(self) -> None:
        """Take the question back."""
        self._take_name = None
        self.setCurrentWidget(self.usual)

    def leave_deletion(self) -> None:
        """Take the question whether to delete back: what it would delete is about to change."""
        if self.currentWidget() is self._deletion_place:
            self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the question."""
        if event.key() == Qt.Key.Key_Escape and self.currentWidget() is not self.usual:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _name_given(self) -> None:
        if self._take_name is not None:
            take = self._take_name
            self.leave()
            take(self._name.text())

    def _deletion_wanted(self) -> None:
        assert self._take_deletion is not None
        self._take_deletion()
