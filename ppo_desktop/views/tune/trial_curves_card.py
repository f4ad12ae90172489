"""The card with the learning curves of trials, those that run now among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.plot_scales import nice_step, shorten
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dots import Points, paint_dots
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.objective_axis import objective_range, objective_scale
from ppo_desktop.views.tune.plot_frame import PlotFrame
from ppo_desktop.views.tune.trial_figure import Drawing, TrialFigure
from ppo_desktop.views.tune.trial_symbols import (
    LegendItem,
    Symbol,
    dotted_pen,
    faint_pen,
    legend_height,
    paint_best,
    paint_legend,
    polygon,
)

_NOTHING_YET = "The learning curves of running trials grow here, a point after every 20th of their steps."

_WHAT = "return of training episodes, actions drawn at random"
"""Which is not what a study's evaluation measures."""
_WHAT_IN_SHORT = "training return"
MOST_ENDED = 30
"""Of the trials that have ended, the last so many are drawn, and the best."""
_REACH = 8.0
"""Pixels from a curve at which it is still pointed at."""


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
            digest: What the study says, None before there is anything.
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

    def __init__(self, tune: TuneSession, theme: Theme, queue: RedrawQueue) -> None:
        super().__init__(tune, queue, TrialCurvesFigure(theme), "Learning curves", "trial_curves")
        tune.running_changed.connect(self._show_soon)

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


class TrialCurvesDrawing:
    """One picture.

    Args:
        theme: Fonts and colours.
        room: Where it is drawn.
        plan: What is searched.
        drawn: The trials that are drawn.

    Attributes:
        frame: Its area and axes.
        lines: {trial number: points of its curve in pixels, (n, 2)}, in the order drawn.
    """

    def __init__(self, theme: Theme, room: QRectF, plan: StudyPlan, drawn: DrawnTrials) -> None:
        self._theme = theme
        self._drawn = drawn
        self._scale = objective_scale(plan)
        self._solved = solved_return(plan.environment_id)
        curves = {trial.number: np.array(trial.curve, dtype=float) for trial in drawn.all}
        self._last = max([float(plan.total_steps), *(curve[-1, 0] for curve in curves.values())])
        values = objective_range(plan, np.concatenate([curve[:, 1] for curve in curves.values()]))
        self.frame = PlotFrame(
            theme, room, (0.0, self._last), values, widest=self._scale.widest, above=legend_height(theme)
        )
        self.lines = {
            number: self.frame.points(curve[:, 0], curve[:, 1])[np.isfinite(curve[:, 1])]
            for number, curve in curves.items()
        }
        self.numbers: Sequence[int] = sorted(self.lines)

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the nearest curve."""
        place = np.array([position.x(), position.y()])
        distances = {number: _distance(line, place) for number, line in self.lines.items()}
        number = min(distances, key=lambda number: distances[number])
        return number if distances[number] <= _REACH else None

    def paint(self, painter: QPainter) -> None:
        """Draw axes, then every curve, those that matter most last."""
        theme, drawn = self._theme, self._drawn
        colour = theme.colour("episode_return")
        self.frame.paint_value_axis(painter, self.frame.value_ticks(self._scale))
        self._paint_steps(painter)
        self.frame.paint_solved(painter, self._solved)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for trials, pen in (
            (drawn.ended, faint_pen(theme, colour)),
            (drawn.pruned, dotted_pen(theme)),
            (drawn.running, QPen(colour, 2.0)),
        ):
            painter.setPen(pen)
            for trial in trials:
                painter.drawPolyline(polygon(self.lines[trial.number]))
        self._paint_heads(painter)
        self._paint_best(painter)
        self.frame.paint_solved_text(painter, self._solved, at_left=True)
        top = QRectF(self.frame.area.left(), 0.0, self.frame.area.width(), legend_height(theme))
        paint_legend(painter, theme, top, self.legend(), colour)

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw a trial's curve in front of all others."""
        line = self.lines.get(number)
        if line is None or not len(line):
            return
        theme = self._theme
        is_pruned = any(trial.number == number for trial in self._drawn.pruned)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in (("card", 5.0), ("text", 2.4)):
            pen = QPen(theme.colour(colour), width)
            if is_pruned and colour == "text":
                pen.setDashPattern([1.0, 1.2])
            painter.setPen(pen)
            painter.drawPolyline(polygon(line))
        self._paint_number(painter, number, line)

    def legend(self) -> list[LegendItem]:
        """Return what the lines mean that are there."""
        drawn = self._drawn
        n = len(drawn.running)
        items = [
            (Symbol.LIVE_LINE, f"{n} running", n > 0),
            (Symbol.STAR_LINE, "best", drawn.best is not None),
            (Symbol.LINE, "ended", bool(drawn.ended)),
            (Symbol.DOTTED_LINE, "pruned", bool(drawn.pruned)),
        ]
        return [(symbol, text) for symbol, text, is_there in items if is_there]

    # ---- how it is done ------------------------------------------------------------------------

    def _paint_steps(self, painter: QPainter) -> None:
        most = max(1, int(self.frame.area.width() / self.frame.column_text_room("250k00")))
        step = nice_step(self._last, min(most, 10))
        n = int(self._last / step + 1e-9)
        ticks = [(index * step, shorten(index * step)) for index in range(n + 1)]
        self.frame.paint_columns(painter, ticks, "environment steps of each run")

    def _paint_heads(self, painter: QPainter) -> None:
        """Draw a dot where each running trial is now."""
        heads = [
            self.lines[trial.number][-1] for trial in self._drawn.running if len(self.lines[trial.number])
        ]
        radius = 0.34 * self._theme.base_size
        paint_dots(painter, np.array(heads).reshape(-1, 2), radius, self._theme.colour("episode_return"))

    def _paint_best(self, painter: QPainter) -> None:
        best = self._drawn.best
        if best is None or not len(self.lines[best.number]):
            return
        theme, line = self._theme, self.lines[best.number]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((theme.colour("card"), 4.5), (theme.colour("episode_return"), 2.4)):
            painter.setPen(QPen(colour, width))
            painter.drawPolyline(polygon(line))
        paint_best(painter, theme, line, len(line) - 1)

    def _paint_number(self, painter: QPainter, number: int, line: Points) -> None:
        """Write the number of a curve's trial at its end."""
        x, y = line[-1].tolist()
        text, metrics, area = f"trial {number}", self.frame.metrics, self.frame.area
        width, height = metrics.horizontalAdvance(text) + 8, metrics.height()
        left = min(x + 6, area.right() - width)
        top = min(max(y - height - 4, area.top()), area.bottom() - height)
        chip = QRectF(left, top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("text"))
        painter.drawRoundedRect(chip, 3, 3)
        painter.setFont(self._theme.font(0.75))
        painter.setPen(self._theme.colour("card"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)


def _distance(line: Points, place: Points) -> float:
    """Return how far a pixel is from a line of straight pieces."""
    if len(line) < 2:
        return float(np.hypot(*(line[0] - place))) if len(line) else float("inf")
    starts, pieces = line[:-1], np.diff(line, axis=0)
    squares = np.maximum((pieces**2).sum(axis=1), 1e-12)
    along = np.clip(((place - starts) * pieces).sum(axis=1) / squares, 0.0, 1.0)
    return float(np.hypot(*(starts + along[:, None] * pieces - place).T).min())
