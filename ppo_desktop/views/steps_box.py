"""The number box of a budget: "150 000 steps", which may be typed as 150k or 1.5M too."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox

from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_STEPS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.controls import without_wheel

_UNIT = " steps"
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)([km]?)", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_steps(text: str) -> int | None:
    """Return the number of steps that is meant, None if it is not one: "150 000", "150k", "1.5M"."""
    found = _NUMBER.fullmatch(re.sub(r"\s", "", text.lower().removesuffix(_UNIT)))
    if found is None:
        return None
    number, factor = float(found[1].replace(",", ".")), _FACTORS[found[2].lower()]
    return round(number * factor) if factor > 1 or number.is_integer() else None


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
