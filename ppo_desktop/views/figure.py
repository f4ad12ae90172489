"""A part of the window as a figure: with a title above and a line below that says what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import QWidget

_MARGIN = 14.0
_TITLE_SCALE = 1.3


@dataclass(frozen=True)
class Figure:
    """What a figure consists of.

    Attributes:
        widget: What it shows, as it is at this moment.
        title: What stands above.
        caption: What stands below.
    """

    widget: QWidget
    title: str
    caption: str

    @property
    def size(self) -> QSize:
        """Its size in the window's pixels."""
        shown = self.widget.size()
        return QSize(shown.width(), round(shown.height() + self.above + self._below))

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the origin is the upper left corner."""
        palette = self.widget.palette()
        painter.fillRect(QRectF(QPointF(0.0, 0.0), self.size), palette.color(QPalette.ColorRole.Window))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        self._write(painter, self._title_font, self.title, 0.0, self.above)
        with _symbols_as_shapes(self.widget):
            self.widget.render(painter, QPoint(0, round(self.above)))
        top = self.above + self.widget.height()
        self._write(painter, self.widget.font(), self.caption, top, self._below)

    @property
    def _title_font(self) -> QFont:
        font = QFont(self.widget.font())
        font.setPointSizeF(font.pointSizeF() * _TITLE_SCALE)
        font.setBold(True)
        return font

    @property
    def above(self) -> float:
        """Room above the widget, in which the title stands."""
        return round(QFontMetricsF(self._title_font).height() + _MARGIN)

    @property
    def _below(self) -> float:
        return round(QFontMetricsF(self.widget.font()).height() + _MARGIN)

    def _write(self, painter: QPainter, font: QFont, text: str, top: float, height: float) -> None:
        room = QRectF(_MARGIN, top, self.widget.width() - 2 * _MARGIN, height)
        line = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(font)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)


@contextmanager
def _symbols_as_shapes(widget: QWidget) -> Iterator[None]:
    """Let plots draw the symbols of points as shapes, not copy them from images made for the window."""
    views = widget.findChildren(pg.GraphicsView)
    items = [item for view in views for item in view.scene().items() if isinstance(item, pg.GraphicsItem)]
    for item in items:
        item.setExportMode(True, {"antialias": True})
    try:
        yield
    finally:
        for item in items:
            item.setExportMode(False)
