"""Fields of forms: a switch, a line of text, seeds, steps and other whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSpinBox

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.comparison.plan import FEWEST_STEPS, MOST_SEEDS, MOST_STEPS
from ppo_desktop.ppo.messages import grouped, one_line
from ppo_desktop.ppo.typed_numbers import AmbiguousNumber, parse_real, parse_whole
from ppo_desktop.views.controls import named, without_wheel

_FRAME = 20
"""Pixels around the text of a line."""
_FACTORS = {"k": 1_000, "m": 1_000_000}


def parse_steps(text: str) -> int:
    """Return the number of steps that is meant: "150 000", "150k", "1.5M".

    Raises:
        AmbiguousNumber: It can be read in two ways.
        ValueError: It is no number of steps.
    """
    text = text.strip().lower()
    factor = _FACTORS.get(text[-1:], 1)
    # 1.500k can be read in two ways as 1,500k can.
    steps = parse_whole(text) if factor == 1 else factor * parse_real(text[:-1].replace(".", ","))
    if not 0 <= steps < math.inf or (factor == 1 and not steps.is_integer()):
        raise ValueError(text)
    return round(steps)


class Switch(QCheckBox):
    """On or off."""

    def __init__(self, object_name: str, accessible_name: str, explanation: str) -> None:
        super().__init__()
        named(self, object_name, accessible_name, explanation)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def chosen(self) -> SignalInstance:
        """Emitted with whether it is on."""
        return self.toggled

    def show_value(self, value: object) -> None:
        """Show whether it is on, without a signal."""
        self.blockSignals(True)
        self.setChecked(bool(value))
        self.blockSignals(False)


class TextField(QLineEdit):
    """Emits a text that is confirmed with Enter or by leaving the field; what is being typed stays.

    Enter leaves it, so that the page's keys are no more typed into it.
    """

    chosen = Signal(str)

    def __init__(self, object_name: str, accessible_name: str, explanation: str) -> None:
        super().__init__()
        named(self, object_name, accessible_name, explanation)
        self.editingFinished.connect(self._take)
        self.returnPressed.connect(self.clearFocus)

    def show_value(self, text: str) -> None:
        """Show a text without a signal, unless another is being typed."""
        if text != self.text() and not (self.hasFocus() and self.isModified()):
            self.setText(text)
            self.setCursorPosition(0)

    def _take(self) -> None:
        if self.isModified():
            self.setModified(False)
            self.chosen.emit(self.text())


class ValuesLine(TextField):
    """Values in a line; as wide as they want to be, between two widths.

    Args:
        narrowest: Characters for which there is always room.
        widest: Characters for which it asks for room at most.
    """

    def __init__(
        self, object_name: str, accessible_name: str, explanation: str, *, narrowest: int, widest: int
    ) -> None:
        super().__init__(object_name, accessible_name, explanation)
        self._narrowest, self._widest = narrowest, widest
        self.setPlaceholderText("values, then Enter")
        self.textChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        text = metrics.horizontalAdvance(self.text() or self.placeholderText())
        most = self._widest * metrics.averageCharWidth()
        return QSize(max(min(text, most) + _FRAME, self._least()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least(), super().minimumSizeHint().height())

    def _least(self) -> int:
        return self._narrowest * self.fontMetrics().averageCharWidth() + _FRAME


class NumberBox(QSpinBox):
    """A number that counts when it is confirmed; Enter leaves it, and the wheel scrolls the page.

    Args:
        lowest: The smallest there can be.
        highest: The largest.
        suffix: Stands behind the number.
    """

    def __init__(self, lowest: int, highest: int, suffix: str = "") -> None:
        super().__init__()
        self.setRange(lowest, highest)
        self.setSuffix(suffix)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        without_wheel(self)
        self.lineEdit().returnPressed.connect(self.clearFocus)

    @property
    def chosen(self) -> SignalInstance:
        """Emitted with the number that is confirmed."""
        return self.valueChanged

    def show_value(self, value: int) -> None:
        """Show a number without a signal; the same again does not overwrite what is being typed."""
        if value != self.value():
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)


class UpdateBox(NumberBox):
    """An update of a run, and how many there are: "10 of 20".

    Args:
        last: Returns the number of the last one.
    """

    def __init__(self, last: Callable[[], int]) -> None:
        super().__init__(0, 0, " of 0")
        self._last = last

    def show_value(self, value: int) -> None:
        """Show an update without a signal, also where it is of a longer run than the one before."""
        last = self._last()
        if last != self.maximum():
            self.blockSignals(True)
            self.setRange(0, last)
            self.setSuffix(f" of {last}")
            self.blockSignals(False)
        super().show_value(value)


class SeedsBox(NumberBox):
    """How many seeds: "1 seed", "3 seeds"."""

    def __init__(self) -> None:
        super().__init__(1, MOST_SEEDS)

    def show_value(self, value: int) -> None:
        """Show a number; writing the same word again would throw away what is being typed."""
        super().show_value(value)
        suffix = " seed" if value == 1 else " seeds"
        if suffix != self.suffix():
            self.setSuffix(suffix)


class StepsBox(NumberBox):
    """Steps of a run: "150 000 steps", which may be typed as 150k or 1.5M too.

    What lies outside those that there can be becomes the nearest one.

    Args:
        notices: Where it is said why something typed is put back.
    """

    def __init__(self, notices: Notices) -> None:
        super().__init__(FEWEST_STEPS, MOST_STEPS, " steps")
        self._notices = notices
        self._complaint = ""
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.editingFinished.connect(self._complain_if_needed)

    def textFromValue(self, value: int) -> str:
        return grouped(value)

    def valueFromText(self, text: str) -> int:
        self._complaint = ""
        text = text.replace(self.suffix(), "")  # Qt adds it to what is typed, which may have it too
        try:
            return min(max(parse_steps(text), FEWEST_STEPS), MOST_STEPS)
        except AmbiguousNumber as error:
            self._complaint = f"Steps: {error}; write it plainly."
        except ValueError:
            self._complaint = f"“{one_line(text)}” is no number of steps; write 150 000, 150k or 1.5M."
        return self.value()

    def validate(self, text: str, position: int) -> object:
        """Let anything be typed."""
        return QValidator.State.Acceptable, text, position

    def _complain_if_needed(self) -> None:
        if self._complaint:
            self._notices.say(self._complaint, is_warning=True)
            self._complaint = ""
