"""Train's menu of the runs that were learnt last, each to be opened where it ended."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop import library
from ppo_desktop.bridge.library_items import run_item
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.kit.library_menu import two_columns

MOST_SHOWN = 12
"""Older ones are on the Runs page."""


class RecentRunsMenu(QMenu):
    """Looks into the library each time it opens; the run that is shown has a tick."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("recent_runs_menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for entry in library.recent(MOST_SHOWN):
            self.addAction(self._action(entry))
        if self.isEmpty():
            self.addAction("No run is kept yet: each is, by itself, from its first update.").setEnabled(False)

    def _action(self, entry: library.Entry) -> QAction:
        summary, item = entry.summary, run_item(entry)
        said = [summary.environment_id, item.algorithm, counted(summary.steps, "step")]
        if summary.last is not None:
            said.append(f"return {grouped(summary.last, decimals=1)}")
        if summary.parent is not None:
            said.append(f"branch from update {summary.parent.update}")
        said.append(entry.began.rpartition(":")[0])
        name = f"★ {item.full_name}" if entry.labels.is_starred else item.full_name
        action = QAction(two_columns(name, " · ".join(said)), self)
        action.setToolTip("Open it where it ended, to go on from there.")
        is_shown = entry.id == self._session.kept_run
        action.setCheckable(is_shown)
        action.setChecked(is_shown)
        action.triggered.connect(lambda: self._session.open_kept(entry.id))
        return action
