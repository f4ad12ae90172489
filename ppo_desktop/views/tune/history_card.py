"""The card with the optimisation history."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.views.plot_scales import nice_step
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dots import Points, paint_dots
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.objective_axis import objective_range, objective_scale, solved_objective
from ppo_desktop.views.tune.plot_frame import PlotFrame, nearest
from ppo_desktop.views.tune.trial_arrays import Mask, TrialArrays, trial_arrays
from ppo_desktop.views.tune.trial_figure import Drawing, TrialFigure
from ppo_desktop.views.tune.trial_symbols import (
    LegendItem,
    Symbol,
    dot_radius,
    failed_pen,
    interrupted_pen,
    legend_height,
    mixed,
    paint_best,
    paint_diamonds,
    paint_legend,
    paint_pointed,
    paint_rings,
    paint_strokes,
    polygon,
)
from ppo_desktop.views.tune.wording import objective_text

_NOTHING_YET = "Every trial appears here when it has ended: one point each, by its number."
_SHORTEST_AXIS = 10.0
_REACH = 9.0
"""Pixels from a trial at which it is still pointed at."""
_PALE = 0.35
"""How much of the card's colour is in a trial's dot: the line of the best stands out."""


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

    def __init__(self, tune: TuneSession, theme: Theme, queue: RedrawQueue) -> None:
        super().__init__(tune, queue, HistoryFigure(theme), "Optimisation history", "optimisation_history")

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


class HistoryDrawing:
    """One picture.

    Attributes:
        frame: Its area and axes.
        places: Pixels of every trial, (n, 2), in the order of the digest: of one without a value at the
            bottom; nan where it has not ended.
        steps: Corners of the line of the best so far, pixels, (n, 2).
    """

    def __init__(self, theme: Theme, room: QRectF, arrays: TrialArrays) -> None:
        self._theme = theme
        self._arrays = arrays
        plan = arrays.digest.plan
        self._scale = objective_scale(plan)
        self._solved = solved_objective(plan)
        self._end = axis_end(int(arrays.numbers[-1]))
        values = objective_range(plan, arrays.objectives[arrays.has_value])
        self.frame = PlotFrame(
            theme, room, (0.0, self._end), values, widest=self._scale.widest, above=legend_height(theme)
        )
        self.places = self.frame.points(arrays.numbers.astype(float), arrays.objectives)
        self.places[arrays.is_failed | arrays.is_interrupted, 1] = self.frame.area.bottom()
        self.places[~self._has_ended] = np.nan
        self.steps = self._steps()
        self._radius = dot_radius(theme, len(arrays.numbers))
        self.numbers: Sequence[int] = arrays.numbers[self._has_ended].tolist()

    @property
    def _has_ended(self) -> Mask:
        arrays = self._arrays
        return arrays.has_value | arrays.is_failed | arrays.is_interrupted

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the nearest trial."""
        place = nearest(self.places, position.x(), position.y(), _REACH + self._radius)
        return None if place is None else int(self._arrays.numbers[place])

    def paint(self, painter: QPainter) -> None:
        """Draw axes, levels, trials, and the best last."""
        self.frame.paint_value_axis(painter, self.frame.value_ticks(self._scale))
        self._paint_numbers(painter)
        self.frame.paint_solved(painter, self._solved)
        self._paint_ended_without_value(painter)
        self._paint_trials(painter)
        self._paint_best(painter)
        self.frame.paint_solved_text(painter, self._solved)
        top = QRectF(self.frame.area.left(), 0.0, self.frame.area.width(), legend_height(self._theme))
        paint_legend(painter, self._theme, top, self.legend(), self._theme.colour("episode_return"))

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw a ring around a trial, and a line down to its number."""
        place = self._arrays.place_of(number)
        if place is None or np.isnan(self.places[place]).any():
            return
        x, y = self.places[place].tolist()
        painter.setPen(QPen(self._theme.colour("muted"), 1.0))
        painter.drawLine(QLineF(x, y, x, self.frame.area.bottom()))
        paint_pointed(painter, self._theme, self.places, place, self._radius)

    def legend(self) -> list[LegendItem]:
        """Return what the symbols mean that are there."""
        arrays = self._arrays
        plain, random = arrays.is_complete & ~arrays.is_random, arrays.is_complete & arrays.is_random
        items = [
            (Symbol.STAR_LINE, "best so far", arrays.is_complete.any()),
            (Symbol.DOT, "trial", plain.any()),
            (Symbol.RING, "drawn at random", random.any()),
            (Symbol.DIAMOND, "pruned", arrays.is_pruned.any()),
            (Symbol.FAILED, "failed", arrays.is_failed.any()),
            (Symbol.INTERRUPTED, "interrupted", arrays.is_interrupted.any()),
        ]
        return [(symbol, text) for symbol, text, is_there in items if is_there]

    # ---- how it is done ------------------------------------------------------------------------

    def _steps(self) -> Points:
        """Return the corners of the line of the best so far: level up to each improvement, then up."""
        best = self._arrays.digest.best_so_far
        ended = self._arrays.numbers[self._has_ended]
        if not best or not len(ended):
            return np.empty((0, 2))
        numbers, values = (np.array(part, dtype=float) for part in zip(*best, strict=True))
        last = max(float(ended[-1]), numbers[-1])
        across = np.append(np.repeat(numbers, 2)[1:], last)
        return self.frame.points(across, np.repeat(values, 2))

    def _paint_numbers(self, painter: QPainter) -> None:
        area, metrics = self.frame.area, self.frame.metrics
        most = max(1, int(area.width() / (metrics.horizontalAdvance(grouped(self._end)) + 28)))
        step = math.ceil(nice_step(self._end, min(most, 10)))  # of 2.5 every other number would be none
        ticks = [(index * step, grouped(index * step)) for index in range(int(self._end / step + 1e-9) + 1)]
        self.frame.paint_columns(painter, ticks, "trial")

    def _paint_ended_without_value(self, painter: QPainter) -> None:
        """Draw strokes at the bottom."""
        arrays, height = self._arrays, 0.6 * self.frame.metrics.height()
        for is_so, pen, share in (
            (arrays.is_interrupted, interrupted_pen(self._theme), 0.6),
            (arrays.is_failed, failed_pen(self._theme), 1.0),
        ):
            columns = self.places[is_so, 0].tolist()
            paint_strokes(painter, columns, self.frame.area.bottom(), share * height, pen)

    def _paint_trials(self, painter: QPainter) -> None:
        arrays, radius = self._arrays, self._radius
        card = self._theme.colour("card")
        colour = mixed(self._theme.colour("episode_return"), card, _PALE)
        paint_diamonds(painter, self.places[arrays.is_pruned], radius, self._theme.colour("muted"))
        paint_rings(painter, self.places[arrays.is_complete & arrays.is_random], radius, colour, card)
        paint_dots(painter, self.places[arrays.is_complete & ~arrays.is_random], radius, colour)

    def _paint_best(self, painter: QPainter) -> None:
        theme = self._theme
        if len(self.steps):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("episode_return"), 2.0))
            painter.drawPolyline(polygon(self.steps))
        paint_best(painter, theme, self.places, self._arrays.best_place)


def axis_end(last: int) -> float:
    """Return where an axis of trial numbers ends: seldom moved, and little of it empty."""
    end = max(_SHORTEST_AXIS, float(last))
    step = nice_step(end, 5)
    return math.ceil(end / step - 1e-9) * step
