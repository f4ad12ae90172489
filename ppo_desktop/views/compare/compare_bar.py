"""Compare's bar in the header: what is compared, in how many runs, and the buttons that drive it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QStyledItemDelegate, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.comparison.plan import SETTINGS, field_label
from ppo_desktop.comparison.values import varying_fields
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.compare.configuration_combo import ConfigurationCombo
from ppo_desktop.views.controls import (
    captioned,
    explained,
    named,
    push_button,
    refresh_at,
    set_role,
    with_role,
    without_wheel,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.fitting_combo import FittingCombo
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.number_boxes import SeedsBox, StepsBox
from ppo_desktop.views.theme import HYPERPARAMETER_COLOURS, Theme

A_AGAINST_B = "A against B"
_NARROWEST, _WIDEST = 18, 44
"""Characters for which the line of values has room, as its text wants."""
_FRAME = 20
"""Pixels around that text."""


class CompareBar(JobBar):
    """Environment, what varies, its values or two sides, seeds, steps; Compare, Stop."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._planning = comparisons.planning
        self._theme = theme
        self._build()
        refresh_at(self._show_plan, self._planning.changed)
        comparisons.session.settings_changed.connect(self._offer_sides)
        comparisons.session.baseline_changed.connect(self._offer_sides)
        refresh_at(
            self._show_buttons,
            comparisons.state_changed,
            comparisons.comparison_changed,
            comparisons.estimate_changed,
        )
        theme.changed.connect(self._colour_fields)

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._environments = EnvironmentCombo("compare_environment_combo")
        self._environments.environment_chosen.connect(self._planning.choose_environment)
        self._fields = named(without_wheel(FittingCombo()), "vary_combo", "What varies", "vary")
        self._fields.setItemDelegate(QStyledItemDelegate(self._fields))  # the usual one knows one colour
        self._fields.activated.connect(self._choose_field)
        self._values = ValuesLine()
        self._values.editingFinished.connect(self._take_values)
        self._as_given = explained(QLabel(), "sides")
        self._seeds = named(SeedsBox(), "compare_seeds", "Seeds of each value", "compare_seeds")
        self._seeds.valueChanged.connect(self._planning.set_seeds)
        self._steps = named(
            StepsBox(self._comparisons.notices), "compare_steps", "Steps of each run", "compare_steps"
        )
        self._steps.valueChanged.connect(self._planning.set_total_steps)
        self.start = StartButton("compare_button", "compare", self._comparisons.toggle)
        self._stop = push_button("Stop", "stop_button", "stop_comparison", self._comparisons.stop)
        varied = (*captioned("Vary", self._fields), self._values, *self._side_combos(), self._as_given)
        self.set_groups((self._environments, *varied, self._seeds, self._steps), (self.start, self._stop))

    def _side_combos(self) -> tuple[QWidget, ...]:
        self._side_a = ConfigurationCombo("side_a_combo", "Side A", "sides", names_algorithm=True)
        self._side_b = ConfigurationCombo("side_b_combo", "Side B", "sides", names_algorithm=True)
        self._side_a.configuration_chosen.connect(
            lambda chosen: self._planning.choose_sides(chosen, self._planning.draft.sides[1])
        )
        self._side_b.configuration_chosen.connect(
            lambda chosen: self._planning.choose_sides(self._planning.draft.sides[0], chosen)
        )
        self._against = with_role(explained(QLabel("against"), "sides"), "muted")
        return self._side_a, self._against, self._side_b

    # ---- what the user does --------------------------------------------------------------------------

    def _take_values(self) -> None:
        if self._values.isModified():
            self._values.setModified(False)
            self._planning.set_values(self._values.text())

    def _choose_field(self, index: int) -> None:
        self._planning.choose_field(self._fields.itemData(index))

    # ---- what is set up ------------------------------------------------------------------------------

    def _show_plan(self) -> None:
        draft = self._planning.draft
        self._environments.show_environment(draft.environment_id)
        self._offer_fields()
        self._offer_sides()
        self._values.show_values(draft.values, is_wrong=bool(self._planning.complaint))
        self._seeds.show_value(draft.n_seeds)
        self._steps.show_value(draft.total_steps)

    def _offer_fields(self) -> None:
        draft = self._planning.draft
        fields = varying_fields(draft.environment_id)
        if [self._fields.itemData(index) for index in range(len(fields))] != fields:
            self._fields.clear()
            for field in fields:
                self._fields.addItem(field_label(field), field)
            self._fields.insertSeparator(len(fields))
            self._fields.addItem(A_AGAINST_B, SETTINGS)
        self._fields.setCurrentIndex(self._fields.findData(draft.field))
        self._colour_fields()

    def _colour_fields(self) -> None:
        """Give each hyperparameter its own colour, in the list and where it is chosen."""
        for index in range(self._fields.count()):
            colour = self._field_colour(self._fields.itemData(index))
            self._fields.setItemData(index, colour, Qt.ItemDataRole.ForegroundRole)
        present = self._field_colour(self._planning.draft.field)
        usual = self._theme.colour("text")  # of what has no colour of its own in the list
        self._fields.setStyleSheet(
            f"QComboBox#vary_combo {{ color: {(present or usual).name()}; }}"
            f"QComboBox#vary_combo QAbstractItemView {{ color: {usual.name()}; }}"
            "QComboBox#vary_combo QAbstractItemView::item { padding: 3px 6px; }"
        )

    def _field_colour(self, field: str | None) -> QColor | None:
        if field is None:  # the separator
            return None
        return self._theme.hyperparameter_colour(field) if field in HYPERPARAMETER_COLOURS else None

    def _offer_sides(self) -> None:
        """Show the line of values, two sides, or that there are more than two."""
        draft = self._planning.draft
        has_sides, is_given = draft.field == SETTINGS, len(draft.variants) > 2
        self._values.setVisible(not has_sides)
        for widget in (self._side_a, self._against, self._side_b):
            widget.setVisible(has_sides and not is_given)
        self._as_given.setVisible(has_sides and is_given)
        if not has_sides:
            return
        self._as_given.setText(counted(len(draft.variants), "configuration"))
        for combo, side in zip((self._side_a, self._side_b), draft.sides, strict=True):
            combo.offer(self._planning.sides(), side)

    # ---- what it is doing ----------------------------------------------------------------------------

    def _show_buttons(self) -> None:
        self.start.show_action(*self._start_text())
        self._stop.setEnabled(self._comparisons.is_under_way)

    def _start_text(self) -> tuple[str, str]:
        """Return the sign of what the button does, and the words."""
        comparisons = self._comparisons
        if comparisons.state is JobState.RUNNING:
            return "❚❚", "Pause"
        if comparisons.state is JobState.PAUSED:
            return "▶", "Resume"
        shown, plan = comparisons.comparison, self._planning.planned
        if shown is None or plan is None or not comparisons.continues:
            return "▶", "Compare"
        if comparisons.runs_done < shown.n_runs:
            return "▶", f"Continue, {counted(comparisons.n_missing, 'run')} left"
        return "▶", f"Add {counted(plan.n_seeds - shown.n_seeds, 'seed')}"


class ValuesLine(QLineEdit):
    """Confirmed with Enter or by leaving it; what is being typed is not overwritten."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "values_line", "Values to compare", "compared_values")
        self.setPlaceholderText("values, then Enter")
        self.textChanged.connect(self.updateGeometry)

    def show_values(self, line: str, *, is_wrong: bool) -> None:
        """Show a line of values; a wrong one in the colour of warnings."""
        if line != self.text() and not (self.hasFocus() and self.isModified()):
            self.setText(line)
            self.setCursorPosition(0)
        set_role(self, "warning" if is_wrong else "")

    def sizeHint(self) -> QSize:
        """Wide enough for the values, as far as one line can be."""
        metrics = self.fontMetrics()
        character = metrics.averageCharWidth()
        text = max(metrics.horizontalAdvance(self.text()), metrics.horizontalAdvance(self.placeholderText()))
        width = min(max(text, _NARROWEST * character), _WIDEST * character) + _FRAME
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
