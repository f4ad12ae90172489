"""Train's menu of the runs that were learnt last, each to be opened where it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop import library
from ppo_desktop.bridge.job_thread import JobThread
from ppo_desktop.bridge.library_items import run_item
from ppo_desktop.bridge.session import Session
from ppo_desktop.jobs.actor import JobActor
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.kit.library_menu import two_columns

MOST_SHOWN = 12
"""Older ones are on the Runs page."""


class _Lister(JobActor[Any]):
    """Lives in a thread of its own: the disk may be slow, and a run may have to be read as a whole."""

    def list(self) -> None:
        """Say which runs there are."""
        self._outbox.post(library.recent(MOST_SHOWN))


class RecentRunsMenu(QMenu):
    """Has the library looked into each time it opens; the run that is shown has a tick."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._bar = session, parent
        self.setObjectName("recent_runs_menu")
        self.setToolTipsVisible(True)
        self._thread: JobThread[_Lister] | None = None
        self.aboutToShow.connect(self._look)
        self.aboutToHide.connect(self._leave)
        self._say("Looking …")

    def _look(self) -> None:
        """Have it looked, and show meanwhile what there was last."""
        self._leave()
        self._thread = JobThread("recent runs", _Lister, 0.0)
        self._thread.arrived.connect(self._show)
        self._thread.actor.post(self._thread.actor.list)
        self._thread.start()

    def _leave(self) -> None:
        if self._thread is not None:
            self._thread.close(0.0)

    def _show(self, entries: Sequence[library.Entry]) -> None:
        if self._thread is not None:
            self._thread.close()  # it has nothing else to do
        self.clear()
        for entry in entries:
            self.addAction(self._action(entry))
        if self.isEmpty():
            self._say("No run is kept yet: each is, by itself, from its first update.")
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        """Stand on the screen, with more items than it had when it opened; it does not cover the bar."""
        screen, size, above = (
            self.screen().availableGeometry(),
            self.sizeHint(),
            self._bar.mapToGlobal(QPoint()),
        )
        is_above = self.y() < above.y() or self.y() + size.height() > screen.bottom()
        x = max(screen.left(), min(self.x(), screen.right() - size.width()))
        self.move(x, above.y() - size.height() if is_above else self.y())

    def _say(self, text: str) -> None:
        self.addAction(text).setEnabled(False)

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
