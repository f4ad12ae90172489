"""Where the axes of parallel coordinates stand, and where each trial's line crosses them. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.plot_scales import Range, Tick
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_axis import dimension_ticks
from ppo_desktop.views.tune.dots import Points
from ppo_desktop.views.tune.objective_axis import objective_scale, spread_range
from ppo_desktop.views.tune.plot_frame import TICK_FONT
from ppo_desktop.views.tune.trial_arrays import Mask, TrialArrays
from ppo_desktop.views.wording_label import first_fitting

OBJECTIVE = "objective"
"""Name of the last axis."""
NAME_FONT = 0.8
_NAME_GAP = 8.0
"""Least pixels between two names."""
_REACH = 8.0
_AXIS_REACH = 12.0

Brushes = Mapping[str, Range]
"""{axis: range of positions, 0…1, that a trial must pass through to be seen}."""


@dataclass(frozen=True)
class Axis:
    """One of the vertical axes.

    Attributes:
        name: The hyperparameter's field, or OBJECTIVE.
        title: What it is called.
        label: What stands above it, as much of that as there is room for.
        line: In which line above the axes, 0 for the uppermost.
        column: Where it stands, pixels.
        ticks: Position, 0…1 from the bottom, and text.
    """

    name: str
    title: str
    label: str
    line: int
    column: float
    ticks: tuple[Tick, ...]


class ParallelGeometry:
    """The layout of one study in one rectangle.

    Attributes:
        area: From the first axis to the last, from their upper ends to their lower.
        axes: The hyperparameters in the order of the study, then the objective.
        shown: Objectives at the ends of the last axis.
        positions: Where each trial passes each axis, (n, axes), 0…1; nan where it does not.
        points: The same in pixels, (n, axes, 2).
        has_line: Which trials pass all axes.
    """

    def __init__(self, theme: Theme, room: QRectF, arrays: TrialArrays) -> None:
        plan = arrays.digest.plan
        self.metrics = QFontMetricsF(theme.font(TICK_FONT))
        self.name_metrics = QFontMetricsF(theme.font(NAME_FONT))
        line = self.metrics.height()
        self._names = (*plan.fields, OBJECTIVE)
        scale = objective_scale(plan)
        self.shown = spread_range(plan, arrays.objectives[arrays.has_value])
        most = max(1, min(5, int((room.height() - 3 * line) / (1.9 * line))))
        low, high = self.shown
        objective_ticks = tuple(
            ((value - low) / (high - low), text) for value, text in scale.ticks(self.shown, most)
        )
        widest = max(self.metrics.horizontalAdvance(text) for _, text in objective_ticks)
        first = self.name_metrics.horizontalAdvance(_wordings(plan.fields[0])[0]) / 2
        last = max(widest + 10, self.name_metrics.horizontalAdvance("objective") / 2)
        left = min(first, 0.12 * room.width()) + 2
        self._gap = (room.width() - left - last - 2) / (len(self._names) - 1)
        self._n_lines = 1 if all(self._fits(name) for name in plan.fields) else 2
        top = self._n_lines * self.name_metrics.height() + 0.9 * line
        self.area = room.adjusted(left, top, -last - 2, -0.8 * line)
        self.axes = tuple(self._axis(place, arrays, objective_ticks) for place in range(len(self._names)))
        self._place_trials(arrays)

    def row(self, position: float) -> float:
        """Return the pixel row of a position on any axis."""
        return self.area.bottom() - position * self.area.height()

    def position(self, row: float) -> float:
        """Return the position on any axis of a pixel row, within its ends."""
        return min(max((self.area.bottom() - row) / max(self.area.height(), 1.0), 0.0), 1.0)

    def axis_at(self, point: QPointF) -> Axis | None:
        """Return the axis that is near a pixel, its name above included."""
        axis = min(self.axes, key=lambda axis: abs(axis.column - point.x()))
        return axis if abs(axis.column - point.x()) <= _AXIS_REACH else None

    def is_seen(self, brushes: Brushes) -> Mask:
        """Return which trials pass through all ranges that are brushed."""
        seen = self.has_line.copy()
        for place, axis in enumerate(self.axes):
            if axis.name in brushes:
                low, high = brushes[axis.name]
                seen &= (low - 1e-9 <= self.positions[:, place]) & (self.positions[:, place] <= high + 1e-9)
        return seen

    def line_at(self, point: QPointF, seen: Mask) -> int | None:
        """Return the place of the trial whose line is nearest to a pixel, among those seen."""
        x, y = point.x(), point.y()
        columns = [axis.column for axis in self.axes]
        if not seen.any() or not columns[0] - _REACH <= x <= columns[-1] + _REACH:
            return None
        left = min(max(int(np.searchsorted(columns, x)) - 1, 0), len(columns) - 2)
        share = min(max((x - columns[left]) / (columns[left + 1] - columns[left]), 0.0), 1.0)
        starts, ends = self.points[:, left, 1], self.points[:, left + 1, 1]
        steepness = np.hypot(1.0, (ends - starts) / (columns[left + 1] - columns[left]))
        distances = np.abs((1 - share) * starts + share * ends - y) / steepness
        distances = np.where(seen, distances, np.inf)
        place = int(distances.argmin())
        return place if distances[place] <= _REACH else None

    # ---- how it is done ------------------------------------------------------------------------

    def _axis(self, place: int, arrays: TrialArrays, objective_ticks: tuple[Tick, ...]) -> Axis:
        name, plan = self._names[place], arrays.digest.plan
        column = self.area.left() + place * self._gap
        title, label, line = _wordings(name)[0], self._fitting_label(name), place % self._n_lines
        if name == OBJECTIVE:
            return Axis(name, title, label, line, column, objective_ticks)
        room = 1.5 * self.metrics.height()
        ticks = dimension_ticks(plan.dimension(name), self.area.height(), lambda _: room)
        return Axis(name, title, label, line, column, tuple(ticks))

    def _fits(self, name: str) -> bool:
        """Whether the shortest name of an axis fits between its neighbours' in one line."""
        return self.name_metrics.horizontalAdvance(_wordings(name)[-1]) <= self._gap - _NAME_GAP

    def _fitting_label(self, name: str) -> str:
        """Return the longest wording of an axis's name for which there is room, cut where none fits."""
        wordings, room = _wordings(name), self._n_lines * self._gap
        room += 0.5 * _NAME_GAP if name == OBJECTIVE else -_NAME_GAP  # the last one has no other at its right
        cut = self.name_metrics.elidedText(wordings[-1], Qt.TextElideMode.ElideRight, room)
        return first_fitting(wordings, self.name_metrics, room, otherwise=cut)

    def _place_trials(self, arrays: TrialArrays) -> None:
        low, high = self.shown
        columns = [arrays.positions(field) for field in self._names[:-1]]
        self.positions = np.stack([*columns, (arrays.objectives - low) / (high - low)], axis=1)
        is_inside = ((self.positions >= -1e-9) & (self.positions <= 1 + 1e-9)).all(axis=1)
        self.has_line: Mask = arrays.has_value & is_inside
        across = np.broadcast_to([axis.column for axis in self.axes], self.positions.shape)
        down = self.area.bottom() - self.positions * self.area.height()
        self.points: Points = np.stack([across, down], axis=-1)


def _wordings(name: str) -> tuple[str, ...]:
    """Return how an axis may be called, from more to fewer letters."""
    if name == OBJECTIVE:
        return (OBJECTIVE,)
    declaration = DECLARATIONS[name]
    shortest = declaration.symbol or declaration.label
    return declaration.explanation.title, declaration.label, shortest
