"""Rows of the hyperparameter panel: one per hyperparameter, built from its declaration."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QSizePolicy, QWidget

from ppo_desktop.ppo.declaration import Declaration, Group, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.messages import unbreakable
from ppo_desktop.views.controls import CONTROL, EXPLANATION, EXPLANATION_NOTE, explained, named, without_wheel
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import Switch
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import ElidedLabel, set_text

_LONGEST_HINTS = {
    "clip_range": "no push outwards beyond [0.80, 1.20] · default 0.20 · was 0.10 until step 100 000",
    "entropy_coef": "reward for every nat of entropy · default 0.010 · was 1.0e-3 until step 100 000",
    "rollout_length": "32 agents × 128 steps = 4 096 samples = 16 minibatches × 256, 10 epochs: 160 gradient "
    "steps · default 128 · was 32 until step 100 000",
}
"""What may stand below the main hyperparameters; below others, one line."""
_SERIF = "Georgia, 'DejaVu Serif', 'Times New Roman', serif"


class HyperparameterNumber(QDoubleSpinBox):
    """The exact value as text; what cannot be a value is complained about and put back.

    "Off" is the number one above the scale's high end.

    Args:
        declaration: Of the hyperparameter.
        object_name: Its name for tests.
        accessible_name: What it is the value of.
        widest: A text for which there is always room: the digits of numbers that a search finds.
    """

    chosen = Signal(object)
    complained = Signal(str)

    def __init__(
        self, declaration: Declaration, object_name: str, accessible_name: str, widest: str = "1.429e-3"
    ) -> None:
        super().__init__()
        named(self, object_name, accessible_name, declaration.name)
        assert declaration.scale is not None
        self._declaration = declaration
        self._off = declaration.scale.high + 1
        self._widest = widest
        self._complaint = ""
        self._widths: dict[str, int] = {}
        self.setDecimals(10)
        low = 0.0 if declaration.zero_allowed else declaration.scale.low
        self.setRange(low, self._off if declaration.off_allowed else declaration.scale.high)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().returnPressed.connect(self.clearFocus)
        without_wheel(self)
        self.valueChanged.connect(lambda number: self.chosen.emit(self._hyperparameter(number)))
        self.editingFinished.connect(self._complain_if_needed)

    def show_value(self, value: Value) -> None:
        """Show a value without a signal; the same again does not overwrite what is being typed."""
        number = self._off if value is None else float(value)
        if number != self.value():
            self.blockSignals(True)
            self.setValue(number)
            self.blockSignals(False)

    def sizeHint(self) -> QSize:
        font = self.font().key()
        if font not in self._widths:  # asked for many times, and it takes long to find
            self._widths[font] = self._width_of_numbers()
        return QSize(self._widths[font] + 18, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:
        return self._declaration.format(self._hyperparameter(value))

    def valueFromText(self, text: str) -> float:
        try:
            value = self._declaration.parse(text)
        except InvalidHyperparameter as error:
            self._complaint = str(error)
            return self.value()
        self._complaint = ""
        return self._off if value is None else float(value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:
        stops = self._declaration.stops
        index = self._declaration.nearest_stop(self._hyperparameter(self.value())) + steps
        stop = stops[min(max(index, 0), len(stops) - 1)]
        self.setValue(self._off if stop is None else float(stop))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the value in force back and leaves the box."""
        if event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _hyperparameter(self, number: float) -> Value:
        if self._declaration.off_allowed and number == self._off:
            return None
        return round(number) if self._declaration.kind is Kind.INTEGER else number

    def _width_of_numbers(self) -> int:
        """Return the width of the widest stop, or of the widest text if that is wider."""
        texts = [self._declaration.format(stop) for stop in self._declaration.stops]
        return max(map(self.fontMetrics().horizontalAdvance, (*texts, self._widest)))

    def _complain_if_needed(self) -> None:
        if self._complaint:
            complaint, self._complaint = self._complaint, ""
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.complained.emit(complaint)


class HyperparameterRow(QWidget):
    """A hyperparameter's label, its fields and a hint below; emits what the user asks for.

    A number has a slider and a box, that of a main one on a line of its own.
    """

    wanted = Signal(str, object)
    complained = Signal(str)

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__()
        self.declaration = declaration
        self._theme = theme
        self._label = QLabel()
        self._hint = self._make_hint()
        self._fields = self._make_fields()
        for field in self._fields:
            field.chosen.connect(self._want)
        self._lay_out()
        explained(self, declaration.name)
        self.setProperty(CONTROL, declaration.name)
        theme.changed.connect(self._colour_label)
        self._colour_label()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_room()

    def _make_fields(self) -> list[ConceptSlider | HyperparameterNumber | Switch | ChoiceCombo]:
        declared = self.declaration
        name, label = declared.name, declared.label
        match declared.kind:
            case Kind.SWITCH:
                return [Switch(f"{name}_switch", label, name)]
            case Kind.CHOICE:
                choices = {choice: choice for choice in declared.choices}
                return [ChoiceCombo(f"{name}_choice", label, name, choices)]
            case _:
                slider = ConceptSlider(
                    self._theme, name, declared.stops, declared.nearest_stop, declared.format
                )
                number = HyperparameterNumber(declared, f"{name}_number", f"{label} value")
                number.complained.connect(self.complained)
                return [named(slider, f"{name}_slider", label, name), number]

    def _want(self, value: Value) -> None:
        self.wanted.emit(self.declaration.name, value)

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._label, 0, 0)
        self._grid.addWidget(self._fields[-1], 0, 2)
        for slider in self._fields[:-1]:
            self._grid.addWidget(slider, *((1, 0, 1, 3) if self._is_main else (0, 1)))
        self._grid.addWidget(self._hint, 2, 0, 1, 3)

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

    def show_value(self, value: Value, default: Value) -> None:
        """Show a value without a signal, and mark the default as the one a double click returns to."""
        for field in self._fields:
            field.show_value(value)
            if isinstance(field, ConceptSlider):
                field.show_default(default)

    @property
    def widths(self) -> tuple[int, int]:
        """How much room its label and its last field need."""
        self._label.ensurePolished()
        return self._label.sizeHint().width(), self._fields[-1].sizeHint().width()

    def align(self, label_width: int, field_width: int) -> None:
        """Give both the room they have in the other rows, and the slider what is between."""
        self._grid.setColumnMinimumWidth(0, label_width)
        self._grid.setColumnMinimumWidth(2, field_width)

    def show_use(self, inactive_reason: str) -> None:
        """Grey the row and say why where its value would change nothing; empty: it does."""
        if inactive_reason == self.property(EXPLANATION_NOTE):
            return
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
