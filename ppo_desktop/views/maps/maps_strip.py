"""The line below Maps' bar: what the next start does or why it cannot; questions; what is taken out."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.views.controls import laid_out, menu_button, refresh_at
from ppo_desktop.views.kit.database_line import offer_database
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.library_menu import LibraryMenu


class MapsStrip(QWidget):
    """One line; a question about the map shown stands in the place of what the next start does.

    Args:
        maps: What is set up and shown.
        kept: The menu in which the questions are asked for.
        export_menu: Of what can be taken out.

    Attributes:
        export: The button of the menu of exports.
    """

    def __init__(self, maps: MapSession, kept: LibraryMenu, export_menu: QMenu) -> None:
        super().__init__()
        self._maps = maps
        names = "map_next_work_label", "What the next start does", "map_next_work"
        self._questions = InlineQuestions(*names, delete_explanation="delete_map", prefix="map_")
        self.export = menu_button("Export ▾", "map_export_button", "Export", "export_map", export_menu)
        laid_out(QHBoxLayout(self), (self._questions, 1), self.export, margins=(12, 4, 12, 0), spacing=6)
        kept.questions = self._questions
        offer_database(kept, self._questions, maps, "map_")
        refresh_at(self._show_next_work, maps.estimate_changed, maps.drafting.changed, maps.state_changed)
        maps.study_changed.connect(self._questions.leave)
        maps.state_changed.connect(self._questions.leave_deletion)

    def _show_next_work(self) -> None:
        """Say what the next start would do; of a map that rests, that it is still to come."""
        next_work = self._maps.next_work
        text = f"Next: {next_work}" if self._maps.state is JobState.RESTING else next_work
        self._questions.say(text, self._maps.drafting.complaint)
