"""What maps on a plane of states are drawn of: axes, cells, arrows, an agent's path, a scale of colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.catalogue.environment import ActionName, Direction
from ppo_desktop.ppo.catalogue.state_plane import Cell, StatePlane
from ppo_desktop.views.charts.frame import Axis, PlotFrame
from ppo_desktop.views.charts.scales import FixedScale
from ppo_desktop.views.charts.shapes import Key, Rules, Shape
from ppo_desktop.views.charts.words import Label, LabelsBelow, above, paint_colours
from ppo_desktop.views.theme import Look, Theme, smooth_painter
from ppo_desktop.views.wording_label import cut, first_fitting

_CHUNK = 8
"""Steps of a path that fade together."""
_FAINTEST = 0.03
_ARROWS_APART = 3.0
"""Line heights from one arrow to the next where states vary smoothly."""
_LEAST_BAR = 1.5
"""Length of a bar of colours, in line heights, for which its name gives way."""
_TURNS = {Direction.RIGHT: 0.0, Direction.UP: 90.0, Direction.LEFT: 180.0, Direction.DOWN: 270.0}
"""Degrees, counter-clockwise, by which an arrow to the right is turned."""
CELL_NAMES = {Cell.GOAL: "goal", Cell.PIT: "pit"}
"""What cells are called in which an episode ends."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def cell_rect(frame: PlotFrame, plane: StatePlane, row: int, column: int) -> QRectF:
    """Return where a place of the plane's grid is, in pixels; the first row is the uppermost."""
    width, height = frame.area.width() / plane.columns, frame.area.height() / plane.rows
    return QRectF(frame.area.left() + column * width, frame.area.top() + row * height, width, height)


def axes_of(plane: StatePlane) -> tuple[Axis, Axis]:
    """Return the axis to the right, below which `columns_below` writes, and that upwards."""
    rows = Axis(FixedScale(plane.y.ticks), (plane.y.low, plane.y.high), plane.y.title, plane.y.short_title)
    return Axis(FixedScale(), (plane.x.low, plane.x.high)), rows


def columns_below(plane: StatePlane) -> LabelsBelow:
    """Return what is written below a map: the title in the middle, and numbers where they have room."""
    middle, numbers = (plane.x.low + plane.x.high) / 2, [Label(*tick) for tick in plane.x.ticks]
    titles = (plane.x.title, plane.x.short_title)
    strokes = [value for value, _ in plane.x.ticks]
    return LabelsBelow([[Label(middle, title), *numbers] for title in titles], strokes=strokes)


def shaped(rect: QRectF, plane: StatePlane) -> QRectF:
    """Return whole pixels for a map: all of them, or for the cells of a grid what keeps them square."""
    if not plane.cells:
        return QRectF(rect.toRect())
    side = max(1, int(min(rect.width() / plane.columns, rect.height() / plane.rows)))
    kept = QRect(0, 0, side * plane.columns, side * plane.rows)
    kept.moveCenter(rect.toRect().center())
    return QRectF(kept)


def landmarks(theme: Theme, plane: StatePlane) -> Rules:
    """Return dashed lines where something begins or ends."""
    pen = QPen(theme.colour("text", 0.7), 1.2)
    pen.setDashPattern([4.0, 3.0])
    return Rules(pen, columns=plane.x.landmarks)


def between_cells(theme: Theme, plane: StatePlane) -> Rules:
    """Return the lines between the cells of a grid; none where states vary smoothly."""
    if not plane.cells:
        return Rules(QPen())
    columns = np.linspace(plane.x.low, plane.x.high, plane.columns + 1)[1:-1].tolist()
    rows = np.linspace(plane.y.low, plane.y.high, plane.rows + 1)[1:-1].tolist()
    return Rules(QPen(theme.colour("border"), 1.0), columns, rows)


def on_plane(plane: StatePlane, positions: Numbers) -> Numbers:
    """Return places, (S, 2), of which what lies beyond an edge is on that edge."""
    axes = (plane.x, plane.y)
    lows, highs = zip(*(sorted((axis.low, axis.high)) for axis in axes), strict=True)
    return np.clip(positions, lows, highs)


@dataclass(frozen=True, eq=False)
class Cells(Shape):
    """Covers over the cells in which nothing is decided."""

    plane: StatePlane

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        plane = self.plane
        for index, cell in enumerate(plane.cells):
            if cell is not Cell.FREE:
                cover = frame.theme.colour("scene_line" if cell is Cell.WALL else "card")
                painter.fillRect(cell_rect(frame, plane, *divmod(index, plane.columns)), cover)


