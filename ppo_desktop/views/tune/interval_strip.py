"""Results of seeds as points, with the interval of their mean as a bar: a line of a table."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.study.check import CheckedCandidate
from ppo_desktop.views.plot_scales import Range
from ppo_desktop.views.theme import Theme

_MARGIN = 8.0


def span_of(candidates: tuple[CheckedCandidate, ...]) -> Range | None:
    """Return a scale on which all results have a place; None while there are none."""
    numbers = [
        number for checked in candidates for number in (*checked.objectives, checked.low, checked.high)
    ]
    known = [number for number in numbers if math.isfinite(number)]
    if not known:
        return None
    low, high = min(known), max(known)
    return (low - 0.5, high + 0.5) if low == high else (low, high)


class IntervalStrip(QWidget):
    """Draws the results of one candidate."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._checked: CheckedCandidate | None = None
        self._span: Range | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_candidate(self, checked: CheckedCandidate | None, span: Range | None) -> None:
        """Show results on a scale; None for nothing."""
        self._checked, self._span = checked, span
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, round(1.9 * self._theme.base_size))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        checked, span = self._checked, self._span
        if checked is None or span is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        is_best = checked.candidate.name == "best"
        colour = self._theme.colour("accent" if is_best else "neutral")
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(QPointF(_MARGIN, middle), QPointF(self.width() - _MARGIN, middle))
        points = self._theme.colour("accent" if is_best else "neutral")
        points.setAlphaF(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(points)
        for number in checked.objectives:
            painter.drawEllipse(QPointF(self._x_of(number, span), middle), 3.0, 3.0)
        if math.isfinite(checked.low):
            painter.setPen(QPen(colour, 2.5))
            low, high = (self._x_of(end, span) for end in (checked.low, checked.high))
            painter.drawLine(QPointF(low, middle), QPointF(high, middle))
        if math.isfinite(checked.mean):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            x = self._x_of(checked.mean, span)
            painter.drawRoundedRect(QRectF(x - 2.5, middle - 7, 5, 14), 2, 2)

    def _x_of(self, number: float, span: Range) -> float:
        low, high = span
        room = self.width() - 2 * _MARGIN
        return _MARGIN + room * (number - low) / (high - low)
