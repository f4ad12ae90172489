"""The left column: every hyperparameter, the main three first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm, arithmetic_sentence, inactive_reason, update_plan
from ppo_desktop.ppo.declaration import Declaration, Group, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.views.controls import Card, laid_out, named, with_role
from ppo_desktop.views.hyperparameter_row import HyperparameterRow, NumberRow, make_row
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme


class HyperparameterPanel(Card):
    """Shows the session's hyperparameters and asks it for changes."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__("hyperparameters")
        self._session = session
        self._theme = theme
        self._rows: dict[str, HyperparameterRow] = {}
        self._build()
        session.settings_changed.connect(self._show_settings)
        session.undo_stack.canUndoChanged.connect(self._undo.setEnabled)
        session.undo_stack.canRedoChanged.connect(self._redo.setEnabled)
        theme.changed.connect(self._align_sliders)
        self._align_sliders()
        self._undo.setEnabled(False)
        self._redo.setEnabled(False)
        self._show_settings()

    def _build(self) -> None:
        content = QWidget()
        column = laid_out(QVBoxLayout(content), margins=(12, 2, 12, 8), spacing=8)
        for group in Group:
            column.addWidget(self._section(group))
        column.addStretch(1)
        scroll = VerticalScrollArea(content)
        laid_out(QVBoxLayout(self), self._title_line(), (scroll, 1), margins=(0, 8, 2, 4), spacing=4)

    def _align_sliders(self) -> None:
        """Let all sliders of a group have one left edge and one length."""
        for group in Group:
            rows = [row for row in self._rows.values() if row.declaration.group is group]
            numbers = [row for row in rows if isinstance(row, NumberRow)]
            widths = [row.widths for row in numbers]
            for row in numbers:
                row.align(max(label for label, _ in widths), max(box for _, box in widths))

    def _title_line(self) -> QHBoxLayout:
        title = with_role(QLabel("Hyperparameters"), "title")
        self._undo = _flat_button("↶", "undo_button", "Undo the last change", "undo")
        self._redo = _flat_button("↷", "redo_button", "Redo the change undone last", "redo")
        self._undo.clicked.connect(self._session.undo_stack.undo)
        self._redo.clicked.connect(self._session.undo_stack.redo)
        return laid_out(QHBoxLayout(), title, 1, self._undo, self._redo, margins=(12, 0, 8, 0))

    def _section(self, group: Group) -> QWidget:
        body = QWidget()
        column = laid_out(QVBoxLayout(body), margins=(0, 0, 0, 0), spacing=10 if group is Group.MAIN else 4)
        for declaration in DECLARATIONS.values():
            if declaration.group is group:
                column.addWidget(self._row(declaration))
        if group is Group.MAIN:
            return body
        return CollapsibleSection(
            f"{group.value}_section", group.label, body, is_open=group is Group.OPTIMISATION
        )

    def _row(self, declaration: Declaration) -> HyperparameterRow:
        row = make_row(declaration, self._theme)
        row.wanted.connect(self._change)
        row.complained.connect(self._session.refuse)
        self._rows[declaration.name] = row
        return row

    def _change(self, field: str, value: Value) -> None:
        self._session.change(**{field: value})

    def _show_settings(self) -> None:
        hyperparameters = self._session.settings.hyperparameters
        defaults = presets_for(self._session.settings.environment_id)[0].hyperparameters
        pending = self._session.pending
        for field, row in self._rows.items():
            row.show_value(getattr(hyperparameters, field))
            if isinstance(row, NumberRow):
                row.show_default(getattr(defaults, field))
            algorithm, is_discrete = self._session.settings.algorithm, self._session.n_actions is not None
            reason = inactive_reason(field, algorithm, is_discrete=is_discrete)
            row.show_use(reason)
            is_changed = getattr(hyperparameters, field) != getattr(defaults, field)
            default = row.declaration.format(getattr(defaults, field)) if is_changed else ""
            self._show_hint(row, pending.get(field), default and f"default {default}")

    def _show_hint(self, row: HyperparameterRow, pending: tuple[Value, Value] | None, default: str) -> None:
        declaration = row.declaration
        if pending is not None:
            now = f"takes effect {declaration.applies.label} (now {declaration.format(pending[0])})"
            row.show_hint(" · ".join(filter(None, (default, now))), is_pending=True)
            return
        before = self._session.history.marks.value_before(declaration.name)
        was = ""
        if before is not None:
            was = f"was {declaration.format(before[0])} until step {grouped(before[1])}"
        row.show_hint(" · ".join(filter(None, (self._explanation(declaration.name), default, was))))

    def _explanation(self, field: str) -> str:
        settings = self._session.settings
        match field:
            case "clip_range":
                return self._clip_explanation()
            case "rollout_length":
                return arithmetic_sentence(settings.algorithm, settings.hyperparameters)
            case "entropy_coef" if settings.hyperparameters.entropy_coef == 0:
                return "no entropy bonus"
            case "entropy_coef":
                return "reward for every nat of entropy"
            case _:
                return ""

    def _clip_explanation(self) -> str:
        settings = self._session.settings
        epsilon = settings.hyperparameters.clip_range
        if settings.algorithm is Algorithm.A2C:
            return "A2C does not clip"
        if update_plan(settings.algorithm, settings.hyperparameters).ratio_is_always_one:
            return "one gradient step per rollout, at which every ratio is 1: ε does nothing"
        if epsilon is None:
            return "off: no ratio is clipped"
        return f"no gradient beyond [{1 - epsilon:.2f}, {1 + epsilon:.2f}]"


class CollapsibleSection(QWidget):
    """A titled section that can be folded away.

    Args:
        object_name: That of its button.
        title: What stands above it.
        body: What is folded away.
        is_open: Whether it is unfolded at first.
    """

    def __init__(self, object_name: str, title: str, body: QWidget, *, is_open: bool) -> None:
        super().__init__()
        self._body = body
        self._title = title
        self._button = _flat_button(title, object_name, f"Show or hide: {title}", "section")
        self._button.setProperty("role", "section")
        self._button.setCheckable(True)
        self._button.setChecked(is_open)
        self._button.toggled.connect(self._toggle)
        laid_out(QVBoxLayout(self), self._button, body, margins=(0, 0, 0, 0), spacing=4)
        self._toggle(is_open)

    def open(self) -> None:
        """Unfold it."""
        self._button.setChecked(True)

    def _toggle(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self._button.setText(f"{'▾' if is_open else '▸'}  {self._title}")


def _flat_button(text: str, object_name: str, accessible_name: str, explanation: str) -> QToolButton:
    button = named(QToolButton(), object_name, accessible_name, explanation)
    button.setText(text)
    button.setProperty("role", "flat")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
