"""The left column of the Tune page: what is searched, and what counts as good."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.presets import described
from ppo_desktop.study.place import LONGEST_NAME
from ppo_desktop.study.samplers import GRID
from ppo_desktop.views.controls import Card, explained, laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.hyperparameter_panel import GroupedRows
from ppo_desktop.views.kit.fields import TextField
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_row import DimensionRow
from ppo_desktop.views.wording_label import ElidedLabel, set_text

_LOCKED = "A study keeps its space and its objective, or its trials could not be compared."


class SpacePanel(Card):
    """A row for every hyperparameter that can be searched, in the order and groups of Train."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__("search_space")
        self._tune = tune
        self._drafting = drafting = tune.drafting
        self._form = DraftForm(self, drafting.changed)
        self._rows = {field: DimensionRow(DECLARATIONS[field], drafting, theme) for field in TRAINING_FIELDS}
        self._build()
        tune.study_changed.connect(self._unfold_ticked)
        refresh_at(self._show, drafting.changed)

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._content = GroupedRows("tune_", self._rows, main_spacing=4)
        self._note = with_role(QLabel(), "muted")
        self._note.setWordWrap(True)
        self._content.column.insertWidget(self._content.column.count() - 1, self._note)
        parts = (self._title_line(), self._study_lines(), (VerticalScrollArea(self._content), 1))
        laid_out(QVBoxLayout(self), *parts, margins=(0, 8, 2, 4), spacing=6)

    def _title_line(self) -> QHBoxLayout:
        title = with_role(explained(QLabel("Search space"), "search_space"), "title")
        self._combinations = named(ElidedLabel(), "combinations_label", "Size of the grid", "combinations")
        self._combinations.setProperty("role", "muted")
        self._new = push_button("New study", "new_study_button", "new_study", role="action")
        self._new.clicked.connect(self._tune.new)
        return laid_out(QHBoxLayout(), title, (self._combinations, 1), self._new, margins=(12, 0, 10, 0))

    def _study_lines(self) -> QVBoxLayout:
        drafting = self._drafting
        name = TextField("study_name", "Name of the study", "study_name")
        name.setMaxLength(LONGEST_NAME)
        self._form.add(name, lambda: drafting.name, drafting.set_name)
        environments = explained(EnvironmentCombo("tune_environment_combo"), "tuned_environment")
        self._form.add(environments, lambda: drafting.draft.environment_id, drafting.choose_environment)
        self._algorithm = with_role(explained(QLabel(), "algorithm"), "muted")
        below = laid_out(QHBoxLayout(), environments, self._algorithm, 1)
        return laid_out(QVBoxLayout(), name, below, margins=(12, 0, 10, 2), spacing=5)

    # ---- what it shows -------------------------------------------------------------------------------

    def _show(self) -> None:
        drafting = self._drafting
        self._algorithm.setText(drafting.draft.algorithm.label)
        self._form.set_enabled(not drafting.is_locked)
        self._new.setVisible(drafting.shows_a_study)
        self._note.setText(_all_else(drafting))
        for row in self._rows.values():
            row.refresh()
        text = "" if drafting.is_locked else "drag to set the ranges"
        if drafting.strategy.sampler == GRID:
            sizes = (len(drafting.draft.dimension(field).grid_values()) for field in drafting.draft.ticked)
            text = counted(math.prod(sizes), "combination")
        set_text(self._combinations, text)

    def _unfold_ticked(self) -> None:
        """Show what is searched."""
        for field in self._drafting.draft.ticked:
            self._content.unfold(field)


def _all_else(drafting: TuneDrafting) -> str:
    """Return what the values are that are not searched, and where they come from."""
    not_searched = {*BUDGET_FIELDS, *drafting.draft.ticked}
    settings = described(drafting.draft.environment_id, drafting.draft.base, not_searched)
    if drafting.shows_a_study:
        return f"{_LOCKED} All else: {settings}."
    return f"All else{' as in Train' if drafting.follows_train else ''}: {settings}."
