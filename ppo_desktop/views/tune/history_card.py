"""The card with the optimisation history."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.history_drawing import HistoryDrawing
from ppo_desktop.views.tune.trial_arrays import trial_arrays
from ppo_desktop.views.tune.trial_figure import Drawing, TrialFigure
from ppo_desktop.views.tune.wording import objective_text
from ppo_desktop.views.turns import Turns

_NOTHING_YET = "Every trial appears here when it has ended: one point each, by its number."


class HistoryFigure(TrialFigure):
    """Draws every trial's value by its number."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "history_figure", "Value of each trial", "optimisation_history")

    def _drawing(self, room: QRectF) -> Drawing | None:
        if self._digest is None or not self._digest.finished:
            return None
        return HistoryDrawing(self._theme, room, trial_arrays(self._digest))

    def _note(self) -> str:
        return _NOTHING_YET


class HistoryCard(FigureCard):
    """Shows how the search went: each trial's value by its number, and the best so far."""

    def __init__(self, tune: TuneSession, theme: Theme, turns: Turns) -> None:
        super().__init__(tune, turns, HistoryFigure(theme), "Optimisation history", "optimisation_history")

    def _show(self) -> None:
        super()._show()
        self.remark.set_wordings(_best(self._tune.digest))


def _best(digest: StudyDigest | None) -> tuple[str, ...]:
    """Return which trial is the best so far, from more to fewer words."""
    if digest is None or digest.best is None or digest.best.objective is None:
        return ()
    written = objective_text(digest.best.objective, digest.plan.environment_id)
    number = grouped(digest.best.number)
    best = f"best so far {written} at trial {number}"
    return f"{digest.plan.objective.label.lower()}, {best}", best, written
