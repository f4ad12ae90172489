"""Words around the area of a plot, and in it: as many as there is room for, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ppo_desktop.views.charts.frame import PlotFrame
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.shapes import Key, Shape, gradient
from ppo_desktop.views.wording_label import cut, first_fitting, first_within

_GAP = 8.0
"""Least pixels between two labels."""
_STROKE = 3.0
_ABOVE = 4.0
"""Pixels between a heading and the area."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Word:
    """A part of a heading.

    Attributes:
        text: What is written.
        colour: Name of the palette's colour.
        swatch: Colours of a bar before it, from its left to its right end; none for no bar.
    """

    text: str
    colour: str = "muted"
    swatch: Sequence[QColor] = ()


@dataclass(frozen=True, eq=False)
class Heading(Shape):
    """A line above the area: at the left what is shown, at the right what there is to say of it.

    Attributes:
        wordings: The words, the first of which stands at the left, from the fullest wording to the shortest:
            the first is written for which there is room, or else the last.
    """

    wordings: Sequence[Sequence[Word]]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        line = above(frame)
        right = line.right()
        wordings = self.wordings
        first, *others = first_within(wordings, partial(_widths, frame), line.width(), wordings[-1])
        painter.setFont(frame.font)
        _paint_word(painter, frame, line, first)
        for word in reversed(others):
            right -= _width(frame, word)
            _paint_word(painter, frame, QRectF(right, line.top(), line.width(), line.height()), word)
            right -= _between(frame)


def above(frame: PlotFrame) -> QRectF:
    """Return the line above the area."""
    left, height = frame.room.left(), frame.metrics.height()
    return QRectF(left, frame.area.top() - height - _ABOVE, frame.area.right() - left, height)


def _between(frame: PlotFrame) -> float:
    return 0.6 * frame.metrics.height()


def _width(frame: PlotFrame, word: Word) -> float:
    return frame.metrics.horizontalAdvance(word.text) + _swatch_width(frame, word)


def _widths(frame: PlotFrame, words: Sequence[Word]) -> float:
    """Return how wide several words are with the gaps between them."""
    return sum(_width(frame, word) for word in words) + (len(words) - 1) * _between(frame)


def _swatch_width(frame: PlotFrame, word: Word) -> float:
    return 1.1 * frame.metrics.height() + 3.0 if word.swatch else 0.0


def _paint_word(painter: QPainter, frame: PlotFrame, line: QRectF, word: Word) -> None:
    indent = _swatch_width(frame, word)
    if word.swatch:
        bar = QRectF(line.left(), line.top(), indent - 3.0, line.height())
        paint_colours(painter, frame, bar, word.swatch)
    painter.setPen(frame.theme.colour(word.colour))
    painter.drawText(line.adjusted(indent, 0.0, 2.0, 0.0), _LEFT | Qt.TextFlag.TextDontClip, word.text)


def paint_colours(painter: QPainter, frame: PlotFrame, line: QRectF, colours: Sequence[QColor]) -> None:
    """Draw a bar of colours, from its left to its right end, half as high as the line it stands in."""
    bar = line.adjusted(0.0, 0.25 * line.height(), 0.0, -0.25 * line.height())
    painter.setPen(QPen(frame.theme.colour("border"), 1.0))
    painter.setBrush(gradient(bar, colours))
    painter.drawRect(bar)
    painter.setBrush(Qt.BrushStyle.NoBrush)


@dataclass(frozen=True)
class Label:
    """A text that is to stand below the area; one that is longer than the area is cut.

    Attributes:
        place: What its middle is to stand below, in plotted units.
        text: What is written.
        colour: Name of the palette's colour.
        within: It is moved to stand between these, in plotted units, apart from what is beyond; None: it is
            moved to stand between the ends of the axis.
    """

    place: float
    text: str
    colour: str = "muted"
    within: Range | None = None


class Placed(NamedTuple):
    """Where a text stands, in pixels, and its colour's name in the palette."""

    text: str
    left: float
    right: float
    colour: str


