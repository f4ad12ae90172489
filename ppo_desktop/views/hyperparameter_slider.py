"""The two ways to set a number: a slider in the colour of its concept, and a box for the exact value."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy, QSlider

from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.views.controls import keeps_moving_key, without_wheel
from ppo_desktop.views.theme import Theme, smooth_painter

_HANDLE_RADIUS = 7.0


def paint_focus(painter: QPainter, around: QRect, colour: QColor) -> None:
    """Mark what has the focus, as the style sheet marks buttons."""
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(around).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class ConceptSlider(QSlider):
    """A flat horizontal slider in the colour of what it sets.

    A click goes where it points, a double click goes back to the default (marked by a tick), the
    wheel is left to the page. Keys work when it was reached with Tab, so that a slider just
    dragged does not swallow the window's shortcuts.
    """

    default_asked = Signal()

    def __init__(self, theme: Theme, colour_name: str, n_stops: int, default_stop: int | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme = theme
        self._colour_name = colour_name
        self.default_stop = default_stop
        self.setRange(0, n_stops - 1)
        self.setPageStep(max(1, n_stops // 10))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        without_wheel(self)

    def show_stop(self, stop: int) -> None:
        """Show the value at `stop` without announcing it."""
        if stop != self.value():
            self.blockSignals(True)
            self.setValue(stop)
            self.blockSignals(False)
            self.update()

    def show_default(self, stop: int) -> None:
        """Mark `stop` as the one a double click returns to."""
        if stop != self.default_stop:
            self.default_stop = stop
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(110, 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 22)

    def event(self, event: QEvent) -> bool:
        return keeps_moving_key(event) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.default_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        enabled = self.isEnabled()
        colour = self._theme.colour(self._colour_name if enabled else "border")
        middle, left, right = self.height() / 2, _HANDLE_RADIUS, self.width() - _HANDLE_RADIUS
        handle = self._x_of(self.value())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("border"))
        painter.drawRoundedRect(QRectF(left, middle - 2, right - left, 4), 2, 2)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(left, middle - 2, handle - left, 4), 2, 2)
        self._paint_default_tick(painter, middle)
        self._paint_handle(painter, QPointF(handle, middle), colour)
        painter.end()

    def _paint_default_tick(self, painter: QPainter, middle: float) -> None:
        if self.default_stop is None:
            return
        x = self._x_of(self.default_stop)
        painter.setPen(QPen(self._theme.colour("muted"), 1))
        painter.drawLine(QPointF(x, middle + 6), QPointF(x, middle + 10))

    def _paint_handle(self, painter: QPainter, centre: QPointF, colour: QColor) -> None:
        if self.hasFocus():
            paint_focus(painter, self.rect(), self._theme.colour("accent"))
        painter.setPen(QPen(colour, 2.5))
        painter.setBrush(self._theme.colour("card"))
        painter.drawEllipse(centre, _HANDLE_RADIUS - 1.5, _HANDLE_RADIUS - 1.5)

    def _x_of(self, stop: int) -> float:
        span = max(1, self.maximum() - self.minimum())
        return _HANDLE_RADIUS + (self.width() - 2 * _HANDLE_RADIUS) * (stop - self.minimum()) / span

    def _go_to(self, point: QPointF) -> None:
        room = max(1.0, self.width() - 2 * _HANDLE_RADIUS)
        fraction = min(1.0, max(0.0, (point.x() - _HANDLE_RADIUS) / room))
        self.setValue(self.minimum() + round(fraction * (self.maximum() - self.minimum())))


class HyperparameterNumber(QDoubleSpinBox):
    """The exact value as text; what cannot be a value is complained about and put back.

    "Off" is the number one above the scale's high end.
    """

    complained = Signal(str)

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        assert declaration.scale is not None
        self._declaration = declaration
        self._off = declaration.scale.high + 1
        self._complaint = ""
        self._widths: dict[str, int] = {}
        self.setDecimals(10)
        low = 0.0 if declaration.zero_allowed else declaration.scale.low
        self.setRange(low, self._off if declaration.off_allowed else declaration.scale.high)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().returnPressed.connect(self.clearFocus)
        without_wheel(self)
        self.editingFinished.connect(self._complain_if_needed)

    def hyperparameter(self) -> Value:
        """Return the value shown."""
        number = self.value()
        if self._declaration.off_allowed and number == self._off:
            return None
        return round(number) if self._declaration.kind is Kind.INTEGER else number

    def show_hyperparameter(self, value: Value) -> None:
        """Show `value` without announcing it."""
        number = self._off if value is None else float(value)
        if number != self.value():
            self.blockSignals(True)
            self.setValue(number)
            self.blockSignals(False)

    def sizeHint(self) -> QSize:
        font = self.font().key()
        if font not in self._widths:  # asked for many times, and it takes long to find
            self._widths[font] = self._width_of_numbers()
        return QSize(self._widths[font] + 18, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:
        if self._declaration.off_allowed and value == self._off:
            return self._declaration.format(None)
        if self._declaration.kind is Kind.INTEGER:
            return self._declaration.format(round(value))
        return self._declaration.format(value)

    def valueFromText(self, text: str) -> float:
        try:
            value = self._declaration.parse(text)
        except InvalidHyperparameter as error:
            self._complaint = str(error)
            return self.value()
        self._complaint = ""
        return self._off if value is None else float(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:
        stops = self._declaration.stops
        index = self._declaration.nearest_stop(self.hyperparameter()) + steps
        stop = stops[min(max(index, 0), len(stops) - 1)]
        self.setValue(self._off if stop is None else float(stop))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the value in force back and leaves the box."""
        if event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _width_of_numbers(self) -> int:
        """Return the width of the widest stop, or of the digits of numbers that a search has found."""
        texts = [self._declaration.format(stop) for stop in self._declaration.stops]
        if self._declaration.kind is Kind.REAL:
            texts += [self._declaration.format(number) for number in (1.0 / 7e2, 1.0 / 7e1)]
        return max(map(self.fontMetrics().horizontalAdvance, texts))

    def _complain_if_needed(self) -> None:
        if self._complaint:
            complaint, self._complaint = self._complaint, ""
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.complained.emit(complaint)
