"""A card with the curves of a lesson's run, which names it and the run before the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QBoxLayout

from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import LegendRow, Series
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.curve_plot import CurvePlot
from ppo_desktop.views.theme import Theme

Wordings = tuple[str, ...]
"""A name, from its full wording to the shortest."""


@dataclass(frozen=True)
class RunNames:
    """What the lines are called of runs that stand in one plot; empty for one that is not there.

    Attributes:
        own: The line of the run that plays.
        before: The grey one, of the run before the change.
        left: The faint one, of the run that a branch has left.
    """

    own: Wordings = ()
    before: Wordings = ()
    left: Wordings = ()


class LessonPlot(CurvePlot):
    """Below the title stands which line is which run, as soon as there are two."""

    def __init__(self, theme: Theme, card: PlotCard) -> None:
        self._runs = LegendRow(theme)
        self._names = RunNames()
        super().__init__(theme, card)
        self._runs.setObjectName(f"{card.name}_runs")
        self._runs.hide()
        layout = self.layout()
        assert isinstance(layout, QBoxLayout)
        layout.insertWidget(1, self._runs)

    @property
    def run_entries(self) -> Sequence[str]:
        """What stands there, in order."""
        return [read_out.text() for read_out in self._runs.read_outs.values() if not self._runs.isHidden()]

    def name_runs(self, names: RunNames) -> None:
        """Say which line is which run, or nothing where there is only one."""
        self._names = names
        main = next((one for one in self.card.series if one.stroke is Stroke.BOLD), self.card.series[-1])
        is_branch = bool(names.left)
        strokes = {
            "before": (names.before, Stroke.THIN, "muted"),
            "left": (names.left, Stroke.THIN, main.colour),
            "own": (names.own, main.stroke.broken if is_branch else main.stroke, main.colour),
        }
        entries = [
            Series(key, wordings, stroke, colour, has_value=False)
            for key, (wordings, stroke, colour) in strokes.items()
            if wordings
        ]
        self._runs.set_series(entries, "")
        self._runs.setVisible(len(entries) > 1)

    def show_card(self, card: PlotCard) -> None:
        """Draw something else, whose lines the same runs have."""
        super().show_card(card)
        self.name_runs(self._names)
