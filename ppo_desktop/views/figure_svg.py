"""A figure as SVG: the widgets as Qt draws them, and each plot in its place as pyqtgraph exports it.

Qt's own SVG of a widget knows either no clipping, or clips in the wrong place; and it leaves lines of
constant width in a plot's coordinates, which few programs but browsers understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyqtgraph as pg
from pyqtgraph.exporters import SVGExporter
from PySide6.QtCore import QBuffer, QPoint, QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

from ppo_desktop.views.figure import Figure

_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')
_END = "</svg>"


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
