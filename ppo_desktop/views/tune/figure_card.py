"""A card of the Tune page with a figure: a header above it, and what it is connected with."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, explained, laid_out, with_role
from ppo_desktop.views.figure import Below, Drawing, Figure, Panel, Text
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_chart import TrialChart
from ppo_desktop.views.wording_label import WordingLabel

LEAST_MILLISECONDS = 100
"""Between two redraws for what the study says; the eye sees no more."""
_FLATNESS = 0.55
"""Height of an exported figure, as a share of its width."""


class FigureCard(Card):
    """Shows what the study says in a figure, and passes on what is pointed at.

    Args:
        tune: The study.
        theme: Fonts and colours.
        figure: The figure.
        title: What stands above.
        explanation: Key of its explanation.

    Attributes:
        title: What stands above.
        remark: What is said at the right of the header.
        header: The line of both, for what else is asked there.
        figure: The figure.
        redraw: Redraws it for news.
    """

    def __init__(
        self, tune: TuneSession, theme: Theme, figure: TrialChart, title: str, explanation: str
    ) -> None:
        super().__init__(explanation)
        self._theme = theme
        self._tune = tune
        self.figure = figure
        self.title = with_role(explained(QLabel(title), explanation), "title")
        self.remark = WordingLabel()
        self.header = laid_out(QHBoxLayout(), self.title, (self.remark, 1), spacing=4)
        self.column = laid_out(
            QVBoxLayout(self), self.header, (self.figure, 1), margins=(10, 7, 10, 6), spacing=2
        )
        self.redraw = Redraw(self, self._redraw, self._pause)
        tune.digest_changed.connect(self.redraw.request)
        tune.study_changed.connect(self.redraw.now)
        tune.highlight_changed.connect(self._show_highlight)
        figure.pointed.connect(tune.highlight)
        figure.opened.connect(tune.use_in_train)

    def exported(self, title: str, caption: str) -> Figure:
        """Return it as a figure, of what the study says now."""
        self._show()
        self.figure.clearFocus()  # what the keyboard has chosen is no part of it
        remark = [Text(self._theme, self.remark.text())] if self.remark.text() else []
        parts = Below([*remark, Drawing(self.figure.paint_in, _FLATNESS)])
        return Figure(self._theme, Panel(self._theme, parts), title, caption)

    def _pause(self) -> int:
        """Return the least milliseconds from one redraw to the next."""
        return LEAST_MILLISECONDS

    def _redraw(self) -> None:
        self._show()
        self._show_highlight()

    def _show(self) -> None:
        """Show what the study says now."""
        self.figure.show_digest(self._tune.digest)

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.figure.set_highlighted(self._tune.highlighted)