@dataclass(frozen=True, eq=False)
class CellTexts(Shape):
    """Words in the middle of cells.

    Attributes:
        plane: Whose cells.
        wordings: {cell: from the fullest wording to the shortest}; none is written where none fits.
    """

    plane: StatePlane
    wordings: Mapping[int, Sequence[str]]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        painter.setFont(frame.font)
        painter.setPen(frame.theme.colour("text"))
        for index, wordings in self.wordings.items():
            rect = cell_rect(frame, self.plane, *divmod(index, self.plane.columns))
            text = first_fitting(wordings, frame.metrics, rect.width() - 2)
            if text:
                around = frame.metrics.boundingRect(text)
                around.moveCenter(rect.center())
                painter.fillRect(around.adjusted(-2, 0, 2, 0), frame.theme.colour("card"))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def cell_names(plane: StatePlane) -> CellTexts:
    """Return what the cells are called in which an episode ends."""
    names = {index: CELL_NAMES[cell] for index, cell in enumerate(plane.cells) if cell in CELL_NAMES}
    return CellTexts(plane, {index: (name, name[0].upper()) for index, name in names.items()})


@dataclass(frozen=True, eq=False)
class PointedCells(Shape):
    """Lets cells be pointed at, each by its number.

    Attributes:
        plane: Whose cells.
        named: Those that can be.
    """

    plane: StatePlane
    named: Sequence[int]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        """Draw nothing."""

    @property
    def keys(self) -> Sequence[Key]:
        return self.named

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        if not frame.area.contains(position):
            return None
        cell = cell_rect(frame, self.plane, 0, 0)
        row = int((position.y() - frame.area.top()) / cell.height())
        index = row * self.plane.columns + int((position.x() - frame.area.left()) / cell.width())
        return (0.0, index) if index in self.named else None

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        if not isinstance(key, int) or key not in self.named:
            return None
        return cell_rect(frame, self.plane, *divmod(key, self.plane.columns)).center()

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        if isinstance(key, int) and key in self.named:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(frame.theme.colour("text"), 2.0))
            painter.drawRect(cell_rect(frame, self.plane, *divmod(key, self.plane.columns)))


@dataclass(frozen=True, eq=False)
class Arrows(Shape):
    """The preferred action's arrow, the longer the clearer; in every cell, or here and there.

    Attributes:
        plane: Where they stand.
        strength: (rows, columns), 0 for no preference, 1 for a certain one.
        actions: Preferred action of each place, row by row from the top left.
    """

    plane: StatePlane
    strength: Numbers
    actions: Sequence[ActionName]

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        plane, line = self.plane, frame.metrics.height()
        if plane.cells:
            cell = cell_rect(frame, plane, 0, 0)
            size, opacity = 0.62 * min(cell.width(), cell.height()), 0.85
        else:
            size, opacity = 0.9 * line, 0.5
        colour = frame.theme.colour("text", opacity)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for row, column in self._places(frame.area, _ARROWS_APART * line):
            length = size * (0.35 + 0.65 * float(self.strength[row, column]))
            direction = self.actions[row * plane.columns + column].direction
            _paint_arrow(painter, cell_rect(frame, plane, row, column).center(), length, direction)

    def _places(self, area: QRectF, apart: float) -> Iterable[tuple[int, int]]:
        plane = self.plane
        if plane.cells:
            free = (index for index, cell in enumerate(plane.cells) if cell is Cell.FREE)
            return [divmod(index, plane.columns) for index in free]
        down, across = (
            _spread(plane.rows, area.height() / apart),
            _spread(plane.columns, area.width() / apart),
        )
        return [(row, column) for row in down for column in across]


def _spread(places: int, fitting: float) -> list[int]:
    """Return as many places as fit, evenly spread."""
    number = max(1, min(places, round(fitting)))
    return [int((index + 0.5) * places / number) for index in range(number)]


def _paint_arrow(painter: QPainter, middle: QPointF, length: float, direction: Direction | None) -> None:
    if direction is None:
        painter.drawPoint(middle)
        return
    turn = _TURNS[direction]
    shaft = QLineF.fromPolar(length, turn).translated(middle)
    shaft.translate(-shaft.dx() / 2, -shaft.dy() / 2)
    wings = (QLineF.fromPolar(0.4 * length, turn + side).translated(shaft.p2()).p2() for side in (140, -140))
    painter.drawLine(shaft)
    painter.drawPolyline(QPolygonF([next(wings), shaft.p2(), next(wings)]))


