"""Parallel coordinates: a line for each trial through its values to the objective."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.charts.colours import mixed
from ppo_desktop.views.charts.frame import ROW, TICK_FONT, Axis, PlotFrame
from ppo_desktop.views.charts.legend import Legend
from ppo_desktop.views.charts.picture import AT_ONCE, Picture
from ppo_desktop.views.charts.scales import AxisScale, LinearScale, Range, Tick, fitting_ticks
from ppo_desktop.views.charts.shapes import REACH, Key, Lines, Scatter, Shades, Shape
from ppo_desktop.views.charts.symbols import Dot, paint_symbols
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_scale import DimensionScale
from ppo_desktop.views.tune.objective_axis import colour_at, objective_scale, spread_range
from ppo_desktop.views.tune.trial_arrays import Mask, TrialArrays
from ppo_desktop.views.tune.trial_shapes import star
from ppo_desktop.views.wording_label import first_fitting

OBJECTIVE = "objective"
"""Name of the last axis."""
NAME_FONT = 0.8
N_COLOURS = 10
"""Colours of lines; in so many bunches they are drawn, the best last."""
_MANY = 300
_NAME_GAP = 8.0
"""Least pixels between two names."""
_AXIS_REACH = 12.0
_HALF_BRUSH = 4.5
_FEWEST_LINES = 7.0
"""Height in lines from which there is room for a legend."""
_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

Brushes = Mapping[str, Range]
"""{axis: range of positions, 0…1, that a trial must pass through to be seen}."""


@dataclass(frozen=True)
class ParallelAxis:
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


class ParallelPicture(Picture):
    """One picture.

    Args:
        theme: Fonts and colours.
        room: Where it is drawn.
        arrays: The trials.
        brushes: The ranges they have to pass through to be seen.
        chosen: The axis that is brushed by keyboard; None while none is.

    Attributes:
        axes: The hyperparameters in the order of the study, then the objective.
        shown: Objectives at the ends of the last axis.
        positions: Where each trial passes each axis, (n, axes), 0…1; nan where it does not.
        has_line: Which trials pass all axes.
        seen: Which of them pass through all ranges brushed; the others are left out.
    """

    def __init__(
        self,
        theme: Theme,
        room: QRectF,
        arrays: TrialArrays,
        brushes: Brushes | None = None,
        chosen: str | None = None,
    ) -> None:
        brushes = brushes or {}
        plan = arrays.digest.plan
        self._names = (*plan.fields, OBJECTIVE)
        self.shown = low, high = spread_range(plan, arrays.objectives[arrays.has_value])
        columns = [arrays.positions(field) for field in plan.fields]
        self.positions = np.stack([*columns, (arrays.objectives - low) / (high - low)], axis=1)
        is_inside = ((self.positions >= -1e-9) & (self.positions <= 1 + 1e-9)).all(axis=1)
        self.has_line: Mask = arrays.has_value & is_inside
        self.seen: Mask = self._pass_through(brushes)
        colours = [colour_at(theme.palette, share) for share in np.linspace(0, 1, N_COLOURS).tolist()]
        lines = [*self._bunches(theme, arrays), Shades(colours, legend="lowest to highest objective")]
        best = self._best(theme, arrays)
        legend = Legend(theme, [*lines, *best], room.width())
        has_legend = room.height() > _FEWEST_LINES * QFontMetricsF(theme.font(TICK_FONT)).height()
        frame = self._frame(theme, room, arrays, legend.height if has_legend else 0.0)
        shapes = [*lines, _Axes(self.axes, self._top, brushes, chosen), *best]
        keys: list[int] = arrays.numbers[self.seen].tolist()
        super().__init__(frame, shapes, keys=keys, legend=legend if has_legend else None, has_axes=False)

    def position(self, row: float) -> float:
        """Return the position on any axis of a pixel row, within its ends."""
        area = self.frame.area
        return min(max((area.bottom() - row) / area.height(), 0.0), 1.0)

    def axis_at(self, point: QPointF) -> ParallelAxis | None:
        """Return the axis that is near a pixel, its name above included."""
        axis = min(self.axes, key=lambda axis: abs(axis.column - point.x()))
        return axis if abs(axis.column - point.x()) <= _AXIS_REACH else None

    # ---- lines ---------------------------------------------------------------------------------

    def _pass_through(self, brushes: Brushes) -> Mask:
        seen = self.has_line.copy()
        for place, name in enumerate(self._names):
            if name in brushes:
                low, high = brushes[name]
                seen &= (low - 1e-9 <= self.positions[:, place]) & (self.positions[:, place] <= high + 1e-9)
        return seen

    def _bunches(self, theme: Theme, arrays: TrialArrays) -> Iterator[Bunch]:
        """Yield lines of one colour each: those pruned below all, then from the lowest objective up."""
        pruned = QPen(mixed(theme.colour("neutral"), theme.colour("card"), 0.5), 1.0)
        pruned.setDashPattern([1.5, 3.0])
        yield from self._bunch(arrays, self.seen & arrays.is_pruned, pruned, "pruned")
        complete = self.seen & arrays.is_complete
        colours = np.clip(np.nan_to_num(self.positions[:, -1]) * N_COLOURS, 0, N_COLOURS - 1).astype(int)
        is_thin = complete.sum() > _MANY
        for colour in range(N_COLOURS):
            share = (colour + 0.5) / N_COLOURS
            pen = QPen(colour_at(theme.palette, share), 1.0 if is_thin else 0.9 + 0.8 * share)
            yield from self._bunch(arrays, complete & (colours == colour), pen)

    def _best(self, theme: Theme, arrays: TrialArrays) -> Sequence[Shape]:
        """Return the line of the best with its star, if it is seen."""
        place = arrays.best_place
        if place is None or not self.seen[place]:
            return ()
        (line,) = self._lines([place])
        mark = Scatter(line[-1:, 0], line[-1:, 1], star(theme), legend="best")
        return Lines({None: line}, QPen(colour_at(theme.palette, 1.0), 2.2)), mark

    def _lines(self, places: Sequence[int]) -> Numbers:
        """Return the lines of some trials in plotted units, (n, axes, 2)."""
        positions = self.positions[places]
        index = np.arange(positions.shape[1], dtype=float)
        return np.stack([np.broadcast_to(index, positions.shape), positions], axis=-1)

    def _bunch(self, arrays: TrialArrays, is_in: Mask, pen: QPen, legend: str = "") -> Iterator[Bunch]:
        which = np.flatnonzero(is_in)
        for start in range(0, len(which), AT_ONCE):
            some = which[start : start + AT_ONCE].tolist()
            numbers = arrays.numbers[some].tolist()
            lines = dict(zip(numbers, self._lines(some), strict=True))
            yield Bunch(lines, pen, legend="" if start else legend)

    # ---- axes ----------------------------------------------------------------------------------

    def _frame(self, theme: Theme, room: QRectF, arrays: TrialArrays, above: float) -> PlotFrame:
        metrics, names = QFontMetricsF(theme.font(TICK_FONT)), QFontMetricsF(theme.font(NAME_FONT))
        line, fields = metrics.height(), self._names[:-1]
        objectives = objective_scale(arrays.digest.plan)
        widest = max(metrics.horizontalAdvance(text) for _, text in objectives.ticks(self.shown, 5))
        first = names.horizontalAdvance(_wordings(fields[0])[0]) / 2
        last = max(widest + 10, names.horizontalAdvance(OBJECTIVE) / 2)
        left = min(first, 0.12 * room.width()) + 2
        gap = (room.width() - left - last - 2) / len(fields)
        is_tight = any(names.horizontalAdvance(_wordings(field)[-1]) > gap - _NAME_GAP for field in fields)
        n_lines = 2 if is_tight else 1
        self._top = room.top() + above
        area = room.adjusted(left, above + n_lines * names.height() + 0.9 * line, -last - 2, -0.8 * line)
        index = Axis(LinearScale(), (0.0, float(len(fields))))
        frame = PlotFrame(theme, area, index, Axis(LinearScale(), (0.0, 1.0)), room)

        def axis(place: int, name: str) -> ParallelAxis:
            width = n_lines * gap + (0.5 * _NAME_GAP if name == OBJECTIVE else -_NAME_GAP)
            wordings = _wordings(name)
            label = first_fitting(wordings, names, width, is_cut=True)
            shown = self.shown if name == OBJECTIVE else (0.0, 1.0)
            scale: AxisScale = objectives
            if name != OBJECTIVE:
                scale = DimensionScale(arrays.digest.plan.dimension(name))
            ticks = fitting_ticks(scale, shown, frame.area.height(), lambda _: ROW * line)
            shares = ((value - shown[0]) / (shown[1] - shown[0]) for value, _ in ticks)
            placed = tuple((share, text) for share, (_, text) in zip(shares, ticks, strict=True))
            return ParallelAxis(name, wordings[0], label, place % n_lines, frame.column(place), placed)

        self.axes = tuple(axis(*one) for one in enumerate(self._names))
        return frame


@dataclass(frozen=True, eq=False)
class Bunch(Lines):
    """Lines from the first axis to the last, drawn in one call; on the one pointed at there are dots."""

    @property
    def cost(self) -> int:
        return len(self.lines)

    def _all_points(self, frame: PlotFrame) -> Numbers:
        """Return the pixels of every line on every axis, (n, axes, 2)."""
        lines = np.stack([*self.lines.values()])
        return frame.points(lines[..., 0], lines[..., 1])

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        points = self._all_points(frame)
        pieces = PrimitiveArray(QLineF, 4)
        pieces.resize(points.shape[0] * (points.shape[1] - 1))
        pieces.ndarray()[:] = np.concatenate([points[:, :-1], points[:, 1:]], axis=-1).reshape(-1, 4)
        painter.setPen(self.pen)
        painter.drawLines(*pieces.drawargs())

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        points, x = self._all_points(frame), position.x()
        columns = points[0, :, 0]
        if not columns[0] - REACH <= x <= columns[-1] + REACH:
            return None
        left = min(max(int(np.searchsorted(columns, x)) - 1, 0), len(columns) - 2)
        width = columns[left + 1] - columns[left]
        share = min(max((x - columns[left]) / width, 0.0), 1.0)
        starts, ends = points[:, left, 1], points[:, left + 1, 1]
        steepness = np.hypot(1.0, (ends - starts) / width)
        distances = np.abs((1 - share) * starts + share * ends - position.y()) / steepness
        place = int(distances.argmin())
        distance = float(distances[place])
        return (distance, self.keys[place]) if distance <= REACH else None

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        super().paint_pointed(painter, frame, key)
        if key in self.lines:
            dot = Dot(0.3 * frame.theme.base_size, frame.theme.colour("text"), frame.theme.colour("card"))
            paint_symbols(painter, self.points(frame, key), dot)


@dataclass(frozen=True, eq=False)
class _Axes(Shape):
    """The axes with their names, numbers and brushed ranges, in front of the lines.

    Attributes:
        axes: What is drawn.
        top: Where the names begin, pixels.
        brushes: Ranges through which trials have to pass to be seen.
        chosen: The axis that is brushed by keyboard.
    """

    axes: Sequence[ParallelAxis]
    top: float
    brushes: Brushes
    chosen: str | None

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        for axis in self.axes:
            self._paint_axis(painter, frame, axis)

    def _paint_axis(self, painter: QPainter, frame: PlotFrame, axis: ParallelAxis) -> None:
        theme, area, column = frame.theme, frame.area, axis.column
        is_objective = axis.name == OBJECTIVE
        colour = theme.colour("episode_return") if is_objective else theme.hyperparameter_colour(axis.name)
        painter.setPen(QPen(colour, 1.6))
        painter.drawLine(QLineF(column, area.top(), column, area.bottom()))
        self._paint_brush(painter, frame, axis)
        self._paint_ticks(painter, frame, axis)
        metrics = QFontMetricsF(theme.font(NAME_FONT))
        width, height = metrics.horizontalAdvance(axis.label) + 4, metrics.height()
        painter.setFont(theme.font(NAME_FONT))
        painter.setPen(theme.colour("accent" if axis.name == self.chosen else "text"))
        left = max(column - width / 2, frame.room.left())
        painter.drawText(QRectF(left, self.top + axis.line * height, width, height), _CENTRE, axis.label)

    def _paint_ticks(self, painter: QPainter, frame: PlotFrame, axis: ParallelAxis) -> None:
        """Write numbers at the right of an axis, on patches that set them off from the lines."""
        theme, metrics = frame.theme, frame.metrics
        painter.setFont(theme.font(TICK_FONT))
        patch = theme.colour("card", 0.82)
        for position, text in axis.ticks:
            row = frame.row(position)
            painter.setPen(theme.colour("muted"))
            painter.drawLine(QLineF(axis.column - 3, row, axis.column + 3, row))
            width, height = metrics.horizontalAdvance(text) + 2, metrics.height()
            room = QRectF(axis.column + 5, row - height / 2, width, height)
            painter.fillRect(room, patch)
            painter.setPen(theme.colour("text"))
            painter.drawText(room, _LEFT, text)

    def _paint_brush(self, painter: QPainter, frame: PlotFrame, axis: ParallelAxis) -> None:
        if axis.name not in self.brushes:
            return
        low, high = self.brushes[axis.name]
        top, bottom = frame.row(high), frame.row(low)
        painter.setPen(QPen(frame.theme.colour("text"), 1.2))
        painter.setBrush(frame.theme.colour("field"))
        room = QRectF(axis.column - _HALF_BRUSH, top, 2 * _HALF_BRUSH, max(bottom - top, 2.0))
        painter.drawRoundedRect(room, 2, 2)


def _wordings(name: str) -> tuple[str, ...]:
    """Return how an axis may be called, from more to fewer letters."""
    if name == OBJECTIVE:
        return (OBJECTIVE,)
    declaration = DECLARATIONS[name]
    shortest = declaration.symbol or declaration.label
    return declaration.explanation.title, declaration.label, shortest
