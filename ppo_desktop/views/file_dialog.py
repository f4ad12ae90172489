"""Asks for a file without stopping anything: the window goes on while the dialog is open.

No file is opened to show what it is. A process that opens and closes a file gives up all the locks it has
on it: a study that is being searched would lose them, and with them, where another program looks in,
trials.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PySide6.QtCore import QFileInfo, QStandardPaths, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QWidget

_chosen_last: list[Path] = []
"""The folder of the file last chosen, where there is one."""


def ask_where_to_save(
    parent: QWidget,
    title: str,
    suggested: Path,
    kind: str,
    take: Callable[[Path], object],
    *,
    is_folder: bool = False,
) -> None:
    """Ask where to save; `take` is called with the answer.

    Args:
        parent: Above what the dialog stands.
        title: What is saved.
        suggested: The file that is proposed; its suffix is given to names without one.
        kind: What such files are called: "PNG image".
        take: Is given the path.
        is_folder: Whether it will be a new folder, whose name has no suffix.
    """
    suffix = "" if is_folder else suggested.suffix.removeprefix(".")
    names = f"*.{suffix}" if suffix else "*"
    dialog = _dialog(parent, title, suggested.parent, f"{kind} ({names})", take)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(suggested.name)
    dialog.show()


def ask_what_to_open(
    parent: QWidget, title: str, folder: Path, pattern: str, take: Callable[[Path], object]
) -> None:
    """Ask for a file that is there; `take` is called with the answer.

    Args:
        parent: Above what the dialog stands.
        title: What is opened.
        folder: Where the dialog begins.
        pattern: What can be chosen: "Comparisons (*.jsonl)".
        take: Is given the path.
    """
    dialog = _dialog(parent, title, folder, pattern, take)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.show()


def usual_folder() -> Path:
    """Return the folder last chosen since the start, or else that of documents, or else home."""
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return next((folder for folder in (*_chosen_last, documents) if folder.is_dir()), Path.home())


def _dialog(
    parent: QWidget, title: str, folder: Path, pattern: str, take: Callable[[Path], object]
) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder), pattern)
    dialog.setObjectName("file_dialog")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(False)
    dialog.setIconProvider(_icons())
    if sys.platform == "linux":  # GTK's own dialog looks into files, within this process
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)

    def choose(chosen: str) -> None:
        path = Path(chosen)
        _chosen_last[:] = [path.parent]
        take(path)

    dialog.fileSelected.connect(choose)
    return dialog


class _IconsByKind(QAbstractFileIconProvider):
    """Distinguishes files from folders and no more; Qt's own provider looks into files for their type."""

    def __init__(self) -> None:
        super().__init__()
        usual = QFileIconProvider()
        self._folder = usual.icon(QAbstractFileIconProvider.IconType.Folder)
        self._file = usual.icon(QAbstractFileIconProvider.IconType.File)

    def icon(self, what: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:
        if isinstance(what, QFileInfo):
            return self._folder if what.isDir() else self._file
        return self._folder if what is QAbstractFileIconProvider.IconType.Folder else self._file

    def type(self, info: QFileInfo) -> str:
        if info.isDir():
            return "Folder"
        return f"{info.suffix().upper()} file" if info.suffix() else "File"


@cache
def _icons() -> _IconsByKind:
    """Return the icons of all dialogs, none of which owns them."""
    return _IconsByKind()
