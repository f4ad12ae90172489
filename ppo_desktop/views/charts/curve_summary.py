"""What stands beside a small plot: its title, and of each curve the last, a typical and the largest value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ppo_desktop.views.charts.curve_legend import NO_VALUE, CurveLegend, ReadOut, Series
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

_ROWS = ("last", "typical", "max")
_POINTED_AT = "here"
_GAP = 6
_SAMPLE = 10
_SIDE = Qt.AlignmentFlag.AlignVCenter
_LINES = 5
_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
_CHOICE = " ▾"
_WIDEST, _WIDEST_IF_NARROW = f"Explained variance{_CHOICE}", "typical 0.0000"


class Summary(ReadOut):
    """A legend entry with three values below each other, the last one in the colour of its curve."""

    font_scale = 0.8
    others = (NO_VALUE, NO_VALUE)
    """The typical and the largest value, as they are shown."""

    def __init__(self, theme: Theme, series: Series, legend: CurveLegend) -> None:
        super().__init__(theme, series, legend)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else what is below is painted anew, too

    def _text(self) -> str:
        values = zip(_ROWS, (self.value, *self.others), strict=True)
        return f"{self.series.names[0]} {', '.join(f'{row} {value}' for row, value in values)}".strip()

    @property
    def name_width(self) -> int:
        """Room for sample and name above the values; 0 where there is but one curve."""
        name = self.series.names[-1]
        return self.metrics().horizontalAdvance(name) + _SAMPLE + 3 if name else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write sample and name, and the values from top to bottom."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("card"))
        line = QRectF(0, 0, self.width(), self.height() / (1 + len(_ROWS)))
        if self.name_width:
            self.paint_sample(painter, line.adjusted(self.width() - self.name_width, 0, 0, 0), _SAMPLE)
            painter.setPen(self._theme.colour("muted"))
            painter.setFont(self._theme.font(self.font_scale))
            painter.drawText(line, _SIDE | Qt.AlignmentFlag.AlignRight, self.series.names[-1])
        for place, value in enumerate((self.value, *self.others)):
            line.translate(0, line.height())
            colour = self.colour if place == 0 else self._theme.colour("text")
            self.paint_value(painter, line, value, colour, is_bold=place == 0)


class SummaryHeader(CurveLegend):
    """Title, names, values and a remark in as many lines of small print.

    Attributes:
        choice: The title, a button by which another plot can be chosen.
    """

    read_out_type = Summary

    def __init__(self, theme: Theme, titles: Sequence[str]) -> None:
        super().__init__(theme)
        self._titles = tuple(titles)
        self.choice = QPushButton(self)
        self.choice.setAccessibleName(f"{titles[0]}: show another plot here")
        self.choice.setProperty("role", "plot_title")
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._remarks: tuple[str, ...] = ()
        self.setAccessibleName(titles[0])
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def remark(self) -> str:
        """The remark as it is shown, empty if there is none."""
        return next(filter(self._has_room_for, self._remarks), "".join(self._remarks[-1:]))

    def _has_room_for(self, remark: str) -> bool:
        needed = self._metrics.boundingRect(self._remark_area, _WRAPPED, remark)
        return self._remark_area.contains(needed)

    @property
    def _remark_area(self) -> QRect:
        """What is left below the values; a line at least."""
        top = (_LINES - 1) * self._line
        return QRect(0, top, self.width(), max(self.height() - top, self._line))

    def set_remark(self, wordings: Sequence[str]) -> None:
        """Say something below the values, on one line or more, in the first of `wordings` that fits."""
        if self._remarks != (remarks := tuple(wordings)):
            self._remarks = remarks
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
        left = self._width_of(_ROWS[1])
        width = (self.width() - left) // max(1, len(self.read_outs))
        title_room = self.width()
        for place, summary in enumerate(self.read_outs.values()):
            assert isinstance(summary, Summary)
            right = left + (place + 1) * width
            area = QRect(left + place * width + _GAP, 0, width - _GAP, (1 + len(_ROWS)) * self._line)
            summary.setGeometry(area)
            if summary.name_width:
                title_room = min(title_room, right - summary.name_width - 4)
        titles = [f"{title}{_CHOICE}" for title in self._titles]
        title = first_fitting(titles, self._metrics, title_room, titles[-1])
        self.choice.setText(title)
        self.choice.setFont(self._theme.font(Summary.font_scale))
        self.choice.setGeometry(0, 0, self._metrics.horizontalAdvance(title) + 2, self._line)
        self.choice.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write what the rows are, and the remark."""
        painter = QPainter(self)
        painter.setFont(self._theme.font(Summary.font_scale))
        painter.setPen(self._theme.colour("muted"))
        rows = (_POINTED_AT if self.is_pointing else _ROWS[0], *_ROWS[1:])
        for place, text in enumerate(rows, start=1):
            painter.drawText(QRect(0, place * self._line, self.width(), self._line), _SIDE, text)
        painter.drawText(self._remark_area, _WRAPPED, self.remark)

    def _width_of(self, text: str) -> int:
        return self._metrics.horizontalAdvance(text) + _GAP

    @property
    def _line(self) -> int:
        return self._metrics.height()

    @property
    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(Summary.font_scale))