@dataclass(frozen=True, eq=False)
class LabelsBelow(Shape):
    """Texts in a line below the area: each where it meets none of those before it.

    Attributes:
        wordings: The labels, the most important first, from the fullest wording to the shortest: the first
            is written of which the most have room.
        titles: What the axis shows, likewise; it stands in a gap of the labels, as far right as may be.
        strokes: Where a small stroke shows the place, in plotted units.
    """

    wordings: Sequence[Sequence[Label]]
    titles: Sequence[str] = ()
    strokes: Sequence[float] = ()

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        bottom = frame.area.bottom()
        painter.setPen(frame.theme.colour("muted"))
        for column in map(frame.column, self.strokes):
            painter.drawLine(QLineF(column, bottom, column, bottom + _STROKE))
        painter.setFont(frame.font)
        for label in self.placed(frame):
            painter.setPen(frame.theme.colour(label.colour))
            painter.drawText(QPointF(label.left, bottom + _STROKE + frame.metrics.ascent()), label.text)

    def placed(self, frame: PlotFrame) -> list[Placed]:
        """Return where everything stands for which there is room."""
        placed = max((_placed(frame, labels) for labels in self.wordings), key=len)
        return placed + self._title(frame, placed)

    def _title(self, frame: PlotFrame, placed: Sequence[Placed]) -> list[Placed]:
        """Return the title in the fullest wording that fits between labels."""
        edges = sorted((label.left, label.right) for label in placed)
        starts = [frame.area.left(), *(right + _GAP for _, right in edges)]
        ends = [*(left - _GAP for left, _ in edges), frame.area.right()]
        for title in self.titles:
            width = frame.metrics.horizontalAdvance(title)
            for start, end in zip(reversed(starts), reversed(ends), strict=True):
                if end - start >= width:
                    left = (start + end - width) / 2
                    return [Placed(title, left, left + width, "muted")]
        return []


def _placed(frame: PlotFrame, labels: Sequence[Label]) -> list[Placed]:
    """Return those labels that meet none before."""
    placed: list[Placed] = []
    for label in labels:
        text = first_fitting((label.text,), frame.metrics, frame.area.width() + 1, is_cut=True)
        width = frame.metrics.horizontalAdvance(text)
        low, high = frame.area.left(), frame.area.right()
        if label.within is not None:
            low, high = (frame.column(end) for end in label.within)
            low, high = low + _GAP / 2, high - _GAP / 2
        left = min(max(low, frame.column(label.place) - width / 2), high - width)
        if not any(left < other.right + _GAP and other.left < left + width + _GAP for other in placed):
            placed.append(Placed(text, left, left + width, label.colour))
    return placed


@dataclass(frozen=True, eq=False)
class RowTexts(Shape):
    """Texts in a column beside the rows of a figure, each cut to its width.

    Attributes:
        texts: What is written.
        rows: What the middle of each is level with, in plotted units.
        edges: Where the column begins and ends, pixels.
        side: At which side of it they stand.
        colour: Name of the palette's colour.
        named: What each row is called; empty where none can be pointed at.
    """

    texts: Sequence[str]
    rows: Sequence[float]
    edges: Range
    side: Qt.AlignmentFlag
    colour: str = "text"
    named: Sequence[Key] = ()

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        (left, right), height = self.edges, frame.metrics.height()
        painter.setFont(frame.font)
        painter.setPen(frame.theme.colour(self.colour))
        for text, row in zip(self.texts, map(frame.row, self.rows), strict=True):
            room = QRectF(left, row - height / 2, right - left, height)
            shown = cut(text, frame.metrics, room.width())
            painter.drawText(
                room, self.side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, shown
            )

    @property
    def keys(self) -> Sequence[Key]:
        return self.named

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        near = (
            (abs(frame.row(row) - position.y()), key) for row, key in zip(self.rows, self.named, strict=False)
        )
        return next((one for one in near if one[0] <= 0.75 * frame.metrics.height()), None)

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        if key not in self.named:
            return None
        return QPointF(frame.area.left(), frame.row(self.rows[self.named.index(key)]))

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        """Frame the row."""
        place = self.place(frame, key)
        if place is not None:
            height = 1.4 * frame.metrics.height()
            row = QRectF(self.edges[0], place.y() - height / 2, frame.area.right() - self.edges[0], height)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(frame.theme.colour("accent"), 1.2))
            painter.drawRoundedRect(row, 3, 3)


@dataclass(frozen=True, eq=False)
class Note(Shape):
    """Words in the middle of the area, where nothing is drawn yet."""

    text: str

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setFont(frame.font)
        painter.setPen(frame.theme.colour("muted"))
        painter.drawText(frame.area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.text)
