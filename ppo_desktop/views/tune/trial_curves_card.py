"""The card with the learning curves of trials, those that run now among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.charts.colours import mixed
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import STEPS
from ppo_desktop.views.charts.shapes import Key, Level, Lines, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.plot_cards import solved_text
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.objective_axis import objective_axis
from ppo_desktop.views.tune.trial_chart import TrialChart
from ppo_desktop.views.tune.trial_shapes import star

_WHAT = "return of training episodes, actions drawn at random"
"""Which is not what a study's evaluation measures."""
_WHAT_IN_SHORT = "training return"
MOST_ENDED = 30
"""Of the trials that have ended, the last so many are drawn, and the best."""


class TrialCurvesChart(TrialChart):
    """Draws mean returns over the steps of each run."""

    empty = "The learning curves of running trials grow here, a point after every 20th of their steps."

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
            digest: What the study says, None before there is anything.
            running: Our own running trials as they are now.
        """
        self._plan = plan
        before, self.drawn = self.drawn, drawn_trials(digest, running)
        self.show_digest(digest, is_other=before != self.drawn)

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the curves, once there is one."""
        if self._plan is None or not self.drawn.all:
            return None
        return curves_picture(self._theme, room, self._plan, self.drawn)

    def _record(self, number: Key) -> TrialRecord | None:
        return next((trial for trial in self.drawn.all if trial.number == number), super()._record(number))


class TrialCurvesCard(FigureCard):
    """Shows how trials learn: those that run now, the best, and the last that have ended."""

    figure: TrialCurvesChart

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__(tune, theme, TrialCurvesChart(theme), "Learning curves", "trial_curves")
        tune.running_changed.connect(self.redraw.request)

    def _show(self) -> None:
        tune = self._tune
        self.figure.show_trials(tune.plan, tune.digest, tune.running)
        self.remark.set_wordings(_n_drawn_wordings(self.figure.drawn))


def _n_drawn_wordings(drawn: DrawnTrials) -> tuple[str, ...]:
    """Return which trials are drawn where not all are, from more to fewer words."""
    if not drawn.all:
        return ()
    n_drawn = len(drawn.ended) + len(drawn.pruned) + (drawn.best is not None)
    if n_drawn >= drawn.n_ended:
        return f"{_WHAT}; mean of each trial’s seeds", _WHAT, _WHAT_IN_SHORT
    best = "the best and " if drawn.best is not None else ""
    last = f"{best}the last {MOST_ENDED} of {grouped(drawn.n_ended)}"
    return f"{_WHAT}; {last}", f"{_WHAT_IN_SHORT}; {last}", f"{_WHAT_IN_SHORT}; last {MOST_ENDED}"


@dataclass(frozen=True)
class DrawnTrials:
    """The trials whose curves are drawn, each in one of these roles.

    Attributes:
        ended: The last that have ended with a value, but for the best.
        pruned: The last that were pruned.
        running: Those that run now, here or elsewhere.
        best: The best; None without one.
        n_ended: Trials that have ended with a curve, drawn or not.
    """

    ended: tuple[TrialRecord, ...] = ()
    pruned: tuple[TrialRecord, ...] = ()
    running: tuple[TrialRecord, ...] = ()
    best: TrialRecord | None = None
    n_ended: int = 0

    @property
    def all(self) -> tuple[TrialRecord, ...]:
        """All of them, what is drawn last at the end."""
        best = () if self.best is None else (self.best,)
        return (*self.pruned, *self.ended, *self.running, *best)


def drawn_trials(digest: StudyDigest | None, running: Sequence[TrialRecord]) -> DrawnTrials:
    """Return which trials are drawn.

    Args:
        digest: What the study says; as it was when it was looked at last, None if it was not yet.
        running: Our own running trials as they are now.
    """
    if digest is None:
        return DrawnTrials(running=tuple(trial for trial in running if trial.curve))
    over = [trial for trial in digest.finished if trial.curve and trial.state in _ENDED]
    best = digest.best if digest.best is not None and digest.best.curve else None
    last = [trial for trial in over if best is None or trial.number != best.number][-MOST_ENDED:]
    known = {trial.number: trial for trial in digest.trials if trial.state is TrialState.RUNNING}
    has_ended = {trial.number for trial in digest.finished}
    ours = {trial.number: trial for trial in running if trial.number not in has_ended}
    live = {**known, **ours}
    return DrawnTrials(
        ended=tuple(trial for trial in last if trial.state is TrialState.COMPLETE),
        pruned=tuple(trial for trial in last if trial.state is TrialState.PRUNED),
        running=tuple(live[number] for number in sorted(live) if live[number].curve),
        best=best,
        n_ended=len(over),
    )


_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


def curves_picture(theme: Theme, room: QRectF, plan: StudyPlan, drawn: DrawnTrials) -> Picture:
    """Return every curve over the steps of its run, those that matter most last."""
    curves: dict[int, Numbers] = {trial.number: np.array(trial.curve, dtype=float) for trial in drawn.all}
    last = max([float(plan.total_steps), *(curve[-1, 0] for curve in curves.values())])
    rows = objective_axis(plan, np.concatenate([curve[:, 1] for curve in curves.values()]))
    solved = solved_return(plan.environment_id)
    colour = theme.colour("episode_return")
    shapes: list[Shape] = []
    if solved is not None:
        shapes.append(Level(solved, solved_text(solved), is_at_left=True))

    def add(trials: Sequence[TrialRecord], pen: QPen, legend: str, **others: Any) -> None:
        if trials:
            lines: dict[Key, Numbers] = {trial.number: curves[trial.number] for trial in trials}
            names: dict[Key, str] = {trial.number: f"trial {trial.number}" for trial in trials}
            shapes.append(Lines(lines, pen, names=names, legend=legend, **others))

    add(drawn.ended, QPen(mixed(colour, theme.colour("card"), 0.55), 1.0), "ended")
    dotted = QPen(theme.colour("neutral"), 1.2)
    dotted.setDashPattern([1.5, 2.5])
    add(drawn.pruned, dotted, "pruned")
    head = Dot(0.34 * theme.base_size, colour)
    add(drawn.running, QPen(colour, 2.0), f"{len(drawn.running)} running", head=head)
    best = () if drawn.best is None else (drawn.best,)
    add(best, QPen(colour, 2.4), "best", halo=QPen(theme.colour("card"), 4.5), head=star(theme))
    columns = Axis(STEPS, (0.0, last), "environment steps of each run")
    return plotted(theme, room, columns, rows, shapes, keys=sorted(curves))
