"""Compare's bar in the header: what is compared, in how many runs, and the buttons that drive it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QStyledItemDelegate

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.plan import SETTINGS, Configuration, field_label
from ppo_desktop.comparison.values import varying_fields
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import (
    captioned,
    explained,
    named,
    push_button,
    refresh_at,
    set_role,
    with_role,
)
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import SeedsBox, StepsBox, ValuesLine
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.theme import HYPERPARAMETER_COLOURS, Theme

A_AGAINST_B = "A against B"
_NARROWEST, _WIDEST = 18, 44
"""Characters for which the line of values has room, as its text wants."""


class CompareBar(JobBar):
    """Environment, what varies, its values or two sides, seeds, steps; Compare, Stop."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._planning = comparisons.planning
        self._theme = theme
        session = comparisons.session
        self._form = DraftForm(
            self, self._planning.changed, session.settings_changed, session.baseline_changed
        )
        self._build()
        refresh_at(self._show_plan, self._planning.changed)
        refresh_at(
            self._show_buttons,
            comparisons.state_changed,
            comparisons.comparison_changed,
            comparisons.estimate_changed,
        )
        theme.changed.connect(self._colour_fields)

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        planning, add = self._planning, self._form.add
        environments = EnvironmentCombo("compare_environment_combo")
        add(environments, lambda: planning.draft.environment_id, planning.choose_environment)
        self._fields = ChoiceCombo("vary_combo", "What varies", "vary")
        self._fields.setItemDelegate(QStyledItemDelegate(self._fields))  # the usual one knows one colour
        add(self._fields, lambda: planning.draft.field, planning.choose_field, self._varying)
        line = ValuesLine(
            "values_line",
            "Values to compare",
            "compared_values",
            narrowest=_NARROWEST,
            widest=_WIDEST,
        )
        self._values = add(line, lambda: planning.draft.values, planning.set_values)
        first, second = self._sides = [self._side_combo(place) for place in range(2)]
        self._against = with_role(explained(QLabel("against"), "sides"), "muted")
        self._as_given = explained(QLabel(), "sides")
        seeds = named(SeedsBox(), "compare_seeds", "Seeds of each value", "compare_seeds")
        add(seeds, lambda: planning.draft.n_seeds, planning.set_seeds)
        steps = StepsBox(self._comparisons.notices)
        add(
            named(steps, "compare_steps", "Steps of each run", "compare_steps"),
            lambda: planning.draft.total_steps,
            planning.set_total_steps,
        )
        self.start = StartButton("compare_button", "compare", self._comparisons.toggle)
        self._stop = push_button("Stop", "stop_button", "stop_comparison", self._comparisons.stop)
        varied = (
            *captioned("Vary", self._fields),
            self._values,
            first,
            self._against,
            second,
            self._as_given,
        )
        self._fields.let_be_cut()
        self.set_groups((environments, *varied, seeds, steps), (self.start, self._stop))

    def _side_combo(self, place: int) -> ChoiceCombo:
        """Return the choice of a side, which is added to the form."""
        planning, letter = self._planning, "ab"[place]

        def choose(side: Configuration) -> None:
            sides = list(planning.draft.sides)
            sides[place] = side
            planning.choose_sides(*sides)

        return self._form.add(
            ChoiceCombo(f"side_{letter}_combo", f"Side {letter.upper()}", "sides"),
            lambda: planning.draft.sides[place],
            choose,
            lambda: {each: each.full_name for each in planning.sides(planning.draft.sides[place])},
        )

    # ---- what is set up ------------------------------------------------------------------------------

    def _show_plan(self) -> None:
        """Show the line of values, two sides, or that there are more than two."""
        draft = self._planning.draft
        has_sides, is_given = draft.field == SETTINGS, len(draft.variants) > 2
        set_role(self._values, "warning" if self._planning.complaint else "")
        self._values.setVisible(not has_sides)
        for widget in (*self._sides, self._against):
            widget.setVisible(has_sides and not is_given)
        self._as_given.setVisible(has_sides and is_given)
        self._as_given.setText(counted(len(draft.variants), "configuration"))
        self._colour_fields()

    def _varying(self) -> dict[str | None, str]:
        """Return what can vary, two free configurations below a line."""
        fields = varying_fields(self._planning.draft.environment_id)
        return {**{field: field_label(field) for field in fields}, None: "", SETTINGS: A_AGAINST_B}

    def _colour_fields(self) -> None:
        """Give each hyperparameter its own colour, in the list and where it is chosen."""
        for index, field in enumerate(self._fields.values):
            colour = self._field_colour(field)
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

    # ---- what it is doing ----------------------------------------------------------------------------

    def _show_buttons(self) -> None:
        self.start.show_state(self._comparisons.state, self._start_text())
        self._stop.setEnabled(self._comparisons.is_under_way)

    def _start_text(self) -> str:
        """Return what the next start does."""
        comparisons = self._comparisons
        shown, plan = comparisons.comparison, self._planning.planned
        if shown is None or plan is None or not comparisons.continues:
            return "Compare"
        if comparisons.runs_done < shown.n_runs:
            return f"Continue, {counted(comparisons.n_missing, 'run')} left"
        return f"Add {counted(plan.n_seeds - shown.n_seeds, 'seed')}"
