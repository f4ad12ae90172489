"""Painters of the built-in environments: a crisp picture from the observation vector alone.

Lengths, angles and signs are those of Gymnasium's dynamics: metres and radians, y upwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from ppo_desktop.ppo.catalogue.environment import ActionTaken
from ppo_desktop.ppo.catalogue.grid_layout import (
    COLUMN_STEPS,
    COLUMNS,
    PIT,
    ROW_STEPS,
    ROWS,
    place_of,
)
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.theme import Palette

Point = tuple[float, float]

_LEARNT_MAP = GridMap()
_SMALLEST_LABELLED_SIDE = 150.0
"""Below this many pixels a label would be larger than what it names."""


@dataclass(frozen=True)
class World:
    """The part of the world that is always visible, in metres."""

    left: float
    right: float
    bottom: float
    top: float

    def scale_in(self, rect: QRectF) -> float:
        """Return how many pixels a metre has where all of it is seen in the middle of a rectangle."""
        return min(rect.width() / (self.right - self.left), rect.height() / (self.top - self.bottom))

    def place_at(self, pixel: QPointF, rect: QRectF) -> Point:
        """Return which place in the world is at a pixel."""
        away, scale = pixel - rect.center(), self.scale_in(rect)
        middle_x, middle_y = (self.left + self.right) / 2, (self.bottom + self.top) / 2
        return middle_x + away.x() / scale, middle_y - away.y() / scale


class Stage:
    """Draws in world coordinates: proportions kept, the world centred in a rectangle of pixels.

    Attributes:
        scale: Pixels per metre.
        hairline: Pixels of a thin line, in proportion to the picture.
        left: World coordinate of the rectangle's left edge; `right` and `bottom` likewise.
    """

    def __init__(self, painter: QPainter, rect: QRectF, palette: Palette, world: World) -> None:
        middle_x, middle_y = (world.left + world.right) / 2, (world.bottom + world.top) / 2
        self.scale = world.scale_in(rect)
        self._side = min(rect.width(), rect.height())
        self.hairline = max(1.0, 0.006 * self._side)
        self.left = middle_x - rect.width() / 2 / self.scale
        self.right = middle_x + rect.width() / 2 / self.scale
        self.bottom = middle_y - rect.height() / 2 / self.scale
        self._zero_x = rect.center().x() - middle_x * self.scale
        self._zero_y = rect.center().y() + middle_y * self.scale
        self._painter = painter
        self._palette = palette
        self._rect = rect
        self._label_font = painter.font()
        self._label_font.setPointSizeF(max(self._label_font.pointSizeF(), 0.022 * self._side, 1.0))

    def at(self, place: Point) -> QPointF:
        """Return the pixel at a place in the world."""
        return QPointF(self._zero_x + place[0] * self.scale, self._zero_y - place[1] * self.scale)

    def line(
        self, points: Sequence[Point], colour: str, *, dashed: bool = False, opacity: float = 1.0
    ) -> None:
        """Draw a thin line through points."""
        pen = self._pen(colour, self.hairline, opacity)
        if dashed:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([4.0, 4.0])
        self._painter.setPen(pen)
        self._painter.drawPolyline(self._polygon(points))

    def rod(self, start: Point, end: Point, width: float, colour: str) -> None:
        """Draw a rod with round ends centred on `start` and `end`."""
        self._painter.setPen(self._pen(colour, width * self.scale))
        self._painter.drawLine(self.at(start), self.at(end))

    def disc(self, centre: Point, radius: float, colour: str) -> None:
        """Draw a filled disc."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._colour(colour))
        self._painter.drawEllipse(self.at(centre), radius * self.scale, radius * self.scale)

    def box(self, top_left: Point, width: float, height: float, colour: str) -> None:
        """Draw a filled rectangle with rounded corners."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._colour(colour))
        size = QSizeF(width, height) * self.scale
        radius = 0.15 * size.height()
        self._painter.drawRoundedRect(QRectF(self.at(top_left), size), radius, radius)

    def polygon(self, corners: Sequence[Point], colour: str, rounding: float) -> None:
        """Draw a filled polygon, grown and rounded by a radius in metres."""
        self._painter.setPen(self._pen(colour, 2 * rounding * self.scale))
        self._painter.setBrush(self._colour(colour))
        self._painter.drawPolygon(self._polygon(corners))

    def ground(self, surface: Sequence[Point], colour: str) -> None:
        """Draw everything below a surface, with a thin line along it to both sides of the picture."""
        out, down = self.left - 1, self.bottom - 1
        corners = [(out, down), (out, surface[0][1]), *surface, (self.right + 1, surface[-1][1])]
        pen = self._pen("scene_line", self.hairline)
        # Round joins would double the time of a line that is smooth anyway.
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        self._painter.setPen(pen)
        self._painter.setBrush(self._colour(colour))
        self._painter.drawPolygon(self._polygon([*corners, (self.right + 1, down)]))

    def arc(self, centre: Point, radius: float, start: float, sweep: float, opacity: float = 1.0) -> None:
        """Draw a thin arc; radians, counter-clockwise from the x axis."""
        pen = self._pen("scene_line", self.hairline, opacity)
        self._painter.strokePath(self._arc_path(centre, radius, start, sweep), pen)

    def arrow(self, start: Point, end: Point) -> None:
        """Draw the force of the last action."""
        shaft = QPainterPath(self.at(start))
        shaft.lineTo(self.at(end))
        self._arrow(shaft, math.atan2(end[1] - start[1], end[0] - start[0]))

    def turning_arrow(self, centre: Point, radius: float, start: float, sweep: float) -> None:
        """Draw the torque of the last action along an arc, counter-clockwise for a positive sweep."""
        # A chevron on a bend looks straight when it points a little back along the arc.
        radius_px = radius * self.scale
        lean = 0.5 * self._head(abs(sweep) * radius_px) / radius_px
        direction = start + sweep + math.copysign(math.pi / 2 - lean, sweep)
        self._arrow(self._arc_path(centre, radius, start, sweep), direction)

    def label(self, place: Point, text: str, *, below: bool = False) -> None:
        """Write a small word to the right of and above a place, or centred below it."""
        if self._side < _SMALLEST_LABELLED_SIDE:
            return
        metrics = QFontMetricsF(self._label_font)
        width = metrics.horizontalAdvance(text)
        above = QPointF(0, -metrics.descent() - self.hairline)
        shift = QPointF(-width / 2, metrics.ascent()) if below else above
        corner = self.at(place) + shift
        corner.setX(max(self._rect.left() + 4, min(self._rect.right() - 4 - width, corner.x())))
        self._painter.setFont(self._label_font)
        self._painter.setPen(self._colour("muted"))
        self._painter.drawText(corner, text)

    def _head(self, shaft_length: float) -> float:
        return min(5.5 * self.hairline, 0.6 * shaft_length)

    def _arrow(self, shaft: QPainterPath, direction: float) -> None:
        tip, head = shaft.currentPosition(), self._head(shaft.length())
        for wing, draw in ((0.7, shaft.moveTo), (0.0, shaft.lineTo), (-0.7, shaft.lineTo)):
            back = QPointF(math.cos(direction + wing), -math.sin(direction + wing)) * head
            draw(tip - back if wing else tip)
        self._painter.strokePath(shaft, self._pen("accent", 1.8 * self.hairline))

    def _arc_path(self, centre: Point, radius: float, start: float, sweep: float) -> QPainterPath:
        reach = QPointF(radius, radius) * self.scale
        box = QRectF(self.at(centre) - reach, self.at(centre) + reach)
        path = QPainterPath()
        path.arcMoveTo(box, math.degrees(start))
        path.arcTo(box, math.degrees(start), math.degrees(sweep))
        return path

    def _polygon(self, points: Sequence[Point]) -> QPolygonF:
        return QPolygonF([self.at(point) for point in points])

    def _pen(self, colour: str, width: float, opacity: float = 1.0) -> QPen:
        pen = QPen(self._colour(colour, opacity), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    def _colour(self, name: str, opacity: float = 1.0) -> QColor:
        colour, ground = QColor(getattr(self._palette, name)), QColor(self._palette.scene)
        # Mixed with the background here: translucent curves take Qt ten times as long.
        return QColor.fromRgbF(
            opacity * colour.redF() + (1 - opacity) * ground.redF(),
            opacity * colour.greenF() + (1 - opacity) * ground.greenF(),
            opacity * colour.blueF() + (1 - opacity) * ground.blueF(),
        )


@dataclass(frozen=True)
class Scene:
    """How to draw one environment.

    Attributes:
        world: What is visible at every aspect ratio.
        draw: Draws an observation and the action that led to it.
    """

    world: World
    draw: Callable[[Stage, list[float], ActionTaken], None]

    def on_map(self, grid_map: GridMap) -> Scene:
        """Return the scene of a grid world on a map that has been changed; any other as it is."""
        if self.draw is not _draw_grid_world:
            return self
        return replace(self, draw=partial(_draw_grid_world, grid_map=grid_map))

    def paint(self, painter: QPainter, rect: QRectF, frame: Frame, palette: Palette) -> None:
        """Draw the frame's observation and last action into `rect`; nothing if a number is not finite."""
        numbers = [float(number) for number in (*frame.observation, *(frame.action or ()))]
        if rect.isEmpty() or not all(map(math.isfinite, numbers)):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
        self.draw(Stage(painter, rect, palette, self.world), numbers[: len(frame.observation)], frame.action)
        painter.restore()


