"""Rows of the hyperparameter panel: one per hyperparameter, built from its declaration."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.ppo.declaration import Declaration, Group, Kind, Value
from ppo_desktop.ppo.messages import unbreakable
from ppo_desktop.views.controls import EXPLANATION, explained, named, without_wheel
from ppo_desktop.views.hyperparameter_slider import ConceptSlider, HyperparameterNumber
from ppo_desktop.views.theme import HYPERPARAMETER_COLOURS, Theme
from ppo_desktop.views.wording_label import ElidedLabel, set_text

_LONGEST_HINTS = {
    "clip_range": "no gradient beyond [0.80, 1.20] · default 0.20 · was 0.10 until step 100 000",
    "entropy_coef": "reward for every nat of entropy · default 0.010 · was 1.0e-3 until step 100 000",
    "rollout_length": "32 agents × 128 steps = 4 096 samples = 16 minibatches × 256, 10 epochs: 160 gradient "
    "steps · default 128 · was 32 until step 100 000",
}
"""What may stand below the main hyperparameters; below others, one line."""
_SERIF = "Georgia, 'DejaVu Serif', 'Times New Roman', serif"


class HyperparameterRow(QWidget):
    """A hyperparameter's label, its control and a hint below; announces what the user asks for."""

    wanted = Signal(str, object)
    complained = Signal(str)

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__()
        self.declaration = declaration
        self._theme = theme
        self._inactive_reason = ""
        self._label = QLabel()
        self._hint = self._make_hint()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        explained(self, declaration.name)
        theme.changed.connect(self._colour_label)
        self._colour_label()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_room()

    def _make_hint(self) -> QLabel:
        """Return the label below: of several lines for a main hyperparameter, of one for another."""
        hint: QLabel
        if self._is_main:
            hint = QLabel()
            hint.setWordWrap(True)
            hint.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        else:
            hint = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        hint.setProperty("role", "muted")
        return hint

    def _keep_room(self) -> None:
        """Keep the lines that a hint may need free, so that nothing moves under the mouse when it comes."""
        self._hint.ensurePolished()
        metrics = self._hint.fontMetrics()
        longest = _LONGEST_HINTS.get(self.declaration.name, "")
        room = QRect(0, 0, self.width(), 0)
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, longest).height()
        self._hint.setMinimumHeight(max(needed, metrics.lineSpacing()))

    def show_value(self, value: Value) -> None:
        """Show `value` without announcing it."""
        raise NotImplementedError

    def show_use(self, inactive_reason: str) -> None:
        """Grey the row and say why where its value would change nothing; empty: it does."""
        if inactive_reason == self._inactive_reason:
            return
        self._inactive_reason = inactive_reason
        self.setEnabled(not inactive_reason)
        for widget in (self, *self.findChildren(QWidget)):
            if widget.property(EXPLANATION) == self.declaration.name:
                explained(widget, self.declaration.name, inactive_reason)

    def show_hint(self, text: str, *, is_pending: bool = False) -> None:
        """Show a line below the control, in the warning colour while a change is pending."""
        role = "warning" if is_pending else "muted"
        if self._hint.property("role") != role:
            self._hint.setProperty("role", role)
            self._hint.style().polish(self._hint)
        text = unbreakable(text)
        set_text(self._hint, text)
        self._hint.setToolTip(text)

    @property
    def _is_main(self) -> bool:
        return self.declaration.group is Group.MAIN

    def _colour_label(self) -> None:
        title = hyperparameter_title(self.declaration, self._theme, is_main=self._is_main)
        self._label.setText(title)


