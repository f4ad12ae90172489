"""What stands in the place of the map while none is shown: what a map answers, and some to begin with."""

from __future__ import annotations

from functools import partial
from itertools import islice

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.kept_files import KeptFile, kept_maps
from ppo_desktop.ppo.messages import grouped, shortened
from ppo_desktop.study.place import Place
from ppo_desktop.study.ready_maps import READY_MAPS, ReadyMap
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, laid_out, push_button, refresh_at, with_role
from ppo_desktop.views.kit.bar import WrappingBar

_TITLE = "How do two hyperparameters act together?"
_WORDS = (
    "A map trains every combination of two hyperparameters, with the same seeds each, and gives it a colour. "
    "It shows what no list of good values does: how wide the region is in which learning works, where it "
    "ends, and whether one value must change when the other does.",
    "Choose what goes <b>across</b> (→) and <b>up</b> (↑) above, each with its values, and press "
    "<b>Start</b>. A coarse map is there within seconds and becomes finer, first where neighbours differ. "
    "Nothing is filled in between: what has not been measured is hatched.",
    "Every seed's curves are kept, so that the same runs also show other results, and play as a film.",
)
_MOST_OFFERED = 3
"""Of the maps that are kept, those changed last."""
_LONGEST_NAME = 50
"""Characters of a map's name on a button."""


class MapsEmptyCard(Card):
    """Words, ready-made maps, and buttons for those that were changed last."""

    can_fill_the_page = False

    def __init__(self, maps: MapSession) -> None:
        super().__init__("maps_page")
        self._maps = maps
        self._kept_buttons: list[QPushButton] = []
        title = with_role(QLabel(_TITLE), "title")
        column = laid_out(QVBoxLayout(self), 1, title, margins=(36, 24, 36, 24), spacing=8)
        for text in _WORDS:
            words = QLabel(text)
            words.setTextFormat(Qt.TextFormat.RichText)
            words.setWordWrap(True)
            column.addWidget(words)
        column.addWidget(
            with_role(QLabel("Ready-made, to be started as they are or changed first:"), "muted")
        )
        self._ready = [self._ready_button(ready) for ready in READY_MAPS]
        bar = WrappingBar(gap=8)
        bar.set_groups(self._ready, ())
        column.addWidget(bar)
        self._kept = WrappingBar(gap=8)
        column.addWidget(self._kept)
        column.addStretch(2)
        maps.studies_changed.connect(Redraw(self, self._offer_kept).now)
        refresh_at(self._enable, maps.state_changed)

    def _ready_button(self, ready: ReadyMap) -> QPushButton:
        button = push_button(ready.question, f"ready_{ready.id}", "ready_map")
        n_cells = grouped(len(ready.axes[0].grid_values()) * len(ready.axes[1].grid_values()))
        names = " × ".join(axis.label for axis in ready.axes)
        button.setToolTip(f"{button.toolTip()}{ready.environment_id}: {names}, {n_cells} cells")
        button.clicked.connect(partial(self._set_up, ready))
        return button

    def _set_up(self, ready: ReadyMap, *_: object) -> None:
        self._maps.set_up(ready)

    def _offer_kept(self) -> None:
        for button in self._kept_buttons:
            button.hide()
            button.deleteLater()
        offers = enumerate(islice(kept_maps(self._maps.folder), _MOST_OFFERED))
        self._kept_buttons = [self._kept_button(place, kept) for place, kept in offers]
        self._kept.set_groups(self._kept_buttons, ())
        for button in self._kept_buttons:
            button.show()
        self._enable()

    def _kept_button(self, place: int, kept: KeptFile) -> QPushButton:
        text = f"Open {shortened(kept.name, _LONGEST_NAME)} ({kept.done})"
        name = f"open_map_{place}"
        button = push_button(text.replace("&", "&&"), name, "maps", accessible_name=text)
        button.clicked.connect(partial(self._open, Place(kept.path, kept.name)))
        return button

    def _open(self, place: Place, *_: object) -> None:
        self._maps.open(place)

    def _enable(self) -> None:
        """Offer nothing while a map is being opened."""
        for button in (*self._ready, *self._kept_buttons):
            button.setEnabled(self._maps.state is JobState.EMPTY)
