"""What a plot shows besides its curves: a named level, a note, the crosshair.

All of it is painted in pixels of the view box, because text and one-pixel lines must not be
scaled with the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.theme import Theme

_Numbers = TypeVar("_Numbers", float, Doubles)
_MOST_OF_HEIGHT = 0.8
_VEIL_OPACITY = 0.75
_ROOM = 2.0
"""Pixels kept free around the name of a level."""
_HALO = 3.0
"""Width of what parts the letters of a name from curves, where it stands over them all the same, pixels."""


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

    def x_pixel(self, steps: _Numbers) -> _Numbers:
        """Return the pixel column of an environment step, or those of many."""
        (low, high), rect = self._view_box.viewRange()[0], self._view_box.rect()
        return rect.left() + (steps - low) / (high - low) * rect.width()

    def y_pixel(self, value: _Numbers) -> _Numbers:
        """Return the pixel row of a plotted value, or those of many."""
        (low, high), rect = self._view_box.viewRange()[1], self._view_box.rect()
        return rect.bottom() - (value - low) / (high - low) * rect.height()

    def small_font(self, *, bold: bool = False) -> QFont:
        """Return the font of tick labels and chips."""
        return self._theme.font(0.8, bold=bold)


class LevelItem(PixelItem):
    """A dashed line across the plot, and its name just above or under it, over all that is drawn.

    The name stands where nothing is drawn, as far as there is such a place.

    Args:
        theme: Fonts and colours.
        view_box: Where the level is.
        is_free: Says whether nothing is drawn in a part of the view box.
        above: Stands above the level if there is a choice, else under it.
        at_right: Stands at the right if there is a choice, else at the left.
        may_cover: Stands over curves where no place is free, else it is left out there.
    """

    def __init__(
        self,
        theme: Theme,
        view_box: pg.ViewBox,
        is_free: Callable[[QRectF], bool],
        *,
        above: bool,
        at_right: bool = False,
        may_cover: bool = True,
    ) -> None:
        super().__init__(theme, view_box, z=15)
        self._may_cover = may_cover
        self._is_named = True
        self._is_free = is_free
        shares = (1.0, 0.0, 0.5) if at_right else (0.0, 1.0, 0.5)
        self._places = [(side, share) for share in shares for side in (above, not above)]
        self._place = self._places[0]
        self.value: float | None = None
        self.text = ""

    def set_level(self, value: float | None, text: str) -> None:
        """Draw a line named `text` at `value`, in plotted units; None for no line."""
        self.value, self.text = value, text
        self.view_changed()

    def view_changed(self) -> None:
        """Stay while the place is free, else look for another; if none is, stand at the first one."""
        if self.value is not None:
            rect, places = self.boundingRect(), [self._place, *self._places]
            areas = ((place, self._area_at(*place)) for place in places)
            free = (
                place
                for place, area in areas
                if rect.contains(area) and self._is_free(area.adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM))
            )
            found = next(free, None)
            self._place = found or self._places[0]
            self._is_named = found is not None or self._may_cover
        super().view_changed()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the line, and write the name if it is not wider than the plot."""
        if self.value is None:
            return
        area, rect, row = self.area(), self.boundingRect(), round(self.y_pixel(self.value)) + 0.5
        painter.setPen(QPen(self._theme.colour("muted"), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(rect.left(), row, rect.right(), row))
        if area.width() > rect.width() or not self._is_named:
            return
        font = self.small_font()
        letters, metrics = QPainterPath(), QFontMetricsF(font)
        letters.addText(area.left() + 4, area.top() + metrics.ascent(), font, self.text)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(letters, QPen(self._theme.colour("card"), _HALO))
        painter.restore()
        painter.setFont(font)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text)

    def area(self) -> QRectF:
        """Return where the name stands, in pixels; empty without a level."""
        return QRectF() if self.value is None else self._area_at(*self._place)

    def _area_at(self, above: bool, share: float) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        rect, row = self.boundingRect(), self.y_pixel(self.value or 0.0)
        width, height = metrics.horizontalAdvance(self.text) + 8, metrics.height()
        area = QRectF(rect.left() + 4 + share * (rect.width() - width - 8), row + 2, width, height)
        if above or area.bottom() > rect.bottom():
            area.moveBottom(row - 2)
        return area


class NoteItem(PixelItem):
    """A sentence in the middle of a plot, if there is room for it."""

    def __init__(self, theme: Theme, view_box: pg.ViewBox, avoided: LevelItem, font_scale: float) -> None:
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
        painter.fillRect(words.adjusted(-4, 0, 4, 0), self._theme.colour("card", 0.82))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(rect, int(flags), self.text)


class Crosshair(PixelItem):
    """A vertical line at the step looked at, the same in all linked plots, with the step on a chip."""

    def __init__(
        self, theme: Theme, view_box: pg.ViewBox, *, labelled: bool, colour: str = "text", width: float = 1.0
    ) -> None:
        super().__init__(theme, view_box, z=40)
        self._labelled = labelled
        self._colour, self._width = colour, width
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
        solid, ends_there = Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap
        painter.setPen(QPen(self._theme.colour(self._colour), self._width, solid, ends_there))
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
