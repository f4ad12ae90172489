"""A figure as an image, as lines and text, or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtSvg import QSvgGenerator

from ppo_desktop.views.figure import Painted
from ppo_desktop.views.theme import smooth_painter

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def paint_on(device: QImage | QSvgGenerator | QPrinter, figure: Painted) -> bool:
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


def print_figure(figure: Painted, printer: QPrinter) -> None:
    """Print a figure.

    Raises:
        OSError: The printer, or the file it prints into, takes nothing.
    """
    if not paint_on(printer, figure) or printer.printerState() is printer.PrinterState.Error:
        raise OSError("the printer takes nothing")


def figure_image(figure: Painted, scale: float = 2.0) -> QImage:
    """Return a figure as an image.

    Args:
        figure: What is painted.
        scale: Pixels of the image for each of the window's, along one side.
    """
    image = QImage(figure.size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    paint_on(image, figure)
    return image


def save_png(figure: Painted, path: Path, scale: float = 2.0) -> None:
    """Write a figure as PNG.

    Raises:
        OSError: The image cannot be made, or the file cannot be written.
    """
    path.write_bytes(png_of(figure, scale))


def png_of(figure: Painted, scale: float = 2.0) -> bytes:
    """Return a figure as PNG.

    Raises:
        OSError: The image cannot be made.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    if not writer.write(figure_image(figure, scale)):
        raise OSError(f"the image could not be made: {writer.errorString()}")
    return bytes(buffer.data().data())


def save_svg(figure: Painted, path: Path) -> None:
    """Write a figure as SVG: lines stay lines, and text stays text.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_bytes(svg_of(figure))


def svg_of(figure: Painted) -> bytes:
    """Return a figure as SVG, in UTF-8: 1.1 where it clips, else 1.2 Tiny, which clips nothing."""
    versions = QSvgGenerator.SvgVersion
    buffer, generator = QBuffer(), QSvgGenerator(versions.Svg11 if figure.clips else versions.SvgTiny12)
    generator.setOutputDevice(buffer)
    generator.setTitle(figure.title)
    generator.setDescription(figure.caption)
    generator.setSize(figure.size)
    generator.setViewBox(QRectF(QPointF(0.0, 0.0), figure.size))
    paint_on(generator, figure)
    family = figure.theme.font().family()
    named = f'font-family="{family}"', f'font-family="{family}, sans-serif"'  # for where it is not installed
    return bytes(buffer.data().data()).decode().replace(*named).encode()
