"""Parallel coordinates: a line for each trial through its values to the objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.layer import Part
from ppo_desktop.views.tune.objective_axis import colour_at
from ppo_desktop.views.tune.parallel_geometry import (
    NAME_FONT,
    OBJECTIVE,
    Axis,
    Brushes,
    ParallelGeometry,
)
from ppo_desktop.views.tune.plot_frame import TICK_FONT
from ppo_desktop.views.tune.trial_arrays import Mask, TrialArrays
from ppo_desktop.views.tune.trial_symbols import mixed, paint_best, polygon

N_COLOURS = 10
"""Colours of lines; in so many bunches they are drawn, the best last."""
_MANY = 300
_AT_ONCE = 100
"""So many lines are drawn in a few milliseconds."""
_HALF_BRUSH = 4.5
_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

Bunch = tuple[QPen, NDArray[np.intp]]
"""What lines are drawn with, and the places of their trials."""


class ParallelDrawing:
    """One picture.

    Args:
        theme: Fonts and colours.
        room: Where it is drawn.
        arrays: The trials.
        brushes: The ranges they have to pass through to be seen.
        chosen: The axis that is brushed by keyboard; None while none is.

    Attributes:
        geometry: Where everything stands.
        seen: Which trials pass through all ranges brushed; the others are left out.
    """

    def __init__(
        self, theme: Theme, room: QRectF, arrays: TrialArrays, brushes: Brushes, chosen: str | None = None
    ) -> None:
        self._theme = theme
        self._chosen = chosen
        self._arrays = arrays
        self._brushes = brushes
        self.geometry = ParallelGeometry(theme, room, arrays)
        self.seen: Mask = self.geometry.is_seen(brushes)
        self._pieces = PrimitiveArray(QLineF, 4)
        self.numbers: Sequence[int] = arrays.numbers[self.seen].tolist()

    @property
    def has_pruned(self) -> bool:
        """Whether any line is that of a pruned trial."""
        return bool((self.seen & self._arrays.is_pruned).any())

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the trial whose line is nearest, None where none is near."""
        place = self.geometry.line_at(position, self.seen)
        return None if place is None else int(self._arrays.numbers[place])

    def paint(self, painter: QPainter) -> None:
        """Draw lines, the best of them last, then the axes."""
        for part in self.parts():
            part(painter)

    def parts(self) -> list[Part]:
        """Return what is painted, in parts of a few milliseconds: some lines each, with the last the axes."""
        bunches = [*self._pruned(), *self._complete()]
        packs: list[list[Bunch]] = [[]]
        for pen, which in bunches:
            for start in range(0, len(which), _AT_ONCE):
                some = which[start : start + _AT_ONCE]
                if sum(len(lines) for _, lines in packs[-1]) + len(some) > _AT_ONCE:
                    packs.append([])
                packs[-1].append((pen, some))
        parts: list[Part] = [partial(self._paint_lines, pack) for pack in packs]
        parts[-1] = partial(self._paint_last, packs[-1])
        return parts

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw a trial's line in front of all others, with dots on the axes."""
        place = self._arrays.place_of(number)
        if place is None or not self.geometry.has_line[place]:
            return
        points = self.geometry.points[place]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in (("card", 5.5), ("text", 2.6)):
            painter.setPen(QPen(self._theme.colour(colour), width))
            painter.drawPolyline(polygon(points))
        radius = 0.3 * self._theme.base_size
        painter.setBrush(self._theme.colour("text"))
        painter.setPen(QPen(self._theme.colour("card"), 1.2))
        for x, y in points.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)

    # ---- lines ---------------------------------------------------------------------------------

    def _pruned(self) -> Iterator[Bunch]:
        """Trials that were ended early: grey and dotted, below all others."""
        pen = QPen(mixed(self._theme.colour("neutral"), self._theme.colour("card"), 0.5), 1.0)
        pen.setDashPattern([1.5, 3.0])
        yield pen, np.flatnonzero(self.seen & self._arrays.is_pruned)

    def _complete(self) -> Iterator[Bunch]:
        """The others in bunches of one colour, from the lowest objective to the highest."""
        complete = self.seen & self._arrays.is_complete
        shares = self.geometry.positions[:, -1]
        bunches = np.clip(np.nan_to_num(shares) * N_COLOURS, 0, N_COLOURS - 1).astype(int)
        is_thin = complete.sum() > _MANY
        for bunch in range(N_COLOURS):
            share = (bunch + 0.5) / N_COLOURS
            width = 1.0 if is_thin else 0.9 + 0.8 * share
            pen = QPen(colour_at(self._theme.palette, share), width)
            yield pen, np.flatnonzero(complete & (bunches == bunch))

    def _paint_lines(self, bunches: Sequence[Bunch], painter: QPainter) -> None:
        """Draw the lines of some trials as pieces from axis to axis, each bunch in one call."""
        for pen, which in bunches:
            points = self.geometry.points[which]
            pieces = np.concatenate([points[:, :-1], points[:, 1:]], axis=-1).reshape(-1, 4)
            self._pieces.resize(len(pieces))
            self._pieces.ndarray()[:] = pieces
            painter.setPen(pen)
            painter.drawLines(*self._pieces.drawargs())

    def _paint_last(self, bunches: Sequence[Bunch], painter: QPainter) -> None:
        """Draw the last lines, and what stands in front of all of them."""
        self._paint_lines(bunches, painter)
        for axis in self.geometry.axes:
            self._paint_axis(painter, axis)
        self._paint_best(painter)

    def _paint_best(self, painter: QPainter) -> None:
        place = self._arrays.best_place
        if place is None or not self.seen[place]:
            return
        theme = self._theme
        points = self.geometry.points[place]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour_at(theme.palette, 1.0), 2.2))
        painter.drawPolyline(polygon(points))
        paint_best(painter, theme, points, len(points) - 1)

    # ---- axes ----------------------------------------------------------------------------------

    def _paint_axis(self, painter: QPainter, axis: Axis) -> None:
        theme, geometry, column = self._theme, self.geometry, axis.column
        area, is_objective = geometry.area, axis.name == OBJECTIVE
        colour = theme.colour("episode_return") if is_objective else theme.hyperparameter_colour(axis.name)
        painter.setPen(QPen(colour, 1.6))
        painter.drawLine(QLineF(column, area.top(), column, area.bottom()))
        self._paint_brush(painter, axis)
        self._paint_ticks(painter, axis)
        painter.setFont(theme.font(NAME_FONT))
        painter.setPen(theme.colour("accent" if axis.name == self._chosen else "text"))
        width = geometry.name_metrics.horizontalAdvance(axis.label) + 4
        left = max(column - width / 2, 0.0)
        height = geometry.name_metrics.height()
        painter.drawText(QRectF(left, axis.line * height, width, height), _CENTRE, axis.label)

    def _paint_ticks(self, painter: QPainter, axis: Axis) -> None:
        """Write numbers at the right of an axis, on patches that set them off from the lines."""
        theme, geometry = self._theme, self.geometry
        painter.setFont(theme.font(TICK_FONT))
        height = geometry.metrics.height()
        patch = theme.colour("card")
        patch.setAlphaF(0.82)
        for position, text in axis.ticks:
            row = geometry.row(position)
            painter.setPen(theme.colour("muted"))
            painter.drawLine(QLineF(axis.column - 3, row, axis.column + 3, row))
            width = geometry.metrics.horizontalAdvance(text)
            room = QRectF(axis.column + 5, row - height / 2, width + 2, height)
            painter.fillRect(room, patch)
            painter.setPen(theme.colour("text"))
            painter.drawText(room, _LEFT, text)

    def _paint_brush(self, painter: QPainter, axis: Axis) -> None:
        """Draw the range through which trials have to pass to be seen."""
        if axis.name not in self._brushes:
            return
        low, high = self._brushes[axis.name]
        top, bottom = self.geometry.row(high), self.geometry.row(low)
        painter.setPen(QPen(self._theme.colour("text"), 1.2))
        painter.setBrush(self._theme.colour("field"))
        room = QRectF(axis.column - _HALF_BRUSH, top, 2 * _HALF_BRUSH, max(bottom - top, 2.0))
        painter.drawRoundedRect(room, 2, 2)
