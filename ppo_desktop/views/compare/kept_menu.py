"""The menu of comparisons that were kept: to be opened, renamed, deleted, found on the disk."""

from __future__ import annotations

import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.store import SUFFIX, UnreadableComparison, kept_files, peek
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.file_dialog import ask_what_to_open
from ppo_desktop.views.menu_items import MOST_SHOWN, minute, show_folder, two_columns


class KeptMenu(QMenu):
    """Looks into the folder each time it opens.

    Args:
        comparisons: What is shown, and where others are kept.
        parent: Above what the dialog for other files stands.
    """

    rename_asked = Signal()
    delete_asked = Signal()

    def __init__(self, comparisons: ComparisonSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._comparisons = comparisons
        self._parent = parent
        self.setObjectName("kept_menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        files = kept_files(self._comparisons.folder)[:MOST_SHOWN]
        for path in files:
            self.addAction(self._item(path))
        if not files:
            self.addAction("Nothing is kept yet: every finished run will be.").setEnabled(False)
        self.addSeparator()
        self.addAction("Open file…", self._ask_for_file)
        is_kept = self._comparisons.path is not None
        self.addAction("Rename the one shown…", self.rename_asked.emit).setEnabled(is_kept)
        self.addAction("Delete the one shown…", self.delete_asked.emit).setEnabled(is_kept)
        folder, notices = self._comparisons.folder, self._comparisons.notices
        self.addAction("Show the folder", partial(show_folder, folder, notices))

    def _item(self, path: Path) -> QAction:
        action = QAction(self)
        action.setToolTip(path.name)
        try:
            kept = peek(path)
        except UnreadableComparison as error:
            action.setText(two_columns(path.name, "cannot be opened"))
            action.setToolTip(str(error))
            action.setEnabled(False)
            return action
        note = f"{_when(path)} · {kept.n_done} of {counted(kept.n_runs, 'run')}"
        action.setText(two_columns(kept.title, note))
        action.setCheckable(path == self._comparisons.path)
        action.setChecked(path == self._comparisons.path)
        action.triggered.connect(partial(self._comparisons.open, path))
        return action

    def _ask_for_file(self) -> None:
        pattern = f"Comparisons (*{SUFFIX})"
        folder = self._comparisons.folder
        ask_what_to_open(self._parent, "Open a comparison", folder, pattern, self._comparisons.open)


def _when(path: Path) -> str:
    """Return when a file was last added to."""
    try:
        return minute(datetime.datetime.fromtimestamp(path.stat().st_mtime))
    except OSError:  # deleted in this moment
        return "—"
