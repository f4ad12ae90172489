"""A part of the window as a figure: with a title above and a line below that says what it shows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from ppo_desktop.views.figure_layout import combos_of, laid_out_as_figure
from ppo_desktop.views.wording_label import cut

_MARGIN = 14.0
_TITLE_SCALE = 1.3
_HIGHEST_CAPTION = 10_000.0
_CAPTION = Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignTop.value | Qt.TextFlag.TextWordWrap.value
_COMBO_PADDING = 4.0
"""Pixels before the text of a choice."""


@dataclass(frozen=True)
class Figure:
    """What a figure consists of.

    Attributes:
        widget: What it shows, as it is at this moment.
        title: What stands above.
        caption: What stands below, in as many lines as it needs.
    """

    widget: QWidget
    title: str
    caption: str

    def laid_out(self) -> AbstractContextManager[None]:
        """While this holds the widget is as a figure shows it: whole, and without controls.

        Size and places have to be asked for, and all has to be painted, within one such time.
        """
        return laid_out_as_figure(self.widget)

    @property
    def size(self) -> QSize:
        """Its size in the window's pixels."""
        shown = self.widget.size()
        return QSize(shown.width(), round(shown.height() + self.above + self._below))

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the origin is the upper left corner."""
        palette = self.widget.palette()
        painter.fillRect(QRectF(QPointF(0.0, 0.0), self.size), palette.color(QPalette.ColorRole.Window))
        ink = palette.color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        self._write(painter, self._title_font, self.title, 0.0, self.above)
        self.widget.render(painter, QPoint(0, round(self.above)))
        self._write_choices(painter)
        top = self.above + self.widget.height()
        painter.setFont(self.widget.font())
        painter.setPen(ink)
        painter.drawText(self._caption_room.translated(0.0, top), _CAPTION, self.caption)

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
        return round(self._caption_room.height() + _MARGIN)

    @property
    def _caption_room(self) -> QRectF:
        """Where the caption stands, from the widget's lower edge."""
        metrics, width = QFontMetricsF(self.widget.font()), self.widget.width() - 2 * _MARGIN
        room = QRectF(0.0, 0.0, width, _HIGHEST_CAPTION)
        height = metrics.boundingRect(room, _CAPTION, self.caption).height()
        return QRectF(_MARGIN, _MARGIN / 2, width, max(height, metrics.height()))

    def _write_choices(self, painter: QPainter) -> None:
        """Write what is chosen where one chooses."""
        for combo in combos_of(self.widget):
            corner = QPointF(combo.mapTo(self.widget, QPoint(0, 0))) + QPointF(0.0, self.above)
            room = QRectF(corner, combo.size()).adjusted(_COMBO_PADDING, 0.0, 0.0, 0.0)
            painter.setFont(combo.font())
            painter.setPen(combo.palette().color(QPalette.ColorRole.ButtonText))
            text = cut(combo.currentText(), QFontMetricsF(combo.font()), room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _write(self, painter: QPainter, font: QFont, text: str, top: float, height: float) -> None:
        room = QRectF(_MARGIN, top, self.widget.width() - 2 * _MARGIN, height)
        line = cut(text, QFontMetricsF(font), room.width())
        painter.setFont(font)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
