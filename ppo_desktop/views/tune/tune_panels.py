"""The panels of the Tune page: what is searched at the left, what the trials say at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.overflow import HANDLE, OverflowArea, VerticalScrollArea, WrappingSplitter
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.empty_card import EmptyCard
from ppo_desktop.views.tune.objective_card import ObjectiveCard
from ppo_desktop.views.tune.results import StudyResults
from ppo_desktop.views.tune.space_panel import SpacePanel
from ppo_desktop.views.tune.study_menu import StudyMenu
from ppo_desktop.views.tune.tune_footer import TuneFooter
from ppo_desktop.views.tune.tune_strip import TuneStrip


class TunePanels(QWidget):
    """Everything of the page below its bar.

    Args:
        tune: What is set up and shown.
        studies: The menu of the bar.
        theme: Colours and fonts.
    """

    def __init__(self, tune: TuneSession, studies: StudyMenu, theme: Theme) -> None:
        super().__init__()
        self._tune = tune
        self._space = SpacePanel(tune, theme)
        self._objective = ObjectiveCard(tune.drafting, tune.notices)
        self._results = StudyResults(tune, theme)
        self._empty = EmptyCard(tune)
        self._places = QStackedWidget()
        for widget in (self._empty, self._results):
            self._places.addWidget(widget)
        strip = TuneStrip(tune, studies, self._results.figures, self._results.reveal)
        self._lay_out(strip, TuneFooter(tune))
        for signal in (tune.state_changed, tune.study_changed):
            signal.connect(self._show_place)
        self._show_place()

    def commit(self) -> None:
        """Let what is still being typed count."""
        self._space.commit()
        self._objective.commit()

    def _show_place(self) -> None:
        is_empty = self._tune.place is None and self._tune.state in (JobState.EMPTY, JobState.OPENING)
        self._places.setCurrentWidget(self._empty if is_empty else self._results)

    def _lay_out(self, strip: TuneStrip, footer: TuneFooter) -> None:
        left = QWidget()
        laid_out(QVBoxLayout(left), (self._space, 1), self._objective, margins=(0, 0, 0, 0), spacing=HANDLE)
        # What is searched stays where it is while what the trials say is scrolled.
        columns = WrappingSplitter({left: 0, VerticalScrollArea(self._places): 1})
        body = laid_out(QVBoxLayout(), OverflowArea(columns), margins=(7, 6, 7, 7))
        laid_out(QVBoxLayout(self), strip, (body, 1), footer, margins=(0, 0, 0, 0), spacing=0)
