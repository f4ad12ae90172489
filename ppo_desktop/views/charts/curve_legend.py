"""The legend of a card with curves, whose entries are read-outs: a sample of each, its name and its value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ppo_desktop.views.charts.curves import FAINT, Stroke, translucent
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.theme import Look, Theme, smooth_painter
from ppo_desktop.views.wording_label import first_within

SHADE_ALPHA = 36
"""Opacity of what is pale, of 255."""
NO_VALUE = "–"
"""Read-out of a series without samples."""
_SAMPLE_SHARE = 1.5
_GAP = 12
"""Pixels from one part of a row to the next."""
_SHRINKING_SLACK = 0.9
"""Small letters are wider for their height than large ones."""
_SIDE = Qt.AlignmentFlag.AlignVCenter


class Marker(Protocol):
    """What tells a curve from others besides its colour."""

    def paint_marker(self, painter: QPainter, theme: Look, centre: QPointF, radius: float) -> None:
        """Paint it."""


@dataclass(frozen=True)
class Series:
    """What a curve is called, and how the legend shows it.

    Attributes:
        key: The column of the history, or the number of the variant, that is drawn.
        names: Its name in the legend, from the full wording to the shortest.
        stroke: Points or a kind of line.
        colour: Name of the palette's colour.
        marker: What shows which it is instead of the stroke.
        filled: Shade the area down to 0.
        has_value: Show the current value in the legend.
        window: Number of samples averaged, as said in the names; 0 if the values are no averages.
    """

    key: Hashable
    names: tuple[str, ...]
    stroke: Stroke = Stroke.BOLD
    colour: str = "text"
    marker: Marker | None = None
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


class Form(NamedTuple):
    """How much of itself a read-out shows.

    Attributes:
        level: Which of its names.
        has_sample: Whether a sample of the stroke stands before it.
        is_either: Whether only the name is shown, or only the value while a step is pointed at.
    """

    level: int = 0
    has_sample: bool = True
    is_either: bool = False


class ReadOut(QLabel):
    """One legend entry with its current value: a sample of the stroke, a name, a number.

    It is a label whose text screen readers see, of fixed size for the widest value, so that a
    changing number moves nothing; setting it causes no layout.
    """

    font_scale = 0.85

    def __init__(self, theme: Theme, series: Series, legend: CurveLegend) -> None:
        super().__init__(legend)
        self._theme, self._legend, self.series = theme, legend, series
        self._names = series.names
        self.form = Form()
        self.value = ""
        self.setMouseTracking(True)
        self.show_value(NO_VALUE if series.has_value else "")

    def show_value(self, value: str, names: Sequence[str] = ()) -> None:
        """Show a number; and other names, no longer than those given at first, whose room stays reserved."""
        self._names = tuple(names) or self._names
        self.value = value
        if (text := self._text()) != self.text():
            self.setText(text)

    def _text(self) -> str:
        """Return what screen readers say."""
        return f"{self._names[0]} {self.value}".strip()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say that it is pointed at."""
        super().mouseMoveEvent(event)
        self._legend.pointed_at.emit(self.series.key)

    def leaveEvent(self, event: QEvent) -> None:
        """Say that it is pointed at no more."""
        super().leaveEvent(event)
        self._legend.pointed_at.emit(None)

    # ---- sizes ---------------------------------------------------------------------------------

    def width_in(self, form: Form) -> int:
        """Return the width needed in a form, in pixels."""
        widest = self._legend.widest if self.series.has_value else ""
        name, value = self._name_width(form), self.metrics(bold=True).horizontalAdvance(widest)
        return self._sample_width(form) + (max(name, value) if form.is_either else name + value)

    def metrics(self, *, bold: bool = False) -> QFontMetrics:
        """Return the measures of its font."""
        return QFontMetrics(self._theme.font(self.font_scale, bold=bold))

    def _sample_width(self, form: Form) -> int:
        share = _SAMPLE_SHARE if self.series.marker is None else 1.0
        has_sample = form.has_sample and self.series.stroke is not Stroke.NONE
        return round(self.metrics().height() * share) if has_sample else 0

    def _name_width(self, form: Form) -> int:
        name = self._name(self.series.names, form)
        return self.metrics().horizontalAdvance(name) + (6 if name and self.series.has_value else 0)

    @staticmethod
    def _name(names: Sequence[str], form: Form) -> str:
        return names[min(form.level, len(names) - 1)]

    # ---- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw sample, name and number from left to right."""
        form, is_either = self.form, self.form.is_either
        shows_value = self.series.has_value and (self._legend.is_pointing or not is_either)
        painter = smooth_painter(self)
        is_faint = self._legend.highlighted not in (None, self.series.key) and self.series.key is not None
        painter.setOpacity(FAINT if is_faint else 1.0)
        area = QRectF(self.rect())
        self.paint_sample(painter, area, self._sample_width(form) - 5.0)
        area.setLeft(self._sample_width(form))
        if not (is_either and shows_value):
            painter.setFont(self._theme.font(self.font_scale))
            painter.setPen(self._theme.colour("text" if is_either else "muted"))
            painter.drawText(area, _SIDE, self._name(self._names, form))
            area.setLeft(area.left() + self._name_width(form))
        if shows_value:
            self.paint_value(painter, area, self.value, self.colour)

    @property
    def colour(self) -> QColor:
        """Of its sample and its number."""
        return self._theme.colour("muted" if self._legend.is_grey else self.series.colour)

    def paint_value(
        self, painter: QPainter, area: QRectF, value: str, colour: QColor, *, is_bold: bool = True
    ) -> None:
        """Write a number."""
        painter.setFont(self.fitted_font(value, area.width(), is_bold=is_bold and not self._legend.is_grey))
        painter.setPen(colour)
        side = Qt.AlignmentFlag.AlignRight if self.series.marker is None else Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, _SIDE | side, value)

    def fitted_font(self, value: str, room: float, *, is_bold: bool) -> QFont:
        """Return a font in which the whole number fits: one that has lost a digit is another number."""
        needed = self.metrics(bold=is_bold).horizontalAdvance(value)
        fit = 1.0 if needed <= room else _SHRINKING_SLACK * max(room, 1) / needed
        font = self._theme.font(self.font_scale, bold=is_bold)
        font.setPointSizeF(fit * font.pointSizeF())
        return font

    def paint_sample(self, painter: QPainter, area: QRectF, width: float) -> None:
        """Draw a marker, or a piece of the stroke as wide as said, at the left of an area."""
        left, middle, stroke = area.left(), area.center().y(), self.series.stroke
        if width <= 0:
            return
        if self.series.marker is not None:
            radius = 0.3 * self.metrics().height()
            self.series.marker.paint_marker(painter, self._theme, QPointF(left + radius + 1, middle), radius)
        elif stroke is Stroke.POINTS:
            for place in (0.2, 0.8):
                Dot(2.0, self.colour).paint(painter, QPointF(left + width * place, middle))
        else:
            if self.series.filled:
                shade = translucent(self.colour, SHADE_ALPHA)
                painter.fillRect(QRectF(left, middle, width, area.height() / 2 - 3), shade)
            pen = QPen(self.colour, 2.5 if stroke in (Stroke.BOLD, Stroke.BOLD_DASHED) else 1.5)
            if stroke is Stroke.DOTTED:
                pen.setDashPattern([1.0, 1.5])
            elif stroke in (Stroke.DASHED, Stroke.BOLD_DASHED):
                pen.setDashPattern([3.0, 2.0])
            painter.setPen(pen)
            painter.drawLine(QLineF(left, middle, left + width, middle))


