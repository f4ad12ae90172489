"""A figure as an image, as lines and text, or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtSvg import QSvgGenerator

from ppo_desktop.views.figure import Figure
from ppo_desktop.views.theme import smooth_painter

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def paint_on(device: QImage | QSvgGenerator | QPrinter, figure: Figure) -> bool:
    """Paint a figure as large as the device allows: an image, a file, or a printer's page; return whether."""
    if not isinstance(device, QImage):
        device.setResolution(round(QGuiApplication.primaryScreen().logicalDotsPerInch()))  # of words
    painter = smooth_painter(device)
    if not painter.isActive():
        return False
    ratio, size = device.devicePixelRatio(), figure.size
    scale = min(device.width() / size.width(), device.height() / size.height()) / ratio
    painter.scale(scale, scale)
    figure.paint(painter)
    return painter.end()


def print_figure(figure: Figure, printer: QPrinter) -> None:
    """Print a figure.

    Raises:
        OSError: The printer, or the file it prints into, takes nothing.
    """
    if not paint_on(printer, figure) or printer.printerState() is printer.PrinterState.Error:
        raise OSError("the printer takes nothing")


def figure_image(figure: Figure, scale: float = 2.0) -> QImage:
    """Return a figure as an image.

    Args:
        figure: What is painted.
        scale: Pixels of the image for each of the window's, along one side.
    """
    image = QImage(figure.size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    paint_on(image, figure)
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


def svg_of(figure: Figure) -> bytes:
    """Return a figure as SVG 1.1, in UTF-8."""
    buffer, generator = QBuffer(), QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # 1.2 Tiny clips nothing
    generator.setOutputDevice(buffer)
    generator.setTitle(figure.title)
    generator.setDescription(figure.caption)
    generator.setSize(figure.size)
    generator.setViewBox(QRectF(QPointF(0.0, 0.0), figure.size))
    paint_on(generator, figure)
    family = figure.theme.font().family()
    named = f'font-family="{family}"', f'font-family="{family}, sans-serif"'  # for where it is not installed
    return bytes(buffer.data().data()).decode().replace(*named).encode()
