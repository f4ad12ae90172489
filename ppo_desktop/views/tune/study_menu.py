"""The menu of studies: a new one, those that are kept, other files and databases, and the one shown."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.library import SUFFIX, KeptStudy, kept_studies
from ppo_desktop.study.place import Place
from ppo_desktop.views.file_dialog import ask_what_to_open
from ppo_desktop.views.menu_items import MOST_SHOWN, minute, show_folder, two_columns


class StudyMenu(QMenu):
    """Looks into the folder each time it opens.

    Args:
        tune: What is shown, and where others are kept.
        parent: Above what the dialog for other files stands.
    """

    database_asked = Signal()
    rename_asked = Signal()
    copy_asked = Signal()
    delete_asked = Signal()

    def __init__(self, tune: TuneSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._tune = tune
        self._parent = parent
        self.setObjectName("study_menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        place = self._tune.place
        self.addAction("New study", self._tune.new).setEnabled(place is not None)
        self.addSeparator()
        studies = list(islice(kept_studies(self._tune.folder), MOST_SHOWN))
        for study in studies:
            self.addAction(self._item(study))
        if not studies:
            self.addAction("Nothing is kept yet: every study will be.").setEnabled(False)
        self.addSeparator()
        self.addAction("Open file…", self._ask_for_file)
        self.addAction("Open database…", self.database_asked.emit)
        self.addSeparator()
        is_file = place is not None and place.is_file
        for text, asked in (
            ("Rename the one shown…", self.rename_asked),
            ("Copy the one shown…", self.copy_asked),
            ("Delete the one shown…", self.delete_asked),
        ):
            self.addAction(text, asked.emit).setEnabled(is_file)
        self.addAction("Show the folder", partial(show_folder, self._tune.folder, self._tune.notices))

    def _item(self, study: KeptStudy) -> QAction:
        action = QAction(self)
        action.setToolTip(study.problem or study.path.name)
        if study.problem:
            action.setText(two_columns(study.path.name, "cannot be opened"))
            action.setEnabled(False)
            return action
        note = f"{minute(study.changed)} · {study.environment_id} · {counted(study.n_trials, 'trial')}"
        action.setText(two_columns(study.name, note))
        is_shown = self._tune.place is not None and study.path == self._tune.place.location
        action.setCheckable(is_shown)
        action.setChecked(is_shown)
        action.triggered.connect(partial(self._open, study))
        return action

    def _open(self, study: KeptStudy, *_: object) -> None:
        self._tune.open(Place(study.path, study.name))

    def _ask_for_file(self) -> None:
        ask_what_to_open(
            self._parent, "Open a study", self._tune.folder, f"Studies (*{SUFFIX})", self._open_file
        )

    def _open_file(self, path: Path) -> None:
        self._tune.open(Place(path, ""))