def path_image(frame: PlotFrame, plane: StatePlane, path: Sequence[Numbers], pixel_ratio: float) -> QImage:
    """Return a picture, to be laid over the map, of where the agent has been: the older the fainter.

    Painting translucent lines is slow, as polylines twice as slow; laying a picture over two maps is not.

    Args:
        frame: The map.
        plane: What its axes are.
        path: Observations, (steps, n_observations), of each episode.
        pixel_ratio: Pixels of the screen for each of the widget's.
    """
    image = QImage((frame.area.size() * pixel_ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(pixel_ratio)
    image.fill(Qt.GlobalColor.transparent)
    chunks = list(_chunks(frame, plane, path))
    painter = smooth_painter(image)
    painter.translate(-frame.area.topLeft())
    # A rim in the ground's colour under the line: one of them is seen on every colour of the map.
    for colour, width, strongest in (("scene", 3.2, 0.8), ("text", 1.4, 1.0)):
        for lines, opacity in chunks:
            painter.setPen(_flat_pen(frame.theme, colour, width, strongest * opacity))
            painter.drawLines(lines)
    painter.end()
    return image


def _chunks(
    frame: PlotFrame, plane: StatePlane, path: Sequence[Numbers]
) -> Iterable[tuple[list[QLineF], float]]:
    """Yield short pieces of the path with their opacity, without those that are invisible."""
    lines = [line for states in path for line in _unwrapped(plane, plane.position(states))]
    total = max(1, sum(len(line) - 1 for line in lines))
    # Episodes in a grid go along the same few lines: there the past has to give way sooner.
    fading = 5.0 if plane.cells else 2.0
    drawn = 0
    for line in lines:
        positions = on_plane(plane, line)
        points = [QPointF(x, y) for x, y in frame.points(positions[:, 0], positions[:, 1]).tolist()]
        for first in range(0, len(points) - 1, _CHUNK):
            chunk = points[first : first + _CHUNK + 1]
            drawn += len(chunk) - 1
            opacity = (drawn / total) ** fading
            if opacity >= _FAINTEST:
                yield [QLineF(*ends) for ends in pairwise(chunk)], opacity


def _unwrapped(plane: StatePlane, positions: Numbers) -> list[Numbers]:
    """Cut a line where it leaves at one edge and comes back at the other."""
    if not plane.x.wraps:
        return [positions]
    leaps = np.abs(np.diff(plane.x.share(positions[:, 0]))) > 0.5
    return np.split(positions, np.flatnonzero(leaps) + 1)


def _flat_pen(theme: Look, colour: str, width: float, opacity: float) -> QPen:
    """Return a pen with flat ends: square ones would overlap from one line to the next, and show as dots."""
    pen = QPen(theme.colour(colour, opacity), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


@dataclass(frozen=True, eq=False)
class ColourScale(Shape):
    """A line: what colours show, and a bar of them between the numbers of its ends.

    Attributes:
        name: What they show.
        name_colour: Name of the palette's colour.
        ends: The numbers.
        colours: From the lowest to the highest.
        line: Where it is, pixels; None: above the area.
    """

    name: str
    name_colour: str
    ends: Sequence[str]
    colours: Sequence[QColor]
    line: QRectF | None = None

    def placed(self, frame: PlotFrame) -> tuple[str, QRectF, QRectF, QRectF]:
        """Return as much of the name as leaves room for a bar, and where lower end, bar and upper end are."""
        line, width_of, space = self.line or above(frame), frame.metrics.horizontalAdvance, 4.0
        low, high = (max(width_of("−00.0"), width_of(end)) for end in self.ends)
        room = line.width() - low - high - 4 * space - _LEAST_BAR * line.height()
        name = cut(self.name, frame.metrics, room) if room > 0 else ""
        bar = line.adjusted(width_of(name) + low + 3 * space, 0.0, -high - space, 0.0)
        return (
            name,
            QRectF(bar.left() - space - low, line.top(), low, line.height()),
            bar,
            QRectF(bar.right() + space, line.top(), high, line.height()),
        )

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        name, low, bar, high = self.placed(frame)
        if bar.width() < 2:
            return
        painter.setFont(frame.font)
        painter.setPen(frame.theme.colour(self.name_colour))
        painter.drawText(self.line or above(frame), _LEFT, name)
        painter.setPen(frame.theme.colour("muted"))
        painter.drawText(low, _RIGHT, self.ends[0])
        painter.drawText(high, _LEFT, self.ends[1])
        paint_colours(painter, frame, bar, self.colours)
