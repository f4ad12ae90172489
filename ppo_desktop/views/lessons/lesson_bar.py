"""The Lessons page's bar in the header: the way back to the course, other lessons, and the run that plays."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import RunState
from ppo_desktop.views.controls import push_button, refresh_at
from ppo_desktop.views.file_dialog import ask_what_to_open
from ppo_desktop.views.kit.bar import JobBar, StartButton


class LessonBar(JobBar):
    """All lessons, Open lesson; Play or Freeze."""

    def __init__(self, lessons: LessonSession) -> None:
        super().__init__()
        self._lessons = lessons
        self.start = StartButton("lesson_play_button", "lesson_play", lessons.toggle)
        self._back = push_button("All lessons", "all_lessons_button", "lesson_list", lessons.close_lesson)
        own = push_button("Open lesson…", "open_lesson_button", "open_lesson", self._ask_for_file)
        self.set_groups((self._back, own), (self.start,))
        refresh_at(self._show_state, lessons.changed, lessons.lesson_changed)

    def _show_state(self) -> None:
        run, lesson = self._lessons.run, self._lessons.lesson
        is_running = run is not None and run.state is RunState.RUNNING
        self.start.show_state(JobState.RUNNING if is_running else JobState.EMPTY, "Play")
        self.start.setEnabled(lesson is not None and not self._lessons.is_recorded)
        self._back.setEnabled(lesson is not None)

    def _ask_for_file(self) -> None:
        ask_what_to_open(self, "Open lesson", Path.home(), "Lessons (*.md)", self._lessons.open_file)