def scene_for(environment_id: str) -> Scene | None:
    """Return the painter of a built-in environment, None for any other."""
    return SCENES.get(environment_id)


_POLE_LIMIT = math.radians(12)
_TRACK_LIMIT = 2.4
_CART_WIDTH, _CART_HEIGHT, _PIVOT = 0.54, 0.27, 0.2


def _draw_cart_pole(stage: Stage, observation: list[float], action: ActionTaken) -> None:
    x, theta = observation[0], observation[2]
    pivot = (x, _PIVOT)
    stage.line([(stage.left, 0), (stage.right, 0)], "scene_line")
    for limit, text in ((-_TRACK_LIMIT, "−2.4"), (_TRACK_LIMIT, "2.4")):
        stage.line([(limit, 0), (limit, -0.1)], "scene_line")
        stage.label((limit, -0.13), text, below=True)
    stage.arc(pivot, 1.1, math.pi / 2 - _POLE_LIMIT, 2 * _POLE_LIMIT, opacity=0.35)
    for side in (-_POLE_LIMIT, _POLE_LIMIT):
        stage.line([_leaning(pivot, side, 1.06), _leaning(pivot, side, 1.14)], "scene_line", opacity=0.8)
    stage.box((x - _CART_WIDTH / 2, _CART_HEIGHT), _CART_WIDTH, _CART_HEIGHT, "scene_body")
    stage.rod(pivot, _leaning(pivot, theta, 1.0 - 0.05), 0.1, "scene_wood")
    stage.disc(pivot, 0.024, "scene")
    if action is not None:
        _draw_push(stage, x, 1.0 if action[0] else -1.0)


