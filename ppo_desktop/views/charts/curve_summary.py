"""What stands beside a small plot: its title, and of each curve the last, a typical and the largest value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ppo_desktop.views.charts.curve_header import PlotHeader
from ppo_desktop.views.charts.curve_legend import NO_VALUE, ReadOut, Series
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

_ROWS = ("last", "typical", "max")
_POINTED_AT = "here"
_FONT = 0.8
_GAP = 6
_SIDE = Qt.AlignmentFlag.AlignVCenter
_LINES = 5
_CHOICE = " ▾"
_WIDEST, _WIDEST_IF_NARROW = f"Explained variance{_CHOICE}", "typical 0.0000"


class Summary(ReadOut):
    """A legend entry with three values below each other, the last one in the colour of its curve."""

    _others = (NO_VALUE, NO_VALUE)

    @property
    def shortest_name(self) -> str:
        """What it is called beside the title."""
        return self._names[-1]

    @property
    def others(self) -> tuple[str, str]:
        """The typical and the largest value, as they are shown."""
        return self._others

    def set_others(self, typical: str, largest: str) -> None:
        """Show these beside the last value."""
        if (typical, largest) != self._others:
            self._others = typical, largest
            self._write()

    def paint_name(self, painter: QPainter, right: int, height: int) -> int:
        """Write stroke and name so that they end at `right`, and return their left edge."""
        metrics = QFontMetrics(self._theme.font(_FONT))
        name = self.shortest_name
        swatch = metrics.height()
        left = right - metrics.horizontalAdvance(name) - swatch - 3
        colour = self._theme.colour("muted" if self.greyed else self._colour)
        painter.setPen(self._pen(colour))
        painter.drawLine(left, height // 2, left + swatch, height // 2)
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QRect(left + swatch + 3, 0, right, height), _SIDE, name)
        return left

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the values from top to bottom."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("card"))
        own = self._theme.colour("muted" if self.greyed else self._colour)
        rows = (
            (self.value, own, True),
            *((value, self._theme.colour("text"), False) for value in self._others),
        )
        height = self.height() // len(rows)
        for place, (value, colour, bold) in enumerate(rows):
            self._paint_value(
                painter, QRect(0, place * height, self.width(), height), value, colour, bold=bold
            )

    def _paint_value(self, painter: QPainter, area: QRect, value: str, colour: QColor, *, bold: bool) -> None:
        needed = QFontMetrics(self._theme.font(_FONT, bold=bold)).horizontalAdvance(value)
        fit = min(1.0, 0.9 * area.width() / needed) if needed > area.width() else 1.0
        painter.setFont(self._theme.font(_FONT * fit, bold=bold))
        painter.setPen(colour)
        painter.drawText(area, _SIDE | Qt.AlignmentFlag.AlignRight, value)

    def _write(self) -> None:
        typical, largest = self._others
        self.setText(f"{self._names[0]} last {self.value}, typical {typical}, max {largest}".strip())


class SummaryHeader(PlotHeader):
    """Title, names, values and a remark in as many lines of small print.

    Attributes:
        choice: The title, a button by which another plot can be chosen.
    """

    def __init__(self, theme: Theme, titles: Sequence[str]) -> None:
        super().__init__(theme, titles)
        self.choice = QPushButton(self)
        self.choice.setAccessibleName(f"{titles[0]}: show another plot here")
        self.choice.setProperty("role", "plot_title")
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title_shown = titles[0]
        self._summaries: list[Summary] = []
        self._remarks: tuple[str, ...] = ()
        self._is_pointing = False
        self.setAccessibleName(titles[0])
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def title(self) -> str:
        """The title as it is shown."""
        return self._title_shown

    @property
    def remark(self) -> str:
        """The remark as it is shown, empty if there is none."""
        remarks = self._remarks
        return first_fitting(remarks, self._metrics(), self.width(), remarks[-1]) if remarks else ""

    def add_read_out(self, series: Series, widest: str) -> Summary:
        """Add the values of a curve and return them."""
        summary = Summary(self._theme, series, widest, self)
        summary.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else this too is painted anew
        self._summaries.append(summary)
        return summary

    def set_remark(self, wordings: Sequence[str]) -> None:
        """Say something below the values, in the first of `wordings` that fits."""
        if self._remarks != (remarks := tuple(wordings)):
            self._remarks = remarks
            self.update()

    def set_pointing(self, pointing: bool) -> None:
        """Call the first row what it shows: the last values, or those at the step pointed at."""
        if pointing != self._is_pointing:
            self._is_pointing = pointing
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for every line and the fullest title."""
        return QSize(self._width_of(_WIDEST), _LINES * self._line)

    def minimumSizeHint(self) -> QSize:
        """Return room for every line, with a shorter title."""
        return QSize(self._width_of(_WIDEST_IF_NARROW), _LINES * self._line)

    def arrange(self) -> None:
        """Give everything its place."""
        self.setMaximumWidth(self.sizeHint().width())
        room = self._title_room() - self._metrics().horizontalAdvance(_CHOICE)
        self._title_shown = first_fitting(self._titles, self._metrics(), room, otherwise=self._titles[-1])
        text = f"{self._title_shown}{_CHOICE}"
        self.choice.setText(text)
        self.choice.setFont(self._theme.font(_FONT))
        self.choice.setGeometry(0, 0, self._metrics().horizontalAdvance(text) + 2, self._line)
        left = self._width_of("typical")
        room = (self.width() - left) // max(1, len(self._summaries))
        for place, summary in enumerate(self._summaries):
            summary.setGeometry(left + place * room + _GAP, self._line, room - _GAP, len(_ROWS) * self._line)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write names of curves and rows, and the remark."""
        painter = QPainter(self)
        if len(self._summaries) > 1:
            self._paint_names(painter)
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        rows = (_POINTED_AT if self._is_pointing else _ROWS[0], *_ROWS[1:], self.remark)
        for place, text in enumerate(rows, start=1):
            painter.drawText(QRect(0, place * self._line, self.width(), self._line), _SIDE, text)

    def _paint_names(self, painter: QPainter) -> None:
        right = self.width()
        for summary in reversed(self._summaries):
            right = summary.paint_name(painter, right, self._line) - _GAP

    def _title_room(self) -> int:
        metrics = self._metrics()
        names = [metrics.horizontalAdvance(summary.shortest_name) for summary in self._summaries]
        taken = sum(name + metrics.height() + 3 + _GAP for name in names) if len(names) > 1 else 0
        return self.width() - taken

    def _width_of(self, text: str) -> int:
        return self._metrics().horizontalAdvance(text) + _GAP

    @property
    def _line(self) -> int:
        return self._metrics().height()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(_FONT))
