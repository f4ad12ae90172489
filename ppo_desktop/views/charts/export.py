"""A picture on paper or in a file, painted from the same description as on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.theme import Theme, smooth_painter

Build = Callable[[QRectF], Picture | None]
"""Lays a picture out in a rectangle."""


def paint_picture(painter: QPainter, theme: Theme, size: QSizeF, build: Build) -> None:
    """Paint a picture of some size by whatever painter; its ground only where there is none."""
    room = QRectF(QPointF(0.0, 0.0), size)
    painter.fillRect(room, theme.colour("card"))
    picture = build(room)
    if picture is not None:
        picture.paint(painter)


def picture_image(theme: Theme, size: QSizeF, build: Build, scale: float = 2.0) -> QImage:
    """Return a picture as an image, with `scale` pixels for each of the window's along one side."""
    image = QImage((size * scale).toSize(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = smooth_painter(image)
    paint_picture(painter, theme, size, build)
    painter.end()
    return image


def picture_svg(theme: Theme, size: QSizeF, build: Build, dots_per_inch: int) -> bytes:
    """Return a picture as SVG: lines stay lines, and text stays text.

    Args:
        theme: Fonts and colours.
        size: Of the picture, in the window's pixels.
        build: Lays it out.
        dots_per_inch: Of the window: else text would be smaller than there.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(dots_per_inch)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(QPointF(0.0, 0.0), size))
    painter = QPainter(generator)
    paint_picture(painter, theme, size, build)
    painter.end()
    return bytes(buffer.data().data())
