"""A menu of what is kept: to be opened, renamed, deleted, found on the disk; its items in two columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.kept_files import KeptFile
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.file_dialog import ask_what_to_open
from ppo_desktop.views.kit.inline_questions import InlineQuestions

_LONGEST_NAME = 60
"""Characters; a longer name is cut."""
_MOST_SHOWN = 12
"""The newest; older ones are opened as files."""


@dataclass(frozen=True)
class Library:
    """What is kept of one kind, and what is done with it.

    Attributes:
        what: One of it: "study".
        pattern: How its files are called: "Studies (*.db)".
        becomes_kept: What will be kept, said while nothing is.
        folder: Where it is kept.
        entries: Returns what is kept, what was changed last first.
        open: Opens a file, in which something of a name is kept; "" for a file from elsewhere.
        shown: Returns the file of what is shown; None where that is not kept in one.
        name: Returns what that is called; "" where nothing is shown.
        summary: Returns what is lost with it: "Name, 3 runs".
        rename: Gives it a name.
        delete: Deletes it.
        new: Shows a new one.
        copy: Makes a copy with a name.
    """

    what: str
    pattern: str
    becomes_kept: str
    folder: Path
    entries: Callable[[], Iterator[KeptFile]]
    open: Callable[[Path, str], object]
    shown: Callable[[], Path | None]
    name: Callable[[], str]
    summary: Callable[[], str]
    rename: Callable[[str], object]
    delete: Callable[[], object]
    new: Callable[[], object] | None = None
    copy: Callable[[str], object] | None = None


class LibraryMenu(QMenu):
    """Looks into the folder each time it opens.

    Args:
        object_name: Its name for tests.
        library: What is kept.
        notices: Say what goes wrong.
        parent: Above what the dialog for other files stands.

    Attributes:
        questions: Ask for names, and whether to delete; set before the menu is opened.
        other_places: {item: opens what is not kept in a file}.
    """

    questions: InlineQuestions

    def __init__(self, object_name: str, library: Library, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._library = library
        self._notices = notices
        self._parent = parent
        self.other_places: dict[str, Callable[[], object]] = {}
        self.setObjectName(object_name)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        """List what there is now."""
        library = self._library
        self.clear()
        if library.new is not None:
            self.addAction(f"New {library.what}", library.new).setEnabled(bool(library.name()))
            self.addSeparator()
        entries = list(islice(library.entries(), _MOST_SHOWN))
        for entry in entries:
            self.addAction(self._item(entry))
        if not entries:
            self.addAction(f"Nothing is kept yet: every {library.becomes_kept} will be.").setEnabled(False)
        self.addSeparator()
        self.addAction("Open file…", self._ask_for_file)
        for text, ask in self.other_places.items():
            self.addAction(text, ask)
        self.addSeparator()
        self._add_for_shown("Rename", self._ask_for_name)
        if library.copy is not None:
            self._add_for_shown("Copy", self._ask_for_copy)
        self._add_for_shown("Delete", self._ask_whether_to_delete)
        self.addAction("Show the folder", partial(show_folder, library.folder, self._notices))

    def _add_for_shown(self, verb: str, ask: Callable[[], object]) -> None:
        action = self.addAction(f"{verb} the one shown…", ask)
        action.setEnabled(self._library.shown() is not None)

    def _item(self, entry: KeptFile) -> QAction:
        is_shown = entry.path == self._library.shown()
        note = f"{minute(entry.changed)} · {entry.environment_id} · {entry.done}"
        action = QAction(two_columns(entry.name, "cannot be opened" if entry.problem else note), self)
        action.setToolTip(entry.problem or entry.path.name)
        action.setEnabled(not entry.problem)
        action.setCheckable(is_shown)
        action.setChecked(is_shown)
        action.triggered.connect(lambda: self._library.open(entry.path, entry.name))
        return action

    # ---- what is asked -------------------------------------------------------------------------------

    def _ask_for_file(self) -> None:
        library = self._library
        title, take = f"Open a {library.what}", lambda path: library.open(path, "")
        ask_what_to_open(self._parent, title, library.folder, library.pattern, take)

    def _ask_for_name(self) -> None:
        library, what = self._library, self._library.what
        self.questions.ask_for_name(library.name(), f"Name of the {what}", f"rename_{what}", library.rename)

    def _ask_for_copy(self) -> None:
        library = self._library
        assert library.copy is not None
        proposed, explanation = f"{library.name()} copy", f"copy_{library.what}"
        self.questions.ask_for_name(proposed, "Name of the copy", explanation, library.copy)

    def _ask_whether_to_delete(self) -> None:
        self.questions.ask_whether_to_delete(f"{self._library.summary()}:", self._library.delete)


def two_columns(name: str, note: str = "") -> str:
    """Return the text of an item with a name and a note."""
    columns = [textwrap.shorten(name, _LONGEST_NAME, placeholder=" …"), *([note] if note else [])]
    return "\t".join(columns).replace("&", "&&")  # a single one would mark a key


def minute(moment: datetime) -> str:
    """Return a moment as menus and tables write it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def show_folder(folder: Path, notices: Notices) -> None:
    """Let the system show a folder, which is made if need be; what goes wrong is a notice."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        notices.say(what_went_wrong(error), is_warning=True)
        return
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
