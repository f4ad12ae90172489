"""The card with the learning curves of trials, those that run now among them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.digest import StudyDigest
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.trial_curves_drawing import (
    MOST_ENDED,
    DrawnTrials,
    TrialCurvesDrawing,
    drawn_trials,
)
from ppo_desktop.views.tune.trial_figure import Drawing, TrialFigure
from ppo_desktop.views.turns import Turns

_NOTHING_YET = "The learning curves of running trials grow here, a point after every 20th of their steps."

_WHAT = "return of training episodes, actions drawn at random"
"""Which is not what a study's evaluation measures."""
_WHAT_IN_SHORT = "training return"


class TrialCurvesFigure(TrialFigure):
    """Draws mean returns over the steps of each run."""

    def __init__(self, theme: Theme) -> None:
        self.drawn = DrawnTrials()
        self._plan: StudyPlan | None = None
        super().__init__(theme, "trial_curves_figure", "Learning curves of trials", "trial_curves")

    def show_trials(
        self, plan: StudyPlan | None, digest: StudyDigest | None, running: Sequence[TrialRecord]
    ) -> None:
        """Show trials of a study, None of no study.

        Args:
            plan: What is searched.
            digest: What the study says, None as long as nobody has looked at it.
            running: Our own running trials as they are now.
        """
        self._plan = plan
        drawn = drawn_trials(digest, running)
        if drawn != self.drawn:
            self.drawn = drawn
            self._digest = None  # what is drawn is of others
        self.show_digest(digest)

    def _drawing(self, room: QRectF) -> Drawing | None:
        if self._plan is None or not self.drawn.all:
            return None
        return TrialCurvesDrawing(self._theme, room, self._plan, self.drawn)

    def _record(self, number: int) -> TrialRecord | None:
        return next((trial for trial in self.drawn.all if trial.number == number), super()._record(number))

    def _note(self) -> str:
        return _NOTHING_YET


class TrialCurvesCard(FigureCard):
    """Shows how trials learn: those that run now, the best, and the last that have ended."""

    figure: TrialCurvesFigure

    def __init__(self, tune: TuneSession, theme: Theme, turns: Turns) -> None:
        super().__init__(tune, turns, TrialCurvesFigure(theme), "Learning curves", "trial_curves")
        tune.running_changed.connect(self._show_soon)

    def _show(self) -> None:
        tune = self._tune
        self.figure.show_trials(tune.plan, tune.digest, tune.running)
        self.remark.set_wordings(_extent(self.figure.drawn))


def _extent(drawn: DrawnTrials) -> tuple[str, ...]:
    """Return which trials are drawn where not all are, from more to fewer words."""
    if not drawn.all:
        return ()
    n_drawn = len(drawn.ended) + len(drawn.pruned) + (drawn.best is not None)
    if n_drawn >= drawn.n_ended:
        return f"{_WHAT}; mean of each trial’s seeds", _WHAT, _WHAT_IN_SHORT
    best = "the best and " if drawn.best is not None else ""
    last = f"{best}the last {MOST_ENDED} of {grouped(drawn.n_ended)}"
    return f"{_WHAT}; {last}", f"{_WHAT_IN_SHORT}; {last}", f"{_WHAT_IN_SHORT}; last {MOST_ENDED}"
