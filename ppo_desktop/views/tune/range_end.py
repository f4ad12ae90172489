"""The text of an end of a range, which can be typed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind
from ppo_desktop.views.controls import explained, named

_FRAME = 16


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

    def commit(self) -> None:
        """Take what is being typed."""
        self._take()

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
