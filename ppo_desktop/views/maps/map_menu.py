"""The menu of maps: a new one, those that are kept, other files and databases, and the one shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.kept_files import kept_maps
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.library import SUFFIX
from ppo_desktop.study.place import Place
from ppo_desktop.views.kit.library_menu import Library, LibraryMenu


def map_menu(maps: MapSession, parent: QWidget) -> LibraryMenu:
    """Return the menu, in which maps are told apart by their day, environment and number of cells."""

    def name() -> str:
        return "" if maps.place is None else maps.place.name

    def shown() -> Path | None:
        location = None if maps.place is None else maps.place.location
        return location if isinstance(location, Path) else None

    def summary() -> str:
        n_done = sum(trial.state.is_done for trial in maps.trials)
        return f"{name()}, {counted(n_done, 'cell')} measured"

    library = Library(
        what="map",
        pattern=f"Maps (*{SUFFIX})",
        becomes_kept="map",
        folder=maps.folder,
        entries=lambda: kept_maps(maps.folder),
        open=lambda path, name: maps.open(Place(path, name)),
        shown=shown,
        name=name,
        summary=summary,
        rename=maps.rename,
        delete=maps.delete,
        new=maps.new,
        copy=maps.copy,
    )
    return LibraryMenu("map_menu", library, maps.notices, parent)
