"""The frame of a plot: where its area is, how numbers become pixels, and its axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.views.charts.scales import AxisScale, FixedScale, Range, fitting_ticks
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

TICK_FONT = 0.75
"""Size of numbers at axes and of words in legends, as a share of the base size."""
_GAP = 0.7
"""Least room between two numbers below the area, in heights of a line."""
ROW = 1.4
"""Height of a number beside a vertical axis with the gap to the next, likewise."""
_STROKE = 3.0
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop

Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Axis:
    """One of both axes.

    Attributes:
        scale: What is written along it.
        shown: Numbers at its ends, in plotted units.
        name: What it shows; empty where something else says it.
        short_name: The same for where there is little room; empty if there is no shorter one.
        has_grid: Whether a faint line crosses the area at each tick.
    """

    scale: AxisScale
    shown: Range
    name: str = ""
    short_name: str = ""
    has_grid: bool = False


class PlotFrame:
    """Plotted units as pixels.

    Args:
        theme: Fonts and colours.
        area: Where is drawn.
        columns: The horizontal axis.
        rows: The vertical axis.
        room: The rectangle within which axes are written.
        font_size: Of all words, as a share of the base size.

    Attributes:
        font: Of all words.
        metrics: Its measures.
    """

    def __init__(
        self,
        theme: Theme,
        area: QRectF,
        columns: Axis,
        rows: Axis,
        room: QRectF,
        font_size: float = TICK_FONT,
    ) -> None:
        self.theme = theme
        self.area = QRectF(area.left(), area.top(), max(area.width(), 1.0), max(area.height(), 1.0))
        self.columns, self.rows, self.room = columns, rows, room
        self.font = theme.font(font_size)
        self.metrics = QFontMetricsF(self.font)

    def column(self, value: float) -> float:
        """Return the pixel column of a number."""
        low, high = self.columns.shown
        return self.area.left() + (value - low) / (high - low) * self.area.width()

    def number_at(self, column: float) -> float:
        """Return the number of a pixel column."""
        low, high = self.columns.shown
        return low + (column - self.area.left()) / self.area.width() * (high - low)

    def row(self, value: float) -> float:
        """Return the pixel row of a number."""
        low, high = self.rows.shown
        return self.area.bottom() - (value - low) / (high - low) * self.area.height()

    def point(self, column: float, row: float) -> QPointF:
        """Return the pixel of two numbers."""
        return QPointF(self.column(column), self.row(row))

    def points(self, columns: Numbers, rows: Numbers) -> Numbers:
        """Return pixels of many numbers, (…, 2)."""
        (left, right), (low, high) = self.columns.shown, self.rows.shown
        across = self.area.left() + (columns - left) / (right - left) * self.area.width()
        up = self.area.bottom() - (rows - low) / (high - low) * self.area.height()
        return np.stack([across, up], axis=-1)

    # ---- axes ----------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Draw both axes."""
        painter.setFont(self.font)
        self._paint_rows(painter)
        self._paint_columns(painter)

    def _paint_rows(self, painter: QPainter) -> None:
        """Write numbers at the left, within the room, and the axis's name; draw grid and strokes."""
        area, axis, height = self.area, self.rows, self.metrics.height()
        painter.setPen(self.theme.colour("border"))
        for value in axis.scale.strokes:
            row = round(self.row(value)) + 0.5
            painter.drawLine(QLineF(area.left() - 1, row, area.left() - 1 - _STROKE, row))
        for value, text in fitting_ticks(axis.scale, axis.shown, area.height(), lambda _: ROW * height):
            if axis.has_grid:
                line = round(self.row(value)) + 0.5
                painter.setPen(self.theme.colour("border"))
                painter.drawLine(QLineF(area.left(), line, area.right(), line))
            row = min(max(self.row(value), self.room.top() + height / 2), self.room.bottom() - height / 2)
            painter.setPen(self.theme.colour("muted"))
            left = self.room.left()
            painter.drawText(QRectF(left, row - height / 2, area.left() - left - 6, height), _RIGHT, text)
        if axis.name:
            painter.save()
            painter.translate(self.room.left(), area.bottom())
            painter.rotate(-90)
            self._write_name(painter, QRectF(0, 0, area.height(), height), axis)
            painter.restore()

    def _paint_columns(self, painter: QPainter) -> None:
        """Write numbers below, the outermost within the room, and the axis's name; draw grid and strokes."""
        area, axis, height = self.area, self.columns, self.metrics.height()
        painter.setPen(self.theme.colour("border"))
        for value in axis.scale.strokes:
            column = round(self.column(value)) + 0.5
            painter.drawLine(QLineF(column, area.bottom() + 1, column, area.bottom() + 1 + _STROKE))
        for value, text in fitting_ticks(axis.scale, axis.shown, area.width(), self._width_of):
            if axis.has_grid:
                column = round(self.column(value)) + 0.5
                painter.setPen(self.theme.colour("border"))
                painter.drawLine(QLineF(column, area.top(), column, area.bottom()))
            width = self.metrics.horizontalAdvance(text) + 2
            left = min(max(self.column(value) - width / 2, self.room.left()), self.room.right() - width)
            painter.setPen(self.theme.colour("muted"))
            painter.drawText(QRectF(left, area.bottom() + 4, width, height), _CENTRE, text)
        painter.setPen(self.theme.colour("muted"))
        below = QRectF(area.left(), area.bottom() + 3 + height, area.width(), height)
        self._write_name(painter, below, axis)

    def _width_of(self, text: str) -> float:
        return self.metrics.horizontalAdvance(text) + _GAP * self.metrics.height()

    def _write_name(self, painter: QPainter, room: QRectF, axis: Axis) -> None:
        wordings = (axis.name, axis.short_name or axis.name)
        painter.drawText(room, _CENTRE, first_fitting(wordings, self.metrics, room.width(), is_cut=True))


def bare_frame(
    theme: Theme, area: QRectF, columns: Range, rows: Range, font_size: float = TICK_FONT
) -> PlotFrame:
    """Return a frame that has ranges, and nothing written along them."""
    return PlotFrame(theme, area, Axis(FixedScale(), columns), Axis(FixedScale(), rows), area, font_size)


def fitted_frame(
    theme: Theme, room: QRectF, columns: Axis, rows: Axis, *, above: float = 0.0, right: float = 8.0
) -> PlotFrame:
    """Return a frame whose area leaves room for its axes, for `above` and for `right`, pixels."""
    line = QFontMetricsF(theme.font(TICK_FONT)).height()
    area = room.adjusted(left_of(theme, rows), above + line / 2, -right, -2 * line - 4)
    return PlotFrame(theme, area, columns, rows, room)


def left_of(theme: Theme, rows: Axis, font_size: float = TICK_FONT) -> float:
    """Return how much room a vertical axis needs at the left of the area, pixels."""
    metrics = QFontMetricsF(theme.font(font_size))
    return metrics.horizontalAdvance(rows.scale.widest) + 9 + (metrics.height() if rows.name else 0)
