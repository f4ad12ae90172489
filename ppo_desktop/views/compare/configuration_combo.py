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
        names_algorithm: Whether each configuration is offered with several algorithms.
    """

    configuration_chosen = Signal(object)

    def __init__(
        self, object_name: str, accessible_name: str, explanation: str, *, names_algorithm: bool
    ) -> None:
        super().__init__()
        named(without_wheel(self), object_name, accessible_name, explanation)
        self._names_algorithm = names_algorithm
        self._offered: list[Configuration] = []
        self.activated.connect(lambda index: self.configuration_chosen.emit(self._offered[index]))

    def offer(self, configurations: Sequence[Configuration], present: Configuration) -> None:
        """Offer these, and show the present one."""
        place = _place(configurations, present)
        self._offered = list(configurations) if place is not None else [present, *configurations]
        names = [each.full_name if self._names_algorithm else each.name for each in self._offered]
        set_items(self, names)
        self.setCurrentIndex(place or 0)


def _place(configurations: Sequence[Configuration], present: Configuration) -> int | None:
    """Return which of those offered the present one is; None for one that is not offered."""
    offered = [(configuration.id, configuration.algorithm) for configuration in configurations]
    known = (present.id, present.algorithm)
    return offered.index(known) if known in offered else None
