"""Pause when …: a button that says where the run will pause by itself, and the form in which that is set."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.quantities import EPISODE_QUANTITIES, UPDATE_QUANTITIES, Quantity
from ppo_desktop.ppo.typed_numbers import AmbiguousNumber, parse_real
from ppo_desktop.runs.breakpoints import (
    CLIPPED_SAMPLES,
    RETURN_FALL,
    UPDATE,
    WATCHED,
    Breakpoint,
    InvalidBreakpoint,
    Relation,
    relations_of,
)
from ppo_desktop.views.controls import explained, named, push_button, refresh_at, set_role, with_role
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, Options

_ALWAYS_KNOWN = (UPDATE, CLIPPED_SAMPLES, RETURN_FALL)
_KEY = "breakpoint"
_FIELD_CHARACTERS = 9


class BreakpointButton(QPushButton):
    """Offers to set a breakpoint; while one is set it names it, and a click takes it away.

    Args:
        session: Whose run pauses.
        form: Shown and hidden by a click while none is set.
    """

    def __init__(self, session: Session, form: QWidget) -> None:
        super().__init__()
        self._session, self._form = session, form
        named(self, "breakpoint_button", "Pause when", _KEY)
        self.setProperty("role", "flat")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._press)
        refresh_at(self._show, session.breakpoint_changed)

    def _press(self) -> None:
        if self._session.breakpoint is not None:
            self._session.pause_when(None)
        else:
            self._form.setVisible(self._form.isHidden())

    @Slot()
    def _show(self) -> None:
        breakpoint = self._session.breakpoint
        set_role(self, "flat" if breakpoint is None else "action")
        self.setText("Pause when …" if breakpoint is None else f"❚❚ {breakpoint.title}  ×")
        self.setAccessibleName("Pause when" if breakpoint is None else f"Do not pause at: {breakpoint.title}")


class BreakpointStrip(WrappingBar):
    """What is watched, how it is to lie to which number; hidden until it is asked for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setContentsMargins(14, 3, 14, 0)
        self._quantity = ChoiceCombo("breakpoint_quantity", "What is watched", _KEY, self._quantities())
        self._quantity.show_value(UPDATE)
        self._quantity.chosen.connect(self._show_quantity)
        self._relation = ChoiceCombo("breakpoint_relation", "Above or below", _KEY)
        self._value = named(QLineEdit(), "breakpoint_value", "Value", _KEY)
        self._value.setMaximumWidth(_FIELD_CHARACTERS * self._value.fontMetrics().averageCharWidth() * 2)
        self._value.returnPressed.connect(self._set)
        self._unit = with_role(explained(QLabel(), _KEY), "muted")
        caption = with_role(explained(QLabel("Pause when"), _KEY), "muted")
        caption.setBuddy(self._quantity)
        done = push_button("Set", "breakpoint_set_button", _KEY, self._set, role="action")
        close = push_button("×", "breakpoint_close_button", _KEY, self.hide, role="flat")
        close.setAccessibleName("Set none")
        self.set_groups((caption, self._quantity, self._relation, self._value, self._unit, done), (close,))
        self._show_quantity()
        self.hide()
        session.settings_changed.connect(self._offer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape hides it."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Let the number be typed at once."""
        super().showEvent(event)
        self._show_quantity()
        self._quantity.setFocus()

    @property
    def _watched(self) -> Quantity:
        return WATCHED[self._quantity.value]

    def _quantities(self) -> Options:
        """Return what can be watched: moments, numbers of an episode, numbers of an update."""
        options: dict[object, str | Option] = {name: WATCHED[name].title for name in _ALWAYS_KNOWN}
        if self._session.settings.algorithm is Algorithm.A2C:
            options[CLIPPED_SAMPLES] = Option(
                WATCHED[CLIPPED_SAMPLES].title, unavailable="A2C does not clip."
            )
        for quantities in (EPISODE_QUANTITIES, UPDATE_QUANTITIES):
            options[len(options)] = ""
            options |= {name: quantity.title for name, quantity in quantities.items()}
        return options

    @Slot()
    def _offer(self) -> None:
        chosen = self._quantity.value
        self._quantity.offer(self._quantities())
        self._quantity.show_value(chosen)

    @Slot()
    def _show_quantity(self) -> None:
        """Ask what there is to ask of what is watched, and say what it is now."""
        name = self._quantity.value
        relations = {relation: relation.label for relation in relations_of(name)}
        if list(relations) != self._relation.values:
            self._relation.offer(relations)
            self._relation.show_value(next(iter(relations)))
        self._relation.setVisible(len(relations) > 1)
        for part in (self._value, self._unit):
            part.setVisible(name != CLIPPED_SAMPLES)
        self._unit.setText(
            "% of its best"
            if name == RETURN_FALL
            else "%"
            if self._watched.percent
            else self._watched.unit.name
        )
        self._value.setText({UPDATE: str(self._session.shown_update + 10), RETURN_FALL: "50"}.get(name, ""))
        latest = None if name in _ALWAYS_KNOWN else self._session.history.curve(name).last
        now = "" if latest is None else self._watched.digits(latest * self._watched.unit.factor)
        self._value.setPlaceholderText(now and f"now {now}")

    def _set(self) -> None:
        """Have the run pause there, or say why that cannot be."""
        relation: Relation = self._relation.value
        try:
            breakpoint = Breakpoint(self._quantity.value, relation, self._typed())
        except (InvalidBreakpoint, AmbiguousNumber) as error:
            self._session.notices.say(str(error), is_warning=True)
            return
        self._session.pause_when(breakpoint)
        self.hide()

    def _typed(self) -> float:
        """Return the number that is typed, in the unit of the events."""
        if self._quantity.value == CLIPPED_SAMPLES:
            return 0.0
        text = self._value.text().strip().removesuffix("%").replace("−", "-")
        try:
            number = parse_real(text)
        except AmbiguousNumber:
            raise
        except ValueError:
            told = f"“{one_line(self._value.text())}” is no number" if text else "A number is missing"
            raise InvalidBreakpoint(f"{told}: at which value of {self._watched.title} to pause?") from None
        return number / (100 if self._watched.percent else 1) / self._watched.unit.factor
