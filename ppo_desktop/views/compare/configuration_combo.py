"""The choice of a configuration: a preset, Train's settings, the pinned run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from ppo_desktop.comparison.plan import Configuration
from ppo_desktop.views.controls import named, without_wheel
from ppo_desktop.views.fitting_combo import FittingCombo, set_items


class ConfigurationCombo(FittingCombo):
    """Offers configurations by name, and the present one first where it is none of them.

    Args:
        object_name: Its name for tests.
        accessible_name: What it is a choice of.
        explanation: Key of its explanation.
    """

    configuration_chosen = Signal(object)

    def __init__(self, object_name: str, accessible_name: str, explanation: str) -> None:
        super().__init__()
        named(without_wheel(self), object_name, accessible_name, explanation)
        self._offered: list[Configuration] = []
        self.activated.connect(lambda index: self.configuration_chosen.emit(self._offered[index]))

    def offer(self, configurations: Sequence[Configuration], present: Configuration) -> None:
        """Offer these, and show the present one."""
        place = _place(configurations, present)
        self._offered = list(configurations) if place is not None else [present, *configurations]
        set_items(self, [configuration.name for configuration in self._offered])
        self.setCurrentIndex(place or 0)


def _place(configurations: Sequence[Configuration], present: Configuration) -> int | None:
    """Return which one is the present one: the same in all, or at least in all that is trained."""
    if present in configurations:
        return configurations.index(present)
    for index, offered in enumerate(configurations):
        is_same = offered.hyperparameters == present.hyperparameters
        if is_same and offered.algorithm is present.algorithm and offered.name.startswith(present.name):
            return index
    return None
