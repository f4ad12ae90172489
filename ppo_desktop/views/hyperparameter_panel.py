"""The left column: every hyperparameter, the main three first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.algorithms import Algorithm, arithmetic_sentence, inactive_reason, update_plan
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.declaration import Declaration, Group, Value
from ppo_desktop.ppo.hyperparameters import (
    DECLARATIONS,
    Hyperparameters,
    changed_fields,
)
from ppo_desktop.ppo.messages import grouped, unbreakable
from ppo_desktop.ppo.presets import nearest_preset, uncounted_fields
from ppo_desktop.ppo.scales import round_to_significant_digits
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.clipped_objective_view import ratio_text
from ppo_desktop.views.controls import CONTROL, Card, explained, laid_out, named, with_role
from ppo_desktop.views.hyperparameter_row import HyperparameterRow
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting, set_text

_SPACING = 4
"""Pixels between two rows of a group."""
_ANNEALED_MILLISECONDS = 250
"""A value that falls with every update is not read more often."""
_ANNEALED = ("clip_range", "learning_rate")
_SECTION_PADDING = 24
"""Pixels beside the words of a group's title."""
_FEW = 6
"""Of so many rows none are folded away."""
_MOST_NAMED = 6
"""Changes that are named below the rows; of more it is said how many."""


