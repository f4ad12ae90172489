"""A card of the Tune page with a figure: a header above it, and what it is connected with."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.controls import Card, explained, laid_out, with_role
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.tune.trial_figure import TrialFigure
from ppo_desktop.views.wording_label import WordingLabel

LEAST_MILLISECONDS = 100
"""Between two redraws for what the study says; the eye sees no more."""


class SeenCard(Card):
    """While it is hidden nothing is drawn; it catches up when it is shown."""

    @abstractmethod
    def _show(self) -> None:
        """Show what there is now."""

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while it was hidden."""
        super().showEvent(event)
        self._show_now()

    @Slot()
    def _show_now(self) -> None:
        if self.isVisible():
            self._show()


class FigureCard(SeenCard):
    """Shows what the study says in a figure, and passes on what is pointed at.

    Args:
        tune: The study.
        queue: In which all cards are redrawn for what the study says.
        figure: The figure.
        title: What stands above.
        explanation: Key of its explanation.

    Attributes:
        title: What stands above.
        remark: What is said at the right of the header.
        header: The line of both, for what else is asked there.
        figure: The figure.
    """

    def __init__(
        self, tune: TuneSession, queue: RedrawQueue, figure: TrialFigure, title: str, explanation: str
    ) -> None:
        super().__init__(explanation)
        self._tune = tune
        self._queue = queue
        self._is_late = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self.figure = figure
        self.title = with_role(explained(QLabel(title), explanation), "title")
        self.remark = WordingLabel()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.header = laid_out(QHBoxLayout(), self.title, (self.remark, 1), spacing=4)
        self.column = laid_out(
            QVBoxLayout(self), self.header, (self.figure, 1), margins=(10, 7, 10, 6), spacing=2
        )

    def _connect(self) -> None:
        self._timer.timeout.connect(self._show_late)
        self._tune.digest_changed.connect(self._show_soon)
        self._tune.study_changed.connect(self._show_now)
        self._tune.highlight_changed.connect(self._show_highlight)
        self.figure.pointed.connect(self._tune.highlight)
        self.figure.opened.connect(self._tune.use_in_train)

    def catch_up(self) -> None:
        """Show what the study says now, at once; then the card may be exported."""
        self._show_now()
        self.figure.finish()

    @property
    def _pause(self) -> int:
        """Least milliseconds from one redraw to the next."""
        return LEAST_MILLISECONDS

    @Slot()
    def _show_soon(self) -> None:
        """Show what the study says in a turn soon, or in one when the pause since the last time is over."""
        if self._timer.isActive():
            self._is_late = True
        else:
            self._queue.request(self._show_now)

    @Slot()
    def _show_late(self) -> None:
        if self._is_late:
            self._queue.request(self._show_now)

    @Slot()
    def _show_now(self) -> None:
        self._is_late = False
        super()._show_now()
        if self.isVisible():
            self._show_highlight()
            self._timer.start(self._pause)

    def _show(self) -> None:
        """Show what the study says now."""
        self.figure.show_digest(self._tune.digest)

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.figure.set_highlighted(self._tune.highlighted)
