"""Combo boxes that are as wide as the text they show."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from ppo_desktop.views.wording_label import cut

_FEWEST_CHARACTERS = 13
"""Short texts share one width, so that hardly anything moves when another is chosen."""
_FEWEST_FLAT_CHARACTERS = 6
"""A title is shortened to no fewer."""
_SLACK = 4
"""Pixels by which a style may make the field narrower than it says."""
_LIST_FRAME = 30
"""Of an open list: its scroll bar and what is around a text, pixels."""


class FittingCombo(QComboBox):
    """Shows its text whole and takes no more room for that than needed; its list is as wide as it must be."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(self.updateGeometry)

    def showPopup(self) -> None:
        """Open the list, in which no text is cut."""
        self.view().setMinimumWidth(self._widest_item() + _LIST_FRAME)
        super().showPopup()

    def sizeHint(self) -> QSize:
        """Wide enough for the text shown, or for the words that stand there while nothing is chosen."""
        hint = super().sizeHint()
        widest = max(self._widest_item(), self._width_of(self.placeholderText()))
        shown = self._width_of(self.itemText(self.currentIndex()) or self.placeholderText())
        return QSize(hint.width() - widest + max(shown, self._least_text()), hint.height())

    def minimumSizeHint(self) -> QSize:
        """As its size hint: no text is ever cut."""
        return self.sizeHint()

    def _least_text(self) -> int:
        """Return the room that a shorter text takes too, pixels."""
        return _FEWEST_CHARACTERS * self.fontMetrics().averageCharWidth()

    def _widest_item(self) -> int:
        return max((self._width_of(self.itemText(index)) for index in range(self.count())), default=0)

    def _width_of(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)


class FlatCombo(FittingCombo):
    """A choice in the header of a card: its text is shortened with … where there is no room for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "flat")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def offer(self, texts: list[str], chosen: int) -> None:
        """Offer these texts, and show one of them, without a signal that it was chosen."""
        set_items(self, texts)
        self.setCurrentIndex(chosen)
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Take more or less room in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Wide enough for the text shown."""
        hint = super().sizeHint()
        return QSize(hint.width() + _SLACK, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Wide enough for some characters."""
        hint = self.sizeHint()
        beside = hint.width() - self._width_of(self.currentText())
        some = _FEWEST_FLAT_CHARACTERS * self.fontMetrics().averageCharWidth()
        return QSize(min(hint.width(), some + beside), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it with as much of its text as there is room for."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = cut(self.currentText(), self.fontMetrics(), field.width())
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _least_text(self) -> int:
        return 0


def set_items(combo: QComboBox, texts: list[str]) -> None:
    """Offer these texts; a combo that offers them already is left alone, and keeps its choice."""
    if [combo.itemText(index) for index in range(combo.count())] != texts:
        combo.clear()
        combo.addItems(texts)
