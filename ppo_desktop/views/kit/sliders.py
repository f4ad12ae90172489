"""Flat horizontal sliders in the colour of what they set: a value, or both ends of a range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from ppo_desktop.ppo.declaration import Declaration
from ppo_desktop.views.controls import explained, keeps_moving_key, named, without_wheel
from ppo_desktop.views.theme import Theme, smooth_painter

_RADIUS = 7.0
_HEIGHT = 22


class ConceptSlider(QSlider):
    """Emits the value that is chosen.

    A click goes where it points, a double click goes back to the default, which is marked by a tick; the
    wheel is left to the page. Keys work when it was reached with Tab, so that a slider just dragged does not
    swallow the window's shortcuts.

    Args:
        theme: Its colours.
        field: The hyperparameter in whose colour it is; "" for the accent.
        stops: The values at which it stops.
        nearest: Returns the number of the stop that is nearest to a value; None where only stops are shown.
        written: Returns a value as text.
    """

    chosen = Signal(object)

    def __init__(
        self,
        theme: Theme,
        field: str,
        stops: Sequence[Any],
        nearest: Callable[[Any], int] | None = None,
        written: Callable[[Any], str] = str,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme, self._field = theme, field
        self._nearest, self._written = nearest, written
        self._default: tuple[Any, ...] = ()
        self.set_stops(stops)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(lambda stop: self.chosen.emit(self._stops[stop]))
        theme.changed.connect(self.update)
        without_wheel(self)

    def set_stops(self, stops: Sequence[Any]) -> None:
        """Stop at other values from now on; which one is shown is to be said next."""
        self._stops, self._stop_of = stops, cache(self._nearest or stops.index)
        self.blockSignals(True)
        self.setRange(0, len(stops) - 1)
        self.blockSignals(False)
        self.setPageStep(max(1, len(stops) // 10))

    def show_value(self, value: object) -> None:
        """Show a value without a signal."""
        self.show_stop(self._stop_of(value))
        self.setAccessibleDescription(self._written(value))

    def show_stop(self, stop: int) -> None:
        """Show the value at a stop without a signal."""
        self.blockSignals(True)
        self.setValue(stop)
        self.blockSignals(False)

    def show_default(self, value: object) -> None:
        """Mark a value as the one a double click returns to."""
        self._default = (value,)
        self.update()

    def x_of(self, value: object) -> float:
        """Return where the stop of a value lies, pixels."""
        return self._x_of_stop(self._stop_of(value))

    @property
    def handle_x(self) -> float:
        """The middle of the handle, pixels."""
        return self._x_of_stop(self.value())

    def go_to(self, x: float) -> None:
        """Choose the stop that is nearest to a place."""
        share = (x - _RADIUS) / max(1.0, self.width() - 2 * _RADIUS)
        self.setValue(round(min(1.0, max(0.0, share)) * self.maximum()))

    def _x_of_stop(self, stop: int) -> float:
        return _RADIUS + (self.width() - 2 * _RADIUS) * stop / max(1, self.maximum())

    def sizeHint(self) -> QSize:
        return QSize(110, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, _HEIGHT)

    def event(self, event: QEvent) -> bool:
        return keeps_moving_key(event) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.go_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.go_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        for default in self._default:
            self.chosen.emit(default)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        colour = self._theme.hyperparameter_colour(self._field)
        colour = colour if self.isEnabled() else self._theme.colour("border")
        _paint_line(painter, self, self._theme, (_RADIUS, self.handle_x), colour)
        for default in self._default:
            _paint_tick(painter, self, self.x_of(default), self._theme.colour("muted"))
        self.paint_handle(painter, colour)
        painter.end()

    def paint_handle(self, painter: QPainter, colour: QColor) -> None:
        """Paint it, and around it the focus as the style sheet marks that of buttons."""
        centre = QPointF(self.handle_x, self.height() / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(QPen(colour, 2.5))
        painter.setBrush(self._theme.colour("card"))
        painter.drawEllipse(centre, _RADIUS - 1.5, _RADIUS - 1.5)


class _End(ConceptSlider):
    """One end of a range; the range paints the line between both and moves them by the mouse."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, parent = smooth_painter(self), self.parentWidget()
        assert isinstance(parent, RangeSlider)
        self.paint_handle(painter, parent.colour)
        painter.end()


