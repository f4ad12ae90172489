"""The widget of the picture of the update that is chosen."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QHideEvent, QKeySequence, QShortcut, QShowEvent

from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import ROW, TICK_FONT
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.update_picture import Moment, UpdateFigure, UpdatePicture

PICTURE_MILLISECONDS = 250
"""At full speed a picture stays so long; more cannot be followed, and training goes on."""
_LINES = 4.2 * ROW + 4.5
"""Height of a picture at least: four rows with what is left above and below, the axis and its name, gaps."""
_EMPTY = "Appears with the first gradient step."
_NOT_LOOKED_AT = "Appears as soon as a gradient step is looked at more closely."
_NO_RATIO = "A2C has no ratio: it takes one step, with the policy that has just acted."


class PictureChart(Chart):
    """Draws one of the pictures; Ctrl+C copies its numbers.

    It shows nothing that it has not been given: `networks_wanted` says whether it needs them now, and
    `episode_wanted` whether it needs one that is played to its time limit.

    Attributes:
        figure: What is drawn; None while there is nothing.
    """

    networks_wanted = Signal(bool)
    episode_wanted = Signal(bool)
    sample_opened = Signal(int)
    """A sample of the rollout is to be followed."""

    def __init__(self, theme: Theme, object_name: str = "update_picture") -> None:
        self.figure: UpdateFigure | None = None
        self._needs_networks = self._needs_episode = False
        self._note = _EMPTY
        super().__init__(theme, object_name, "Picture of the update", "update")
        self.pointed.connect(self.set_highlighted)
        self.opened.connect(self._open_sample)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self, context=Qt.ShortcutContext.WidgetShortcut)
        copy.setWhatsThis("Copy the numbers of the picture that has the focus, as CSV")
        copy.activated.connect(self.copy_as_csv)

    def show_moment(
        self, picture: UpdatePicture, moment: Moment | None, *, has_ratio: bool, frame: Frame | None = None
    ) -> None:
        """Draw a picture of a moment, or say why there is none.

        Args:
            picture: The picture.
            moment: The moment; None before the first gradient step.
            has_ratio: Whether the algorithm has a ratio.
            frame: The state shown of the environment, of which some pictures are made; None for none.
        """
        of_frame = None if frame is None or frame.passed is None else picture.of_frame
        self._needs_networks = picture.needs_networks and of_frame is None
        self._needs_episode = picture.needs_episode
        self._tell_what_is_wanted()
        explained(self, picture.explanation).setToolTip("")  # it would cover what one looks at
        self.setAccessibleName(picture.label)
        if of_frame is not None and frame is not None:
            self.figure = of_frame(frame)
        elif picture.is_of_ratios and not has_ratio:
            self.figure, self._note = None, _NO_RATIO
        elif moment is None or (picture.needs_networks and moment.minibatch.networks is None):
            self.figure, self._note = None, _EMPTY if moment is None else _NOT_LOOKED_AT
        else:
            self.figure = picture.make(moment)
        self.redraw()

    def minimumSizeHint(self) -> QSize:
        """High enough for the names of four rows and, below them, the axis and its name."""
        return QSize(160, math.ceil(_LINES * QFontMetricsF(self._theme.font(TICK_FONT)).height()))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is needed again."""
        super().showEvent(event)
        self._tell_what_is_wanted()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing: it costs the learner time."""
        super().hideEvent(event)
        self._tell_what_is_wanted()

    def _tell_what_is_wanted(self) -> None:
        self.networks_wanted.emit(self._needs_networks and self.isVisible())
        self.episode_wanted.emit(self._needs_episode and self.isVisible())

    @Slot(object)
    def _open_sample(self, key: Key) -> None:
        sample = None if self.figure is None else self.figure.sample_of(key)
        if sample is not None:
            self.sample_opened.emit(sample)

    @Slot()
    def copy_as_csv(self) -> None:
        """Put every number that is drawn on the clipboard."""
        if self.figure is not None:
            QGuiApplication.clipboard().setText(self.figure.csv())

    def picture_in(self, room: QRectF) -> Picture | None:
        return None if self.figure is None else self.figure.picture_in(self._theme, room)

    def note(self) -> str:
        return self._note

    def tip(self, key: Key) -> str:
        return "" if self.figure is None else self.figure.tip(key)

    def summary(self) -> str:
        return "" if self.figure is None else self.figure.summary()
