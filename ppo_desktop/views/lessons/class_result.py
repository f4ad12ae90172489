"""What a class has answered: a window in which a teacher pastes the lines of the pupils."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.views.controls import laid_out, named

_SIZE = QSize(620, 480)
_NOTHING = "Each pupil copies a line at the end of a lesson. Paste all of them above: they are counted here."


class ClassResultWindow(QDialog):
    """Lines above, what they say together below; nothing of it is kept.

    Args:
        parent: The main window, with which it closes.
        lessons: Knows the titles of the lessons.
    """

    def __init__(self, parent: QWidget, lessons: LessonSession) -> None:
        super().__init__(parent)
        self._lessons = lessons
        self.setObjectName("class_result_window")
        self.setWindowTitle("Class result – PPO Desktop")
        self._lines = named(QPlainTextEdit(), "class_lines", "Lines of the pupils", "class_result")
        self._lines.setPlaceholderText("ppo-lesson:1:clip-off?predicted=b&saw=b&because=…")
        self._said = named(QPlainTextEdit(_NOTHING), "class_result", "Class result", "class_result")
        self._said.setReadOnly(True)
        caption = QLabel("Lines of the pupils, one below the other:")
        caption.setBuddy(self._lines)
        laid_out(QVBoxLayout(self), caption, (self._lines, 2), (self._said, 3), margins=(12, 12, 12, 12))
        self._lines.textChanged.connect(self._count)
        self.resize(_SIZE.boundedTo(parent.screen().availableGeometry().size()))

    def _count(self) -> None:
        said = self._lessons.class_lines(self._lines.toPlainText())
        self._said.setPlainText("\n".join(said) or _NOTHING)
