"""What a figure shows at one size: a frame, shapes, and the legend that names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QMarginsF, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.views.charts.canvas import PaintStep
from ppo_desktop.views.charts.frame import TICK_FONT, Axis, PlotFrame, left_of
from ppo_desktop.views.charts.legend import Legend
from ppo_desktop.views.charts.shapes import Key, Shape
from ppo_desktop.views.theme import Look

AT_ONCE = 100
"""So many lines are drawn in a few milliseconds; a shape of more is drawn as several."""


class Picture:
    """Laid out already, so that it is only painted, by whatever painter.

    Args:
        frame: How plotted units become pixels.
        shapes: What is drawn, in order.
        keys: What arrow keys reach, in order; without it, what the shapes have.
        legend: What names the shapes; it stands at the top.
        has_axes: Whether the frame's axes are drawn.
    """

    def __init__(
        self,
        frame: PlotFrame,
        shapes: Sequence[Shape],
        *,
        keys: Sequence[Key] | None = None,
        legend: Legend | None = None,
        has_axes: bool = True,
    ) -> None:
        self.frame = frame
        self.shapes = tuple(shapes)
        self.legend = legend
        self._has_axes = has_axes
        self.keys = (
            list(dict.fromkeys(key for shape in shapes for key in shape.keys)) if keys is None else keys
        )

    # ---- what is pointed at --------------------------------------------------------------------

    def key_at(self, position: QPointF) -> Key | None:
        """Return the nearest key, None if none is within reach."""
        found = [shape.nearest(self.frame, position) for shape in self.shapes]
        nearest = min((one for one in found if one is not None), key=lambda one: one[0], default=None)
        return None if nearest is None else nearest[1]

    def place_of(self, key: Key) -> QPointF | None:
        """Return where the uppermost shape has a key, None if it is nowhere."""
        places = (shape.place(self.frame, key) for shape in reversed(self.shapes))
        return next((place for place in places if place is not None), None)

    # ---- painting ------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Draw all but what is pointed at."""
        for part in self.parts():
            part(painter)

    def parts(self) -> list[PaintStep]:
        """Return what is drawn in parts of a few milliseconds each."""
        packs: list[list[Callable[[QPainter], object]]] = [[self._paint_first]]
        cost = 0
        for shape in self.shapes:
            if cost and cost + shape.cost > AT_ONCE:
                packs.append([])
                cost = 0
            packs[-1].append(partial(shape.paint, frame=self.frame))
            cost += shape.cost
        packs[-1].append(self._paint_last)
        return [partial(_paint_all, pack) for pack in packs]

    def paint_pointed(self, painter: QPainter, key: Key) -> None:
        """Draw what a key is pointed out with."""
        for shape in self.shapes:
            shape.paint_pointed(painter, self.frame, key)

    def _paint_first(self, painter: QPainter) -> None:
        if self._has_axes:
            self.frame.paint(painter)

    def _paint_last(self, painter: QPainter) -> None:
        for shape in self.shapes:
            shape.paint_over(painter, self.frame)
        if self.legend is not None:
            self.legend.paint(painter, self.frame.area.left(), self.frame.room.top())


def _paint_all(pack: Sequence[Callable[[QPainter], object]], painter: QPainter) -> None:
    for paint in pack:
        paint(painter)


def plotted(
    theme: Look,
    room: QRectF,
    columns: Axis,
    rows: Axis,
    shapes: Sequence[Shape],
    *,
    keys: Sequence[Key] | None = None,
    right: float = 8.0,
    font_size: float = TICK_FONT,
    inset: QMarginsF | None = None,
) -> Picture:
    """Return a plot in a rectangle: its legend above, its axes at the left and below.

    Args:
        theme: Fonts and colours.
        room: The rectangle.
        columns: The horizontal axis.
        rows: The vertical axis.
        shapes: What is drawn, in order.
        keys: What arrow keys reach, in order; without it, what the shapes have.
        right: Room at the right of the area, pixels.
        font_size: Of what is written along the axes, as a share of the base size.
        inset: How far within the area the axes end, pixels.
    """
    left, line = left_of(theme, rows, font_size), QFontMetricsF(theme.font(font_size)).height()
    legend = Legend(theme, shapes, room.width() - left)
    below = (2 if columns.name else 1) * line + 4
    area = room.adjusted(left, legend.height + line / 2, -right, -below)
    frame = PlotFrame(theme, area, columns, rows, room, font_size, inset)
    return Picture(frame, shapes, keys=keys, legend=legend)
