"""What figures consist of: descriptions in plotted units, each of which paints itself in a frame."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPen, QPolygonF

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.views.charts.frame import TICK_FONT, PlotFrame
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.symbols import Symbol, paint_symbols
from ppo_desktop.views.theme import Look

Key = Hashable
"""What is pointed at: whatever the owner of a figure calls it."""
REACH = 8.0
"""Pixels beyond a shape at which it is still pointed at."""
_HATCH = 7.0
"""Pixels between the lines of a hatching."""
_HATCHING = 0.9
"""Width of these lines, pixels: those of exactly one pixel are drawn dot by dot, five times as slowly."""
_ABOVE_LEVEL = 1.5
"""Pixels between a level and its words."""
_AT_END = 0.02
"""Share of an axis within which a level stands at its end."""
_GROUND = 0.8
"""Opacity of what a text among symbols stands on."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Shape:
    """A part of a picture.

    Attributes:
        legend: What it is called in the legend; empty for nothing.
        cost: Lines that are drawn one by one; of many a part is painted at a time.
    """

    legend: str = ""

    @property
    def cost(self) -> int:
        return 0

    @abstractmethod
    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        """Draw it."""

    def paint_over(self, painter: QPainter, frame: PlotFrame) -> None:
        """Draw what stands before all other shapes, as words do."""

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        """Draw what stands for it in a legend; `radius` is that of a symbol there."""

    # ---- what can be pointed at ----------------------------------------------------------------

    @property
    def keys(self) -> Sequence[Key]:
        """What in it can be pointed at."""
        return ()

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        """Return how far the nearest key is, pixels; None if none is within reach."""
        del frame, position
        return None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        """Return where a key is, None if it is not here."""
        del frame, key
        return None

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        """Draw what a key is pointed out with; nothing if it is not here."""


@dataclass(frozen=True, eq=False)
class Scatter(Shape):
    """Symbols at points; what has no number has none.

    Attributes:
        columns: Where, in plotted units, (n,).
        rows: Likewise.
        symbol: What stands there.
        marked: What each is called; empty where none can be pointed at.
        has_drop: Whether a line goes down to the axis from the one that is pointed at.
    """

    columns: Numbers
    rows: Numbers
    symbol: Symbol
    marked: Sequence[Key] = ()
    has_drop: bool = False

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        points = frame.points(self.columns, self.rows)
        paint_symbols(painter, points[~np.isnan(points).any(axis=1)], self.symbol)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        self.symbol.paint_sample(painter, place, radius)

    @property
    def keys(self) -> Sequence[Key]:
        is_there = ~np.isnan(self.columns + self.rows)
        return [key for key, is_so in zip(self.marked, is_there.tolist(), strict=False) if is_so]

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        if not len(self.marked):
            return None
        points = frame.points(self.columns, self.rows)
        distances = np.hypot(points[:, 0] - position.x(), points[:, 1] - position.y())
        distances = np.where(np.isnan(distances), np.inf, distances)
        place = int(distances.argmin())
        distance = float(distances[place])
        return (distance, self.marked[place]) if distance <= REACH + self.symbol.radius else None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        if key not in self.marked:
            return None
        number = self.marked.index(key)
        point = frame.point(float(self.columns[number]), float(self.rows[number]))
        return None if math.isnan(point.x()) or math.isnan(point.y()) else point

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        centre = self.place(frame, key)
        if centre is None:
            return
        if self.has_drop:
            painter.setPen(QPen(frame.theme.colour("muted"), 1.0))
            painter.drawLine(QLineF(centre, QPointF(centre.x(), frame.area.bottom())))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = self.symbol.radius + 3.5
        for colour, width in (("card", 4.5), ("text", 2.0)):
            painter.setPen(QPen(frame.theme.colour(colour), width))
            painter.drawEllipse(centre, radius, radius)