def _leaning(pivot: Point, theta: float, length: float) -> Point:
    """Return the end of a pole: θ = 0 is upright, θ > 0 leans to the right."""
    return pivot[0] + length * math.sin(theta), pivot[1] + length * math.cos(theta)


def _draw_push(stage: Stage, x: float, direction: float) -> None:
    # Ahead of the cart, but behind it where the arrow would leave the picture.
    near, far = (0.36, 0.72) if x * direction < 1.9 else (-0.72, -0.36)
    height = _CART_HEIGHT / 2
    stage.arrow((x + direction * near, height), (x + direction * far, height))


def _draw_acrobot(stage: Stage, observation: list[float], action: ActionTaken) -> None:
    theta_1 = math.atan2(observation[1], observation[0])
    theta_2 = theta_1 + math.atan2(observation[3], observation[2])
    elbow = _hanging((0.0, 0.0), theta_1)
    tip = _hanging(elbow, theta_2)
    stage.line([(stage.left, 1.0), (stage.right, 1.0)], "scene_line", dashed=True)
    stage.label((stage.left + 12 / stage.scale, 1.0), "goal height")
    stage.rod((0.0, 0.0), elbow, 0.16, "scene_wood")
    stage.rod(elbow, tip, 0.16, "scene_wood")
    for joint in ((0.0, 0.0), elbow):
        stage.disc(joint, 0.11, "scene_body")
    stage.disc(tip, 0.035, "scene")
    if action is not None and action[0] != 1:
        stage.turning_arrow(elbow, 0.42, theta_2 - math.pi / 2, (action[0] - 1) * math.radians(100))


