"""The Lessons page's bar in the header: ways into a lesson and out of it, and the run that plays."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.lesson_session import LessonSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import COMPARISON_FORMATS
from ppo_desktop.lessons.lesson import Predict
from ppo_desktop.views.controls import menu_button, push_button, refresh_at
from ppo_desktop.views.file_dialog import ask_what_to_open
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.lessons.class_result import ClassResultWindow
from ppo_desktop.views.run_export_menu import run_export_menu

NO_PAIRS = "No pair has been trained or recorded yet."


class LessonBar(JobBar):
    """What is for the course, or what is for a lesson; and Play or Pause."""

    def __init__(self, lessons: LessonSession) -> None:
        super().__init__()
        self._lessons = lessons
        self.start = StartButton("lesson_play_button", "lesson_play", lessons.toggle)
        self._back = push_button("All lessons", "all_lessons_button", "lesson_list", lessons.close_lesson)
        own = push_button("Open lesson…", "open_lesson_button", "open_lesson", self._ask_for_file)
        result = push_button("Class result…", "class_result_button", "class_result", self._show_class_result)
        exports = run_export_menu(lambda: self._run, "lesson", lessons.notices, self)
        exports.addSeparator()
        exports.add_formats(COMPARISON_FORMATS, self._pairs, NO_PAIRS, "Pairs")
        self.export = menu_button("Export ▾", "lesson_export_button", "Export", "export_lesson", exports)
        self._again = push_button("Start over", "begin_again_button", "begin_again", lessons.begin_again)
        instead, name = "Recorded runs", "recorded_runs_button"
        self._recorded = push_button(instead, name, "recorded_runs", lessons.show_recorded)
        self._class_result: ClassResultWindow | None = None
        self._of_course, self._of_lesson = (own, result), (self._back, self._again, self._recorded)
        self.set_groups((*self._of_course, *self._of_lesson), (self.export, self.start))
        refresh_at(self._show_state, lessons.changed, lessons.lesson_changed)

    @property
    def _run(self) -> Session | None:
        """The run that plays here; None where a recorded one does, of which curves alone are kept."""
        return None if self._lessons.lesson is None or self._lessons.is_recorded else self._lessons.run

    def _pairs(self) -> list[Offer[ExportedComparison]]:
        """Return the pairs of runs, so far, of which the verdict is."""
        lesson, records = self._lessons.lesson, dict(self._lessons.records)
        if lesson is None or not records:
            return []
        return [Offer(f"{lesson.title} pairs", lambda: ExportedComparison(lesson.comparison, records))]

    def _show_state(self) -> None:
        is_open, is_playing = self._lessons.lesson is not None, self._lessons.is_playing
        self.start.show_state(JobState.RUNNING if is_playing else JobState.EMPTY, "Play")
        self.start.setEnabled(is_open)
        for button in self._of_course:
            button.setVisible(not is_open)
        for button in self._of_lesson:
            button.setVisible(is_open)
        self.export.setVisible(is_open)
        self._again.setEnabled(self._lessons.place > 0)
        is_asked = isinstance(self._lessons.step, Predict)  # what is recorded would answer that
        self._recorded.setEnabled(self._lessons.has_recorded and not is_asked)

    def _show_class_result(self) -> None:
        if self._class_result is None:
            self._class_result = ClassResultWindow(self.window(), self._lessons)
        self._class_result.show()
        self._class_result.raise_()
        self._class_result.activateWindow()

    def _ask_for_file(self) -> None:
        ask_what_to_open(self, "Open lesson", Path.home(), "Lessons (*.md)", self._lessons.open_file)