class HyperparameterPanel(Card):
    """Shows the session's hyperparameters and asks it for changes.

    Args:
        session: The run.
        theme: Fonts and colours.
        fields: Which are shown, in the order of their declarations; of a few none are folded away.
        before: The values before a lesson's change, which are marked in the place of the defaults.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        fields: Collection[str] = DECLARATIONS,
        before: Hyperparameters | None = None,
    ) -> None:
        super().__init__("hyperparameters")
        self.setProperty(CONTROL, "hyperparameters")
        self._session = session
        self._theme = theme
        self._before = before
        self._build(fields)
        session.settings_changed.connect(self._show_settings)
        self._annealed = Redraw(self, self._show_annealed, lambda: _ANNEALED_MILLISECONDS)
        session.minibatch_changed.connect(self._annealed.request)
        session.run_changed.connect(self._annealed.now)
        session.undo_stack.canUndoChanged.connect(self._undo.setEnabled)
        session.undo_stack.canRedoChanged.connect(self._redo.setEnabled)
        theme.changed.connect(self._align_sliders)
        self._align_sliders()
        self._undo.setEnabled(False)
        self._redo.setEnabled(False)
        self._show_settings()

    def _build(self, fields: Collection[str]) -> None:
        self._rows = {name: self._row(one) for name, one in DECLARATIONS.items() if name in fields}
        content = GroupedRows("", self._rows, main_spacing=10)
        self._groups = content
        scroll = VerticalScrollArea(content)
        self._changes = _changes_label()
        self._changes.setVisible(len(self._rows) > _FEW)
        parts = (self._title_line(), (scroll, 1), self._changes)
        laid_out(QVBoxLayout(self), *parts, margins=(0, 8, 2, 4), spacing=4)

    def _row(self, declaration: Declaration) -> HyperparameterRow:
        row = HyperparameterRow(declaration, self._theme)
        row.wanted.connect(self._change)
        row.complained.connect(self._session.refuse)
        return row

    def _align_sliders(self) -> None:
        """Let all sliders of a group have one left edge and one length."""
        for group in Group:
            rows = [row for row in self._rows.values() if row.declaration.group is group]
            widths = [row.widths for row in rows if row.declaration.numeric]
            if group is not Group.MAIN and widths:
                label_width, field_width = (max(column) for column in zip(*widths, strict=True))
                for row in rows:
                    row.align(label_width, field_width)

    def _title_line(self) -> QHBoxLayout:
        title = with_role(QLabel("Hyperparameters"), "title")
        self._undo = _flat_button("↶", "undo_button", "Undo the last change", "undo")
        self._redo = _flat_button("↷", "redo_button", "Redo the change undone last", "redo")
        self._undo.clicked.connect(self._session.undo)
        self._redo.clicked.connect(self._session.redo)
        return laid_out(QHBoxLayout(), title, 1, self._undo, self._redo, margins=(12, 0, 8, 0))

    def _change(self, field: str, value: Value) -> None:
        self._session.change(**{field: value})

    def _show_settings(self) -> None:
        settings, defaults = self._session.settings, self._defaults
        hyperparameters = settings.hyperparameters
        algorithm, is_discrete = settings.algorithm, self._session.n_actions is not None
        for field, row in self._rows.items():
            value, default = getattr(hyperparameters, field), getattr(defaults, field)
            row.show_value(value, default)
            row.show_use(inactive_reason(field, algorithm, is_discrete=is_discrete))
            self._show_hint(row, default)
        uncounted = uncounted_fields(hyperparameters)
        changed = {
            field: f"{DECLARATIONS[field].label_within} {DECLARATIONS[field].format(new)} "
            f"instead of {DECLARATIONS[field].format(default)}"
            for field, (default, new) in changed_fields(defaults, hyperparameters).items()
            if field not in uncounted
        }
        self._groups.name_changed(changed)
        self._say_what_is_changed(list(changed.values()))

    def _say_what_is_changed(self, changes: Sequence[str]) -> None:
        """Say it below the rows, most of which may be folded away or scrolled out of sight."""
        preset, n_more = self._preset.name, len(changes) - _MOST_NAMED
        named = [*changes[:_MOST_NAMED], *([f"and {n_more} more"] if n_more > 0 else [])]
        text = f"Changed from {preset}: {'; '.join(named)}." if changes else f"Nothing changed from {preset}."
        set_text(self._changes, unbreakable(text))
        explained(self._changes, "changed_from_preset", f"{'; '.join(changes)}." if n_more > 0 else "")

    def _show_annealed(self) -> None:
        """Say what annealing has left of α and ε in the update shown."""
        if not self._session.settings.hyperparameters.anneal:
            return
        defaults = self._defaults
        for field in _ANNEALED:
            if field in self._rows:
                self._show_hint(self._rows[field], getattr(defaults, field))

    @property
    def _defaults(self) -> Hyperparameters:
        return self._preset.hyperparameters if self._before is None else self._before

    @property
    def _preset(self) -> Preset:
        settings = self._session.settings
        uncounted = uncounted_fields(settings.hyperparameters)
        return nearest_preset(settings.environment_id, settings.hyperparameters, uncounted)[0]

    def _show_hint(self, row: HyperparameterRow, default_value: Value) -> None:
        declaration = row.declaration
        value = getattr(self._session.settings.hyperparameters, declaration.name)
        called = "default" if self._before is None else "before"
        default = f"{called} {declaration.format(default_value)}" if value != default_value else ""
        pending = self._session.pending.get(declaration.name)
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
            case "learning_rate" if (now := self._in_force(field)) is not None:
                return _annealed_text(field, now)
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
        now = self._in_force("clip_range")
        half_width = epsilon if now is None else now
        band = f"no push outwards beyond [{ratio_text(1 - half_width)}, {ratio_text(1 + half_width)}]"
        return band if now is None else f"{_annealed_text('clip_range', now)}: {band}"

    def _in_force(self, field: str) -> float | None:
        """Return what annealing leaves of a hyperparameter in the update shown; None where that is all."""
        settings, minibatch = self._session.settings.hyperparameters, self._session.minibatch
        if minibatch is None or not settings.anneal:
            return None
        left = minibatch.trace.settings.annealed
        return None if left == 1 else left * float(getattr(settings, field))


def _annealed_text(field: str, now: float) -> str:
    rounded = round_to_significant_digits(now, 3)
    return f"{DECLARATIONS[field].format(rounded)} now, annealed"


class GroupedRows(QWidget):
    """Rows of hyperparameters in their groups, of which all but the main one can be folded away.

    Args:
        prefix: Before the names of its parts for tests.
        rows: {hyperparameter: its row}, in order.
        main_spacing: Pixels between rows of the main group.
    """

    def __init__(self, prefix: str, rows: Mapping[str, QWidget], *, main_spacing: int) -> None:
        super().__init__()
        self._titles: dict[Group, QToolButton] = {}
        self._changed: dict[Group, list[str]] = {}
        self.column = laid_out(QVBoxLayout(self), margins=(12, 2, 12, 8), spacing=8)
        for group in Group:
            body = QWidget()
            inside = [row for field, row in rows.items() if DECLARATIONS[field].group is group]
            if not inside:
                continue
            gap = main_spacing if group is Group.MAIN else _SPACING
            laid_out(QVBoxLayout(body), *inside, margins=(0, 0, 0, 0), spacing=gap)
            is_plain = group is Group.MAIN or len(rows) <= _FEW
            self.column.addWidget(body if is_plain else self._section(prefix, group, body))
        self.column.addStretch(1)

    def unfold(self, field: str) -> None:
        """Show the group of a hyperparameter."""
        title = self._titles.get(DECLARATIONS[field].group)
        if title is not None:
            title.setChecked(True)

    def name_changed(self, changed: Mapping[str, str]) -> None:
        """Say above folded groups which of their hyperparameters are not at their default.

        Args:
            changed: {hyperparameter: what is said of it in the tooltip}.
        """
        self._changed = {
            group: [one for one in changed if DECLARATIONS[one].group is group] for group in Group
        }
        for group, title in self._titles.items():
            note = "; ".join(changed[field] for field in self._changed[group])
            explained(title, "section", f"Changed: {note}." if note else "")
            self._show_title(group)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Name what is changed in groups where there is room for it."""
        super().resizeEvent(event)
        for group in self._titles:
            self._show_title(group)

    def _show_title(self, group: Group) -> None:
        title, fields = self._titles[group], self._changed.get(group, [])
        is_open = title.isChecked()
        text = f"{'▾' if is_open else '▸'}  {group.label}"
        if fields and not is_open:
            names = ", ".join(DECLARATIONS[field].short_name for field in fields)
            counted = f"{text} · {len(fields)} changed"
            margins = self.column.contentsMargins()
            room = self.width() - margins.left() - margins.right() - _SECTION_PADDING
            wordings = (f"{counted}: {names}", f"{text} · {names} changed", counted)
            text = first_fitting(wordings, title.fontMetrics(), room, counted)
        title.setText(text)

    def _section(self, prefix: str, group: Group, body: QWidget) -> QWidget:
        """Return a group below a title that folds it away; the first one is unfolded."""
        name, accessible_name = f"{prefix}{group.value}_section", f"Show or hide: {group.label}"
        title = _flat_button(group.label, name, accessible_name, "section")
        title.setProperty("role", "section")
        title.setCheckable(True)

        def show(is_open: bool) -> None:
            body.setVisible(is_open)
            self._show_title(group)

        section = QWidget()
        laid_out(QVBoxLayout(section), title, body, margins=(0, 0, 0, 0), spacing=4)
        self._titles[group] = title
        title.toggled.connect(show)
        title.setChecked(group is Group.OPTIMISATION)
        show(title.isChecked())
        return section


def _changes_label() -> QLabel:
    label = named(QLabel(), "changes_label", "Changed from the preset", "changed_from_preset")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return with_role(label, "muted")


def _flat_button(text: str, object_name: str, accessible_name: str, explanation: str) -> QToolButton:
    button = named(QToolButton(), object_name, accessible_name, explanation)
    button.setText(text)
    button.setProperty("role", "flat")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
