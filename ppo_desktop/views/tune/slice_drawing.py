"""The objective over one hyperparameter: a point for each trial, pale where it was tried early."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_axis import axis_range
from ppo_desktop.views.tune.dots import paint_dots
from ppo_desktop.views.tune.objective_axis import objective_range, objective_scale, solved_objective
from ppo_desktop.views.tune.plot_frame import PlotFrame, nearest
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_symbols import (
    LegendItem,
    Symbol,
    dot_radius,
    legend_height,
    mixed,
    paint_best,
    paint_diamonds,
    paint_legend,
    paint_pointed,
)

N_SHADES = 5
"""Shades from early to late; a dot is drawn in one of them."""
_PALEST = 0.72
"""How much of the card's colour is in the earliest."""
_REACH = 8.0
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SliceDrawing:
    """One picture.

    Attributes:
        frame: Its area and axes.
        places: Pixels of every trial, (n, 2), in the order of the digest; nan where it has no value.
        shades: Shade of every trial, (n,): 0 for the earliest, up to N_SHADES - 1.
    """

    def __init__(self, theme: Theme, room: QRectF, arrays: TrialArrays, field: str) -> None:
        self._theme = theme
        self._arrays = arrays
        plan = arrays.digest.plan
        self._dimension = plan.dimension(field)
        self._scale = objective_scale(plan)
        self._solved = solved_objective(plan)
        self.frame = PlotFrame(
            theme,
            room,
            axis_range(self._dimension),
            objective_range(plan, arrays.objectives[arrays.has_value]),
            widest=self._scale.widest,
            above=legend_height(theme),
            right=14.0,
        )
        positions = arrays.drawn_positions(field)
        self.places = self.frame.points(positions, arrays.objectives)
        self.places[~arrays.has_value | np.isnan(positions)] = np.nan
        last = max(int(arrays.numbers[-1]), 1)
        self.shades = np.minimum(arrays.numbers * N_SHADES // (last + 1), N_SHADES - 1)
        self._radius = dot_radius(theme, len(arrays.numbers))
        self.numbers: Sequence[int] = self._from_left_to_right()

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the nearest trial."""
        place = nearest(self.places, position.x(), position.y(), _REACH + self._radius)
        return None if place is None else int(self._arrays.numbers[place])

    def paint(self, painter: QPainter) -> None:
        """Draw axes, the trials from early to late, and the best last."""
        frame, theme, arrays = self.frame, self._theme, self._arrays
        frame.paint_value_axis(painter, frame.value_ticks(self._scale))
        frame.paint_dimension_columns(painter, self._dimension)
        frame.paint_solved(painter, self._solved)
        is_there = ~np.isnan(self.places[:, 0])
        pruned = self.places[is_there & arrays.is_pruned]
        paint_diamonds(painter, pruned, self._radius, theme.colour("muted"))
        for shade in range(N_SHADES):
            dots = self.places[is_there & arrays.is_complete & (self.shades == shade)]
            paint_dots(painter, dots, self._radius, shade_colour(theme, shade))
        paint_best(painter, theme, self.places, arrays.best_place)
        frame.paint_solved_text(painter, self._solved)
        self._paint_legend(painter)

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw a ring around a trial."""
        place = self._arrays.place_of(number)
        paint_pointed(painter, self._theme, self.places, place, self._radius)

    def legend(self) -> list[LegendItem]:
        """Return what the symbols mean that are there, but for the shades."""
        is_there = ~np.isnan(self.places[:, 0])
        items = [
            (Symbol.STAR, "best", self._arrays.best is not None),
            (Symbol.DIAMOND, "pruned", bool((is_there & self._arrays.is_pruned).any())),
        ]
        return [(symbol, text) for symbol, text, is_shown in items if is_shown]

    # ---- how it is done ------------------------------------------------------------------------

    def _from_left_to_right(self) -> list[int]:
        """Return the numbers of trials in the order in which arrow keys reach them."""
        order = np.argsort(self.places[:, 0], kind="stable")
        is_there = ~np.isnan(self.places[order, 0])
        return [int(number) for number in self._arrays.numbers[order][is_there]]

    def _paint_legend(self, painter: QPainter) -> None:
        """Write what shades and symbols mean."""
        theme, area = self._theme, self.frame.area
        room = QRectF(area.left(), 0.0, area.width(), legend_height(theme))
        first, last = "trial 0", grouped(int(self._arrays.numbers[-1]))
        painter.setFont(theme.font(0.75))
        width = self.frame.metrics.horizontalAdvance(first)
        painter.setPen(theme.colour("muted"))
        painter.drawText(room, _LEFT, first)
        radius = 0.3 * theme.base_size
        left = room.left() + width + 6 + radius
        for shade in range(N_SHADES):
            centre = np.array([[left + 2.6 * radius * shade, room.center().y()]])
            paint_dots(painter, centre, radius, shade_colour(theme, shade))
        painter.setPen(theme.colour("muted"))
        left += 2.6 * radius * (N_SHADES - 1) + radius + 6
        painter.drawText(QRectF(left, room.top(), room.width(), room.height()), _LEFT, last)
        left += self.frame.metrics.horizontalAdvance(last) + theme.base_size
        rest = QRectF(left, room.top(), room.right() - left, room.height())
        paint_legend(painter, theme, rest, self.legend(), theme.colour("episode_return"))


def shade_colour(theme: Theme, shade: int) -> QColor:
    """Return the colour of a trial by when it was tried, 0 for the earliest."""
    paleness = _PALEST * (1.0 - shade / (N_SHADES - 1))
    return mixed(theme.colour("episode_return"), theme.colour("card"), paleness)