class RangeSlider(QWidget):
    """Lets the ends of a range be dragged, or moved by the keys of the one that has the focus.

    The nearer end follows the mouse; ends stop where the hyperparameter's slider does, and never meet. A
    double click asks for the usual range.

    Args:
        declaration: Of an end: a number that can be neither off nor zero.
        theme: Its colours.

    Attributes:
        handles: The low and the high end.
    """

    chosen = Signal(float, float)
    usual_asked = Signal()

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__()
        self._theme, self._field = theme, declaration.name
        self._tick: float | None = None
        self._dragged: ConceptSlider | None = None
        self._range = [0.0, 0.0]
        self._stops: Sequence[Any] = declaration.stops
        self.handles = [
            _End(theme, self._field, self._stops, declaration.nearest_stop, declaration.format)
            for _ in range(2)
        ]
        for place, (handle, end) in enumerate(zip(self.handles, ("low", "high"), strict=True)):
            handle.setParent(self)
            handle.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            accessible = f"{declaration.label}, {end} end of the range"
            named(handle, f"{self._field}_range_{end}", accessible, self._field)
            handle.setToolTip("")  # the row has it
            handle.chosen.connect(partial(self._move, place))
        explained(self, self._field).setToolTip("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def colour(self) -> QColor:
        """The hyperparameter's colour; grey while it is not searched."""
        theme = self._theme
        return theme.hyperparameter_colour(self._field) if self.isEnabled() else theme.colour("border")

    def show_range(self, low: float, high: float) -> None:
        """Show a range without a signal."""
        self._range = [low, high]
        for handle, end in zip(self.handles, self._range, strict=True):
            handle.show_value(end)
        self.update()

    def show_tick(self, value: float | None) -> None:
        """Show a tick at the value that Train has; None where it has no place on the scale."""
        self._tick = value
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for handle in self.handles:
            handle.resize(self.size())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            low, high = self.handles
            x = event.position().x()
            self._dragged = low if x - low.handle_x < high.handle_x - x else high
            self._dragged.go_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._dragged.go_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        self.usual_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        low, high = self.handles
        _paint_line(painter, self, self._theme, (low.handle_x, high.handle_x), self.colour)
        if self._tick is not None:
            colour = self._theme.colour("text" if self.isEnabled() else "muted")
            _paint_tick(painter, self, low.x_of(self._tick), colour)
        painter.end()

    def _move(self, place: int, value: float) -> None:
        """Ask for the range with one end at a value, or at the last stop before the other end."""
        low, high = self.handles
        if low.value() >= high.value():
            handle, stop = (low, high.value() - 1) if place == 0 else (high, low.value() + 1)
            handle.show_stop(stop)
            value = self._stops[handle.value()]
        self._range[place] = float(value)
        self.update()
        self.chosen.emit(*self._range)


def _paint_line(
    painter: QPainter, slider: QWidget, theme: Theme, filled: tuple[float, float], colour: QColor
) -> None:
    """Paint the line of a slider, a part of it in a colour."""
    painter.setPen(Qt.PenStyle.NoPen)
    whole = (_RADIUS, slider.width() - _RADIUS)
    for (left, right), fill in ((whole, theme.colour("border")), (filled, colour)):
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(left, slider.height() / 2 - 2, right - left, 4), 2, 2)


def _paint_tick(painter: QPainter, slider: QWidget, x: float, colour: QColor) -> None:
    middle = slider.height() / 2
    painter.setPen(QPen(colour, 1.5))
    painter.drawLine(QPointF(x, middle + 5), QPointF(x, middle + 10))
