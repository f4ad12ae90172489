"""The header of a plot card: title, legend and read-outs in one, and what else belongs there."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from ppo_desktop.views.theme import Theme

_SPACING = 12
_SWATCH_SHARE = 1.5
_LEVELS = 4
_WITHOUT_STROKE = _LEVELS - 1
"""How short a legend can get: names from long to short, at last without the sample of the stroke."""

NO_VALUE = "–"
"""Read-out of a series without samples."""


class Stroke(Enum):
    """How a series is drawn, and how its legend shows that."""

    POINTS = "points"
    BOLD = "bold line"
    THIN = "thin line"
    DASHED = "dashed line"


class ReadOut(QLabel):
    """One legend entry with its current value: a sample of the stroke, a name, a number.

    It is a label whose text screen readers see, of fixed size for the widest value, so that a
    changing number moves nothing; setting it causes no layout.
    """

    def __init__(
        self,
        theme: Theme,
        names: Sequence[str],
        stroke: Stroke,
        colour: str,
        widest: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._names = tuple(names)
        self._stroke = stroke
        self._colour = colour
        self._widest = widest
        self._side = side
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
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_swatch(painter)
        painter.setPen(self._theme.colour("muted"))
        painter.setFont(self._theme.font(0.85))
        area = self.rect().adjusted(self._swatch_width(self._level), 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._name(self._level))
        painter.setPen(self._theme.colour("muted" if self.greyed else self._colour))
        painter.setFont(self._theme.font(0.85, bold=not self.greyed))
        area.adjust(self._name_width(self._level), 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | self._side, self._value)

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
        painter.setPen(self._pen(colour))
        painter.drawLine(QLineF(0.0, middle, right, middle))

    def _pen(self, colour: QColor) -> QPen:
        pen = QPen(colour, 2.5 if self._stroke is Stroke.BOLD else 1.5)
        if self._stroke is Stroke.DASHED:
            pen.setDashPattern([3.0, 2.0])
        return pen

    def _write(self) -> None:
        self.setText(f"{self._names[0]} {self._value}".strip())

    def _name(self, level: int) -> str:
        return self._names[min(level, len(self._names) - 1)]

    def _swatch_width(self, level: int) -> int:
        return 0 if level >= _WITHOUT_STROKE else round(self._metrics().height() * _SWATCH_SHARE)

    def _name_width(self, level: int) -> int:
        name = self._name(level)
        return self._metrics().horizontalAdvance(name) + (6 if name and self._widest else 0)

    def _value_width(self) -> int:
        return self._metrics(bold=True).horizontalAdvance(self._widest)

    def _metrics(self, *, bold: bool = False) -> QFontMetrics:
        return QFontMetrics(self._theme.font(0.85, bold=bold))


class CardHeader(QWidget):
    """Lays out title, tools and read-outs by hand, and shortens what does not fit.

    Args:
        theme: Fonts and colours.
        titles: The title, from its full wording to its shortest.
        stacked: Read-outs in a row of their own under the title.
    """

    def __init__(self, theme: Theme, titles: Sequence[str], *, stacked: bool) -> None:
        super().__init__()
        self._theme = theme
        self._titles = tuple(titles)
        self._stacked = stacked
        self._title = QLabel(titles[0], self)
        self._title.setProperty("role", "muted" if stacked else "title")
        self._title.setAccessibleName(titles[0])
        self._read_outs: list[ReadOut] = []
        self._tools: list[QWidget] = []
        self._button: QWidget | None = None

    @property
    def title(self) -> str:
        """The title as it is shown."""
        return self._title.text()

    def add_read_out(self, read_out: ReadOut) -> None:
        """Add a legend entry at the right; the first one added is the first to go."""
        read_out.setParent(self)
        self._read_outs.append(read_out)

    def add_tool(self, tool: QWidget) -> None:
        """Add a control between title and read-outs."""
        tool.setParent(self)
        self._tools.append(tool)

    def arrange(self) -> None:
        """Give everything its place; call it when a font, a text's reserve or a tool has changed."""
        self.setFixedHeight(self._height())
        if self._stacked:
            self._arrange_stacked()
        else:
            self._arrange_in_a_row()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self.arrange()

    def _visible_tools(self) -> list[QWidget]:
        return [tool for tool in self._tools if not tool.isHidden()]

    def _title_metrics(self) -> QFontMetrics:
        scale = 0.85 if self._stacked else 1.0
        return QFontMetrics(self._theme.font(scale, bold=not self._stacked))

    def _row_height(self) -> int:
        heights = [read_out.height_needed() for read_out in self._read_outs]
        return max([*heights, *(tool.sizeHint().height() for tool in self._visible_tools())], default=0)

    def _height(self) -> int:
        title, row = self._title_metrics().height(), self._row_height()
        return title + row if self._stacked else max(title, row)

    def _arrange_stacked(self) -> None:
        height = self._title_metrics().height()
        self._place_title(self.width(), height)
        room = self.width()
        level = next((n for n in range(_LEVELS) if self._read_outs_width(n) <= room), _LEVELS - 1)
        left = 0
        for read_out in self._read_outs:
            width = read_out.width_at(level)
            self._place(read_out, left, height, width, self.height() - height, level)
            left += width + _SPACING

    def _arrange_in_a_row(self) -> None:
        tools = sum(tool.sizeHint().width() + _SPACING for tool in self._visible_tools())
        title, level, first = self._choose(self.width() - tools)
        right = self.width()
        for position, read_out in reversed(list(enumerate(self._read_outs))):
            read_out.setVisible(position >= first)
            if position >= first:
                width = read_out.width_at(level)
                self._place(read_out, right - width, 0, width, self.height(), level)
                right -= width + _SPACING
        for tool in reversed(self._visible_tools()):
            size = tool.sizeHint()
            tool.setGeometry(right - size.width(), (self.height() - size.height()) // 2, *size.toTuple())
            right -= size.width() + _SPACING
        self._place_title(max(right, title), self.height())

    def _choose(self, room: int) -> tuple[int, int, int]:
        """Return the title's width, the brevity of names and the first read-out shown, so that all fit."""
        widths = [self._title_metrics().horizontalAdvance(title) + _SPACING for title in self._titles]
        for first in range(len(self._read_outs)):
            for level in range(_LEVELS - 1):
                for title in widths:
                    if title + self._read_outs_width(level, first) <= room:
                        return title, level, first
        return widths[-1], 2, max(len(self._read_outs) - 1, 0)

    def _read_outs_width(self, level: int, first: int = 0) -> int:
        shown = self._read_outs[first:]
        return sum(read_out.width_at(level) for read_out in shown) + _SPACING * max(len(shown) - 1, 0)

    def _place_title(self, room: int, height: int) -> None:
        metrics = self._title_metrics()
        fitting = [title for title in self._titles if metrics.horizontalAdvance(title) <= room]
        self._title.setText(fitting[0] if fitting else self._titles[-1])
        self._title.setGeometry(QRectF(0, 0, room, height).toRect())

    def _place(self, read_out: ReadOut, left: int, top: int, width: int, height: int, level: int) -> None:
        read_out.set_level(level)
        read_out.setFixedSize(width, height)
        read_out.move(left, top)
        read_out.update()
