"""The legend of objectives' colours: a bar with numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.views.plot_scales import Range, shorten
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.heat_map import band_colour

_FONT = 0.75
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WIDTH = 0.9
"""Of the bar, in base font sizes."""


class ColourBar:
    """A vertical bar from the lowest to the highest objective, in bands.

    Args:
        theme: Fonts and colours.
        shown: Objectives at its ends.
        edges: Where colours change, both ends included.
    """

    def __init__(self, theme: Theme, shown: Range, edges: Sequence[float]) -> None:
        self._theme = theme
        self._shown = shown
        self._edges = list(edges)
        self._metrics = QFontMetricsF(theme.font(_FONT))

    @property
    def width(self) -> float:
        """Pixels it takes, numbers and the gap before it included."""
        widest = max(self._metrics.horizontalAdvance(shorten(edge)) for edge in self._edges)
        return 10 + _WIDTH * self._theme.base_size + 5 + widest

    def paint(self, painter: QPainter, left: float, top: float, height: float) -> None:
        """Draw it, with as many numbers as there is room for.

        Args:
            painter: What draws.
            left: Where its room begins, pixels.
            top: Its upper end.
            height: Its height.
        """
        bar = QRectF(left + 10, top, _WIDTH * self._theme.base_size, height)
        self._paint_bands(painter, bar)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.colour("border"))
        painter.drawRect(bar)
        self._paint_numbers(painter, bar)

    def _paint_bands(self, painter: QPainter, bar: QRectF) -> None:
        n = len(self._edges) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(n):
            low, high = self._row(bar, self._edges[place]), self._row(bar, self._edges[place + 1])
            painter.setBrush(band_colour(self._theme.palette, place, n))
            painter.drawRect(QRectF(bar.left(), high, bar.width(), low - high))

    def _paint_numbers(self, painter: QPainter, bar: QRectF) -> None:
        height = self._metrics.height()
        most = max(1, int(bar.height() / (1.4 * height)))
        stride = -(-(len(self._edges) - 1) // most)
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        for number in self._edges[::stride]:
            row = self._row(bar, number)
            painter.drawLine(QLineF(bar.right(), row, bar.right() + 3, row))
            room = QRectF(bar.right() + 5, row - height / 2, self.width, height)
            painter.drawText(room, _LEFT, shorten(number))

    def _row(self, bar: QRectF, value: float) -> float:
        low, high = self._shown
        return bar.bottom() - (value - low) / (high - low) * bar.height()
