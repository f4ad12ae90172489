"""What an agent sees, painted: our own painting where there is one, else Gymnasium's picture."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import Frame
from ppo_desktop.views.charts.colours import image_of
from ppo_desktop.views.scenes import Scene, scene_for
from ppo_desktop.views.theme import Look

_WRAPPED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


class Shown:
    """A frame, with its picture as it was when it came."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.picture = None if frame.picture is None else image_of(frame.picture)


class FramePainter:
    """Paints frames.

    Args:
        look: Fonts and colours.

    Attributes:
        grid_map: The map that the grid world has.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self.grid_map = GridMap()

    def paint_frame(self, painter: QPainter, rect: QRectF, shown: Shown) -> None:
        """Paint a frame and, at its end, the word that the episode is over."""
        frame, picture = shown.frame, shown.picture
        scene = scene_for(frame.environment_id)
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(_fitted(QSizeF(picture.size()), rect), picture)
        elif scene is not None and not frame.no_picture:
            self.paint_scene(scene, painter, rect, frame)
        else:
            self.paint_text(painter, rect, frame.no_picture or f"{frame.environment_id} offers no picture")
        if frame.episode_over:
            self.paint_chip(painter, rect.topLeft() + QPointF(8, 8), "episode over")

    def paint_scene(self, scene: Scene, painter: QPainter, rect: QRectF, frame: Frame) -> None:
        """Paint a scene with small labels."""
        painter.save()
        painter.setFont(self._look.font(0.85))
        scene.on_map(self.grid_map).paint(painter, rect, frame, self._look.palette)
        painter.restore()

    def paint_text(self, painter: QPainter, rect: QRectF, text: str) -> None:
        """Paint as much of a text as there is room for, on several lines where it needs them."""
        room, metrics = rect.adjusted(8, 4, -8, -4), QFontMetricsF(painter.font())
        elide = Qt.TextElideMode.ElideMiddle
        text = " ".join(metrics.elidedText(word, elide, room.width()) for word in text.split())

        def is_too_tall(shown: str) -> bool:
            return metrics.boundingRect(room, _WRAPPED, shown).height() > room.height()

        if is_too_tall(text):
            length = bisect_left(range(len(text)), True, key=lambda end: is_too_tall(f"{text[:end]} …"))
            text = f"{text[: max(0, length - 1)].rstrip()} …"
        painter.setPen(self._look.colour("muted"))
        painter.drawText(room, _WRAPPED, text)

    def paint_chip(self, painter: QPainter, corner: QPointF, text: str) -> None:
        """Paint a word on a ground of its own, whose upper left corner is there."""
        painter.setFont(self._look.font(0.85))
        metrics = QFontMetricsF(painter.font())
        height = metrics.height() + 6
        chip = QRectF(corner, QSizeF(metrics.horizontalAdvance(text) + height, height))
        painter.setPen(self._look.colour("border"))
        painter.setBrush(self._look.colour("card"))
        painter.drawRoundedRect(chip, height / 2, height / 2)
        painter.setPen(self._look.colour("muted"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)


def _fitted(size: QSizeF, rect: QRectF) -> QRectF:
    """Return the largest rectangle of these proportions in the middle of another."""
    fitted = QRectF(QPointF(), size.scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio))
    fitted.moveCenter(rect.center())
    return fitted
