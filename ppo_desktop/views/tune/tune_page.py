"""The Tune page: its bar, and the panels, which are made when it is shown for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import laid_out
from ppo_desktop.views.page import Page
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.study_menu import StudyMenu
from ppo_desktop.views.tune.tune_bar import TuneBar

if TYPE_CHECKING:
    from ppo_desktop.views.tune.tune_panels import TunePanels


class TunePage(Page):
    """Starts and pauses; nothing is drawn while it is hidden."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        menu_parent = QWidget()
        self._studies = StudyMenu(tune, menu_parent)
        bar = TuneBar(tune, self._studies)
        super().__init__("tune", "Tune", bar, "tune_page", tune.notices)
        menu_parent.setParent(self)
        menu_parent.hide()
        self._tune = tune
        self._theme = theme
        self._bar = bar
        self._panels: TunePanels | None = None
        bar.start_asked.connect(self.toggle)
        tune.set_visible(False)
        for signal in (tune.state_changed, tune.study_changed):
            signal.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there."""
        if self._tune.place is None:
            return "Tick what is to be searched, set the ranges, and press Start; or open a kept study."
        return "Point at a trial to light it everywhere; a double click opens it in Train."

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.tune.tune_panels import TunePanels

        self._panels = TunePanels(self._tune, self._studies, self._theme)
        laid_out(QVBoxLayout(self), self._panels, margins=(0, 0, 0, 0))

    def toggle(self) -> None:
        """Start, or pause; what is still being typed counts."""
        self._bar.commit()
        if self._panels is not None:
            self._panels.commit()
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
