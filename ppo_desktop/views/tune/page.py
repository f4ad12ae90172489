"""The Tune page: what is searched at the left, what the trials say at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_session import TuneSession, TuneState
from ppo_desktop.views.pages import Page
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.bar import TuneBar
from ppo_desktop.views.tune.empty_card import EmptyCard
from ppo_desktop.views.tune.footer import TuneFooter
from ppo_desktop.views.tune.objective_card import ObjectiveCard
from ppo_desktop.views.tune.results import StudyResults
from ppo_desktop.views.tune.space_panel import SpacePanel
from ppo_desktop.views.tune.strip import TuneStrip
from ppo_desktop.views.tune.study_menu import StudyMenu

_HANDLE = 8


class TunePage(Page):
    """Lays out the panels; nothing is drawn while it is hidden."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        menu_parent = QWidget()
        studies = StudyMenu(tune, menu_parent)
        bar = TuneBar(tune, studies)
        super().__init__("Tune", bar, "tune_page")
        menu_parent.setParent(self)
        menu_parent.hide()
        self._tune = tune
        self._bar = bar
        self._space = SpacePanel(tune, theme)
        self._objective = ObjectiveCard(tune.drafting)
        self._results = StudyResults(tune, theme)
        self._empty = EmptyCard(tune)
        bar.start_asked.connect(self.toggle)
        self._places = QStackedWidget()
        for widget in (self._empty, self._results):
            self._places.addWidget(widget)
        strip = TuneStrip(tune, studies, self._results.figures, self._results.reveal)
        self._lay_out(strip, TuneFooter(tune))
        for signal in (tune.state_changed, tune.study_changed):
            signal.connect(self._show_place)
        self._show_place()

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there."""
        if self._tune.place is None:
            return "Tick what is to be searched, set the ranges, and press Start; or open a kept study."
        return "Point at a trial to light it everywhere; a double click opens it in Train."

    def toggle(self) -> None:
        """Start, or pause; what is still being typed counts."""
        self._commit()
        self._tune.toggle()

    def close_down(self) -> None:
        """End the trials and what shows them."""
        self._tune.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Let figures be drawn."""
        super().showEvent(event)
        self._tune.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let them rest."""
        super().hideEvent(event)
        self._tune.set_visible(False)
        self._tune.highlight(None)

    def _commit(self) -> None:
        for part in (self._bar, self._space, self._objective):
            part.commit()

    def _show_place(self) -> None:
        is_empty = self._tune.place is None and self._tune.state in (TuneState.EMPTY, TuneState.OPENING)
        self._places.setCurrentWidget(self._empty if is_empty else self._results)
        self.hint_changed.emit()

    def _lay_out(self, strip: TuneStrip, footer: TuneFooter) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_HANDLE)
        column.addWidget(self._space, 1)
        column.addWidget(self._objective)
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setHandleWidth(_HANDLE)
        columns.setChildrenCollapsible(False)
        columns.addWidget(left)
        columns.addWidget(self._places)
        columns.setStretchFactor(0, 0)
        columns.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(strip)
        body = QVBoxLayout()
        body.setContentsMargins(7, 6, 7, 7)
        body.addWidget(columns)
        layout.addLayout(body, 1)
        layout.addWidget(footer)
