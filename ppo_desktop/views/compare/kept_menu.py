"""The menu of comparisons that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.store import SUFFIX, UnreadableComparison, peek
from ppo_desktop.ppo.messages import counted
from ppo_desktop.schema import newest_first
from ppo_desktop.views.kit.library_menu import Entry, LibraryMenu, minute


class KeptMenu(LibraryMenu):
    """Comparisons, with when they were added to and how many of their runs are done."""

    def __init__(self, comparisons: ComparisonSession, parent: QWidget) -> None:
        what = ("comparison", f"Comparisons (*{SUFFIX})")
        super().__init__("kept_menu", what, "finished run", comparisons.notices, parent)
        self._comparisons = comparisons

    @property
    def folder(self) -> Path:
        """Where comparisons are kept."""
        return self._comparisons.folder

    @property
    def is_kept(self) -> bool:
        """Whether the comparison shown has a file."""
        return self._comparisons.path is not None

    def entries(self) -> Iterator[Entry]:
        """Return those there are."""
        for changed, path in newest_first(self.folder, SUFFIX):
            open_it = partial(self._comparisons.open, path)
            try:
                kept = peek(path)
            except UnreadableComparison as error:
                yield Entry(path, path.name, "", open_it, problem=str(error))
                continue
            note = f"{minute(changed)} · {kept.n_done} of {counted(kept.n_runs, 'run')}"
            yield Entry(path, kept.title, note, open_it, is_shown=path == self._comparisons.path)

    def open_file(self, path: Path) -> None:
        """Open a comparison that is kept elsewhere."""
        self._comparisons.open(path)
