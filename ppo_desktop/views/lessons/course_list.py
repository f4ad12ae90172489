"""The course: every lesson that ships, in its part."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.lessons.course import Opened
from ppo_desktop.lessons.lesson import Part
from ppo_desktop.views.controls import Card, laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.kit.overflow import VerticalScrollArea

_IN_A_ROW = 2


class CourseList(VerticalScrollArea):
    """A card for each part, with a button for each lesson; those that are done have a tick."""

    def __init__(self, lessons: LessonSession) -> None:
        content = QWidget()
        content.setObjectName("page")
        super().__init__(named(content, "page", "Course", "lesson_list"))
        named(self, "lesson_list", "Lessons of the course", "lesson_list")
        self._lessons = lessons
        self._ticks: dict[str, QLabel] = {}
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        parts = [part for part in Part if any(one.lesson.part is part for one in lessons.course)]
        for place, part in enumerate(parts):
            self._grid.addWidget(self._card(part), *divmod(place, _IN_A_ROW))
        self._grid.setRowStretch(len(parts), 1)
        refresh_at(self._show_ticks, lessons.lesson_changed)

    def _card(self, part: Part) -> Card:
        card = Card()
        card.can_fill_the_page = False
        rows = [self._row(opened) for opened in self._lessons.course if opened.lesson.part is part]
        title = with_role(QLabel(part.label), "title")
        laid_out(QVBoxLayout(card), title, *rows, 1, margins=(12, 8, 12, 8), spacing=3)
        return card

    def _row(self, opened: Opened) -> QHBoxLayout:
        lesson = opened.lesson
        self._ticks[lesson.id] = tick = with_role(QLabel(), "title")
        tick.setMinimumWidth(tick.fontMetrics().horizontalAdvance("✓ "))
        minutes = with_role(QLabel(f"{lesson.minutes} min"), "muted")
        button: QPushButton = push_button(
            lesson.title, f"lesson_{lesson.id}", "lesson", lambda: self._lessons.open(opened), role="entry"
        )
        return laid_out(QHBoxLayout(), tick, (button, 1), minutes, spacing=4)

    def _show_ticks(self) -> None:
        if self._lessons.lesson is None:
            for lesson_id, tick in self._ticks.items():
                is_done = self._lessons.is_done(lesson_id)
                tick.setText("✓" if is_done else "")
                tick.setAccessibleName("done" if is_done else "")
