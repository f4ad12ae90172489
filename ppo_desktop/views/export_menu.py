"""A menu of what can be taken out of what is shown: figures and tables, into files and onto the clipboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image, save_png, save_svg
from ppo_desktop.views.file_dialog import ask_where_to_save

_KINDS = {".png": "PNG image", ".svg": "SVG image", ".csv": "Table"}


class ExportMenu(QMenu):
    """Each item asks for a file and writes it; what goes wrong is a notice.

    Args:
        notices: Say what has become of it.
        what: What is shown, in a word: "comparison".
        parent: Above what the dialogs stand.
    """

    def __init__(self, notices: Notices, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._notices = notices
        self._what = what
        self._parent = parent
        self.aboutToShow.connect(self._enable)

    # ---- what it can be done with --------------------------------------------------------------------

    @property
    def has_results(self) -> bool:
        """Whether there is anything to be taken out."""
        raise NotImplementedError

    @property
    def subject(self) -> object:
        """What is shown: equal values mean the same thing, None nothing."""
        raise NotImplementedError

    @property
    def heading(self) -> str:
        """What it is called; files are named after it."""
        raise NotImplementedError

    # ---- its items -----------------------------------------------------------------------------------

    def add_file(self, title: str, suffix: str, write: Callable[[Path], None], menu: QMenu) -> None:
        """Add an item that asks for a file and writes it.

        Args:
            title: The item, without its "…", and the title of the dialog.
            suffix: What is added to the heading to make the file's name.
            write: Writes it.
            menu: Where the item is added.
        """
        menu.addAction(f"{title}…", partial(self._ask, title, suffix, write))

    def add_copy(self, text: str, figure: Callable[[], Figure], menu: QMenu) -> None:
        """Add an item that puts a figure on the clipboard."""
        menu.addAction(text, partial(self._copy, figure))

    def _enable(self) -> None:
        for action in self.actions():
            action.setEnabled(self.has_results)

    def _ask(self, title: str, suffix: str, write: Callable[[Path], None]) -> None:
        suggested = _documents() / (_file_name(self.heading, self._what) + suffix)
        kind = _KINDS[Path(suffix).suffix or suffix]
        ask_where_to_save(self._parent, title, suggested, kind, partial(self._save, write, self.subject))

    def _save(self, write: Callable[[Path], None], asked_for: object, path: Path) -> None:
        """Write what was asked for, unless another thing is shown by now."""
        if not self.has_results or self.subject != asked_for:
            self._refuse(path, f"the {self._what} it was asked for is not shown any more")
            return
        try:
            write(path)
        except OSError as error:
            self._refuse(path, error.strerror or what_went_wrong(error))
        except UnicodeError as error:
            self._refuse(path, what_went_wrong(error))
        else:
            self._notices.say(f"{path} is written.")

    def _refuse(self, path: Path, reason: str) -> None:
        reason = reason.rstrip(".")
        self._notices.say(f"{path.name} could not be written: {reason}.", is_warning=True)

    def _copy(self, figure: Callable[[], Figure]) -> None:
        QGuiApplication.clipboard().setImage(figure_image(figure()))
        self._notices.say("The figure is on the clipboard.")


def write_png(figure: Callable[[], Figure], path: Path) -> None:
    """Write a figure as an image of twice the window's resolution."""
    save_png(figure(), path)


def write_svg(figure: Callable[[], Figure], path: Path) -> None:
    """Write a figure as lines and text."""
    save_svg(figure(), path)


def write_csv(path: Path, text: str) -> None:
    """Write with a byte order mark, by which spreadsheets know that it is UTF-8."""
    path.write_text(text, encoding="utf-8-sig", newline="")


def _documents() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))


def _file_name(title: str, otherwise: str) -> str:
    """Return a title as every file system takes it."""
    words = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title).split()
    return " ".join(words).strip(" .") or otherwise
