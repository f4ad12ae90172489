"""A figure in a file, as an image or as lines and text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyqtgraph as pg
from pyqtgraph.exporters import SVGExporter
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QPointF, QRectF
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from ppo_desktop.views.figure import Figure
from ppo_desktop.views.theme import smooth_painter

_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')
_END = "</svg>"


def figure_image(figure: Figure, scale: float = 2.0) -> QImage:
    """Return a figure as an image.

    Args:
        figure: What is painted.
        scale: Pixels of the image for each of the window's, along one side.
    """
    with figure.laid_out():
        image = QImage(figure.size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        painter = smooth_painter(image)
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


def svg_of(figure: Figure) -> bytes:
    """Return a figure as SVG 1.2 Tiny, in UTF-8."""
    plots = [view for view in figure.widget.findChildren(pg.GraphicsView) if view.isVisible()]
    with figure.laid_out():
        drawn = [_plot(figure, view, f"plot{number}_") for number, view in enumerate(plots)]
        with _emptied(plots):
            widgets = _widgets(figure)
    all_but_end = widgets[: widgets.rindex(_END)]
    family = figure.widget.font().family()
    svg = "".join([all_but_end, *drawn, _END, "\n"])
    named = f'font-family="{family}"', f'font-family="{family}, sans-serif"'  # for where it is not installed
    return svg.replace(*named).encode()


def _widgets(figure: Figure) -> str:
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(figure.widget.logicalDpiX())  # else text would be smaller than in the window
    generator.setSize(figure.size)
    generator.setViewBox(QRectF(QPointF(0.0, 0.0), figure.size))
    generator.setTitle(figure.title)
    generator.setDescription(figure.caption)
    painter = QPainter(generator)
    figure.paint(painter)
    painter.end()
    return bytes(buffer.data().data()).decode()


def _plot(figure: Figure, view: pg.GraphicsView, prefix: str) -> str:
    """Return a plot in its place, with names of its own for its parts."""
    place = view.viewport().mapTo(figure.widget, QPoint(0, 0))
    svg = SVGExporter(view.scene()).export(toBytes=True).decode()
    content = _REFERENCE.sub(rf"\g<1>{prefix}", svg[svg.index("<defs>") : svg.rindex(_END)])
    # Programs that know no clipping would draw the clip's outline.
    content = content.replace("<clipPath", "<defs><clipPath").replace("</clipPath>", "</clipPath></defs>")
    return f'<g transform="translate({place.x()},{place.y() + figure.above:g})">\n{content}</g>\n'


@contextmanager
def _emptied(views: Sequence[pg.GraphicsView]) -> Iterator[None]:
    """Let plots be drawn as empty."""
    scenes, nothing = [view.scene() for view in views], pg.GraphicsScene()
    for view in views:
        view.setScene(nothing)
    try:
        yield
    finally:
        for view, scene in zip(views, scenes, strict=True):
            view.setScene(scene)
