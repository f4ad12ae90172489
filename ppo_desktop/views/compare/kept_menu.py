"""The menu of comparisons that were kept."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.store import SUFFIX
from ppo_desktop.kept_files import kept_comparisons
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.kit.library_menu import Library, LibraryMenu


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
        entries=lambda: kept_comparisons(comparisons.folder),
        open=lambda path, _name: comparisons.open(path),
        shown=lambda: comparisons.path,
        name=name,
        summary=summary,
        rename=comparisons.rename,
        delete=comparisons.delete,
    )
    return LibraryMenu("kept_menu", library, comparisons.notices, parent)
