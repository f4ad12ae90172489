"""A variant's name with its marker before it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.views.compare.variant_style import VariantStyle, paint_marker
from ppo_desktop.views.theme import Theme


class VariantLabel(QWidget):
    """Paints marker and name in bold; a name that is too long ends with …."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._style: VariantStyle | None = None
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    @property
    def text(self) -> str:
        """The name."""
        return self._text

    def show_variant(self, style: VariantStyle, text: str) -> None:
        """Show another variant."""
        self._style, self._text = style, text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self._metrics()
        return QSize(metrics.horizontalAdvance(self._text) + self._gap() + 4, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._gap() + self._metrics().horizontalAdvance("0.00"), self._metrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._style is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._metrics().height() * 0.28
        paint_marker(painter, self._style, self._theme, QPointF(radius + 2, self.height() / 2), radius)
        painter.setFont(self._theme.font(bold=True))
        painter.setPen(self._theme.colour("text"))
        room = QRectF(self.rect()).adjusted(self._gap(), 0, 0, 0)
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(bold=True))

    def _gap(self) -> int:
        return round(self._metrics().height() * 0.9)
