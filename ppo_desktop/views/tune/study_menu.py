"""The menu of studies: a new one, those that are kept, other files and databases, and the one shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.library import SUFFIX, kept_studies
from ppo_desktop.study.place import Place
from ppo_desktop.views.kit.library_menu import Entry, LibraryMenu, minute


class StudyMenu(LibraryMenu):
    """Studies, with when they were changed, of what they are and how many trials they have."""

    database_asked = Signal()
    copy_asked = Signal()

    def __init__(self, tune: TuneSession, parent: QWidget) -> None:
        super().__init__("study_menu", ("study", f"Studies (*{SUFFIX})"), "study", tune.notices, parent)
        self._tune = tune

    @property
    def folder(self) -> Path:
        """Where studies are kept."""
        return self._tune.folder

    @property
    def is_kept(self) -> bool:
        """Whether the study shown is a file."""
        return self._tune.place is not None and self._tune.place.is_file

    def entries(self) -> Iterator[Entry]:
        """Return those there are."""
        shown = None if self._tune.place is None else self._tune.place.location
        for study in kept_studies(self.folder):
            open_it = partial(self._tune.open, Place(study.path, study.name))
            if study.problem:
                yield Entry(study.path, study.path.name, "", open_it, problem=study.problem)
                continue
            note = f"{minute(study.changed)} · {study.environment_id} · {counted(study.n_trials, 'trial')}"
            yield Entry(study.path, study.name, note, open_it, is_shown=study.path == shown)

    def open_file(self, path: Path) -> None:
        """Open the only study of a file."""
        self._tune.open(Place(path, ""))

    def fill(self) -> None:
        """List what there is now, with a new study above and what only studies have below."""
        super().fill()
        first, *_, rename, delete, _folder = self.actions()
        new = self.addAction("New study", self._tune.new)
        new.setEnabled(self._tune.place is not None)
        self.insertAction(first, new)
        self.insertSeparator(first)
        self.insertAction(rename, self.addAction("Open database…", self.database_asked.emit))
        self.insertSeparator(rename)
        self.insertAction(delete, self.add_for_shown("Copy", self.copy_asked.emit))
