"""The line below Tune's bar: what the next start does or why it cannot; questions; what is taken out."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import laid_out, menu_button, refresh_at
from ppo_desktop.views.figure import Exportable
from ppo_desktop.views.kit.database_line import offer_database
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.library_menu import LibraryMenu
from ppo_desktop.views.tune.study_export_menu import study_export_menu


class TuneStrip(QWidget):
    """One line; a question about the study shown stands in the place of what the next start does.

    Args:
        tune: What is set up and shown.
        studies: The menu in which the questions are asked for.
        figures: {title: the card that is exported under it}.

    Attributes:
        export: The button of the menu of exports.
    """

    def __init__(self, tune: TuneSession, studies: LibraryMenu, figures: Mapping[str, Exportable]) -> None:
        super().__init__()
        self._tune = tune
        self._build(study_export_menu(tune, figures, self))
        studies.questions = self._questions
        offer_database(studies, self._questions, tune)
        refresh_at(self._show_next_work, tune.estimate_changed, tune.drafting.changed, tune.state_changed)
        tune.study_changed.connect(self._questions.leave)
        tune.state_changed.connect(self._questions.leave_deletion)

    def _build(self, export_menu: QMenu) -> None:
        names = "next_work_label", "What the next start does", "next_work"
        self._questions = InlineQuestions(*names, delete_explanation="delete_study", prefix="study_")
        self.export = menu_button("Export ▾", "tune_export_button", "Export", "export_study", export_menu)
        laid_out(QHBoxLayout(self), (self._questions, 1), self.export, margins=(12, 4, 12, 0), spacing=6)

    def _show_next_work(self) -> None:
        """Say what the next start would do; of a study that rests, that it is still to come."""
        next_work = self._tune.next_work
        text = f"Next: {next_work}" if self._tune.state is JobState.RESTING else next_work
        self._questions.say(text, self._tune.drafting.complaint)
