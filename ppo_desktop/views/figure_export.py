"""A figure in a file, as an image or as lines and text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter, QPainter

from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_svg import svg_of


def figure_image(figure: Figure, scale: float = 2.0) -> QImage:
    """Return a figure as an image.

    Args:
        figure: What is painted.
        scale: Pixels of the image for each of the window's, along one side.
    """
    with figure.laid_out():
        image = QImage(figure.size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        figure.paint(painter)
        painter.end()
    return image


def save_png(figure: Figure, path: Path, scale: float = 2.0) -> None:
    """Write a figure as PNG.

    Raises:
        OSError: The image cannot be made, or the file cannot be written.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    if not writer.write(figure_image(figure, scale)):
        raise OSError(f"the image could not be made: {writer.errorString()}")
    path.write_bytes(buffer.data().data())


def save_svg(figure: Figure, path: Path) -> None:
    """Write a figure as SVG: lines stay lines, and text stays text.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_bytes(svg_of(figure))
