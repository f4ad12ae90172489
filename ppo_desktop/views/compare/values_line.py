"""The line in which the values of a comparison are written."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit

from ppo_desktop.views.controls import named, set_role

_NARROWEST, _WIDEST = 18, 44
"""Characters of room it takes, as its text wants."""
_FRAME = 20


class ValuesLine(QLineEdit):
    """Confirmed with Enter or by leaving it; what is being typed is not overwritten."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "values_line", "Values to compare", "compared_values")
        self.setPlaceholderText("values, then Enter")
        self.textChanged.connect(self.updateGeometry)

    def show_values(self, line: str, *, is_wrong: bool) -> None:
        """Show a line of values; a wrong one in the colour of warnings."""
        if line != self.text() and not (self.hasFocus() and self.isModified()):
            self.setText(line)
            self.setCursorPosition(0)
        set_role(self, "warning" if is_wrong else "")

    def sizeHint(self) -> QSize:
        """Wide enough for the values, as far as one line can be."""
        metrics = self.fontMetrics()
        character = metrics.averageCharWidth()
        text = max(metrics.horizontalAdvance(self.text()), metrics.horizontalAdvance(self.placeholderText()))
        width = min(max(text, _NARROWEST * character), _WIDEST * character) + _FRAME
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
