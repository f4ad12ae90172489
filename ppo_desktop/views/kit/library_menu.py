"""A menu of what is kept: to be opened, renamed, deleted, found on the disk; its items in two columns."""

from __future__ import annotations

import textwrap
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.file_dialog import ask_what_to_open

_LONGEST_NAME = 60
"""Characters; a longer name is cut."""
_MOST_SHOWN = 12
"""The newest; older ones are opened as files."""


@dataclass(frozen=True)
class Entry:
    """Something that is kept.

    Attributes:
        path: Its file.
        name: What it is called.
        note: What stands beside that.
        open: Opens it.
        problem: Why it cannot be opened; empty where it can.
        is_shown: Whether it is what is shown.
    """

    path: Path
    name: str
    note: str
    open: Callable[[], object]
    problem: str = ""
    is_shown: bool = False


class LibraryMenu(QMenu):
    """Looks into the folder each time it opens.

    Args:
        object_name: Its name for tests.
        what: One of what is kept, and how its files are called: ("study", "Studies (*.db)").
        becomes_kept: What will be kept, said while nothing is.
        notices: Say what goes wrong.
        parent: Above what the dialog for other files stands.
    """

    rename_asked = Signal()
    delete_asked = Signal()

    def __init__(
        self, object_name: str, what: tuple[str, str], becomes_kept: str, notices: Notices, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._what, self._pattern = what
        self._becomes_kept = becomes_kept
        self._notices = notices
        self._parent = parent
        self.setObjectName(object_name)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @property
    @abstractmethod
    def folder(self) -> Path:
        """Where they are kept."""

    @property
    @abstractmethod
    def is_kept(self) -> bool:
        """Whether what is shown is kept in a file."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Return what is kept, what was changed last first."""

    @abstractmethod
    def open_file(self, path: Path) -> None:
        """Open a file that is kept elsewhere."""

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        entries = list(islice(self.entries(), _MOST_SHOWN))
        for entry in entries:
            self.addAction(self._item(entry))
        if not entries:
            self.addAction(f"Nothing is kept yet: every {self._becomes_kept} will be.").setEnabled(False)
        self.addSeparator()
        self.addAction("Open file…", self._ask_for_file)
        self.add_for_shown("Rename", self.rename_asked.emit)
        self.add_for_shown("Delete", self.delete_asked.emit)
        self.addAction("Show the folder", partial(show_folder, self.folder, self._notices))

    def add_for_shown(self, verb: str, ask: Callable[[], object]) -> QAction:
        """Add what is done with the one shown, if it is kept."""
        action = self.addAction(f"{verb} the one shown…", ask)
        action.setEnabled(self.is_kept)
        return action

    def _item(self, entry: Entry) -> QAction:
        action = QAction(two_columns(entry.name, "cannot be opened" if entry.problem else entry.note), self)
        action.setToolTip(entry.problem or entry.path.name)
        action.setEnabled(not entry.problem)
        action.setCheckable(entry.is_shown)
        action.setChecked(entry.is_shown)
        action.triggered.connect(lambda: entry.open())
        return action

    def _ask_for_file(self) -> None:
        title = f"Open a {self._what}"
        ask_what_to_open(self._parent, title, self.folder, self._pattern, self.open_file)


def two_columns(name: str, note: str = "") -> str:
    """Return the text of an item with a name and a note."""
    columns = [textwrap.shorten(name, _LONGEST_NAME, placeholder=" …"), *([note] if note else [])]
    return "\t".join(columns).replace("&", "&&")  # a single one would mark a key


def minute(moment: datetime) -> str:
    """Return a moment as menus write it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def show_folder(folder: Path, notices: Notices) -> None:
    """Let the system show a folder, which is made if need be; what goes wrong is a notice."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        notices.say(what_went_wrong(error), is_warning=True)
        return
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
