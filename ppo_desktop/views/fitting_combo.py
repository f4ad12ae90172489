"""A combo box that is as wide as the text it shows."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QComboBox

_FEWEST_CHARACTERS = 13
"""Short texts share one width, so that hardly anything moves when another is chosen."""


class FittingCombo(QComboBox):
    """Shows its text whole and takes no more room for that than needed; its list is as wide as it must be.

    Args:
        list_width: Least width of the open list, pixels.
    """

    def __init__(self, list_width: int) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.view().setMinimumWidth(list_width)
        self.currentIndexChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Wide enough for the text shown, or for the words that stand there while nothing is chosen."""
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        texts = [self.itemText(index) for index in range(self.count())]
        widest = max(metrics.horizontalAdvance(text) for text in (*texts, self.placeholderText()))
        shown = metrics.horizontalAdvance(self.itemText(self.currentIndex()) or self.placeholderText())
        fewest = _FEWEST_CHARACTERS * metrics.averageCharWidth()
        return QSize(hint.width() - widest + max(shown, fewest), hint.height())

    def minimumSizeHint(self) -> QSize:
        """As its size hint: no text is ever cut."""
        return self.sizeHint()


def set_items(combo: QComboBox, texts: list[str]) -> None:
    """Offer these texts; a combo that offers them already is left alone, and keeps its choice."""
    if [combo.itemText(index) for index in range(combo.count())] != texts:
        combo.clear()
        combo.addItems(texts)
