"""A figure: parts that paint themselves from what they show, whatever they are painted on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ppo_desktop.views.charts.curve_legend import Marker
from ppo_desktop.views.theme import Look

_MARGIN = 14.0
"""Pixels around everything."""
_GAP, _PADDING, _CORNER = 8.0, 10.0, 8.0
_HIGHEST = 10_000.0
_SMALL = 0.85


class Part(ABC):
    """What stands in a rectangle."""

    @abstractmethod
    def height(self, width: float) -> float:
        """Return how high it is in a width, pixels."""

    @abstractmethod
    def paint(self, painter: QPainter, room: QRectF) -> None:
        """Paint it into a rectangle of that height, or more."""


@dataclass(frozen=True)
class Drawing(Part):
    """What fills a rectangle.

    Attributes:
        paint_in: Paints it.
        share: Its height as a share of its width.
        least: Its least height, pixels.
    """

    paint_in: Callable[[QPainter, QRectF], object]
    share: float = 0.0
    least: float = 0.0

    def height(self, width: float) -> float:
        return max(self.share * width, self.least)

    def paint(self, painter: QPainter, room: QRectF) -> None:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self.paint_in(painter, room)
        painter.restore()


@dataclass(frozen=True)
class Text(Part):
    """Words in as many lines as they need.

    Attributes:
        theme: Fonts and colours.
        text: The words.
        scale: Their size, as a share of the base size.
        colour: Name of the palette's colour.
        is_bold: Whether they are bold.
        marker: What stands before them.
    """

    theme: Look
    text: str
    scale: float = _SMALL
    colour: str = "muted"
    is_bold: bool = False
    marker: Marker | None = None

    def height(self, width: float) -> float:
        room = QRectF(0.0, 0.0, width - self._indent, _HIGHEST)
        return self._metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self.text).height()

    def paint(self, painter: QPainter, room: QRectF) -> None:
        if self.marker is not None:
            line = self._metrics.height()
            self.marker.paint_marker(
                painter, self.theme, room.topLeft() + QPointF(0.3 * line, 0.5 * line), 0.28 * line
            )
        painter.setFont(self.theme.font(self.scale, bold=self.is_bold))
        painter.setPen(self.theme.colour(self.colour))
        painter.drawText(room.adjusted(self._indent, 0.0, 0.0, 0.0), Qt.TextFlag.TextWordWrap, self.text)

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.theme.font(self.scale, bold=self.is_bold))

    @property
    def width(self) -> float:
        """How wide it is in one line, pixels."""
        return self._indent + self._metrics.horizontalAdvance(self.text) + _GAP

    @property
    def _indent(self) -> float:
        return 0.0 if self.marker is None else self._metrics.height()


@dataclass(frozen=True)
class Below(Part):
    """Parts one below the other."""

    parts: Sequence[Part]
    gap: float = _GAP

    def height(self, width: float) -> float:
        return sum(part.height(width) for part in self.parts) + self.gap * (len(self.parts) - 1)

    def paint(self, painter: QPainter, room: QRectF) -> None:
        top = room.top()
        for part in self.parts:
            height = part.height(room.width())
            part.paint(painter, QRectF(room.left(), top, room.width(), height))
            top += height + self.gap


@dataclass(frozen=True)
class Beside(Part):
    """Parts side by side, each as high as the highest.

    Attributes:
        parts: From left to right.
        shares: Of the width; as wide as each other if they are not given.
    """

    parts: Sequence[Part]
    shares: Sequence[float] = ()

    def height(self, width: float) -> float:
        widths = self._widths(width)
        return max((part.height(each) for part, each in zip(self.parts, widths, strict=True)), default=0.0)

    def paint(self, painter: QPainter, room: QRectF) -> None:
        left = room.left()
        for part, width in zip(self.parts, self._widths(room.width()), strict=True):
            part.paint(painter, QRectF(left, room.top(), width, room.height()))
            left += width + _GAP

    def _widths(self, width: float) -> list[float]:
        shares = self.shares or [1.0] * len(self.parts)
        spare = width - _GAP * (len(shares) - 1)
        return [spare * share / sum(shares) for share in shares]


@dataclass(frozen=True)
class Panel(Part):
    """A part in a frame, as a card of the window is."""

    theme: Look
    part: Part

    def height(self, width: float) -> float:
        return self.part.height(width - 2 * _PADDING) + 2 * _PADDING

    def paint(self, painter: QPainter, room: QRectF) -> None:
        painter.setPen(QPen(self.theme.colour("border"), 1.0))
        painter.setBrush(self.theme.colour("card"))
        painter.drawRoundedRect(room, _CORNER, _CORNER)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self.part.paint(painter, room.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING))


@dataclass(frozen=True)
class Grid(Part):
    """A table: its first column at the left, all others at the right; one that is too wide is smaller.

    Attributes:
        theme: Fonts and colours.
        columns: Texts of each, its header, of two lines at most, first.
        markers: What stands before each row.
    """

    theme: Look
    columns: Sequence[Sequence[str]]
    markers: Sequence[Marker]

    def height(self, width: float) -> float:
        return (2.5 + 1.4 * len(self.markers)) * self._metrics.height()

    def paint(self, painter: QPainter, room: QRectF) -> None:
        line, radius = self._metrics.height(), 0.28 * self._metrics.height()
        widths = [max(map(self._width, column)) + 1.2 * line for column in self.columns]
        shrink = min(1.0, room.width() / sum(widths))
        painter.save()
        painter.translate(room.topLeft())
        painter.scale(shrink, shrink)
        painter.setFont(self.theme.font(_SMALL))
        for column, right, width in zip(self.columns, accumulate(widths), widths, strict=True):
            is_first = column is self.columns[0]
            side = Qt.AlignmentFlag.AlignLeft if is_first else Qt.AlignmentFlag.AlignRight
            left = line if is_first else right - width
            for place, text in enumerate(column):
                painter.setPen(self.theme.colour("text" if place else "muted"))
                top = (1.1 + 1.4 * place) * line if place else 0.0
                cell = QRectF(left, top, right - left, 1.4 * line if place else 2 * line)
                painter.drawText(cell, side | Qt.AlignmentFlag.AlignVCenter, text)
        for place, marker in enumerate(self.markers, start=1):
            marker.paint_marker(painter, self.theme, QPointF(radius, (1.8 + 1.4 * place) * line), radius)
        painter.restore()

    def _width(self, text: str) -> float:
        return max(map(self._metrics.horizontalAdvance, text.split("\n")))

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.theme.font(_SMALL))


@dataclass(frozen=True)
class Figure:
    """What is exported: its parts below a title, and a caption below them.

    Attributes:
        theme: Fonts and colours.
        part: What it shows.
        title: What stands above.
        caption: What stands below; empty for nothing.
        width: In base font sizes.
    """

    theme: Look
    part: Part
    title: str
    caption: str
    width: float = 64.0
    clips = True

    @property
    def size(self) -> QSize:
        """Its size in the window's pixels."""
        width = round(self.width * self.theme.base_size)
        return QSize(width, ceil(self._whole.height(width - 2 * _MARGIN) + 2 * _MARGIN))

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the origin is the upper left corner."""
        room = QRectF(QPointF(0.0, 0.0), self.size)
        painter.fillRect(room, self.theme.colour("window"))
        self._whole.paint(painter, room.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN))

    @property
    def _whole(self) -> Part:
        title = Text(self.theme, self.title, 1.3, "text", is_bold=True)
        caption = [Text(self.theme, self.caption, 1.0)] if self.caption else []
        return Below([title, self.part, *caption])


class Painted(Protocol):
    """What can be an image: a figure, or something that is seen."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def caption(self) -> str:
        """What is said of it."""

    @property
    def theme(self) -> Look:
        """Its fonts."""

    @property
    def clips(self) -> bool:
        """Whether it cuts off what it paints beyond its places."""

    @property
    def size(self) -> QSize:
        """Its size in the window's pixels."""

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the origin is the upper left corner."""


class Exportable(Protocol):
    """A card that can be exported."""

    def exported(self, title: str, caption: str) -> Figure:
        """Return what it says now as a figure, whether the card is seen or not."""