def _hanging(joint: Point, theta: float) -> Point:
    """Return the end of a link one metre long: θ = 0 hangs down, θ > 0 swings to the right."""
    return joint[0] + math.sin(theta), joint[1] - math.cos(theta)


_LARGEST_TORQUE = 2.0


def _draw_pendulum(stage: Stage, observation: list[float], action: ActionTaken) -> None:
    upwards = math.pi / 2
    rod = upwards + math.atan2(observation[1], observation[0])
    stage.arc((0.0, 0.0), 1.0, 0.0, 2 * math.pi, opacity=0.3)
    stage.line([(0.0, 1.04), (0.0, 1.16)], "scene_line")
    stage.rod((0.0, 0.0), (0.92 * math.cos(rod), 0.92 * math.sin(rod)), 0.16, "scene_wood")
    stage.disc((0.0, 0.0), 0.11, "scene_body")
    if action is not None and abs(action[0]) > 0.01:
        torque = max(-_LARGEST_TORQUE, min(_LARGEST_TORQUE, action[0]))
        stage.turning_arrow((0.0, 0.0), 0.55, rod, torque / _LARGEST_TORQUE * math.radians(150))


_CAR_LENGTH, _WHEEL = 0.2, 0.027
_RIGHTMOST = 0.6
_WALL, _WALL_TOP = -1.2 - 0.09, 1.1


def _height(position: float) -> float:
    """Return the height of the ground; beyond the car's reach on the right it levels out."""
    reached = min(position, _RIGHTMOST)
    levelling = (1 - math.exp(-4 * (position - reached))) / 4 * 1.35 * math.cos(3 * reached)
    return 0.45 * math.sin(3 * reached) + 0.55 + levelling


_HILLS = [(x, _height(x)) for x in (_WALL + 0.04 * step for step in range(75))]


def _draw_mountain_car(
    stage: Stage, observation: list[float], action: ActionTaken, goal: float, coasting: float
) -> None:
    """Draw a car that aims for `goal`; `coasting` is the action of no force."""
    stage.ground([(_WALL, _WALL_TOP), *_HILLS], "border")
    _draw_flag(stage, (goal, _height(goal)))
    position = observation[0]
    slope = math.atan(1.35 * math.cos(3 * position))
    along = partial(_tilted, (position, _height(position)), slope)
    _draw_car(stage, along)
    force = max(-1.0, min(1.0, action[0] - coasting)) if action is not None else 0.0
    if abs(force) > 0.01:
        stage.arrow(along((-0.1 * force, 0.17)), along((0.1 * force, 0.17)))


def _tilted(foot: Point, slope: float, place: Point) -> Point:
    """Turn a place given along and above the slope into world coordinates."""
    cosine, sine = math.cos(slope), math.sin(slope)
    return foot[0] + place[0] * cosine - place[1] * sine, foot[1] + place[0] * sine + place[1] * cosine


