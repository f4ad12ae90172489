"""A range on the scale of a hyperparameter: a line with a handle at either end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QSlider, QWidget

from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind
from ppo_desktop.views.controls import explained, keeps_moving_key, named, without_wheel
from ppo_desktop.views.hyperparameter_slider import paint_focus
from ppo_desktop.views.theme import Theme, smooth_painter

_RADIUS = 7.0
_TICK = 4.0
_HEIGHT = 22
_FRAME = 16


class _Handle(QSlider):
    """One end: keys, focus and screen readers know it as a slider of its own; the range moves it about.

    Its value is the number of the stop that lies nearest to the end.
    """

    def __init__(self, parent: RangeSlider, n_stops: int) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._range = parent
        self.setRange(0, n_stops - 1)
        self.setPageStep(max(1, n_stops // 10))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(round(2 * _RADIUS) + 2, _HEIGHT)
        without_wheel(self)

    def event(self, event: QEvent) -> bool:
        return keeps_moving_key(event) or super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        if self.hasFocus():
            paint_focus(painter, self.rect(), self._range.colour("accent"))
        painter.setPen(QPen(self._range.range_colour, 2.5))
        painter.setBrush(self._range.colour("card"))
        painter.drawEllipse(QRectF(self.rect()).center(), _RADIUS - 1.5, _RADIUS - 1.5)


class RangeSlider(QWidget):
    """Lets the ends of a range be dragged, or moved by the keys of the one that has the focus.

    The nearer end follows the mouse; ends stop where the hyperparameter's slider does, and never meet. A
    double click asks for the usual range.

    Args:
        declaration: Of the hyperparameter, a number.
        theme: For its colour.
    """

    range_chosen = Signal(float, float)
    usual_asked = Signal()

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__()
        assert declaration.scale is not None
        self._declaration = declaration
        self._scale = declaration.scale
        self._theme = theme
        self._stops = _stops(declaration)
        self._positions = [self._scale.position(stop) for stop in self._stops]
        self._ends = [self._stops[0], self._stops[-1]]
        self._tick: float | None = None
        self._dragged: int | None = None
        self.handles = tuple(_Handle(self, len(self._stops)) for _ in range(2))
        for place, (handle, end) in enumerate(zip(self.handles, ("low", "high"), strict=True)):
            accessible = f"{declaration.label}, {end} end of the range"
            named(handle, f"{declaration.name}_range_{end}", accessible, declaration.name)
            handle.setToolTip("")  # the row has it
            handle.valueChanged.connect(lambda stop, end=place: self._move(end, stop))
        explained(self, declaration.name).setToolTip("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self._show(*self._ends)

    # ---- what it shows -------------------------------------------------------------------------------

    def show_range(self, low: float, high: float) -> None:
        """Show a range without announcing it."""
        if [low, high] != self._ends:
            self._show(low, high)

    def _show(self, low: float, high: float) -> None:
        self._ends = [low, high]
        for handle, end in zip(self.handles, self._ends, strict=True):
            handle.blockSignals(True)
            handle.setValue(self._nearest_stop(self._scale.position(end)))
            handle.blockSignals(False)
            handle.setAccessibleDescription(self._written(end))
        self._place_handles()
        self.update()

    def show_tick(self, value: float | None) -> None:
        """Show a tick at the value that Train has; None where it has no place on the scale."""
        if value != self._tick:
            self._tick = value
            self.update()

    def colour(self, name: str) -> QColor:
        """Return a colour of the theme."""
        return self._theme.colour(name)

    @property
    def range_colour(self) -> QColor:
        """The hyperparameter's colour; grey while it is not searched."""
        if self.isEnabled():
            return self._theme.hyperparameter_colour(self._declaration.name)
        return self._theme.colour("border")

    def sizeHint(self) -> QSize:
        return QSize(140, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        middle = self.height() / 2
        low, high = (self._x_of(end) for end in self._ends)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour("border"))
        painter.drawRoundedRect(QRectF(_RADIUS, middle - 2, self.width() - 2 * _RADIUS, 4), 2, 2)
        painter.setBrush(self.range_colour)
        painter.drawRect(QRectF(low, middle - 2, high - low, 4))
        if self._tick is not None:
            x = self._x_of(self._tick)
            painter.setPen(QPen(self.colour("text" if self.isEnabled() else "muted"), 1.5))
            painter.drawLine(QPointF(x, middle + _TICK), QPointF(x, middle + 2 * _TICK + 2))

    # ---- what the user does --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            x = event.position().x()
            low, high = (self._x_of(end) for end in self._ends)
            self._dragged = 0 if x - low < high - x else 1
            self._drag_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._dragged = None
        self.usual_asked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_handles()

    def _drag_to(self, x: float) -> None:
        assert self._dragged is not None
        room = max(1.0, self.width() - 2 * _RADIUS)
        self._move(self._dragged, self._nearest_stop(min(1.0, max(0.0, (x - _RADIUS) / room))))

    def _move(self, end: int, stop: int) -> None:
        """Ask for the range with one end at a stop, or at the last one before the other end."""
        other = self._ends[1 - end]
        if end == 0:
            inside = [value for value in self._stops if value < other]
            wanted = min(self._stops[stop], inside[-1] if inside else self._ends[0])
        else:
            inside = [value for value in self._stops if value > other]
            wanted = max(self._stops[stop], inside[0] if inside else self._ends[1])
        ends = [wanted, other] if end == 0 else [other, wanted]
        self._show(*ends)
        self.range_chosen.emit(*ends)

    # ---- where things are ----------------------------------------------------------------------------

    def _place_handles(self) -> None:
        for handle, end in zip(self.handles, self._ends, strict=True):
            handle.move(round(self._x_of(end) - handle.width() / 2), 0)

    def _x_of(self, value: float) -> float:
        room = self.width() - 2 * _RADIUS
        return _RADIUS + room * min(1.0, max(0.0, self._scale.position(value)))

    def _nearest_stop(self, position: float) -> int:
        distances = [abs(stop - position) for stop in self._positions]
        return distances.index(min(distances))

    def _written(self, end: float) -> str:
        return self._declaration.format(round(end) if self._declaration.kind is Kind.INTEGER else end)


