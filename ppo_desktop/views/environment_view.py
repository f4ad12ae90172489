"""The environment of one agent: our own painting where there is one, else Gymnasium's picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.frame_painter import FramePainter, Shown
from ppo_desktop.views.scenes import World, scene_for
from ppo_desktop.views.theme import Theme, smooth_painter

EMPTY_TEXT = "Press Train (Space) to start"
_CORNER = 6.0
_FAINT, _FAINT_PICTURE = 0.4, 0.7
"""Opacity of a ghost in the same scene, and beside."""


class EnvironmentView(QWidget):
    """Shows the last frame it was given, at any size; of a ghost, the frame faint in the same scene.

    Args:
        theme: Fonts and colours.
        empty_text: What to say before there is a frame; empty for nothing.

    Attributes:
        frames: Paints them.
    """

    def __init__(self, theme: Theme, empty_text: str = EMPTY_TEXT) -> None:
        super().__init__()
        self.setObjectName("environment_view")
        self.setAccessibleName("Environment")
        self._empty_text = empty_text
        self.setAccessibleDescription(empty_text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._shown: Shown | None = None
        self._ghost: Shown | None = None
        self.frames = FramePainter(theme)
        self._paint_over: Callable[[QPainter], None] | None = None
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)

    def sizeHint(self) -> QSize:
        """Prefer the proportions of a screen."""
        return QSize(320, 180)

    def show_frame(self, frame: Frame | None, ghost: Frame | None = None) -> None:
        """Show what an agent sees, and a ghost beside it; None before there is anything to see."""
        self._shown, self._ghost = (None if one is None else Shown(one) for one in (frame, ghost))
        description = self._empty_text if frame is None else _describe(frame)
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)
        self.update()

    def show_map(self, grid_map: GridMap) -> None:
        """Show the grid world with this map."""
        if grid_map != self.frames.grid_map:
            self.frames.grid_map = grid_map
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
            self.frames.paint_frame(painter, rect, self._shown)
        else:
            self.frames.paint_frame(painter, self._paint_ghost(painter, rect, self._ghost), self._shown)

    def _paint_ghost(self, painter: QPainter, rect: QRectF, ghost: Shown) -> QRectF:
        """Paint a ghost, faint within the scene or to the right of a picture; return the place beside it."""
        scene = scene_for(ghost.frame.environment_id)
        if scene is not None and ghost.picture is None:
            painter.setOpacity(_FAINT)
            self.frames.paint_scene(scene, painter, rect, ghost.frame)
            painter.setOpacity(1.0)
            return rect
        half = QRectF(rect.topLeft(), QSizeF(rect.width() / 2, rect.height()))
        painter.setOpacity(_FAINT_PICTURE)
        self.frames.paint_frame(painter, half.translated(half.width(), 0.0), ghost)
        painter.setOpacity(1.0)
        return half

    def _paint_empty(self, painter: QPainter, rect: QRectF) -> None:
        if not self._empty_text:
            return
        size = self._theme.base_size * 1.6
        top = rect.center() - QPointF(0.0, size)
        corners = [QPointF(-0.5, -0.6), QPointF(0.6, 0.0), QPointF(-0.5, 0.6)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawPolygon(QPolygonF([top + corner * size for corner in corners]))
        self.frames.paint_text(painter, rect.translated(0.0, size), self._empty_text)


def _describe(frame: Frame) -> str:
    shown = f"{frame.environment_id}, agent {frame.agent + 1} of {frame.n_agents}"
    return f"{shown}: {frame.no_picture}" if frame.no_picture else shown
