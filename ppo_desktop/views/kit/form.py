"""A form: the fields in which a draft is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, SignalInstance, Slot
from PySide6.QtWidgets import QWidget

from ppo_desktop.views.kit.choice_combo import ChoiceCombo, Options


class Field(Protocol):
    """A control that shows a value without a signal, and emits the one that the user chooses."""

    @property
    def chosen(self) -> SignalInstance:
        """Emitted with the value."""

    def show_value(self, value: Any, /) -> None:
        """Show a value, unless another is being typed."""


_Field = TypeVar("_Field", bound=Field)


class DraftForm(QObject):
    """Each field shows its part of the draft when that has changed, and sets it when the user chooses.

    Args:
        owner: The widget in which the fields stand.
        changes: Emitted when the draft has changed.
    """

    def __init__(self, owner: QWidget, *changes: SignalInstance) -> None:
        super().__init__(owner)
        self._fields: list[tuple[Field, Callable[[], object], Callable[[], Options] | None]] = []
        for changed in changes:
            changed.connect(self._show_all)

    def add(
        self,
        field: _Field,
        value: Callable[[], object],
        take: Callable[[Any], object],
        options: Callable[[], Options] | None = None,
    ) -> _Field:
        """Add a field and return it.

        Args:
            field: Shows and emits a value.
            value: Returns the draft's.
            take: Is given the one that the user chooses.
            options: Returns those that can be chosen, where they change.
        """
        field.chosen.connect(take)
        part = field, value, options
        self._fields.append(part)
        self._show(*part)
        return field

    @Slot()
    def _show_all(self) -> None:
        for part in self._fields:
            self._show(*part)

    def _show(self, field: Field, value: Callable[[], object], options: Callable[[], Options] | None) -> None:
        if options is not None:
            assert isinstance(field, ChoiceCombo)
            field.offer(options())
        field.show_value(value())

    def set_enabled(self, enabled: bool) -> None:
        """Let the user choose, or not."""
        for field, *_ in self._fields:
            assert isinstance(field, QWidget)
            field.setEnabled(enabled)
