"""One map on a plane of states: pixels, axes, the cells of a grid, arrows, and an agent's path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from ppo_desktop.ppo.catalogue.environment import ActionName, Direction
from ppo_desktop.ppo.catalogue.state_plane import Axis, Cell, StatePlane
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.map_colours import Numbers
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.wording_label import first_fitting

_CHUNK = 8
"""Steps of a path that fade together."""
_FAINTEST = 0.03
_ARROWS_APART = 3.0
"""Line heights from one arrow to the next where states vary smoothly."""
_TURNS = {Direction.RIGHT: 0.0, Direction.UP: 90.0, Direction.LEFT: 180.0, Direction.DOWN: 270.0}
"""Degrees, counter-clockwise, by which an arrow to the right is turned."""
_CELL_NAMES = {Cell.GOAL: "goal", Cell.PIT: "pit"}


@dataclass(frozen=True)
class MapPlot:
    """A plane on the screen.

    Attributes:
        plane: What the axes are.
        rect: Where the map is, in pixels, without its labels.
        theme: Colours and fonts.
    """

    plane: StatePlane
    rect: QRectF
    theme: Theme

    def at(self, positions: Numbers) -> list[QPointF]:
        """Return the pixels of places (S, 2), one that lies beyond an edge on that edge."""
        across = np.clip(self.plane.x.share(positions[:, 0]), 0, 1) * self.rect.width() + self.rect.left()
        up = self.rect.bottom() - np.clip(self.plane.y.share(positions[:, 1]), 0, 1) * self.rect.height()
        return [QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)]

    @property
    def cell_width(self) -> float:
        """Pixels from one place of the grid to the next."""
        return self.rect.width() / self.plane.columns

    # ---- the map -----------------------------------------------------------------------------------

    def paint_image(self, painter: QPainter, image: QImage | None) -> None:
        """Paint the pixels: smoothly, or as the cells they are; None: the bare ground."""
        painter.fillRect(self.rect, self.theme.colour("scene"))
        if image is not None:
            smooth = not self.plane.cells
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(self.rect, image)
        self._paint_cells(painter)
        pen = self._faded("text", 1.2, 0.7)
        pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        for value in self.plane.x.landmarks:
            x = self._x(value)
            painter.drawLine(QLineF(x, self.rect.top(), x, self.rect.bottom()))

    def paint_arrows(self, painter: QPainter, strength: Numbers, actions: Sequence[ActionName]) -> None:
        """Draw the preferred action's arrow, the longer the clearer; in every cell, or here and there.

        Args:
            painter: Where to.
            strength: (rows, columns), 0 for no preference, 1 for a certain one.
            actions: Preferred action of each place, row by row from the top left.
        """
        colour = self.theme.colour("text")
        colour.setAlphaF(0.85 if self.plane.cells else 0.5)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        size = self._arrow_size()
        for row, column in self._places_with_arrows():
            direction = actions[row * self.plane.columns + column].direction
            length = size * (0.35 + 0.65 * float(strength[row, column]))
            self._paint_arrow(painter, self._middle(row, column), length, direction)

    def _arrow_size(self) -> float:
        if self.plane.cells:
            return 0.62 * min(self.cell_width, self.rect.height() / self.plane.rows)
        return 0.9 * self._line_height

    def _places_with_arrows(self) -> list[tuple[int, int]]:
        if self.plane.cells:
            free = [index for index, cell in enumerate(self.plane.cells) if cell is Cell.FREE]
            return [divmod(index, self.plane.columns) for index in free]
        down = self._spread(self.plane.rows, self.rect.height())
        across = self._spread(self.plane.columns, self.rect.width())
        return [(row, column) for row in down for column in across]

    def _spread(self, places: int, pixels: float) -> list[int]:
        """Return places evenly spread over a side that is so long."""
        number = max(1, min(places, round(pixels / (_ARROWS_APART * self._line_height))))
        return [int((index + 0.5) * places / number) for index in range(number)]

    def _paint_arrow(
        self, painter: QPainter, middle: QPointF, length: float, direction: Direction | None
    ) -> None:
        if direction is None:
            painter.drawPoint(middle)
            return
        turn = _TURNS[direction]
        head = 0.4 * length
        shaft = QLineF.fromPolar(length, turn).translated(middle)
        shaft.translate(-shaft.dx() / 2, -shaft.dy() / 2)
        wings = [QLineF.fromPolar(head, turn + side).translated(shaft.p2()).p2() for side in (140.0, -140.0)]
        painter.drawLine(shaft)
        painter.drawPolyline(QPolygonF([wings[0], shaft.p2(), wings[1]]))

    def _paint_cells(self, painter: QPainter) -> None:
        """Cover the cells in which nothing is decided, and draw the lines between all."""
        if not self.plane.cells:
            return
        for index, cell in enumerate(self.plane.cells):
            rect = self._cell(*divmod(index, self.plane.columns))
            if cell is Cell.WALL:
                painter.fillRect(rect, self.theme.colour("scene_line"))
            elif cell is not Cell.FREE:
                painter.fillRect(rect, self.theme.colour("card"))
        painter.setPen(QPen(self.theme.colour("border"), 1.0))
        for column in range(1, self.plane.columns):
            x = self.rect.left() + column * self.cell_width
            painter.drawLine(QLineF(x, self.rect.top(), x, self.rect.bottom()))
        for row in range(1, self.plane.rows):
            y = self.rect.top() + row * self.rect.height() / self.plane.rows
            painter.drawLine(QLineF(self.rect.left(), y, self.rect.right(), y))

    def paint_cell_names(self, painter: QPainter) -> None:
        """Write what the cells are in which an episode ends."""
        font = self.theme.font(0.85)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(self.theme.colour("text"))
        for index, cell in enumerate(self.plane.cells):
            if cell in _CELL_NAMES:
                rect, name = self._cell(*divmod(index, self.plane.columns)), _CELL_NAMES[cell]
                fits = metrics.horizontalAdvance(name) < rect.width() - 2
                text = name if fits else name[0].upper()
                around = metrics.boundingRect(text)
                around.moveCenter(rect.center())
                painter.fillRect(around.adjusted(-2, 0, 2, 0), self.theme.colour("card"))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    # ---- the axes ----------------------------------------------------------------------------------

    def paint_axes(self, painter: QPainter, *, left: bool) -> None:
        """Write ticks and titles below the map, and at the left of it if so wanted."""
        painter.setFont(self.theme.font(0.8))
        painter.setPen(self.theme.colour("muted"))
        self._paint_x_axis(painter)
        if left:
            self._paint_y_axis(painter)

    def left_margin(self) -> float:
        """Return the room that ticks and title of the y axis need, in pixels."""
        metrics = QFontMetricsF(self.theme.font(0.8))
        return max(metrics.horizontalAdvance(text) for _, text in self.plane.y.ticks) + metrics.height() + 5

    def _paint_x_axis(self, painter: QPainter) -> None:
        """Write the title in the middle and the ticks that it leaves room for."""
        axis, metrics = self.plane.x, QFontMetricsF(painter.font())
        base = self.rect.bottom() + metrics.ascent() + 2
        title = _fitting(axis, metrics, 0.6 * self.rect.width())
        width = metrics.horizontalAdvance(title)
        middle = QRectF(self.rect.center().x() - width / 2, 0.0, width, 1.0)
        texts = [(self._x(value), text) for value, text in axis.ticks]
        places = [QRectF(x - metrics.horizontalAdvance(text) / 2, 0.0, 0.0, 1.0) for x, text in texts]
        taken = middle.adjusted(-5, 0, 5, 0)
        painter.drawText(QPointF(middle.left(), base), title)
        for (x, text), place in zip(texts, places, strict=True):
            place.setWidth(metrics.horizontalAdvance(text))
            place.moveRight(min(place.right(), self.rect.right()))
            place.moveLeft(max(place.left(), self.rect.left()))
            painter.drawLine(QLineF(x, self.rect.bottom(), x, self.rect.bottom() + 3))
            if not place.intersects(taken):
                painter.drawText(QPointF(place.left(), base), text)
                taken = taken.united(place.adjusted(-4, 0, 4, 0)) if place.left() > taken.right() else taken

    def _paint_y_axis(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(painter.font())
        height, taken = metrics.height(), math.inf
        for value, text in self.plane.y.ticks:
            y = self._y(value)
            middle = max(self.rect.top() + height / 2, min(self.rect.bottom() - height / 2, y))
            painter.drawLine(QLineF(self.rect.left() - 3, y, self.rect.left(), y))
            if abs(middle - taken) >= 0.9 * height:
                place = QRectF(self.rect.left() - 5 - 100, middle - height / 2, 100, height)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
                taken = middle
        painter.save()
        painter.translate(self.rect.left() - self.left_margin(), self.rect.center().y())
        painter.rotate(-90)
        title = _fitting(self.plane.y, metrics, self.rect.height())
        line = QRectF(-self.rect.height() / 2, 0.0, self.rect.height(), height)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, title)
        painter.restore()

    # ---- the agent ---------------------------------------------------------------------------------

    def paint_agent(self, painter: QPainter, frame: Frame) -> None:
        """Draw where the agent is."""
        if np.isfinite(frame.observation).all():
            (here,) = self.at(self.plane.position(frame.observation)[np.newaxis])
            radius = 0.4 * self.theme.base_size
            painter.setPen(QPen(self.theme.colour("scene"), 2.0))
            painter.setBrush(self.theme.colour("text"))
            painter.drawEllipse(here, radius, radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def path_image(self, frame: Frame, pixel_ratio: float) -> QImage:
        """Return a picture, to be laid over the map, of where the agent has been: the older the fainter.

        Painting translucent lines is slow, as polylines twice as slow; laying a picture over two
        maps is not.
        """
        size = self.rect.size() * pixel_ratio
        image = QImage(size.toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(pixel_ratio)
        image.fill(Qt.GlobalColor.transparent)
        chunks = self._chunks(frame)
        painter = smooth_painter(image)
        painter.translate(-self.rect.topLeft())
        # A rim in the ground's colour under the line: one of them is seen on every colour of the map.
        for colour, width, strongest in (("scene", 3.2, 0.8), ("text", 1.4, 1.0)):
            for lines, opacity in chunks:
                painter.setPen(self._faded(colour, width, strongest * opacity))
                painter.drawLines(lines)
        painter.end()
        return image

    def _chunks(self, frame: Frame) -> list[tuple[list[QLineF], float]]:
        """Return short pieces of the path with their opacity, without those that are invisible."""
        lines = [line for states in frame.path for line in self._unwrapped(self.plane.position(states))]
        total = max(1, sum(len(line) - 1 for line in lines))
        # Episodes in a grid go along the same few lines: there the past has to give way sooner.
        fading = 5.0 if self.plane.cells else 2.0
        drawn = 0
        chunks: list[tuple[list[QLineF], float]] = []
        for line in lines:
            points = self.at(line)
            for first in range(0, len(points) - 1, _CHUNK):
                chunk = points[first : first + _CHUNK + 1]
                drawn += len(chunk) - 1
                opacity = (drawn / total) ** fading
                if opacity >= _FAINTEST:
                    chunks.append(([QLineF(*ends) for ends in pairwise(chunk)], opacity))
        return chunks

    def _unwrapped(self, positions: Numbers) -> list[Numbers]:
        """Cut a line where it leaves at one edge and comes back at the other."""
        if not self.plane.x.wraps:
            return [positions]
        leaps = np.abs(np.diff(self.plane.x.share(positions[:, 0]))) > 0.5
        return np.split(positions, np.flatnonzero(leaps) + 1)

    def _faded(self, colour: str, width: float, opacity: float) -> QPen:
        shade: QColor = self.theme.colour(colour)
        shade.setAlphaF(opacity)
        pen = QPen(shade, width)
        # Square ends would overlap from one line to the next and show as dots.
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    # ---- places ------------------------------------------------------------------------------------

    def _x(self, value: float) -> float:
        axis = self.plane.x
        return self.rect.left() + (value - axis.low) / (axis.high - axis.low) * self.rect.width()

    def _y(self, value: float) -> float:
        axis = self.plane.y
        return self.rect.bottom() - (value - axis.low) / (axis.high - axis.low) * self.rect.height()

    def _cell(self, row: int, column: int) -> QRectF:
        height = self.rect.height() / self.plane.rows
        left, top = self.rect.left() + column * self.cell_width, self.rect.top() + row * height
        return QRectF(left, top, self.cell_width, height)

    def _middle(self, row: int, column: int) -> QPointF:
        return self._cell(row, column).center()

    @property
    def _line_height(self) -> float:
        return QFontMetricsF(self.theme.font(0.8)).height()


def _fitting(axis: Axis, metrics: QFontMetricsF, room: float) -> str:
    """Return the axis's title in the longest wording for which there is room."""
    wordings = (axis.title, axis.short_title)
    return first_fitting(wordings, metrics, room, otherwise=axis.short_title)