def _stops(declaration: Declaration) -> list[float]:
    """Return where an end may stop: the slider's stops that are numbers with a place on the scale."""
    assert declaration.scale is not None
    low = declaration.scale.low
    return [float(stop) for stop in declaration.stops if isinstance(stop, int | float) and stop >= low]


class RangeEnd(QLineEdit):
    """Confirmed with Enter or by leaving it; what is no number is complained about and put back.

    Args:
        declaration: Of the hyperparameter, a number.
        end: "low" or "high".
    """

    chosen = Signal(float)
    complained = Signal(str)

    def __init__(self, declaration: Declaration, end: str) -> None:
        super().__init__()
        self._declaration = declaration
        self._shown = 0.0
        named(self, f"{declaration.name}_{end}", f"{declaration.label}, {end} end as text", declaration.name)
        explained(self, declaration.name).setToolTip("")  # the row has it
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._take)
        self.returnPressed.connect(self.clearFocus)

    def show_value(self, value: float) -> None:
        """Show an end, unless another is being typed."""
        self._shown = value
        if not (self.hasFocus() and self.isModified()):
            self._show()

    def sizeHint(self) -> QSize:
        texts = [self._declaration.format(stop) for stop in self._declaration.stops if stop is not None]
        width = max(self.fontMetrics().horizontalAdvance(text) for text in (*texts, "1.5e-4"))
        return QSize(width + _FRAME, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the end in force back and leaves the field."""
        if event.key() == Qt.Key.Key_Escape:
            self._show()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _take(self) -> None:
        if not self.isModified():
            return
        self.setModified(False)
        try:
            value = self._declaration.parse(self.text())
        except InvalidHyperparameter:
            value = None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse()
            return
        self._shown = float(value)
        self.chosen.emit(float(value))

    def _refuse(self) -> None:
        """Say what an end may be: a number of the scale, even where the hyperparameter may also be off."""
        declaration = self._declaration
        assert declaration.scale is not None
        ends = (declaration.scale.low, declaration.scale.high)
        is_whole = declaration.kind is Kind.INTEGER
        low, high = (declaration.format(round(end) if is_whole else end) for end in ends)
        kind = "a whole number" if is_whole else "a number"
        typed = self.text().strip()
        self._show()
        self.complained.emit(
            f"{declaration.label}: a range ends at {kind} from {low} to {high}"
            + (f", not at “{typed}”." if typed else ".")
        )

    def _show(self) -> None:
        is_whole = self._declaration.kind is Kind.INTEGER
        text = self._declaration.format(round(self._shown) if is_whole else self._shown)
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
        self.setModified(False)
