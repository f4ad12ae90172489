"""A legend entry that is its own read-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.theme import Theme, smooth_painter

SHADE_ALPHA = 36
"""Opacity of what is pale, of 255."""
_SWATCH_SHARE = 1.5
_SHRINKING_SLACK = 0.9
"""Small letters are wider for their height than large ones."""

LEVELS = 4
"""Degrees of brevity: names from long to short, at last without the sample of the stroke."""

_WITHOUT_STROKE = LEVELS - 1
NO_VALUE = "–"
"""Read-out of a series without samples."""


@dataclass(frozen=True)
class Series:
    """A column of the history on a plot.

    Attributes:
        column: The column's name.
        names: Its name in the legend, from the full wording to the shortest.
        stroke: Points or a kind of line.
        colour: Name of the palette's colour.
        filled: Shade the area down to 0.
        has_value: Show the current value in the legend.
        window: Number of samples averaged, as said in the names; 0 if the values are no averages.
    """

    column: str
    names: tuple[str, ...]
    stroke: Stroke
    colour: str
    filled: bool = False
    has_value: bool = True
    window: int = 0

    def names_after(self, samples: int) -> tuple[str, ...]:
        """Return the names, true also while fewer than `window` samples have been averaged."""
        if not 0 < samples < self.window:
            return self.names
        most = str(self.window)
        return tuple(
            name.replace(f"last {most}", f"all {samples}").replace(most, str(samples)) for name in self.names
        )


class ReadOut(QLabel):
    """One legend entry with its current value: a sample of the stroke, a name, a number.

    It is a label whose text screen readers see, of fixed size for the widest value, so that a
    changing number moves nothing; setting it causes no layout.
    """

    def __init__(self, theme: Theme, series: Series, widest: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = self._shown_names = series.names
        self._stroke = series.stroke
        self._colour = series.colour
        self._filled = series.filled
        self._widest = widest
        self._level = 0
        self._value = NO_VALUE if widest else ""
        self.greyed = False
        self._write()

    @property
    def value(self) -> str:
        """The number shown."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show `value`."""
        if value != self._value:
            self._value = value
            self._write()

    def set_names(self, names: Sequence[str]) -> None:
        """Show other names, no longer than those given at first, whose room stays reserved."""
        if names != self._shown_names:
            self._shown_names = tuple(names)
            self._write()

    def set_widest(self, widest: str) -> None:
        """Reserve room for `widest`."""
        self._widest = widest

    def set_greyed(self, greyed: bool) -> None:
        """Show the number as not meaningful."""
        if greyed != self.greyed:
            self.greyed = greyed
            self.update()

    def set_level(self, level: int) -> None:
        """Use brevity `level`, 0 for everything."""
        self._level = level

    def width_at(self, level: int) -> int:
        """Return the width needed at brevity `level`, in pixels."""
        return self._swatch_width(level) + self._name_width(level) + self._value_width()

    def height_needed(self) -> int:
        """Return the height of the text, in pixels."""
        return self._metrics(bold=True).height() + 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw stroke, name and number from left to right."""
        painter = smooth_painter(self)
        self._paint_swatch(painter)
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(0.85))
        area = self.rect().adjusted(self._swatch_width(self._level), 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, _at(self._shown_names, self._level))
        painter.setPen(self._theme.colour("muted" if self.greyed else self._colour))
        area.adjust(self._name_width(self._level), 0, 0, 0)
        painter.setFont(self._value_font(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._value)

    def _value_font(self, room: int) -> QFont:
        """Return a font in which the whole number fits: one that has lost a digit is another number."""
        needed = self._metrics(bold=not self.greyed).horizontalAdvance(self._value)
        fit = 1.0 if needed <= room else _SHRINKING_SLACK * max(room, 1) / needed
        return self._theme.font(0.85 * fit, bold=not self.greyed)

    def _paint_swatch(self, painter: QPainter) -> None:
        right, middle = self._swatch_width(self._level) - 5.0, self.height() / 2
        if right <= 0:
            return
        colour = self._theme.colour("muted" if self.greyed else self._colour)
        if self._stroke is Stroke.POINTS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for place in (0.2, 0.8):
                painter.drawEllipse(QPointF(right * place, middle), 2.0, 2.0)
            return
        if self._filled:
            shade = QColor(colour)
            shade.setAlpha(SHADE_ALPHA)
            painter.fillRect(QRectF(0.0, middle, right, middle - 3), shade)
        painter.setPen(self._pen(colour))
        painter.drawLine(QLineF(0.0, middle, right, middle))

    def _pen(self, colour: QColor) -> QPen:
        pen = QPen(colour, 2.5 if self._stroke is Stroke.BOLD else 1.5)
        if self._stroke is Stroke.DASHED:
            pen.setDashPattern([3.0, 2.0])
        return pen

    def _write(self) -> None:
        self.setText(f"{self._shown_names[0]} {self._value}".strip())

    def _swatch_width(self, level: int) -> int:
        return 0 if level >= _WITHOUT_STROKE else round(self._metrics().height() * _SWATCH_SHARE)

    def _name_width(self, level: int) -> int:
        name = _at(self._names, level)
        return self._metrics().horizontalAdvance(name) + (6 if name and self._widest else 0)

    def _value_width(self) -> int:
        return self._metrics(bold=True).horizontalAdvance(self._widest)

    def _metrics(self, *, bold: bool = False) -> QFontMetrics:
        return QFontMetrics(self._theme.font(0.85, bold=bold))


def _at(names: Sequence[str], level: int) -> str:
    return names[min(level, len(names) - 1)]
