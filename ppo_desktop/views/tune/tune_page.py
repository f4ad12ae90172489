"""The Tune page: what is searched at the left, what the trials say at the right."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import laid_out, refresh_at
from ppo_desktop.views.kit.overflow import HANDLE, OverflowArea, VerticalScrollArea, WrappingSplitter
from ppo_desktop.views.kit.page import JobPage, PagePart
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.tune_bar import TuneBar


class TunePage(JobPage):
    """Nothing is drawn while it is hidden."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        self._bar = TuneBar(tune)
        super().__init__("tune", "Tune", self._bar, "tune_page", tune)
        self._tune = tune
        self._theme = theme
        tune.state_changed.connect(self.hint_changed)
        tune.study_changed.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there."""
        if self._tune.place is None:
            return "Tick what is to be searched, set the ranges, and press Start; or open a kept study."
        return "Point at a trial to light it everywhere; a double click opens it in Train."

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.tune.empty_card import EmptyCard
        from ppo_desktop.views.tune.objective_card import ObjectiveCard
        from ppo_desktop.views.tune.results import StudyResults
        from ppo_desktop.views.tune.space_panel import SpacePanel
        from ppo_desktop.views.tune.tune_footer import TuneFooter
        from ppo_desktop.views.tune.tune_strip import TuneStrip

        tune, theme = self._tune, self._theme
        left = QWidget()
        parts = ((SpacePanel(tune, theme), 1), ObjectiveCard(tune.drafting, tune.notices))
        laid_out(QVBoxLayout(left), *parts, margins=(0, 0, 0, 0), spacing=HANDLE)
        results = StudyResults(tune, theme)
        self.set_parts(*results.parts, PagePart("Setup", lambda: (left,)))
        self._places = QStackedWidget()
        for widget in (EmptyCard(tune), results):
            self._places.addWidget(widget)
        refresh_at(self._show_place, tune.state_changed, tune.study_changed)
        # What is searched stays where it is while what the trials say is scrolled.
        columns = WrappingSplitter({left: 0, VerticalScrollArea(self._places): 1})
        strip = TuneStrip(tune, self._bar.studies, results.figures)
        self.export_button = strip.export
        self.lay_out(strip, OverflowArea(columns), TuneFooter(tune))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tune.highlight(None)

    def _show_place(self) -> None:
        """Show the results, or, while there is no study, how to get to some."""
        is_empty = self._tune.place is None and self._tune.state in (JobState.EMPTY, JobState.OPENING)
        is_new = self._places.currentIndex() == 0 and not is_empty
        self._places.setCurrentIndex(0 if is_empty else 1)
        if is_new and self._theme.projector:
            self.show_less(True)
