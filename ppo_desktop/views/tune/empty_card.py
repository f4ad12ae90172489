"""What stands in the place of the figures while no study is shown: what to do next, or to go on with."""

from __future__ import annotations

from functools import partial
from itertools import islice

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted, shortened
from ppo_desktop.study.library import KeptStudy, kept_studies
from ppo_desktop.study.place import Place
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, laid_out, push_button, with_role
from ppo_desktop.views.kit.bar import WrappingBar

_TITLE = "Search for good hyperparameters"
_STEPS = (
    "1.  <b>What is searched:</b> tick hyperparameters at the left and set their ranges.",
    "2.  <b>What counts as good:</b> the objective below them, with steps and seeds.",
    "3.  <b>How it is searched:</b> a sampler above, TPE for a start, and how many trials.",
    "4.  <b>Start.</b> The history, the importances and the contour grow here while the trials learn.",
)
_LATER = (
    "A study is kept from its first trial on: stop it, close the window, and go on with it whenever you "
    "like. Studies that are kept already are in the menu at the upper left."
)


_MOST_OFFERED = 3
"""Of the studies that are kept, those changed last."""
_LONGEST_NAME = 40
"""Characters of a study's name on a button."""


class EmptyCard(Card):
    """Words, and buttons for the studies that were changed last; looks for them each time it is shown."""

    can_fill_the_page = False

    def __init__(self, tune: TuneSession) -> None:
        super().__init__("tune_page")
        self._tune = tune
        self._offers: list[QPushButton] = []
        title = with_role(QLabel(_TITLE), "title")
        column = laid_out(QVBoxLayout(self), 1, title, margins=(36, 24, 36, 24), spacing=8)
        for text in _STEPS:
            step = QLabel(text)
            step.setTextFormat(Qt.TextFormat.RichText)
            step.setWordWrap(True)
            column.addWidget(step)
        later = with_role(QLabel(_LATER), "muted")
        later.setWordWrap(True)
        column.addWidget(later)
        self._kept = WrappingBar(gap=8)
        column.addWidget(self._kept)
        column.addStretch(2)
        tune.studies_changed.connect(Redraw(self, self._offer).now)
        tune.state_changed.connect(self._enable)

    def _offer(self) -> None:
        for button in self._offers:
            button.hide()
            button.deleteLater()
        kept = (study for study in kept_studies(self._tune.folder) if not study.problem)
        self._offers = [self._button(*offer) for offer in enumerate(islice(kept, _MOST_OFFERED))]
        self._kept.set_groups(self._offers, ())
        for button in self._offers:
            button.show()
        self._enable()

    def _button(self, place: int, study: KeptStudy) -> QPushButton:
        name = shortened(study.name, _LONGEST_NAME)
        text = f"Go on with {name} ({counted(study.n_trials, 'trial')})"
        button = push_button(text.replace("&", "&&"), f"go_on_{place}", "studies", accessible_name=text)
        button.clicked.connect(partial(self._open, Place(study.path, study.name)))
        return button

    def _open(self, place: Place, *_: object) -> None:
        self._tune.open(place)

    def _enable(self) -> None:
        """Offer nothing while a study is being opened."""
        for button in self._offers:
            button.setEnabled(self._tune.state is JobState.EMPTY)
