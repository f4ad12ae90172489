"""How fast a run is let go: a slider, and the speed in words."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.controls import explained, named, refresh_at, with_role
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.theme import Theme

SPEEDS: tuple[float | None, ...] = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 250, 500, 1000, None)
"""Stops of the speed slider: steps of all agents together, or minibatches, a second; None: all it can."""


class SpeedSlider(ConceptSlider):
    """Sets the speed of a run."""

    def __init__(self, session: Session, theme: Theme, object_name: str) -> None:
        super().__init__(theme, "", SPEEDS, written=_written)
        named(self, object_name, "Speed", "speed").setFixedWidth(60)
        self.chosen.connect(session.set_speed)
        refresh_at(lambda: self.show_value(session.speed), session.speed_changed)


class SpeedLabel(QLabel):
    """Says the speed of a run."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        with_role(explained(self, "speed"), "muted")
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(f"{_written(1000)} "))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        refresh_at(lambda: self.setText(_written(session.speed)), session.speed_changed)


def _written(speed: float | None) -> str:
    """Return a speed as it is called; a gradient step is a step, too."""
    return "full speed" if speed is None else f"{grouped(speed) if speed >= 1 else speed} steps/s"
