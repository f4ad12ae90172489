"""The course: every lesson that ships, in its part."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.lessons.course import Opened
from ppo_desktop.lessons.lesson import Part
from ppo_desktop.views.controls import Card, laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.wording_label import WordingLabel

_COLUMNS = 2
_TITLE_LINES = 2
"""As many lines as a card has beside its lessons."""


class CourseList(VerticalScrollArea):
    """A card for each part, with a button for each lesson; a tick at what is done, a step at what is left."""

    def __init__(self, lessons: LessonSession) -> None:
        content = QWidget()
        content.setObjectName("page")
        super().__init__(named(content, "page", "Course", "lesson_list"))
        named(self, "lesson_list", "Lessons of the course", "lesson_list")
        self._lessons = lessons
        self._ticks: dict[str, QLabel] = {}
        self._notes: dict[str, WordingLabel] = {}
        columns = [QVBoxLayout() for _ in range(_COLUMNS)]
        self._fill(columns)
        laid_out(QHBoxLayout(content), *((column, 1) for column in columns), margins=(0, 0, 0, 0), spacing=8)
        refresh_at(self._show_ticks, lessons.lesson_changed)

    def _fill(self, columns: Sequence[QVBoxLayout]) -> None:
        """Put each part of the course, in their order, into the column that is the shortest so far."""
        lines = [0] * len(columns)
        for part in Part:
            lessons = [opened for opened in self._lessons.course if opened.lesson.part is part]
            if lessons:
                shortest = lines.index(min(lines))
                columns[shortest].addWidget(self._card(part, lessons))
                lines[shortest] += _TITLE_LINES + len(lessons)
        for column in columns:
            column.setSpacing(8)
            column.addStretch(1)

    def _card(self, part: Part, lessons: Sequence[Opened]) -> Card:
        card = Card()
        card.can_fill_the_page = False
        title = with_role(QLabel(part.label), "title")
        rows = map(self._row, lessons)
        laid_out(QVBoxLayout(card), title, *rows, margins=(12, 5, 12, 5), spacing=1)
        return card

    def _row(self, opened: Opened) -> QHBoxLayout:
        lesson = opened.lesson
        self._ticks[lesson.id] = tick = with_role(QLabel(), "title")
        tick.setMinimumWidth(tick.fontMetrics().horizontalAdvance("✓ "))
        self._notes[lesson.id] = note = WordingLabel()
        note.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        button: QPushButton = push_button(
            lesson.title, f"lesson_{lesson.id}", "lesson", lambda: self._lessons.open(opened), role="entry"
        )
        return laid_out(QHBoxLayout(), tick, (button, 1), note, spacing=4)

    def _show_ticks(self) -> None:
        if self._lessons.lesson is not None:
            return
        for opened in self._lessons.course:
            lesson = opened.lesson
            tick, place = self._ticks[lesson.id], self._lessons.left_at(lesson)
            is_done = self._lessons.is_done(lesson.id)
            tick.setText("✓" if is_done else "")
            tick.setAccessibleName("done" if is_done else "")
            minutes, at = f"{lesson.minutes} min", f"step {place + 1} of {len(lesson.steps)}"
            left = (f"left at {at} · {minutes}", f"{at} · {minutes}", at) if place else ()
            self._notes[lesson.id].set_wordings((*left, minutes))
