"""The legend of a picture: a sample of each shape and what it means, in a line, or in two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.views.charts.frame import TICK_FONT
from ppo_desktop.views.charts.shapes import Shape
from ppo_desktop.views.theme import Look

_SAMPLE = 1.4
"""Width of a sample, in base font sizes."""
_MOST_LINES = 2
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Legend:
    """Names what is drawn, what is drawn last first.

    What there is no room for in two lines is left out.

    Args:
        theme: Fonts and colours.
        shapes: What is drawn, in order; only those with a name are named.
        width: Room for it, pixels.
    """

    def __init__(self, theme: Look, shapes: Sequence[Shape], width: float) -> None:
        self._theme = theme
        self._metrics = QFontMetricsF(theme.font(TICK_FONT))
        self._line, self._sample_width = self._metrics.height() + 2, _SAMPLE * theme.base_size
        self._places: list[tuple[Shape, float, int]] = []
        left, line = 0.0, 0
        for shape in reversed([shape for shape in shapes if shape.legend]):
            needed = self._sample_width + 4 + self._metrics.horizontalAdvance(shape.legend)
            if left > 0 and left + needed > width:
                left, line = 0.0, line + 1
            if line == _MOST_LINES or needed > width:
                break
            self._places.append((shape, left, line))
            left += needed + 0.9 * theme.base_size

    @property
    def texts(self) -> list[str]:
        """What is named, in order."""
        return [shape.legend for shape, _, _ in self._places]

    @property
    def height(self) -> float:
        """Pixels it takes."""
        return self._line * max((1 + line for _, _, line in self._places), default=0)

    def paint(self, painter: QPainter, left: float, top: float) -> None:
        """Draw it from its upper left corner on."""
        radius = 0.3 * self._theme.base_size
        for shape, indent, line in self._places:
            sample = QRectF(left + indent, top + line * self._line, self._sample_width, self._line)
            shape.paint_sample(painter, sample, radius)
            painter.setFont(self._theme.font(TICK_FONT))
            painter.setPen(self._theme.colour("muted"))
            width = self._metrics.horizontalAdvance(shape.legend) + 2
            words = QRectF(sample.right() + 4, sample.top(), width, self._line)
            painter.drawText(words, _LEFT, shape.legend)