class NumberRow(HyperparameterRow):
    """A number: slider and number box, the main three with the slider on a line of its own."""

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__(declaration, theme)
        self._stops = declaration.stops
        self._stop_of_value: dict[Value, int] = {}
        colour = HYPERPARAMETER_COLOURS.get(declaration.name, "accent")
        self._slider = ConceptSlider(
            theme, colour, len(self._stops), declaration.nearest_stop(declaration.default)
        )
        self._number = HyperparameterNumber(declaration)
        named(self._slider, f"{declaration.name}_slider", declaration.label, declaration.name)
        named(self._number, f"{declaration.name}_number", f"{declaration.label} value", declaration.name)
        self._default = declaration.default
        self._slider.valueChanged.connect(self._slider_moved)
        self._slider.default_asked.connect(self._default_asked)
        self._number.valueChanged.connect(self._number_entered)
        self._number.complained.connect(self.complained)
        self._lay_out()

    def show_value(self, value: Value) -> None:
        """Show `value` on the slider and in the box."""
        self._slider.show_stop(self._stop_of(value))
        self._slider.setAccessibleDescription(self.declaration.format(value))
        self._number.show_hyperparameter(value)

    def show_default(self, value: Value) -> None:
        """Mark `value` as the one a double click returns to."""
        self._default = value
        self._slider.show_default(self._stop_of(value))

    @property
    def widths(self) -> tuple[int, int]:
        """How much room its label and its number box need."""
        self._label.ensurePolished()
        return self._label.sizeHint().width(), self._number.sizeHint().width()

    def align(self, label_width: int, number_width: int) -> None:
        """Give label and number box the room they have in the other rows, and the slider what is between."""
        if not self._is_main:
            self._grid.setColumnMinimumWidth(0, label_width)
            self._grid.setColumnMinimumWidth(2, number_width)

    def _stop_of(self, value: Value) -> int:
        if value not in self._stop_of_value:
            self._stop_of_value[value] = self.declaration.nearest_stop(value)
        return self._stop_of_value[value]

    def _lay_out(self) -> None:
        self._grid.addWidget(self._label, 0, 0)
        if self._is_main:
            self._grid.addWidget(self._number, 0, 1)
            self._grid.addWidget(self._slider, 1, 0, 1, 2)
            self._grid.addWidget(self._hint, 2, 0, 1, 2)
            self._grid.setColumnStretch(0, 1)
            return
        self._grid.addWidget(self._slider, 0, 1)
        self._grid.addWidget(self._number, 0, 2)
        self._grid.addWidget(self._hint, 1, 0, 1, 3)
        self._grid.setColumnStretch(1, 1)

    def _default_asked(self) -> None:
        self.wanted.emit(self.declaration.name, self._default)

    def _slider_moved(self, stop: int) -> None:
        self.wanted.emit(self.declaration.name, self._stops[stop])

    def _number_entered(self) -> None:
        self.wanted.emit(self.declaration.name, self._number.hyperparameter())


class SwitchRow(HyperparameterRow):
    """On or off."""

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__(declaration, theme)
        self._box = QCheckBox()
        named(self._box, f"{declaration.name}_switch", declaration.label, declaration.name)
        self._box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._box.toggled.connect(self._toggled)
        self._grid.addWidget(self._label, 0, 0)
        self._grid.addWidget(self._box, 0, 1)
        self._grid.addWidget(self._hint, 1, 0, 1, 2)
        self._grid.setColumnStretch(0, 1)

    def show_value(self, value: Value) -> None:
        """Show whether it is on."""
        self._box.blockSignals(True)
        self._box.setChecked(bool(value))
        self._box.blockSignals(False)

    def _toggled(self, on: bool) -> None:
        self.wanted.emit(self.declaration.name, on)


class ChoiceRow(HyperparameterRow):
    """One of a few words."""

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__(declaration, theme)
        self._combo = without_wheel(QComboBox())
        self._combo.addItems(list(declaration.choices))
        named(self._combo, f"{declaration.name}_choice", declaration.label, declaration.name)
        self._combo.textActivated.connect(self._activated)
        self._grid.addWidget(self._label, 0, 0)
        self._grid.addWidget(self._combo, 0, 1)
        self._grid.addWidget(self._hint, 1, 0, 1, 2)
        self._grid.setColumnStretch(0, 1)

    def show_value(self, value: Value) -> None:
        """Show the choice."""
        self._combo.setCurrentText(str(value))

    def _activated(self, text: str) -> None:
        self.wanted.emit(self.declaration.name, text)


def make_row(declaration: Declaration, theme: Theme) -> HyperparameterRow:
    """Return the row for a hyperparameter of this kind."""
    kinds = {Kind.SWITCH: SwitchRow, Kind.CHOICE: ChoiceRow}
    return kinds.get(declaration.kind, NumberRow)(declaration, theme)


def hyperparameter_title(
    declaration: Declaration, theme: Theme, *, is_main: bool, is_grey: bool = False
) -> str:
    """Return it as rich text.

    Args:
        declaration: Of the hyperparameter.
        theme: For its colour.
        is_main: Whether it is one of those that stand out.
        is_grey: Whether it has no colour at present, because it has no effect.
    """
    colour = theme.colour("muted") if is_grey else theme.hyperparameter_colour(declaration.name)
    symbol = declaration.symbol.replace("ₕ", "<sub>H</sub>").replace("ᵥ", "<sub>V</sub>")
    size = "large" if is_main else "medium"
    prefix = (
        f'<span style="color:{colour.name()}; font-family:{_SERIF}; font-size:{size}; font-style:italic;'
        f' font-weight:600">{symbol}</span>&nbsp; '
        if symbol
        else ""
    )
    weight = "600" if is_main else "400"
    return f'{prefix}<span style="font-weight:{weight}">{declaration.label}</span>'
