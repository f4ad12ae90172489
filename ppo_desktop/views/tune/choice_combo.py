"""A choice some of which may not be possible here: those are greyed, and their tooltip says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel

from ppo_desktop.views.controls import explained, named, without_wheel
from ppo_desktop.views.fitting_combo import FittingCombo


class Offered(Protocol):
    """What one of the choices has to have."""

    @property
    def label(self) -> str:
        """What it is called."""

    @property
    def meaning(self) -> str:
        """What it does, in sentences."""

    @property
    def unavailable(self) -> str:
        """Why it cannot be chosen here; empty where it can."""


class ChoiceCombo(FittingCombo):
    """Says which choice is wanted.

    Args:
        choices: What can be chosen, by name.
        object_name: Its name for tests.
        accessible_name: What it is a choice of.
        explanation: Key of its explanation.
    """

    chosen = Signal(str)

    def __init__(
        self, choices: Mapping[str, Offered], object_name: str, accessible_name: str, explanation: str
    ) -> None:
        super().__init__()
        named(without_wheel(self), object_name, accessible_name, explanation)
        self._explanation = explanation
        self._choices = choices
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for place, (name, choice) in enumerate(choices.items()):
            self.addItem(choice.label, name)
            tip = choice.unavailable or choice.meaning
            self.setItemData(place, f"<qt>{tip}</qt>", Qt.ItemDataRole.ToolTipRole)
            model.item(place).setEnabled(not choice.unavailable)
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))

    def show_choice(self, name: str) -> None:
        """Show what is chosen, without a signal."""
        self.setCurrentIndex(self.findData(name))
        choice = self._choices.get(name)
        explained(self, self._explanation, choice.meaning if choice is not None else "")
