"""The card with the optimisation history."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.views.charts.colours import mixed
from ppo_desktop.views.charts.frame import TICK_FONT, Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale, nice_step
from ppo_desktop.views.charts.shapes import Lines, Shape
from ppo_desktop.views.charts.symbols import Dot, Ring, Upright
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.objective_axis import objective_axis, solved_level
from ppo_desktop.views.tune.trial_arrays import TrialArrays, trial_arrays
from ppo_desktop.views.tune.trial_chart import TrialChart
from ppo_desktop.views.tune.trial_shapes import TrialPlaces
from ppo_desktop.views.tune.wording import objective_text

_SHORTEST_AXIS = 10.0
_PALE = 0.35
"""How much of the card's colour is in a trial's dot: the line of the best stands out."""


class HistoryChart(TrialChart):
    """Draws every trial's value by its number."""

    empty = "Every trial appears here when it has ended: one point each, by its number."

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "history_figure", "Value of each trial", "optimisation_history")

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the history, once a trial has ended."""
        if self._digest is None or not self._digest.finished:
            return None
        return history_picture(self._theme, room, trial_arrays(self._digest))


class HistoryCard(FigureCard):
    """Shows how the search went: each trial's value by its number, and the best so far."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__(tune, theme, HistoryChart(theme), "Optimisation history", "optimisation_history")

    def _show(self) -> None:
        super()._show()
        self.remark.set_wordings(_best(self._tune.digest))


def _best(digest: StudyDigest | None) -> tuple[str, ...]:
    """Return which trial is the best so far, from more to fewer words."""
    if digest is None or digest.best is None or digest.best.objective is None:
        return ()
    written = objective_text(digest.best.objective, digest.plan.environment_id)
    best = f"best so far {written} at trial {grouped(digest.best.number)}"
    return f"{digest.plan.objective.label.lower()}, {best}", best, written


def history_picture(theme: Theme, room: QRectF, arrays: TrialArrays) -> Picture:
    """Return each trial by its number: at its value, or at the bottom where it has none."""
    rows = objective_axis(arrays.digest.plan, arrays.objectives[arrays.has_value])
    columns = Axis(_NUMBERS, (0.0, axis_end(int(arrays.numbers[-1]))), "trial")
    is_at_bottom = arrays.is_failed | arrays.is_interrupted
    heights = np.where(is_at_bottom, rows.shown[0], np.where(arrays.has_value, arrays.objectives, np.nan))
    trials = TrialPlaces(theme, arrays, arrays.numbers.astype(float), heights, has_drop=True)
    card = theme.colour("card")
    pale, radius = mixed(theme.colour("episode_return"), card, _PALE), trials.radius
    stroke = 0.6 * QFontMetricsF(theme.font(TICK_FONT)).height()
    interrupted, failed = QPen(theme.colour("muted"), 1.2), QPen(theme.colour("warning"), 1.8)
    shapes: list[Shape] = [
        *solved_level(arrays.digest.plan),
        *trials.marks(arrays.is_interrupted, Upright(radius, 0.6 * stroke, interrupted), "interrupted"),
        *trials.marks(arrays.is_failed, Upright(radius, stroke, failed), "failed"),
        *trials.pruned(),
        *trials.marks(arrays.is_complete & arrays.is_random, Ring(radius, pale, card), "random"),
        *trials.marks(arrays.is_complete & ~arrays.is_random, Dot(radius, pale), "trial"),
    ]
    steps = best_steps(arrays, trials.numbers)
    if len(steps):
        shapes.append(Lines({None: steps}, QPen(theme.colour("episode_return"), 2.0), legend="best so far"))
    return plotted(theme, room, columns, rows, [*shapes, *trials.best()], keys=trials.numbers)


_NUMBERS = LinearScale(label=grouped, is_whole=True, most=10)


def best_steps(arrays: TrialArrays, ended: list[int]) -> Numbers:
    """Return the corners of the best so far, (n, 2): level up to each improvement, then up."""
    best = arrays.digest.best_so_far
    if not best or not ended:
        return np.empty((0, 2))
    numbers, values = (np.array(part, dtype=float) for part in zip(*best, strict=True))
    last = max(float(ended[-1]), numbers[-1])
    return np.stack([np.append(np.repeat(numbers, 2)[1:], last), np.repeat(values, 2)], axis=1)


def axis_end(last: int) -> float:
    """Return where an axis of trial numbers ends: seldom moved, and little of it empty."""
    end = max(_SHORTEST_AXIS, float(last))
    step = nice_step(end, 5)
    return math.ceil(end / step - 1e-9) * step
