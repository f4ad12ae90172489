"""What stands in the place of the figures while no study is shown: what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from ppo_desktop.views.controls import explained

_TITLE = "Search for good hyperparameters"
_STEPS = (
    "1.  <b>What is searched:</b> tick hyperparameters at the left and set their ranges.",
    "2.  <b>What counts as good:</b> the objective below them, with steps and seeds.",
    "3.  <b>Who chooses:</b> a sampler above, TPE for a start, and how many trials.",
    "4.  <b>Start.</b> The history, the importances and the contour grow here while the trials learn.",
)
_LATER = (
    "A study is kept from its first trial on: stop it, close the window, and go on with it whenever you "
    "like. Studies that are kept already are in the menu at the upper left."
)


class EmptyCard(QFrame):
    """Words only."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        explained(self, "tune_page").setToolTip("")
        column = QVBoxLayout(self)
        column.setContentsMargins(36, 24, 36, 24)
        column.setSpacing(8)
        column.addStretch(1)
        title = QLabel(_TITLE)
        title.setProperty("role", "title")
        column.addWidget(title)
        for text in _STEPS:
            step = QLabel(text)
            step.setTextFormat(Qt.TextFormat.RichText)
            step.setWordWrap(True)
            column.addWidget(step)
        later = QLabel(_LATER)
        later.setProperty("role", "muted")
        later.setWordWrap(True)
        column.addWidget(later)
        column.addStretch(2)
