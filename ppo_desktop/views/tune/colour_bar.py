"""The legend of objectives' colours: a bar with numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from ppo_desktop.views.plot_scales import Range, ValueScale, shorten
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.objective_colours import colour_at, colour_table

_FONT = 0.75
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WIDTH = 0.9
"""Of the bar, in base font sizes."""


class ColourBar:
    """A vertical bar from the lowest to the highest objective.

    Args:
        theme: Fonts and colours.
        shown: Objectives at its ends.
        edges: Where colours change; empty where they change smoothly.
    """

    def __init__(self, theme: Theme, shown: Range, edges: Sequence[float] = ()) -> None:
        self._theme = theme
        self._shown = shown
        self._edges = list(edges)
        self._metrics = QFontMetricsF(theme.font(_FONT))

    @property
    def width(self) -> float:
        """Pixels it takes, numbers and the gap before it included."""
        widest = max(self._metrics.horizontalAdvance(shorten(edge)) for edge in (*self._shown, *self._edges))
        return 10 + _WIDTH * self._theme.base_size + 5 + widest

    def paint(self, painter: QPainter, left: float, top: float, height: float, scale: ValueScale) -> None:
        """Draw it, with as many numbers as there is room for.

        Args:
            painter: What draws.
            left: Where its room begins, pixels.
            top: Its upper end.
            height: Its height.
            scale: How numbers are written, where colours change smoothly.
        """
        bar = QRectF(left + 10, top, _WIDTH * self._theme.base_size, height)
        if self._edges:
            self._paint_bands(painter, bar)
        else:
            table = np.ascontiguousarray(colour_table(self._theme.palette)[::-1][:, None, :])
            image = QImage(table.data, 1, len(table), 3, QImage.Format.Format_RGB888).copy()
            painter.drawImage(bar, image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.colour("border"))
        painter.drawRect(bar)
        self._paint_numbers(painter, bar, scale)

    def _paint_bands(self, painter: QPainter, bar: QRectF) -> None:
        n = len(self._edges) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(n):
            low, high = self._row(bar, self._edges[place]), self._row(bar, self._edges[place + 1])
            painter.setBrush(band_colour(self._theme, place, n))
            painter.drawRect(QRectF(bar.left(), high, bar.width(), low - high))

    def _paint_numbers(self, painter: QPainter, bar: QRectF, scale: ValueScale) -> None:
        height = self._metrics.height()
        most = max(1, int(bar.height() / (1.4 * height)))
        numbers = self._edges
        if numbers:
            stride = -(-(len(numbers) - 1) // most)
            numbers = numbers[::stride]
        else:
            numbers = [value for value, _ in scale.ticks(self._shown, min(most, 5))]
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        for number in numbers:
            row = self._row(bar, number)
            painter.drawLine(QLineF(bar.right(), row, bar.right() + 3, row))
            room = QRectF(bar.right() + 5, row - height / 2, self.width, height)
            painter.drawText(room, _LEFT, shorten(number))

    def _row(self, bar: QRectF, value: float) -> float:
        low, high = self._shown
        return bar.bottom() - (value - low) / (high - low) * bar.height()


def band_colour(theme: Theme, place: int, n: int) -> QColor:
    """Return the colour of one of n bands, the lowest first."""
    return colour_at(theme.palette, (place + 0.5) / n)
