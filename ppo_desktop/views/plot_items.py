"""What a plot shows besides its curves: faint lines, a named level, a note, the crosshair.

All of it is painted in pixels of the view box, because text and one-pixel lines must not be
scaled with the data.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.plot_scales import Tick
from ppo_desktop.views.theme import Theme

_MOST_OF_HEIGHT = 0.8


class PixelItem(pg.GraphicsObject):
    """An item that fills its view box and paints in the view box's pixels."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox, z: float) -> None:
        super().__init__()
        self._theme = theme
        self._view_box = view_box
        self.setParentItem(view_box)
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        """Return the whole view box."""
        return QRectF(self._view_box.rect())

    def view_changed(self) -> None:
        """Paint anew: the range or the size of the view box is another."""
        self.prepareGeometryChange()
        self.update()

    def x_pixel(self, steps: float) -> float:
        """Return the pixel column of an environment step."""
        low, high = self._view_box.viewRange()[0]
        rect = self._view_box.rect()
        return float(rect.left() + (steps - low) / (high - low) * rect.width())

    def y_pixel(self, value: float) -> float:
        """Return the pixel row of a plotted value."""
        low, high = self._view_box.viewRange()[1]
        rect = self._view_box.rect()
        return float(rect.bottom() - (value - low) / (high - low) * rect.height())

    def small_font(self, *, bold: bool = False) -> QFont:
        """Return the font of tick labels and chips."""
        return self._theme.font(0.8, bold=bold)


class Backdrop(PixelItem):
    """Faint horizontal lines."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox) -> None:
        super().__init__(theme, view_box, z=-10)
        self._ticks: list[Tick] = []

    def set_ticks(self, ticks: list[Tick]) -> None:
        """Draw a line at each of `ticks`."""
        self._ticks = ticks
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the lines."""
        painter.setPen(self._theme.colour("border"))
        rect = self.boundingRect()
        rows = [round(self.y_pixel(value)) + 0.5 for value, _ in self._ticks]
        painter.drawLines([QLineF(rect.left(), row, rect.right(), row) for row in rows])


class LevelLabel(PixelItem):
    """The name of a horizontal level at the left or right, just above or under it, behind the curves."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox, *, above: bool, at_right: bool = False) -> None:
        super().__init__(theme, view_box, z=-5)
        self._above = above
        self._at_right = at_right
        self._value: float | None = None
        self.text = ""

    def set_level(self, value: float | None, text: str) -> None:
        """Name the level at `value`, None for no level."""
        self._value, self.text = value, text
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Write the name."""
        if self._value is None:
            return
        area = self.area()
        painter.fillRect(area, translucent(self._theme.colour("card"), 190))
        painter.setFont(self.small_font())
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text)

    def area(self) -> QRectF:
        """Return where the name stands, in pixels; empty without a level."""
        if self._value is None:
            return QRectF()
        metrics = QFontMetricsF(self.small_font())
        rect, row = self.boundingRect(), self.y_pixel(self._value)
        size = metrics.horizontalAdvance(self.text) + 8, metrics.height()
        area = QRectF(rect.left() + 4, row + 2, *size)
        if self._above or area.bottom() > rect.bottom():
            area.moveBottom(row - 2)
        if self._at_right:
            area.moveRight(rect.right() - 4)
        return area


class Note(PixelItem):
    """A sentence in the middle of a plot, if there is room for it."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox, avoided: LevelLabel, font_scale: float) -> None:
        super().__init__(theme, view_box, z=30)
        self._avoided = avoided
        self._font_scale = font_scale
        self.text = ""

    def set_text(self, text: str) -> None:
        """Show `text`, empty for nothing."""
        if text != self.text:
            self.text = text
            self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Write the sentence."""
        if not self.text:
            return
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(self._theme.font(self._font_scale))
        rect = self.boundingRect().adjusted(4, 0, -4, 0)
        if not self._avoided.area().isEmpty() and self._avoided.area().bottom() < rect.center().y() * 1.2:
            rect.setTop(self._avoided.area().bottom())
        words = painter.boundingRect(rect, int(flags), self.text)
        if words.height() > _MOST_OF_HEIGHT * rect.height():
            return
        painter.fillRect(words.adjusted(-4, 0, 4, 0), translucent(self._theme.colour("card"), 210))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(rect, int(flags), self.text)


class Crosshair(PixelItem):
    """A vertical line at the step looked at, the same in all linked plots, with the step on a chip."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox, *, labelled: bool) -> None:
        super().__init__(theme, view_box, z=40)
        self._labelled = labelled
        self._bounds = QRectF()
        self.steps: float | None = None

    def boundingRect(self) -> QRectF:
        """Return the strip around the line and its chip, so that moving it repaints little else."""
        return self._bounds

    def set_steps(self, steps: float | None) -> None:
        """Move the line to `steps`, None to hide it."""
        self.steps = steps
        self.view_changed()

    def view_changed(self) -> None:
        """Follow the view box."""
        self.prepareGeometryChange()
        self._bounds = QRectF()
        if self.steps is not None:
            strip = QRectF(self._view_box.rect())
            strip.setLeft(self.x_pixel(self.steps) - 1)
            strip.setWidth(3)
            self._bounds = strip.united(self._chip()) if self._labelled else strip
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw line and chip."""
        if self.steps is None:
            return
        rect, column = QRectF(self._view_box.rect()), self.x_pixel(self.steps)
        painter.setPen(self._theme.colour("text"))
        painter.drawLine(QLineF(column, rect.top(), column, rect.bottom()))
        if self._labelled:
            self._paint_chip(painter)

    def _paint_chip(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("text"))
        painter.drawRoundedRect(self._chip(), 3, 3)
        painter.setPen(self._theme.colour("card"))
        painter.setFont(self.small_font())
        painter.drawText(self._chip(), Qt.AlignmentFlag.AlignCenter, self._chip_text())

    def _chip_text(self) -> str:
        return f"{grouped(self.steps or 0)} steps"

    def _chip(self) -> QRectF:
        """Return where the chip is: at the foot of the line, pushed inside the plot."""
        metrics = QFontMetricsF(self.small_font())
        rect = QRectF(self._view_box.rect())
        width = metrics.horizontalAdvance(self._chip_text()) + 12
        left = self.x_pixel(self.steps or 0) - width / 2
        left = min(max(left, rect.left() + 1), rect.right() - width - 1)
        height = metrics.height() + 2
        return QRectF(left, rect.bottom() - height - 1, width, height)


def translucent(colour: QColor, alpha: int) -> QColor:
    """Return this colour with so much opacity, of 255."""
    faint = QColor(colour)
    faint.setAlpha(alpha)
    return faint