def _draw_flag(stage: Stage, foot: Point, size: float = 1.0) -> None:
    x, y = foot
    top, middle, bottom = (y + size * height for height in (0.27, 0.235, 0.2))
    stage.line([foot, (x, top)], "scene_line")
    stage.polygon([(x, top), (x + 0.1 * size, middle), (x, bottom)], "scene_wood", 0.005 * size)


def _draw_car(stage: Stage, along: Callable[[Point], Point]) -> None:
    rounding = 0.012
    half, sill, bonnet, roof = _CAR_LENGTH / 2 - rounding, 0.032, 0.056, 0.096
    cabin = [(-half, bonnet), (-0.052, roof), (0.012, roof), (0.042, bonnet)]
    body = [(half, sill), (-half, sill), *cabin, (half, bonnet)]
    stage.polygon([along(corner) for corner in body], "scene_body", rounding)
    for axle in (-0.055, 0.055):
        stage.disc(along((axle, _WHEEL)), _WHEEL, "scene_line")
        stage.disc(along((axle, _WHEEL)), 0.4 * _WHEEL, "scene")


def _draw_grid_world(
    stage: Stage, observation: list[float], action: ActionTaken, grid_map: GridMap = _LEARNT_MAP
) -> None:
    """Draw the map, where x is the column and −y the row, and the agent on it."""
    _draw_grid(stage, grid_map)
    (goal_x, goal_y), (pit_x, pit_y) = _middle(grid_map.goal), _middle(PIT)
    _draw_flag(stage, (goal_x - 0.08, goal_y - 0.11), 2.2)
    stage.label((goal_x, goal_y - 0.14), "+1", below=True)
    stage.rod((pit_x - 0.12, pit_y + 0.16), (pit_x + 0.12, pit_y + 0.16), 0.42, "scene_pit")
    stage.label((pit_x, pit_y - 0.14), "−1", below=True)
    column, row = place_of((observation[0], observation[1]))
    stage.disc((column, -row), 0.28, "scene_body")
    if action is not None:
        # Short, so that it looks like the last action and not like a way into the next cell.
        across, up = COLUMN_STEPS[int(action[0])], -ROW_STEPS[int(action[0])]
        stage.arrow((column + 0.32 * across, 0.32 * up - row), (column + 0.55 * across, 0.55 * up - row))


def _draw_grid(stage: Stage, grid_map: GridMap) -> None:
    left, right, top, bottom = -0.5, COLUMNS - 0.5, 0.5, 0.5 - ROWS
    for column in range(COLUMNS + 1):
        stage.line([(left + column, top), (left + column, bottom)], "scene_line", opacity=0.3)
    for row in range(ROWS + 1):
        stage.line([(left, top - row), (right, top - row)], "scene_line", opacity=0.3)
    for x, y in map(_middle, grid_map.walls):
        corners = [(x - 0.4, y - 0.4), (x - 0.4, y + 0.4), (x + 0.4, y + 0.4), (x + 0.4, y - 0.4)]
        stage.polygon(corners, "scene_wall", 0.06)


def _middle(cell: int) -> Point:
    return float(cell % COLUMNS), -float(cell // COLUMNS)


_HILLSIDE = World(-1.3, 0.66, 0.0, 1.34)
SCENES = {
    "CartPole-v1": Scene(World(-2.75, 2.75, -0.36, 1.64), _draw_cart_pole),
    "Acrobot-v1": Scene(World(-2.2, 2.2, -2.15, 2.15), _draw_acrobot),
    "Pendulum-v1": Scene(World(-1.25, 1.25, -1.25, 1.25), _draw_pendulum),
    "MountainCar-v0": Scene(_HILLSIDE, partial(_draw_mountain_car, goal=0.5, coasting=1.0)),
    "MountainCarContinuous-v0": Scene(_HILLSIDE, partial(_draw_mountain_car, goal=0.45, coasting=0.0)),
    "GridWorld-v0": Scene(World(-0.7, COLUMNS - 0.3, 0.3 - ROWS, 0.7), _draw_grid_world),
}
