"""The Lessons page: the course, or the lesson that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget

from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import refresh_at
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel
from ppo_desktop.views.kit.overflow import OverflowArea
from ppo_desktop.views.kit.page import JobPage
from ppo_desktop.views.lessons.lesson_bar import LessonBar
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.views.lessons.lesson_view import LessonView


_STEPS_MILLISECONDS = 250
"""Between two refreshings of how far the run is."""


class _Places(QStackedWidget):
    """Needs no more room than what is shown: a lesson does not scroll for the width of the course."""

    def minimumSizeHint(self) -> QSize:
        return self.currentWidget().minimumSizeHint()


class LessonsPage(JobPage):
    """Nothing of it is made before it is shown, and nothing of a lesson before the first one is opened."""

    def __init__(self, lessons: LessonSession, theme: Theme) -> None:
        bar = LessonBar(lessons)
        super().__init__("lessons", "Lessons", bar, "lessons_page", lessons)
        self.export_button = bar.export
        self._lessons, self._theme = lessons, theme
        self._view: LessonView | None = None
        lessons.lesson_changed.connect(self.hint_changed)
        self.add_shortcut("PgDown", "Go on in the lesson: let it run, or to the next step", lessons.go_on)

    @property
    def hint(self) -> str:
        """How to begin, or how to go on."""
        if self._lessons.lesson is None:
            return "Choose a lesson: you predict, let it run, look, and read why. It needs no preparation."
        return "Page Down goes on, as soon as the question is answered; Space freezes the run."

    def fill(self) -> None:
        """Make the course; the place for a lesson is filled with the first one."""
        from ppo_desktop.views.lessons.course_list import CourseList

        lessons = self._lessons
        self._stack = _Places()
        self._stack.addWidget(CourseList(lessons))
        status = (
            ShareBar("lesson_progress", "Progress of the pairs", "lesson_pairs", lambda: lessons.share_done),
            StatusLabel(
                "lesson_steps",
                "Steps",
                "steps",
                self._steps,
                "step 100 000 of 100 000 · seed 1",
            ),
        )
        footer = self._footer = Footer(status, (), lessons.changed)
        self.lay_out(OverflowArea(self._stack), footer)
        lessons.run_made.connect(self._add_view)
        refresh_at(self._show_lesson, lessons.lesson_changed)

    def close_down(self) -> None:
        """End everything that was begun for lessons."""
        if self._view is not None:
            self._view.cards.close_down()
        super().close_down()

    def _add_view(self) -> None:
        from ppo_desktop.views.lessons.lesson_view import LessonView

        run = self._lessons.run
        assert run is not None
        self._view = LessonView(self._lessons, run, self._theme)
        self._stack.addWidget(self._view)
        steps = Redraw(self._footer, self._footer.refresh, lambda: _STEPS_MILLISECONDS)
        for signal in (run.progress_changed, self._lessons.playback.advanced):
            signal.connect(steps.request)

    def _show_lesson(self) -> None:
        shown = self._stack.widget(0) if self._lessons.lesson is None else self._view
        if shown is not None:
            self._stack.setCurrentWidget(shown)

    def _steps(self) -> str:
        run, lesson = self._lessons.run, self._lessons.lesson
        if run is None or lesson is None:
            return ""
        is_recorded, total = self._lessons.is_recorded, lesson.comparison.total_steps
        which = "recorded" if is_recorded else f"seed {run.settings.seed}"
        return f"step {grouped(self._lessons.steps)} of {grouped(total)} · {which}"