@dataclass(frozen=True, eq=False)
class Lines(Shape):
    """Lines through points, all of one kind.

    Attributes:
        lines: {key: points in plotted units, (n, 2)}; what has the key None cannot be pointed at.
        pen: What they are drawn with.
        halo: What is drawn below each, to set it off.
        head: What stands at the end of each.
        is_cut: Whether nothing of them is drawn beyond the area.
        names: {key: what is written at the end of a line that is pointed at}.
    """

    lines: Mapping[Key, Numbers]
    pen: QPen
    halo: QPen | None = None
    head: Symbol | None = None
    is_cut: bool = False
    names: Mapping[Key, str] = field(default_factory=dict)

    def points(self, frame: PlotFrame, key: Key) -> Numbers:
        """Return the pixels of a line as far as they are known, (n, 2)."""
        line = self.lines[key]
        return frame.points(line[:, 0], line[:, 1])[np.isfinite(line[:, 1])]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.is_cut:
            painter.setClipRect(frame.area)
        drawn = [self.points(frame, key) for key in self.lines]
        for points in drawn:
            for pen in (self.halo, self.pen):
                if pen is not None:
                    painter.setPen(pen)
                    painter.drawPolyline(polygon(points))
        if self.is_cut:
            painter.setClipping(False)
        if self.head is not None:
            ends = [points[-1] for points in drawn if len(points)]
            paint_symbols(painter, np.array(ends).reshape(-1, 2), self.head)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        middle = place.center().y()
        painter.setPen(self.pen)
        painter.drawLine(QLineF(place.left(), middle, place.right(), middle))
        if self.head is not None:
            self.head.paint_sample(painter, place.adjusted(place.width() - 2 * radius, 0, 0, 0), radius)

    @property
    def keys(self) -> Sequence[Key]:
        return [key for key, line in self.lines.items() if key is not None and len(line)]

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        pixel = np.array([position.x(), position.y()])
        distances = [(distance_to_line(self.points(frame, key), pixel), key) for key in self.keys]
        nearest = min(distances, key=lambda one: one[0], default=None)
        return nearest if nearest is not None and nearest[0] <= REACH else None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        points = self.points(frame, key) if key is not None and key in self.lines else np.empty((0, 2))
        return QPointF(*points[-1].tolist()) if len(points) else None

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        end = self.place(frame, key)
        if end is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in (("card", 5.0), ("text", 2.4)):
            pen = QPen(frame.theme.colour(colour), width)
            if colour == "text" and self.pen.style() is not Qt.PenStyle.SolidLine:
                pen.setDashPattern([1.0, 1.2])
            painter.setPen(pen)
            painter.drawPolyline(polygon(self.points(frame, key)))
        if self.names.get(key):
            _paint_name(painter, frame, end, self.names[key])


