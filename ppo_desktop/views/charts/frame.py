"""The frame of a plot: where its area is, how numbers become pixels, and its axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QLineF, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.views.charts.scales import AxisScale, FixedScale, Range, fitting_ticks
from ppo_desktop.views.theme import Look
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


@dataclass(frozen=True)
class Axis:
    """One of both axes.

    Attributes:
        scale: What is written along it.
        shown: Numbers at its ends, in plotted units.
        name: What it shows; empty where something else says it.
        short_name: The same for where there is little room; empty if there is no shorter one.
        has_grid: Whether a faint line crosses the area at each tick.
        colour: Name of the palette's colour of what stands at the ticks.
    """

    scale: AxisScale
    shown: Range
    name: str = ""
    short_name: str = ""
    has_grid: bool = False
    colour: str = "muted"


class PlotFrame:
    """Plotted units as pixels.

    Args:
        theme: Fonts and colours.
        area: Where is drawn.
        columns: The horizontal axis.
        rows: The vertical axis.
        room: The rectangle within which axes are written.
        font_size: Of all words, as a share of the base size.
        inset: How far within the area the axes end, pixels: what stands at an end stays inside.

    Attributes:
        inner: What the axes span.
        font: Of all words.
        metrics: Its measures.
    """

    def __init__(
        self,
        theme: Look,
        area: QRectF,
        columns: Axis,
        rows: Axis,
        room: QRectF,
        font_size: float = TICK_FONT,
        inset: QMarginsF | None = None,
    ) -> None:
        self.theme = theme
        self.area = _not_empty(area)
        self.inner = self.area if inset is None else _not_empty(self.area - inset)
        self.columns, self.rows, self.room = columns, rows, room
        self.font = theme.font(font_size)
        self.metrics = QFontMetricsF(self.font)

    def column(self, value: float) -> float:
        """Return the pixel column of a number."""
        low, high = self.columns.shown
        return self.inner.left() + (value - low) / (high - low) * self.inner.width()

    def number_at(self, column: float) -> float:
        """Return the number of a pixel column."""
        low, high = self.columns.shown
        return low + (column - self.inner.left()) / self.inner.width() * (high - low)

    def row(self, value: float) -> float:
        """Return the pixel row of a number."""
        low, high = self.rows.shown
        return self.inner.bottom() - (value - low) / (high - low) * self.inner.height()

    def point(self, column: float, row: float) -> QPointF:
        """Return the pixel of two numbers."""
        return QPointF(self.column(column), self.row(row))

    def points(self, columns: Numbers, rows: Numbers) -> Numbers:
        """Return pixels of many numbers, (…, 2)."""
        (left, right), (low, high) = self.columns.shown, self.rows.shown
        across = self.inner.left() + (columns - left) / (right - left) * self.inner.width()
        up = self.inner.bottom() - (rows - low) / (high - low) * self.inner.height()
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
        for value, text in fitting_ticks(axis.scale, axis.shown, self.inner.height(), lambda _: ROW * height):
            if axis.has_grid:
                line = round(self.row(value)) + 0.5
                painter.setPen(self.theme.colour("border"))
                painter.drawLine(QLineF(area.left(), line, area.right(), line))
            row = min(max(self.row(value), self.room.top() + height / 2), self.room.bottom() - height / 2)
            painter.setPen(self.theme.colour(axis.colour))
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
        room = partial(room_below, self.metrics)
        for value, text in fitting_ticks(axis.scale, axis.shown, self.inner.width(), room):
            if axis.has_grid:
                column = round(self.column(value)) + 0.5
                painter.setPen(self.theme.colour("border"))
                painter.drawLine(QLineF(column, area.top(), column, area.bottom()))
            width = self.metrics.horizontalAdvance(text) + 2
            left = min(max(self.column(value) - width / 2, self.room.left()), self.room.right() - width)
            painter.setPen(self.theme.colour(axis.colour))
            painter.drawText(QRectF(left, area.bottom() + 4, width, height), _CENTRE, text)
        painter.setPen(self.theme.colour("muted"))
        below = QRectF(area.left(), area.bottom() + 3 + height, area.width(), height)
        self._write_name(painter, below, axis)

    def _write_name(self, painter: QPainter, room: QRectF, axis: Axis) -> None:
        wordings = (axis.name, axis.short_name or axis.name)
        painter.drawText(room, _CENTRE, first_fitting(wordings, self.metrics, room.width(), is_cut=True))


def _not_empty(rect: QRectF) -> QRectF:
    return QRectF(rect.left(), rect.top(), max(rect.width(), 1.0), max(rect.height(), 1.0))


def room_below(metrics: QFontMetricsF, text: str = "") -> float:
    """Return how wide a text below the area is with the gap to the next, pixels; without one, the gap."""
    return metrics.horizontalAdvance(text) + _GAP * metrics.height()


def bare_frame(
    theme: Look, area: QRectF, columns: Range, rows: Range, font_size: float = TICK_FONT
) -> PlotFrame:
    """Return a frame that has ranges, and nothing written along them."""
    return PlotFrame(theme, area, Axis(FixedScale(), columns), Axis(FixedScale(), rows), area, font_size)


def left_of(theme: Look, rows: Axis, font_size: float = TICK_FONT) -> float:
    """Return how much room a vertical axis needs at the left of the area, pixels."""
    metrics = QFontMetricsF(theme.font(font_size))
    return metrics.horizontalAdvance(rows.scale.widest) + 9 + (metrics.height() if rows.name else 0)
