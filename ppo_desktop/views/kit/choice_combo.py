"""Combo boxes for a choice, in which no text is cut; what is not possible is greyed and says why."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from ppo_desktop.ppo.labelled import Option
from ppo_desktop.views.controls import explained, named, without_wheel
from ppo_desktop.views.wording_label import cut

_FEWEST_CHARACTERS = 11
"""Short texts share one width, so that hardly anything moves when another is chosen."""
_MOST_CHARACTERS = 20
"""Of the longest choice for which all others take as much room."""
_FEWEST_WHEN_CUT = 6
"""A text is shortened to no fewer."""
_SLACK = 4
"""Pixels by which a style may make the field narrower than it says."""
_LIST_FRAME = 30
"""Of an open list: its scroll bar and what is around a text, pixels."""


Options = Mapping[Any, str | Option]
"""What may be chosen, by value: what there is to say about it, or its label; "" is a line between others."""


class FittingCombo(QComboBox):
    """Shows its text whole and takes no more room for that than needed; its list is as wide as it must be."""

    def __init__(self, object_name: str, accessible_name: str, explanation: str) -> None:
        super().__init__()
        named(without_wheel(self), object_name, accessible_name, explanation)
        self._fewest_characters: int | None = None
        self._widths: dict[str, int] = {}
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(self.updateGeometry)

    def changeEvent(self, event: QEvent) -> None:
        """Measure texts anew in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._widths.clear()

    def showPopup(self) -> None:
        """Open the list, in which no text is cut."""
        self.view().setMinimumWidth(self._widest_item() + _LIST_FRAME)
        super().showPopup()

    def sizeHint(self) -> QSize:
        """Wide enough for the text shown, or for the words that stand there while nothing is chosen."""
        hint = super().sizeHint()
        widest = max(self._widest_item(), self._width_of(self.placeholderText()))
        shown = max(self._width_of(self._shown_text), self._least_text())
        return QSize(hint.width() - widest + shown, hint.height())

    def minimumSizeHint(self) -> QSize:
        """As its size hint, so that no text is cut; wide enough for some characters where that may be."""
        hint = self.sizeHint()
        if self._fewest_characters is None:
            return hint
        beside = hint.width() - max(self._width_of(self._shown_text), self._least_text())
        some = self._fewest_characters * self.fontMetrics().averageCharWidth()
        return QSize(min(hint.width(), some + beside), hint.height())

    def let_be_cut(self, fewest_characters: int = _FEWEST_WHEN_CUT) -> None:
        """Give way where there is little room: its text then ends with … after about so many characters."""
        self._fewest_characters = fewest_characters
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it with as much of its text as there is room for."""
        if self.width() >= self.sizeHint().width() or self.isEditable():
            super().paintEvent(event)
            return
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = cut(self._shown_text, self.fontMetrics(), field.width())
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    @property
    def _shown_text(self) -> str:
        return self.itemText(self.currentIndex()) or self.placeholderText()

    def _least_text(self) -> int:
        """Return the room that a shorter text takes too, pixels."""
        return _FEWEST_CHARACTERS * self.fontMetrics().averageCharWidth()

    def _widest_item(self) -> int:
        return max((self._width_of(self.itemText(index)) for index in range(self.count())), default=0)

    def _width_of(self, text: str) -> int:
        if text not in self._widths:  # asked for whenever a bar is laid out
            self._widths[text] = self.fontMetrics().horizontalAdvance(text)
        return self._widths[text]


class ChoiceCombo(FittingCombo):
    """Emits the value that is chosen; as wide as for its longest choice, so that nothing beside it moves.

    Args:
        object_name: Its name for tests.
        accessible_name: What it is a choice of.
        explanation: Key of its explanation.
        options: What can be chosen at first.

    Attributes:
        values: What can be chosen, in order.
    """

    chosen = Signal(object)

    def __init__(
        self, object_name: str, accessible_name: str, explanation: str, options: Options | None = None
    ) -> None:
        super().__init__(object_name, accessible_name, explanation)
        self._explanation = explanation
        self.values: list[Any] = []
        self._offered: list[Option] = []
        self.activated.connect(lambda place: self.chosen.emit(self.values[place]))
        self.offer(options or {})

    @property
    def value(self) -> Any:
        """What is chosen; something must be."""
        return self.values[self.currentIndex()]

    def offer(self, options: Options) -> None:
        """Let these be chosen; where they can be already, nothing changes."""
        self.values = list(options)
        offered = [Option(each) if isinstance(each, str) else each for each in options.values()]
        if offered == self._offered:
            return
        self._offered = offered
        self.clear()
        self.addItems([each.label for each in offered])
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for place, each in enumerate(offered):
            item, tip = model.item(place), each.unavailable or each.meaning
            item.setToolTip(tip and f"<qt>{html.escape(tip, quote=False)}</qt>")
            item.setEnabled(bool(each.label) and not each.unavailable)
            if not each.label:
                item.setData("separator", Qt.ItemDataRole.AccessibleDescriptionRole)
        self.updateGeometry()

    def _least_text(self) -> int:
        """Return the room of the longest choice; a very long one takes more only while it is shown."""
        widest = max(self._widest_item(), self._width_of(self.placeholderText()))
        return min(widest, _MOST_CHARACTERS * self.fontMetrics().averageCharWidth())

    def show_value(self, value: object) -> None:
        """Show what is chosen, without a signal; nothing where it is not offered."""
        place = self.values.index(value) if value in self.values else -1
        self.setCurrentIndex(place)
        if any(each.meaning for each in self._offered):
            note = self._offered[place].meaning if place >= 0 else ""
            explained(self, self._explanation, note)


class FlatCombo(ChoiceCombo):
    """A choice in the header of a card: its text is shortened with … where there is no room for it."""

    def __init__(
        self, object_name: str, accessible_name: str, explanation: str, options: Options | None = None
    ) -> None:
        super().__init__(object_name, accessible_name, explanation, options)
        self.setProperty("role", "flat")
        self.let_be_cut()

    def changeEvent(self, event: QEvent) -> None:
        """Take more or less room in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Wide enough for the text shown."""
        hint = super().sizeHint()
        return QSize(hint.width() + _SLACK, hint.height())

    def _least_text(self) -> int:
        return 0
