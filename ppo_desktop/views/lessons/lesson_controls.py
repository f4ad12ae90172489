"""How the run that plays in a lesson is driven."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.views.controls import push_button
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.speed_controls import SpeedLabel, SpeedSlider
from ppo_desktop.views.theme import Theme


class LessonControls(WrappingBar):
    """Step, Reset, New seed and speed; a lesson hides what it has no use for.

    Attributes:
        has_any: Whether anything is left.
    """

    def __init__(self, run: Session, theme: Theme) -> None:
        super().__init__()
        self.has_any = True
        slider = SpeedSlider(run, theme, "lesson_speed_slider")
        speed = (slider, SpeedLabel(run))
        step = push_button("Step", "lesson_step_button", "step", lambda: run.step(StepKind.MINIBATCH))
        reset = push_button("Reset", "lesson_reset_button", "reset", run.reset)
        seed = push_button("New seed", "lesson_new_seed_button", "new_seed", run.new_seed)
        self._parts: dict[str, tuple[QWidget, ...]] = {
            "step": (step,),
            "reset": (reset,),
            "new_seed": (seed,),
            "speed": speed,
        }
        self.set_groups((step, reset, seed, *speed), ())

    def hide_locked(self, locked: tuple[str, ...]) -> None:
        """Hide the controls that a lesson locks, and show all others."""
        for name, widgets in self._parts.items():
            for widget in widgets:
                widget.setVisible(name not in locked)
        self.has_any = not set(self._parts) <= set(locked)
