"""Hides named controls of a window or a page, so that only what the present question needs is there."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from ppo_desktop.views.controls import CONTROL
from ppo_desktop.views.kit.hiding import Hiding


def control_name(widget: QWidget) -> str:
    """Return the name by which a widget is hidden: that of a hyperparameter, a card, or its object name."""
    return str(widget.property(CONTROL) or widget.objectName())


class ControlLock(QObject):
    """Which controls within a widget are hidden; their values stay, and are set by whatever else sets them.

    A label that belongs to a hidden control is hidden with it. What is made later, as a page that has not
    been shown yet, is hidden by `apply`.

    Args:
        root: The window or page; all that has one of the names is hidden.

    Attributes:
        names: Of the controls that are hidden, in order of the alphabet.
    """

    changed = Signal()

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        self._hiding = Hiding(self)
        self.names: tuple[str, ...] = ()

    def lock(self, names: Iterable[str]) -> None:
        """Hide the controls of these names, and show all others again."""
        self._hiding.let_all_go()
        self.names = tuple(sorted(set(names)))
        self.apply()
        self.changed.emit()

    @Slot()
    def unlock(self) -> None:
        """Show everything again."""
        self.lock(())

    def toggle(self, name: str) -> None:
        """Hide one more control, or show it again."""
        self.lock(set(self.names) ^ {name})

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return those of some names that no control has."""
        known = {control_name(widget) for widget in self._root.findChildren(QWidget)}
        return [name for name in names if name not in known]

    @Slot()
    def apply(self) -> None:
        """Hide what has been made since."""
        if not self.names:
            return
        hidden = {widget for widget in self._root.findChildren(QWidget) if control_name(widget) in self.names}
        labels = [label for label in self._root.findChildren(QLabel) if label.buddy() in hidden]
        for widget in (*hidden, *labels):
            self._hiding.hide(widget)