@dataclass(frozen=True, eq=False)
class Band(Shape):
    """The room between two lines over the same columns, as far as both are known.

    Attributes:
        columns: In plotted units, (n,).
        lows: Likewise.
        highs: Likewise.
        colour: Of all of it.
    """

    columns: Numbers
    lows: Numbers
    highs: Numbers
    colour: QColor

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        lows, highs = (frame.points(self.columns, rows) for rows in (self.lows, self.highs))
        outline = np.concatenate([lows, highs[::-1]])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawPolygon(polygon(outline[np.isfinite(outline).all(axis=1)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)


@dataclass(frozen=True, eq=False)
class Bars(Shape):
    """Horizontal bars that begin at the left of the area.

    Attributes:
        ends: Where each ends, in plotted units.
        rows: Where the middle of each is, likewise.
        thickness: Of each, pixels.
        colours: One for each.
        named: What each is called; empty where none can be pointed at.
    """

    ends: Numbers
    rows: Numbers
    thickness: float
    colours: Sequence[QColor]
    named: Sequence[Key] = ()

    def rect(self, frame: PlotFrame, number: int) -> QRectF:
        """Return where a bar is."""
        end = frame.point(float(self.ends[number]), float(self.rows[number]))
        width = max(end.x() - frame.area.left(), 1.0)
        return QRectF(frame.area.left(), end.y() - self.thickness / 2, width, self.thickness)

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for number, colour in enumerate(self.colours):
            painter.setBrush(colour)
            painter.drawRoundedRect(self.rect(frame, number), 3, 3)

    @property
    def keys(self) -> Sequence[Key]:
        return self.named

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        for number, key in enumerate(self.named):
            if abs(self.rect(frame, number).center().y() - position.y()) <= self.thickness / 2 + 2:
                return 0.0, key
        return None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        return self.rect(frame, self.named.index(key)).center() if key in self.named else None

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        if key in self.named:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(frame.theme.colour("text"), 1.6))
            painter.drawRoundedRect(self.rect(frame, self.named.index(key)).adjusted(-1, -1, 1, 1), 3, 3)


@dataclass(frozen=True, eq=False)
class Columns(Shape):
    """Upright bars side by side, as those of a histogram; what has no height has none.

    Attributes:
        edges: Where they begin, and where the last ends, in plotted units, (n + 1,).
        heights: Likewise, (n,).
        bottoms: What each stands on, likewise, (n,).
        colour: Of all.
        gap: Pixels from one to the next.
        least: Pixels that each is high at least, so that a single sample among many is seen.
    """

    edges: Numbers
    heights: Numbers
    bottoms: Numbers
    colour: QColor
    gap: float = 1.0
    least: float = 0.0

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # twice as slow, for the same
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        there = np.flatnonzero(self.heights)
        tops = frame.points(self.edges[there], (self.bottoms + self.heights)[there])
        ends = frame.points(self.edges[there + 1], self.bottoms[there])
        painter.drawRects(
            [
                QRectF(QPointF(left, min(top, bottom - self.least)), QPointF(right, bottom)).adjusted(
                    self.gap / 2, 0.0, -self.gap / 2, 0.0
                )
                for (left, top), (right, bottom) in zip(tops.tolist(), ends.tolist(), strict=True)
            ]
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)


@dataclass(frozen=True, eq=False)
class Rules(Shape):
    """Lines across the whole area, along the edges of pixels; none beyond its sides.

    Attributes:
        pen: What they are drawn with.
        columns: Where upright ones are, in plotted units.
        rows: Where level ones are, likewise.
    """

    pen: QPen
    columns: Iterable[float] = ()
    rows: Iterable[float] = ()

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        area = frame.area
        left, top, right, bottom = area.left(), area.top(), area.right(), area.bottom()
        shift = 0.5 * (round(self.pen.widthF()) % 2)
        columns = (round(frame.column(value)) + shift for value in self.columns)
        rows = (round(frame.row(value)) + shift for value in self.rows)
        painter.setPen(self.pen)
        painter.drawLines(
            [QLineF(column, top, column, bottom) for column in columns if left - 1 <= column <= right + 1]
            + [QLineF(left, row, right, row) for row in rows if top - 1 <= row <= bottom + 1]
        )


@dataclass(frozen=True, eq=False)
class Intervals(Shape):
    """Horizontal intervals, with strokes at their ends; nothing where an end is not known.

    Attributes:
        lows: In plotted units.
        highs: Likewise.
        rows: Likewise.
        pen: What they are drawn with.
        halo: What is drawn below, to set them off.
        cap: Half the length of the strokes, pixels.
    """

    lows: Numbers
    highs: Numbers
    rows: Numbers
    pen: QPen
    halo: QPen | None = None
    cap: float = 0.0

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        strokes = [stroke for number in range(len(self.rows)) for stroke in self.strokes(frame, number)]
        for pen in (self.halo, self.pen):
            if pen is not None and strokes:
                painter.setPen(pen)
                painter.drawLines(strokes)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        ends, middle = (place.left() + 2, place.right() - 4), place.center().y()
        caps = [QLineF(end, middle - radius, end, middle + radius) for end in ends if self.cap]
        painter.setPen(self.pen)
        painter.drawLines([QLineF(ends[0], middle, ends[1], middle), *caps])

    def strokes(self, frame: PlotFrame, number: int) -> list[QLineF]:
        """Return the lines of an interval, its own first; none where it is not known."""
        low, high = float(self.lows[number]), float(self.highs[number])
        if not (math.isfinite(low) and math.isfinite(high)):
            return []
        row = float(self.rows[number])
        ends = frame.point(low, row), frame.point(high, row)
        cap = QPointF(0.0, self.cap)
        caps = [QLineF(end - cap, end + cap) for end in ends] if self.cap else []
        return [QLineF(*ends), *caps]


@dataclass(frozen=True, eq=False)
class HeatMap(Shape):
    """An image over the area; a hatching, which the legend names, is seen where it is clear.

    Attributes:
        image: Its highest row first.
        hatching: What the hatching and the outline are drawn with; None for neither.
        is_smooth: Whether colours blend from one pixel of the image to the next.
    """

    image: QImage
    hatching: QPen | None = None
    is_smooth: bool = False

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        self._hatch(painter, frame.area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.is_smooth)
        painter.drawImage(frame.area, self.image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        self._outline(painter, frame.area)

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        side = QRectF(0, 0, place.width(), 2.6 * radius)
        side.moveCenter(place.center())
        self._hatch(painter, side)
        self._outline(painter, side)

    def _outline(self, painter: QPainter, area: QRectF) -> None:
        if self.hatching is not None:
            painter.setPen(self.hatching)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area)

    def _hatch(self, painter: QPainter, area: QRectF) -> None:
        """Draw oblique lines over an area."""
        if self.hatching is None:
            return
        lines = []
        for offset in np.arange(_HATCH, area.width() + area.height(), _HATCH).tolist():
            left, right = max(0.0, offset - area.height()), min(area.width(), offset)
            start = QPointF(area.left() + left, area.top() + offset - left)
            lines.append(QLineF(start, QPointF(area.left() + right, area.top() + offset - right)))
        pen = QPen(self.hatching)
        pen.setWidthF(_HATCHING)
        painter.setPen(pen)
        painter.drawLines(lines)


@dataclass(frozen=True, eq=False)
class Level(Shape):
    """A dashed line across the area with words above it, or below where there is no room.

    Attributes:
        row: In plotted units.
        text: What it is.
        is_at_left: Whether the words stand at the left.
    """

    row: float
    text: str
    is_at_left: bool = False

    def room_above(self, look: Look, rows: Range) -> QMarginsF:
        """Return how far within its area an axis ends whose end is the line: its words hide no curve."""
        is_at_end = 0.0 <= rows[1] - self.row <= _AT_END * (rows[1] - rows[0])
        height = QFontMetricsF(look.font(TICK_FONT)).height() + 2 * _ABOVE_LEVEL
        return QMarginsF(0.0, height if is_at_end else 0.0, 0.0, 0.0)

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        row = self._pixels(frame)
        if row is not None:
            pen = QPen(frame.theme.colour("muted"), 1.0)
            pen.setDashPattern([5.0, 4.0])
            painter.setPen(pen)
            painter.drawLine(QLineF(frame.area.left(), row, frame.area.right(), row))

    def paint_over(self, painter: QPainter, frame: PlotFrame) -> None:
        row = self._pixels(frame)
        if row is None:
            return
        width = frame.metrics.horizontalAdvance(self.text) + 6
        left = frame.area.left() + 1 if self.is_at_left else frame.area.right() - width - 1
        ground = frame.theme.colour("card", _GROUND)
        height = frame.metrics.height()
        has_room = row - height - _ABOVE_LEVEL >= frame.area.top()
        top = row - height - _ABOVE_LEVEL if has_room else row + _ABOVE_LEVEL
        place = QRectF(left, top, width, height)
        _paint_chip(painter, frame, place, ground, "muted", self.text)

    def _pixels(self, frame: PlotFrame) -> float | None:
        row = round(frame.row(self.row)) + 0.5
        return row if frame.area.top() <= row <= frame.area.bottom() else None


@dataclass(frozen=True, eq=False)
class Shades(Shape):
    """Names colours that other shapes have, from the first to the last."""

    colours: Sequence[QColor]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        """Draw nothing."""

    def paint_sample(self, painter: QPainter, place: QRectF, radius: float) -> None:
        bar = QRectF(0, 0, place.width(), 1.2 * radius)
        bar.moveCenter(place.center())
        painter.fillRect(bar, gradient(bar, self.colours))


def gradient(bar: QRectF, colours: Sequence[QColor]) -> QLinearGradient:
    """Return colours from the left to the right end of a bar."""
    brush = QLinearGradient(bar.topLeft(), bar.topRight())
    brush.setStops([(place / (len(colours) - 1), colour) for place, colour in enumerate(colours)])
    return brush


def polygon(points: Numbers) -> QPolygonF:
    """Return points as Qt wants them."""
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


def _paint_name(painter: QPainter, frame: PlotFrame, end: QPointF, name: str) -> None:
    """Write what a line is called at its end, within the area."""
    width, height = frame.metrics.horizontalAdvance(name) + 8, frame.metrics.height()
    left = min(end.x() + 6, frame.area.right() - width)
    top = min(max(end.y() - height - 4, frame.area.top()), frame.area.bottom() - height)
    place = QRectF(left, top, width, height)
    _paint_chip(painter, frame, place, frame.theme.colour("text"), "card", name)


def _paint_chip(
    painter: QPainter, frame: PlotFrame, place: QRectF, ground: QColor, colour: str, text: str
) -> None:
    """Write a text on a ground that is seen among many symbols."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(place, 3, 3)
    painter.setFont(frame.theme.font(TICK_FONT))
    painter.setPen(frame.theme.colour(colour))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def distance_to_line(line: Numbers, pixel: Numbers) -> float:
    """Return how far a pixel is from a line through points, (n, 2)."""
    if len(line) < 2:
        return float(np.hypot(*(line[0] - pixel))) if len(line) else math.inf
    starts, pieces = line[:-1], np.diff(line, axis=0)
    squares = np.maximum((pieces**2).sum(axis=1), 1e-12)
    along = np.clip(((pixel - starts) * pieces).sum(axis=1) / squares, 0.0, 1.0)
    return float(np.hypot(*(starts + along[:, None] * pieces - pixel).T).min())
