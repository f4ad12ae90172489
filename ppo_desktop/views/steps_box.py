"""The number box of a budget: "150 000 steps", which may be typed as 150k or 1.5M too."""

from __future__ import annotations

import math

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox

from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_STEPS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.typed_numbers import parse_real, parse_whole
from ppo_desktop.views.controls import without_wheel

_UNIT = " steps"
_FACTORS = {"k": 1_000, "m": 1_000_000}


def parse_steps(text: str) -> int | None:
    """Return the number of steps that is meant, None if it is not plain: "150 000", "150k", "1.5M"."""
    text = text.lower().removesuffix(_UNIT).strip()
    factor = _FACTORS.get(text[-1:], 1)
    try:
        steps = parse_whole(text) if factor == 1 else factor * parse_real(text[:-1])
    except ValueError:
        return None
    return round(steps) if 0 <= steps < math.inf and (factor > 1 or steps.is_integer()) else None


class StepsBox(QSpinBox):
    """Holds a number of steps that a comparison may have; what lies outside becomes the nearest one."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(FEWEST_STEPS, MOST_STEPS)
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        without_wheel(self)

    def textFromValue(self, value: int) -> str:
        return grouped(value) + _UNIT

    def valueFromText(self, text: str) -> int:
        steps = parse_steps(text)
        return self.value() if steps is None else min(max(steps, FEWEST_STEPS), MOST_STEPS)

    def validate(self, text: str, position: int) -> object:
        """Let anything be typed; what is no number is not taken."""
        state = QValidator.State.Intermediate if parse_steps(text) is None else QValidator.State.Acceptable
        return state, text, position
