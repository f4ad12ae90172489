"""The Maps page: one result, or two side by side, over two hyperparameters, cell by cell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.views.controls import Card, laid_out, refresh_at
from ppo_desktop.views.kit.overflow import HANDLE, OverflowArea, StackedSplitter, WrappingSplitter
from ppo_desktop.views.kit.page import JobPage, PagePart
from ppo_desktop.views.maps.maps_bar import MapsBar
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.views.maps.film_strip import FilmStrip


class MapsPage(JobPage):
    """Nothing is drawn while it is hidden."""

    def __init__(self, maps: MapSession, theme: Theme) -> None:
        self._bar = MapsBar(maps)
        super().__init__("maps", "Maps", self._bar, "maps_page", maps)
        self._maps = maps
        self._theme = theme
        self._film: FilmStrip | None = None
        maps.state_changed.connect(self.hint_changed)
        maps.study_changed.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """How to begin, or what one can do with what is there."""
        if self._maps.place is None:
            return (
                "Choose what goes across and up, each with its values, and press Start; or open a kept map."
            )
        return "Point at a cell for every seed of it; a click keeps it at the right. Play shows the film."

    def fill(self) -> None:
        """Make the panels."""
        from ppo_desktop.views.maps.best_strip import MapBestStrip
        from ppo_desktop.views.maps.cell_card import CellCard
        from ppo_desktop.views.maps.empty_card import MapsEmptyCard
        from ppo_desktop.views.maps.film_strip import FilmStrip
        from ppo_desktop.views.maps.map_card import MapCard
        from ppo_desktop.views.maps.map_export_menu import map_export_menu
        from ppo_desktop.views.maps.maps_footer import MapsFooter
        from ppo_desktop.views.maps.maps_strip import MapsStrip
        from ppo_desktop.views.tune.check_card import CheckCard

        maps, theme = self._maps, self._theme
        cards = [MapCard(maps, theme, place) for place in range(2)]
        film, cell = FilmStrip(maps, theme), CellCard(maps, theme)
        self._film = film
        self._check = Card("fresh_seeds")
        laid_out(QVBoxLayout(self._check), CheckCard(maps, theme), margins=(10, 7, 10, 8))
        for card in cards:
            card.second_asked.connect(self._toggle_second)
        self._second = cards[1]
        columns = WrappingSplitter({WrappingSplitter({cards[0]: 1, cards[1]: 1}): 1, cell: 0})
        shown = QWidget()
        shown.setObjectName("page")
        # The check has all the width: beside its table, as wide as both maps, these would be small.
        parts = (MapBestStrip(maps), (StackedSplitter({columns: 3, self._check: 1}), 1), film)
        laid_out(QVBoxLayout(shown), *parts, margins=(0, 0, 0, 0), spacing=HANDLE)
        self._places = QStackedWidget()
        for widget in (MapsEmptyCard(maps), shown):
            self._places.addWidget(widget)
        self.set_parts(
            PagePart("Map", lambda: (*cards, film)),
            PagePart("Cell", lambda: (cards[0], cell, film)),
        )
        refresh_at(self._show_place, maps.state_changed, maps.study_changed)
        refresh_at(self._show_second, maps.question_changed)
        refresh_at(self._show_check, maps.checking.progress_changed, maps.study_changed)
        columns.setSizes([900, 330])  # once it is known what is shown
        self._add_keys(film.toggle, film.step)
        strip = MapsStrip(maps, self._bar.maps_menu, map_export_menu(maps, cards, self))
        self.export_button = strip.export
        self.lay_out(strip, OverflowArea(self._places), MapsFooter(maps))

    def hold(self, is_held: bool) -> None:
        """Let the film stand still, or go on."""
        if self._film is not None:
            self._film.hold(is_held)

    def _add_keys(self, toggle: object, step: object) -> None:
        assert callable(toggle)
        assert callable(step)
        self.add_shortcut("P", "Play the film of the map, or stop it", toggle)
        self.add_shortcut(
            "Ctrl+Left", "Show the map a hundredth of training earlier", partial(step, -1), repeats=True
        )
        self.add_shortcut(
            "Ctrl+Right", "Show the map a hundredth of training later", partial(step, 1), repeats=True
        )

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._maps.highlight(None)

    def _show_place(self) -> None:
        """Show the map, or, while there is none, what one answers."""
        is_empty = self._maps.place is None and self._maps.state in (JobState.EMPTY, JobState.OPENING)
        is_new = self._places.currentIndex() == 0 and not is_empty
        self._places.setCurrentIndex(0 if is_empty else 1)
        if is_new and self._theme.projector:
            self.show_less(True)

    @Slot()
    def _toggle_second(self) -> None:
        self._maps.show_second(self._second.isHidden())

    @Slot()
    def _show_second(self) -> None:
        self._second.setVisible(len(self._maps.question) > 1)

    @Slot()
    def _show_check(self) -> None:
        """Show what fresh seeds say once they have been asked."""
        checking = self._maps.checking
        self._check.setVisible(checking.is_under_way or checking.result is not None)
