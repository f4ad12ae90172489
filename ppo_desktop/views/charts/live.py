"""The widget of a figure that changes with every frame: laid out and painted anew each time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.controls import named
from ppo_desktop.views.theme import Theme, smooth_painter

LIVE_FONT = 0.85
"""Size of the words in such a figure, as a share of the base size."""


class LiveFigure(QWidget):
    """Shows pictures; nothing is kept of them, and nothing is laid out that Qt does not paint.

    Args:
        theme: Fonts and colours.
        object_name: Its name for tests.
        name: Its name for screen readers.
        explanation: Key of its explanation.
        note: What is particular about how it shows that, in sentences.
    """

    def __init__(self, theme: Theme, object_name: str, name: str, explanation: str, note: str = "") -> None:
        super().__init__()
        named(self, object_name, name, explanation, note)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        theme.changed.connect(self.update)

    @abstractmethod
    def pictures_in(self, room: QRectF) -> Iterable[Picture]:
        """Return what is shown in a rectangle, what is drawn first first."""

    def sizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(440, 300)

    def minimumSizeHint(self) -> QSize:
        """Return the least that stays legible."""
        return QSize(240, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all."""
        painter = smooth_painter(self)
        for picture in self.pictures_in(QRectF(self.rect())):
            picture.paint(painter)
