"""The menu of comparisons that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.store import SUFFIX, UnreadableComparison, peek
from ppo_desktop.ppo.messages import counted
from ppo_desktop.schema import newest_first
from ppo_desktop.views.kit.library_menu import Entry, Library, LibraryMenu, minute


def kept_menu(comparisons: ComparisonSession, parent: QWidget) -> LibraryMenu:
    """Return the menu, in which comparisons are told apart by their day and how many runs are done."""

    def name() -> str:
        return "" if comparisons.comparison is None else comparisons.comparison.title

    def summary() -> str:
        stopped = "; it is stopped" if comparisons.is_under_way else ""
        return f"{name()}, {counted(comparisons.runs_done, 'finished run')}{stopped}"

    library = Library(
        what="comparison",
        pattern=f"Comparisons (*{SUFFIX})",
        becomes_kept="finished run",
        folder=comparisons.folder,
        entries=lambda: _entries(comparisons.folder),
        open=lambda path, _name: comparisons.open(path),
        shown=lambda: comparisons.path,
        name=name,
        summary=summary,
        rename=comparisons.rename,
        delete=comparisons.delete,
    )
    return LibraryMenu("kept_menu", library, comparisons.notices, parent)


def _entries(folder: Path) -> Iterator[Entry]:
    for changed, path in newest_first(folder, SUFFIX):
        try:
            kept = peek(path)
        except UnreadableComparison as error:
            yield Entry(path, path.name, problem=str(error))
        else:
            note = f"{minute(changed)} · {kept.n_done} of {counted(kept.n_runs, 'run')}"
            yield Entry(path, kept.title, note)
