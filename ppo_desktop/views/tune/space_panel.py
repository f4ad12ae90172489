"""The left column of the Tune page: what is searched, and what counts as good."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.declaration import Group
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.place import LONGEST_NAME
from ppo_desktop.study.samplers import GRID
from ppo_desktop.views.controls import Card, explained, laid_out, named, push_button, with_role
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.hyperparameter_panel import CollapsibleSection
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_row import DimensionRow, RowState
from ppo_desktop.views.wording_label import ElidedLabel, set_text

_LOCKED = "A study keeps its space and its objective, or its trials could not be compared."


class SpacePanel(Card):
    """A row for every hyperparameter that can be searched, in the order and groups of Train."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__("search_space")
        self._tune = tune
        self._drafting = tune.drafting
        self._theme = theme
        self._rows: dict[str, DimensionRow] = {}
        self._sections: dict[Group, CollapsibleSection] = {}
        self._build()
        self._drafting.changed.connect(self._show)
        tune.study_changed.connect(self._open_ticked)
        self._show()

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        content = QWidget()
        column = laid_out(QVBoxLayout(content), margins=(12, 2, 12, 8), spacing=8)
        for group in Group:
            column.addWidget(self._section(group))
        self._note = with_role(QLabel(), "muted")
        self._note.setWordWrap(True)
        column.addWidget(self._note)
        column.addStretch(1)
        parts = (self._title_line(), self._study_lines(), (VerticalScrollArea(content), 1))
        laid_out(QVBoxLayout(self), *parts, margins=(0, 8, 2, 4), spacing=6)

    def _title_line(self) -> QHBoxLayout:
        title = with_role(explained(QLabel("Search space"), "search_space"), "title")
        self._combinations = named(ElidedLabel(), "combinations_label", "Size of the grid", "combinations")
        self._combinations.setProperty("role", "muted")
        self._new = push_button("New study", "new_study_button", "new_study", role="action")
        self._new.clicked.connect(self._tune.new)
        return laid_out(QHBoxLayout(), title, (self._combinations, 1), self._new, margins=(12, 0, 10, 0))

    def _study_lines(self) -> QVBoxLayout:
        self._name = named(QLineEdit(), "study_name", "Name of the study", "study_name")
        self._name.setMaxLength(LONGEST_NAME)
        self._name.editingFinished.connect(self._take_name)
        self._environments = EnvironmentCombo("tune_environment_combo")
        explained(self._environments, "tuned_environment")
        self._environments.environment_chosen.connect(self._drafting.choose_environment)
        self._algorithm = with_role(explained(QLabel(), "algorithm"), "muted")
        below = laid_out(QHBoxLayout(), self._environments, self._algorithm, 1)
        return laid_out(QVBoxLayout(), self._name, below, margins=(12, 0, 10, 2), spacing=5)

    def _section(self, group: Group) -> QWidget:
        body = QWidget()
        column = laid_out(QVBoxLayout(body), margins=(0, 0, 0, 0), spacing=6)
        for field in TRAINING_FIELDS:
            if DECLARATIONS[field].group is group:
                column.addWidget(self._row(field))
        if group is Group.MAIN:
            return body
        is_open = group is Group.OPTIMISATION
        self._sections[group] = CollapsibleSection(
            f"tune_{group.value}_section", group.label, body, is_open=is_open
        )
        return self._sections[group]

    def _row(self, field: str) -> DimensionRow:
        row = DimensionRow(DECLARATIONS[field], self._theme)
        row.ticked.connect(self._drafting.tick)
        row.range_wanted.connect(self._drafting.set_range)
        row.points_wanted.connect(self._drafting.set_points)
        row.complained.connect(self._tune.drafting.refuse)
        self._rows[field] = row
        return row

    # ---- what the user does --------------------------------------------------------------------------

    def _take_name(self) -> None:
        if self._name.isModified():
            self._name.setModified(False)
            self._drafting.set_name(self._name.text())

    # ---- what it shows -------------------------------------------------------------------------------

    def _show(self) -> None:
        drafting = self._drafting
        is_locked, is_grid = drafting.is_locked, drafting.strategy.sampler == GRID
        if not (self._name.hasFocus() and self._name.isModified()) and self._name.text() != drafting.name:
            self._name.setText(drafting.name)
            self._name.setCursorPosition(0)
        self._environments.show_environment(drafting.draft.environment_id)
        self._algorithm.setText(drafting.draft.algorithm.label)
        for widget in (self._name, self._environments):
            widget.setEnabled(not is_locked)
        self._new.setVisible(drafting.shows_a_study)
        self._note.setText(_all_else(drafting))
        for field, row in self._rows.items():
            row.show_state(
                RowState(
                    dimension=drafting.draft.dimension(field),
                    is_ticked=field in drafting.draft.ticked,
                    inactive_reason=drafting.draft.inactive_reason(field),
                    is_locked=is_locked,
                    is_grid=is_grid,
                    in_train=getattr(drafting.draft.base, field),
                )
            )
        self._show_combinations(is_grid=is_grid)

    def _show_combinations(self, *, is_grid: bool) -> None:
        text = "drag to set the ranges" if not self._drafting.is_locked else ""
        if is_grid:
            product = 1
            for field in self._drafting.draft.ticked:
                product *= len(self._drafting.draft.dimension(field).grid_values())
            text = counted(product, "combination")
        set_text(self._combinations, text)

    def _open_ticked(self) -> None:
        """Unfold what has something in it that is searched."""
        for field in self._drafting.draft.ticked:
            section = self._sections.get(DECLARATIONS[field].group)
            if section is not None:
                section.open()


def _all_else(drafting: TuneDrafting) -> str:
    """Return what the values are that are not searched, and where they come from."""
    not_searched = {*BUDGET_FIELDS, *drafting.draft.ticked}
    settings = described(drafting.draft.environment_id, drafting.draft.base, not_searched)
    if drafting.shows_a_study:
        return f"{_LOCKED} All else: {settings}."
    return f"All else{' as in Train' if drafting.follows_train else ''}: {settings}."