class CurveLegend(QWidget):
    """Read-outs, laid out by hand, so that a changing number moves nothing.

    Args:
        theme: Fonts and colours.

    Attributes:
        read_outs: {key: entry}, in order.
        widest: A value for which there is room.
        is_pointing: Whether the values are those of a step that is pointed at.
        is_grey: Whether they are not meaningful.
        highlighted: The entry that is pointed at instead of all others; None for none.
    """

    pointed_at = Signal(object)
    """Which entry is under the mouse, None for none."""
    read_out_type: type[ReadOut] = ReadOut

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.read_outs: dict[Hashable, ReadOut] = {}
        self.widest = ""
        self.is_pointing = self.is_grey = False
        self.highlighted: Hashable = None

    def set_series(self, shown: Sequence[Series], widest: str) -> None:
        """Have an entry for each of these, with room for values as wide as `widest`."""
        is_other = list(shown) != [read_out.series for read_out in self.read_outs.values()]
        if not is_other and widest == self.widest:
            return
        self.widest = widest
        if is_other:
            for read_out in self.read_outs.values():
                read_out.hide()
                read_out.deleteLater()
            self.read_outs = {each.key: self.read_out_type(self._theme, each, self) for each in shown}
        self.arrange()

    def set_pointing(self, pointing: bool) -> None:
        """Say what the values are: the newest, or those at the step that is pointed at."""
        if pointing != self.is_pointing:
            self.is_pointing = pointing
            self.update()

    def set_grey(self, grey: bool) -> None:
        """Show the values as not meaningful."""
        if grey != self.is_grey:
            self.is_grey = grey
            self.update()

    def set_highlighted(self, key: Hashable) -> None:
        """Let all entries but one be faint; None for none."""
        if key != self.highlighted:
            self.highlighted = key
            self.update()

    @property
    def text(self) -> str:
        """Everything it would say if there were room."""
        return ", ".join(read_out.text() for read_out in self.read_outs.values())

    @abstractmethod
    def arrange(self) -> None:
        """Give everything its place; call it when a font, a text's reserve or a tool has changed."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self.arrange()


Lead = tuple[str, str]
"""What is said while no step is pointed at, and what while one is."""


class _Arrangement(NamedTuple):
    """What a row shows: in which words it begins, its entries, and how much of each."""

    lead: Lead
    read_outs: Sequence[ReadOut]
    form: Form


class LegendRow(CurveLegend):
    """Words, tools and entries in a row; what does not fit is shortened, then left out.

    Where samples alone tell what is what, names give way to values while a step is pointed at.

    Args:
        theme: Fonts and colours.
        titles: The words are a title, from its full wording to its shortest: with the entries at the right,
            the first of which is the first to go. Else the words are a remark, and the last entry is.
    """

    def __init__(self, theme: Theme, titles: Sequence[str] = ()) -> None:
        super().__init__(theme)
        self._is_title = bool(titles)
        self._leads: list[Lead] = [(title, title) for title in titles]
        self._brief: Lead = ("", "")
        self._lead: Lead = ("", "")
        self._least_width = 0
        self._tools: list[QWidget] = []
        self.setAccessibleName("".join(titles[:1]))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.arrange)

    @property
    def lead(self) -> str:
        """The words as they are shown."""
        return self._lead[self.is_pointing]

    def set_leads(self, leads: Sequence[Lead], brief: Lead) -> None:
        """Begin with other words, from the fullest wording; `brief` where there are names or values only."""
        if (list(leads), brief) != (self._leads, self._brief):
            self._leads, self._brief = list(leads), brief
            self.arrange()

    def add_tool(self, tool: QWidget) -> None:
        """Add a control between words and entries."""
        tool.setParent(self)
        self._tools.append(tool)

    def minimumSizeHint(self) -> QSize:
        """Return what the shortest wording needs; a remark leaves the layout free."""
        return QSize(self._least_width if self._is_title else 0, self._height())

    def sizeHint(self) -> QSize:
        """As its least size; the width is the layout's."""
        return self.minimumSizeHint()

    def arrange(self) -> None:
        """Give everything its place."""
        self.setFixedHeight(self._height())
        *_, briefest = arrangements = list(self._arrangements())
        if self._least_width != (least_width := self._width(briefest)):
            self._least_width = least_width
            self.updateGeometry()
        chosen = first_within(arrangements, self._width, self.width(), briefest)
        self._lead = chosen.lead
        for read_out in self.read_outs.values():
            read_out.setVisible(read_out in chosen.read_outs)
            read_out.form = chosen.form
        widths = self._widths(chosen)
        left = self.width() - self._width(chosen) + widths[0] if self._is_title else widths[0]
        for part, width in zip((*self._shown_tools, *chosen.read_outs), widths[1:], strict=True):
            height = self.height() if isinstance(part, ReadOut) else part.sizeHint().height()
            part.setGeometry(left, (self.height() - height) // 2, width - _GAP, height)
            left += width
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the words; tools and entries draw themselves."""
        painter = QPainter(self)
        painter.setFont(self._lead_font)
        painter.setPen(self._theme.colour("text" if self._is_title else "muted"))
        painter.drawText(self.rect(), _SIDE, self.lead)

    def _arrangements(self) -> Iterator[_Arrangement]:
        """Yield what may be shown, from everything to the least: a name without a sample names no line."""
        read_outs = list(self.read_outs.values())
        *forms, last = self._forms()
        for n_left_out in range(len(read_outs) + (not self._is_title)):
            shown = read_outs[n_left_out:] if self._is_title else read_outs[: len(read_outs) - n_left_out]
            is_least = last.has_sample or len(shown) <= self._is_title
            for form in (*forms, last) if is_least else forms:
                for lead in (self._brief,) if form.is_either else self._leads or (("", ""),):
                    yield _Arrangement(lead, shown, form)

    def _forms(self) -> list[Form]:
        series = [read_out.series for read_out in self.read_outs.values()]
        last = max((len(each.names) for each in series), default=1) - 1
        if any(each.marker is not None for each in series):
            return [*map(Form, range(last)), Form(last, is_either=True)]
        return [*map(Form, range(last + 1)), Form(last, has_sample=False)]

    def _width(self, arrangement: _Arrangement) -> int:
        return sum(self._widths(arrangement)) - _GAP

    def _widths(self, arrangement: _Arrangement) -> list[int]:
        """Return the widths of words, tools and entries, each with the gap behind it."""
        lead = max(map(QFontMetrics(self._lead_font).horizontalAdvance, arrangement.lead))
        tools = (tool.sizeHint().width() for tool in self._shown_tools)
        entries = (read_out.width_in(arrangement.form) for read_out in arrangement.read_outs)
        return [lead + _GAP if lead else 0, *(width + _GAP for width in (*tools, *entries))]

    @property
    def _shown_tools(self) -> list[QWidget]:
        return [tool for tool in self._tools if not tool.isHidden()]

    @property
    def _lead_font(self) -> QFont:
        return self._theme.font(1.0 if self._is_title else ReadOut.font_scale, bold=self._is_title)

    def _height(self) -> int:
        """Return the height that is enough for hidden tools too, so that showing one moves nothing."""
        heights = [tool.sizeHint().height() for tool in self._tools]
        entry = QFontMetrics(self._theme.font(ReadOut.font_scale, bold=True)).height() + 2
        return max(entry, QFontMetrics(self._lead_font).height(), *heights, 0)
