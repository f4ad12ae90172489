"""A card with a map: which result and which statistic of its seeds, and how numbers become colours."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.study.map_digest import MapDigest
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.controls import Card, laid_out, push_button
from ppo_desktop.views.figure import Below, Drawing, Figure, Panel, Text
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.maps.map_chart import MapChart
from ppo_desktop.views.maps.map_colours import Colouring
from ppo_desktop.views.maps.wording import moment_words, offered_results
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import WordingLabel

_FLATNESS = 0.8
"""Height of an exported figure, as a share of its width."""


class MapCard(Card):
    """Shows the first (0) or the second map (1).

    Attributes:
        place: Which of both it is.
        figure: The map.
        colouring: How numbers become colours.
    """

    colouring_chosen = Signal(object)
    second_asked = Signal()
    """The second map is to come, or to go."""

    def __init__(self, maps: MapSession, theme: Theme, place: int) -> None:
        super().__init__("map_of_cells")
        self._maps, self._theme, self.place = maps, theme, place
        self.colouring = Colouring.FIXED
        self.figure = MapChart(theme, place, maps.trial_of)
        self._build()
        self.redraw = Redraw(self, self._show)
        maps.digest_changed.connect(self.redraw.request)
        maps.study_changed.connect(self.redraw.now)
        maps.question_changed.connect(self._show_question)
        maps.highlight_changed.connect(self._show_highlight)
        maps.chosen_changed.connect(self._show_highlight)
        self.figure.pointed.connect(maps.highlight)
        self.figure.chosen.connect(maps.choose)

    def _build(self) -> None:
        place, n = self.place, self.place + 1
        self._measures = FlatCombo(f"map_measure_{n}", "What the map shows", "map_measure")
        self._measures.chosen.connect(lambda name: self._maps.inquiry.choose(place, result=name))
        self._statistics = FlatCombo(f"map_statistic_{n}", "Of its seeds", "map_statistic")
        self._statistics.chosen.connect(lambda each: self._maps.inquiry.choose(place, statistic=each))
        colourings = {each: each.label for each in Colouring}
        self._colourings = FlatCombo(f"map_colours_{n}", "Colours", "map_colours", colourings)
        self._colourings.chosen.connect(self._choose_colouring)
        self.remark = WordingLabel()
        text, name = ("Second map", "second_map_button") if place == 0 else ("Close", "close_map_button")
        self.second = push_button(text, name, "second_map", self.second_asked.emit, role="flat")
        header = laid_out(
            QHBoxLayout(),
            self._measures,
            self._statistics,
            (self.remark, 1),
            self._colourings,
            self.second,
            spacing=4,
        )
        laid_out(QVBoxLayout(self), header, (self.figure, 1), margins=(10, 7, 10, 6), spacing=2)

    # ---- what it shows -------------------------------------------------------------------------

    @property
    def digest(self) -> MapDigest | None:
        """What is shown; None for nothing."""
        digests = self._maps.digest
        return digests[self.place] if digests is not None and self.place < len(digests) else None

    def exported(self, title: str, caption: str) -> Figure:
        """Return it as a figure, of what is known now."""
        self._show()
        self.figure.clearFocus()
        words = f"{self._statistics.currentText()}, {self.remark.text()}"
        parts = Below([Text(self._theme, words), Drawing(self.figure.paint_in, _FLATNESS)])
        return Figure(self._theme, Panel(self._theme, parts), title, caption)

    def _choose_colouring(self, colouring: Colouring) -> None:
        self.colouring = colouring
        self.redraw.now()

    def _show(self) -> None:
        self._show_question()
        best = self._maps.best
        self.figure.show_map(self.digest, None if best is None else best.combination, self.colouring)
        self._show_highlight()

    @Slot()
    def _show_question(self) -> None:
        maps, plan = self._maps, self._maps.plan
        if plan is None or self.place >= len(maps.question) or not self.isVisibleTo(self.window()):
            return
        question = maps.question[self.place]
        self._measures.offer(offered_results(plan.environment_id))
        self._measures.show_value(question.result)
        self._statistics.offer({each: each.label for each in question.statistics})
        self._statistics.show_value(question.statistic)
        self._colourings.show_value(self.colouring)
        self.second.setVisible(self.place == 1 or len(maps.question) == 1)
        self.remark.set_wordings(moment_words(question.n_bins, plan.total_steps))

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.figure.set_highlighted(self._maps.highlighted)
            self.figure.show_chosen(self._maps.chosen)
