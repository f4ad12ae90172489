"""The menu of studies: a new one, those that are kept, other files and databases, and the one shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.kept_files import kept_studies
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.library import SUFFIX
from ppo_desktop.study.place import Place
from ppo_desktop.views.kit.library_menu import Library, LibraryMenu


def study_menu(tune: TuneSession, parent: QWidget) -> LibraryMenu:
    """Return the menu, in which studies are told apart by their day, environment and number of trials."""

    def name() -> str:
        return "" if tune.place is None else tune.place.name

    def shown() -> Path | None:
        location = None if tune.place is None else tune.place.location
        return location if isinstance(location, Path) else None

    def summary() -> str:
        n_done = sum(trial.state.is_done for trial in tune.trials)
        return f"{name()}, {counted(n_done, 'trial')} done"

    library = Library(
        what="study",
        pattern=f"Studies (*{SUFFIX})",
        becomes_kept="study",
        folder=tune.folder,
        entries=lambda: kept_studies(tune.folder),
        open=lambda path, name: tune.open(Place(path, name)),
        shown=shown,
        name=name,
        summary=summary,
        rename=tune.rename,
        delete=tune.delete,
        new=tune.new,
        copy=tune.copy,
    )
    return LibraryMenu("study_menu", library, tune.notices, parent)
