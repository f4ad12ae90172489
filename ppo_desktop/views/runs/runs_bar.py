"""The bar of the Runs page: what is sought, and the run that is opened."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QSizePolicy

from ppo_desktop.bridge.library_items import Kind
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.bridge.run_groups import ALGORITHM
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.views.controls import Segments, captioned, named, push_button, refresh_at
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import Switch
from ppo_desktop.views.kit.form import DraftForm

_PAGES = {Kind.RUN: "Train", Kind.COMPARISON: "Compare", Kind.STUDY: "Tune"}
_CHARACTERS = 20
"""For which the field has room."""


class RunsBar(WrappingBar):
    """Kind, what is sought, archived, in groups; Open."""

    def __init__(self, library: LibrarySession) -> None:
        super().__init__()
        self._library = library
        self.line = named(QLineEdit(), "runs_find", "Find", "runs_find")
        self.line.setPlaceholderText("Find: name, note, ε = 0.1, seed 3 …")
        self.line.setClearButtonEnabled(True)
        self.line.setMinimumWidth(_CHARACTERS * self.line.fontMetrics().averageCharWidth())
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHorizontalStretch(1)
        self.line.setSizePolicy(policy)
        self.line.textChanged.connect(library.find)
        kinds = Segments()
        for kind in Kind:
            name = f"{kind.value}_kind_button"
            kinds.add(kind, kind.label, name, f"Show {kind.label.lower()}", "library_kinds")
        form = DraftForm(self, library.changed)
        form.add(kinds, lambda: library.kind, library.choose_kind)
        archived = Switch("runs_archived", "Show archived runs", "runs_archived")
        archived.setText("Archived")
        archived.chosen.connect(library.show_archived)
        options: dict[str | None, str] = {None: "nothing", ALGORITHM: "Algorithm"}
        options |= {field: DECLARATIONS[field].label for field in TRAINING_FIELDS}
        group = ChoiceCombo("runs_group_combo", "Group runs by", "runs_group", options)
        form.add(group, lambda: library.group_by, library.group)
        self._for_runs = (archived, *captioned("Group by", group))
        self._open = push_button("", "open_run_button", "open_run", self.open, role="start")
        self.set_groups((kinds, self.line, *self._for_runs), (self._open,))
        refresh_at(self._show_state, library.selection_changed, library.changed)

    @property
    def can_open(self) -> bool:
        """Whether one thing is selected."""
        return len(self._library.selected) == 1 and self._library.group_by is None

    @property
    def open_text(self) -> str:
        """Where it is opened, in words."""
        return f"Open in {_PAGES[self._library.kind]}"

    def open(self) -> None:
        """Open what is selected, if it is one thing."""
        if self.can_open:
            self._library.open(self._library.selected[0])

    def _show_state(self) -> None:
        kind = self._library.kind
        for widget in self._for_runs:
            widget.setVisible(kind is Kind.RUN)
        self._open.setText(self.open_text)
        self._open.setAccessibleName(self.open_text)
        self._open.setEnabled(self.can_open)
