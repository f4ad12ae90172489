"""The frame of a plot: where its area is, how numbers become pixels, and its axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.plot_cards import solved_text
from ppo_desktop.views.plot_scales import Range, Tick, ValueScale
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_axis import dimension_ticks, strokes
from ppo_desktop.views.tune.trial_symbols import dashed_pen

TICK_FONT = 0.75
"""Size of numbers at axes, as a share of the base size."""
_GAP = 0.7
"""Least room between two numbers at an axis, in heights of a line."""
_STROKE = 3.0
_GROUND = 0.8
"""Opacity of what a text among trials stands on."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class PlotFrame:
    """A plot's area within a rectangle, with room for numbers at its left and below.

    Args:
        theme: Fonts and colours.
        room: The rectangle.
        columns: Range of the horizontal axis, in plotted units.
        rows: Range of the vertical axis, likewise.
        widest: The widest text at the vertical axis.
        above: Room left free above the area, pixels.
        right: Likewise at its right.
        name_at_left: Whether there is a line for the name of the vertical axis.

    Attributes:
        area: Where is drawn.
        metrics: Measures of the numbers' font.
    """

    def __init__(
        self,
        theme: Theme,
        room: QRectF,
        columns: Range,
        rows: Range,
        *,
        widest: str,
        above: float = 0.0,
        right: float = 8.0,
        name_at_left: bool = False,
    ) -> None:
        self._theme = theme
        self._columns, self._rows = columns, rows
        self._right = room.right()
        self.metrics = QFontMetricsF(theme.font(TICK_FONT))
        line = self.metrics.height()
        below = 2 * line + 4
        left = self.metrics.horizontalAdvance(widest) + 9 + (line if name_at_left else 0)
        area = room.adjusted(left, above + line / 2, -right, -below)
        self.area = QRectF(area.left(), area.top(), max(area.width(), 1.0), max(area.height(), 1.0))

    def column(self, value: float) -> float:
        """Return the pixel column of a number."""
        low, high = self._columns
        return self.area.left() + (value - low) / (high - low) * self.area.width()

    def row(self, value: float) -> float:
        """Return the pixel row of a number."""
        low, high = self._rows
        return self.area.bottom() - (value - low) / (high - low) * self.area.height()

    def points(self, columns: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels of many numbers, (n, 2)."""
        (left, right), (low, high) = self._columns, self._rows
        across = self.area.left() + (columns - left) / (right - left) * self.area.width()
        up = self.area.bottom() - (rows - low) / (high - low) * self.area.height()
        return np.stack([across, up], axis=-1)

    # ---- axes ----------------------------------------------------------------------------------

    def value_ticks(self, scale: ValueScale) -> list[Tick]:
        """Return round numbers of the vertical axis, with as many texts as there is room for."""
        most = max(1, min(5, int(self.area.height() / (1.9 * self.metrics.height()))))
        return scale.ticks(self._rows, most)

    def paint_value_axis(self, painter: QPainter, ticks: Sequence[Tick]) -> None:
        """Draw a faint line at each number, with the number at the left."""
        area, height = self.area, self.metrics.height()
        painter.setFont(self._theme.font(TICK_FONT))
        for value, text in ticks:
            row = round(self.row(value)) + 0.5
            painter.setPen(self._theme.colour("border"))
            painter.drawLine(QLineF(area.left(), row, area.right(), row))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, row - height / 2, area.left() - 6, height), _RIGHT, text)

    def paint_solved(self, painter: QPainter, solved: float | None) -> None:
        """Draw a dashed line where the environment counts as solved; nothing where that is not shown."""
        row = self._row_of_solved(solved)
        if row is not None:
            painter.setPen(dashed_pen(self._theme))
            painter.drawLine(QLineF(self.area.left(), row, self.area.right(), row))

    def paint_solved_text(self, painter: QPainter, solved: float | None, *, at_left: bool = False) -> None:
        """Write what that line is below it, on a ground that is seen among many trials."""
        row = self._row_of_solved(solved)
        if row is None or solved is None:
            return
        text, area = solved_text(solved), self.area
        width = self.metrics.horizontalAdvance(text) + 6
        left = area.left() + 1 if at_left else area.right() - width - 1
        ground = QRectF(left, row + 1.5, width, self.metrics.height())
        colour = self._theme.colour("card")
        colour.setAlphaF(_GROUND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(ground, 3, 3)
        painter.setFont(self._theme.font(TICK_FONT))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)

    def _row_of_solved(self, solved: float | None) -> float | None:
        if solved is None:
            return None
        row = round(self.row(solved)) + 0.5
        return row if self.area.top() <= row <= self.area.bottom() else None

    def column_text_room(self, text: str) -> float:
        """Return how many pixels a text below the area needs, the gap to the next included."""
        return self.metrics.horizontalAdvance(text) + _GAP * self.metrics.height()

    def paint_columns(self, painter: QPainter, ticks: Sequence[Tick], name: str = "") -> None:
        """Write numbers below the area, the outermost not beyond its ends' room, and the axis's name."""
        area, height = self.area, self.metrics.height()
        painter.setFont(self._theme.font(TICK_FONT))
        painter.setPen(self._theme.colour("muted"))
        for value, text in ticks:
            width = self.metrics.horizontalAdvance(text) + 2
            left = min(max(self.column(value) - width / 2, 0.0), self._right - width)
            painter.drawText(QRectF(left, area.bottom() + 4, width, height), _CENTRE, text)
        if name:
            below = QRectF(area.left(), area.bottom() + 3 + height, area.width(), height)
            shown = self.metrics.elidedText(name, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(below, _CENTRE, shown)

    def paint_dimension_columns(self, painter: QPainter, dimension: Dimension) -> None:
        """Draw the horizontal axis of a hyperparameter: strokes at its tidy numbers, some texts, its name."""
        area = self.area
        painter.setPen(self._theme.colour("border"))
        for position in strokes(dimension):
            column = round(self.column(position)) + 0.5
            painter.drawLine(QLineF(column, area.bottom() + 1, column, area.bottom() + 1 + _STROKE))
        ticks = dimension_ticks(dimension, area.width(), self.column_text_room)
        self.paint_columns(painter, ticks, dimension.label)

    def paint_dimension_rows(self, painter: QPainter, dimension: Dimension) -> None:
        """Draw the vertical axis of a hyperparameter: strokes at its tidy numbers, some texts, its name."""
        area, height = self.area, self.metrics.height()
        painter.setPen(self._theme.colour("border"))
        for position in strokes(dimension):
            row = round(self.row(position)) + 0.5
            painter.drawLine(QLineF(area.left() - 1, row, area.left() - 1 - _STROKE, row))
        painter.setFont(self._theme.font(TICK_FONT))
        painter.setPen(self._theme.colour("muted"))
        for position, text in dimension_ticks(dimension, area.height(), lambda _: 1.4 * height):
            row = self.row(position)
            painter.drawText(QRectF(0, row - height / 2, area.left() - 6, height), _RIGHT, text)
        shown = self.metrics.elidedText(dimension.label, Qt.TextElideMode.ElideRight, area.height())
        painter.save()
        painter.translate(0, area.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, area.height(), height), _CENTRE, shown)
        painter.restore()


def nearest(points: NDArray[np.float64], column: float, row: float, reach: float) -> int | None:
    """Return the place of the point nearest to a pixel, None if none is within reach."""
    if not len(points):
        return None
    squares = (points[:, 0] - column) ** 2 + (points[:, 1] - row) ** 2
    squares = np.where(np.isnan(squares), np.inf, squares)
    place = int(squares.argmin())
    return place if squares[place] <= reach * reach else None
