"""The environment of one agent: our own painting where there is one, else Gymnasium's picture."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.charts.colours import image_of
from ppo_desktop.views.scenes import Scene, World, scene_for
from ppo_desktop.views.theme import Theme, smooth_painter

EMPTY_TEXT = "Press Train (Space) to start"
_CORNER = 6.0
_FAINT, _FAINT_PICTURE = 0.4, 0.7
"""Opacity of a ghost in the same scene, and beside."""
_WRAPPED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


class _Shown:
    """A frame, with its picture as it was when it came."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.picture = None if frame.picture is None else image_of(frame.picture)


class EnvironmentView(QWidget):
    """Shows the last frame it was given, at any size; of a ghost, the frame faint in the same scene.

    Args:
        theme: Fonts and colours.
        empty_text: What to say before there is a frame; empty for nothing.
    """

    def __init__(self, theme: Theme, empty_text: str = EMPTY_TEXT) -> None:
        super().__init__()
        self.setObjectName("environment_view")
        self.setAccessibleName("Environment")
        self._empty_text = empty_text
        self.setAccessibleDescription(empty_text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._shown: _Shown | None = None
        self._ghost: _Shown | None = None
        self._grid_map = GridMap()
        self._paint_over: Callable[[QPainter], None] | None = None
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)

    def sizeHint(self) -> QSize:
        """Prefer the proportions of a screen."""
        return QSize(320, 180)

    def show_frame(self, frame: Frame | None, ghost: Frame | None = None) -> None:
        """Show what an agent sees, and a ghost beside it; None before there is anything to see."""
        self._shown, self._ghost = (None if one is None else _Shown(one) for one in (frame, ghost))
        description = self._empty_text if frame is None else _describe(frame)
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)
        self.update()

    def show_map(self, grid_map: GridMap) -> None:
        """Show the grid world with this map."""
        if grid_map != self._grid_map:
            self._grid_map = grid_map
            self.update()

    def let_paint_over(self, paint: Callable[[QPainter], None]) -> None:
        """Have `paint` called after everything is painted, for what is done by hand."""
        self._paint_over = paint

    @property
    def frame(self) -> Frame | None:
        """What is shown; None before there is anything to see."""
        return None if self._shown is None else self._shown.frame

    @property
    def world(self) -> tuple[World, QRectF] | None:
        """Which part of the world is seen, and where; None where it cannot be told from the picture."""
        if self._shown is None or self._shown.picture is not None:
            return None
        scene = scene_for(self._shown.frame.environment_id)
        return None if scene is None else (scene.world, QRectF(self.rect()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, environment and, at its end, the word that the episode is over."""
        painter = smooth_painter(self)
        self.paint_in(painter, QRectF(self.rect()))
        if self._paint_over is not None:
            self._paint_over(painter)

    def paint_in(self, painter: QPainter, rect: QRectF) -> None:
        """Paint all of it into a rectangle."""
        outline = QPainterPath()
        outline.addRoundedRect(rect, _CORNER, _CORNER)
        painter.fillPath(outline, self._theme.colour("scene"))
        painter.setClipPath(outline)
        painter.setFont(self._theme.font())
        if self._shown is None:
            self._paint_empty(painter, rect)
        elif self._ghost is None:
            self._paint_frame(painter, rect, self._shown)
        else:
            self._paint_frame(painter, self._paint_ghost(painter, rect, self._ghost), self._shown)

    def _paint_ghost(self, painter: QPainter, rect: QRectF, ghost: _Shown) -> QRectF:
        """Paint a ghost, faint within the scene or to the right of a picture; return the place beside it."""
        scene = scene_for(ghost.frame.environment_id)
        if scene is not None and ghost.picture is None:
            painter.setOpacity(_FAINT)
            self._paint_scene(scene, painter, rect, ghost.frame)
            painter.setOpacity(1.0)
            return rect
        half = QRectF(rect.topLeft(), QSizeF(rect.width() / 2, rect.height()))
        painter.setOpacity(_FAINT_PICTURE)
        self._paint_frame(painter, half.translated(half.width(), 0.0), ghost)
        painter.setOpacity(1.0)
        return half

    def _paint_frame(self, painter: QPainter, rect: QRectF, shown: _Shown) -> None:
        frame, picture = shown.frame, shown.picture
        scene = scene_for(frame.environment_id)
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(_fitted(QSizeF(picture.size()), rect), picture)
        elif scene is not None and not frame.no_picture:
            self._paint_scene(scene, painter, rect, frame)
        else:
            self._paint_text(painter, rect, frame.no_picture or f"{frame.environment_id} offers no picture")
        if frame.episode_over:
            self.paint_chip(painter, rect.topLeft() + QPointF(8, 8), "episode over")

    def _paint_scene(self, scene: Scene, painter: QPainter, rect: QRectF, frame: Frame) -> None:
        """Paint a scene with small labels."""
        painter.save()
        painter.setFont(self._theme.font(0.85))
        scene.on_map(self._grid_map).paint(painter, rect, frame, self._theme.palette)
        painter.restore()

    def _paint_empty(self, painter: QPainter, rect: QRectF) -> None:
        if not self._empty_text:
            return
        size = self._theme.base_size * 1.6
        top = rect.center() - QPointF(0.0, size)
        corners = [QPointF(-0.5, -0.6), QPointF(0.6, 0.0), QPointF(-0.5, 0.6)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawPolygon(QPolygonF([top + corner * size for corner in corners]))
        self._paint_text(painter, rect.translated(0.0, size), self._empty_text)

    def _paint_text(self, painter: QPainter, rect: QRectF, text: str) -> None:
        """Paint as much of a text as there is room for, on several lines where it needs them."""
        room, metrics = rect.adjusted(8, 4, -8, -4), QFontMetricsF(painter.font())
        elide = Qt.TextElideMode.ElideMiddle
        text = " ".join(metrics.elidedText(word, elide, room.width()) for word in text.split())

        def is_too_tall(shown: str) -> bool:
            return metrics.boundingRect(room, _WRAPPED, shown).height() > room.height()

        if is_too_tall(text):
            length = bisect_left(range(len(text)), True, key=lambda end: is_too_tall(f"{text[:end]} …"))
            text = f"{text[: max(0, length - 1)].rstrip()} …"
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(room, _WRAPPED, text)

    def paint_chip(self, painter: QPainter, corner: QPointF, text: str) -> None:
        """Paint a word on a ground of its own, whose upper left corner is there."""
        painter.setFont(self._theme.font(0.85))
        metrics = QFontMetricsF(painter.font())
        height = metrics.height() + 6
        chip = QRectF(corner, QSizeF(metrics.horizontalAdvance(text) + height, height))
        painter.setPen(self._theme.colour("border"))
        painter.setBrush(self._theme.colour("card"))
        painter.drawRoundedRect(chip, height / 2, height / 2)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)


def _fitted(size: QSizeF, rect: QRectF) -> QRectF:
    """Return the largest rectangle of these proportions in the middle of another."""
    fitted = QRectF(QPointF(), size.scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio))
    fitted.moveCenter(rect.center())
    return fitted


def _describe(frame: Frame) -> str:
    shown = f"{frame.environment_id}, agent {frame.agent + 1} of {frame.n_agents}"
    return f"{shown}: {frame.no_picture}" if frame.no_picture else shown
