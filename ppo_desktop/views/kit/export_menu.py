"""A menu of what can be taken out of what is shown, into files, onto the clipboard or on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.exports.naming import file_name
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image, print_figure, save_png, save_svg
from ppo_desktop.views.file_dialog import ask_where_to_save

_KINDS = {".png": "PNG image", ".svg": "SVG image", ".csv": "Table"}


@dataclass(frozen=True)
class Exported:
    """What is shown.

    Attributes:
        what: In a word: "comparison".
        subject: Returns it: equal values mean the same thing, None that there is nothing to be taken out.
        heading: Returns what it is called; files are named after it.
    """

    what: str
    subject: Callable[[], object]
    heading: Callable[[], str]


class ExportMenu(QMenu):
    """Each item asks for a file or a printer; what goes wrong is a notice.

    Args:
        object_name: Its name for tests.
        exported: What is shown.
        notices: Say what has become of it.
        parent: Above what the dialogs stand.
    """

    def __init__(self, object_name: str, exported: Exported, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._exported = exported
        self._notices = notices
        self._parent = parent
        self._figures: list[tuple[QAction, Callable[[], str]]] = []
        self.setObjectName(object_name)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._enable)

    # ---- its items -----------------------------------------------------------------------------------

    def add_table(self, title: str, text: Callable[[], str], suffix: str = ".csv") -> None:
        """Add a table.

        Args:
            title: What it is.
            text: Returns it as CSV.
            suffix: What makes the heading the name of its file.
        """

        def write(path: Path) -> None:
            # By a byte order mark spreadsheets know that it is UTF-8.
            path.write_text(text(), encoding="utf-8-sig", newline="")

        self._add_file(self, f"{title} as CSV", suffix, write)

    def add_figure(
        self, figure: Callable[[], Figure], title: str = "", why_not: Callable[[], str] = str
    ) -> None:
        """Add a figure.

        Args:
            figure: Returns it as it is shown.
            title: That of its own menu, where there are several figures.
            why_not: Returns why there is none yet; empty where there is.
        """
        menu = self.addMenu(title) if title else self
        name = f" {title.lower()}" if title else ""
        self._add_file(menu, "Figure as PNG", f"{name}.png", lambda path: save_png(figure(), path))
        self._add_file(menu, "Figure as SVG", f"{name}.svg", lambda path: save_svg(figure(), path))
        menu.addAction("Copy figure", partial(self._copy, figure))
        menu.addAction("Print figure…", partial(self._print, figure))
        if title:
            self._figures.append((menu.menuAction(), why_not))

    def _add_file(self, menu: QMenu, title: str, suffix: str, write: Callable[[Path], object]) -> None:
        menu.addAction(f"{title}…", partial(self._ask, title, suffix, write))

    def _enable(self) -> None:
        has_any = self._exported.subject() is not None
        for action in self.actions():
            action.setEnabled(has_any)
        for action, why_not in self._figures:
            action.setEnabled(has_any and not why_not())
            action.setToolTip(why_not())

    # ---- what they do --------------------------------------------------------------------------------

    def _ask(self, title: str, suffix: str, write: Callable[[Path], object]) -> None:
        exported = self._exported
        suggested = _documents() / (file_name(exported.heading(), exported.what) + suffix)
        kind, save = _KINDS[suggested.suffix], partial(self._save, write, exported.subject())
        ask_where_to_save(self._parent, title, suggested, kind, save)

    def _save(self, write: Callable[[Path], object], asked_for: object, path: Path) -> None:
        failed = f"{path.name} could not be written"
        self._try(partial(write, path), asked_for, f"{path} is written.", failed)

    def _print(self, figure: Callable[[], Figure]) -> None:
        """Ask how to print a figure; cancelled, nothing happens."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # few ever need it

        printer = QPrinter()
        printer.setDocName(file_name(self._exported.heading(), self._exported.what))
        dialog = QPrintDialog(printer, self._parent)
        dialog.setObjectName("print_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = "The figure has been sent to the printer.", "The figure could not be printed"
        subject = self._exported.subject()
        dialog.accepted.connect(lambda: self._try(lambda: print_figure(figure(), printer), subject, *said))
        dialog.show()

    def _try(self, act: Callable[[], object], asked_for: object, done: str, failed: str) -> None:
        """Do what was asked for, unless another thing is shown by now, and say what has become of it."""
        subject = self._exported.subject()
        if subject is None or subject != asked_for:
            self._refuse(failed, f"the {self._exported.what} it was asked for is not shown any more")
            return
        try:
            act()
        except OSError as error:
            self._refuse(failed, error.strerror or what_went_wrong(error))
        except UnicodeError as error:
            self._refuse(failed, what_went_wrong(error))
        else:
            self._notices.say(done)

    def _refuse(self, failed: str, reason: str) -> None:
        self._notices.say(f"{failed}: {reason.rstrip('.')}.", is_warning=True)

    def _copy(self, figure: Callable[[], Figure]) -> None:
        QGuiApplication.clipboard().setImage(figure_image(figure()))
        self._notices.say("The figure is on the clipboard.")


def _documents() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
