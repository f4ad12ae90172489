"""Asks for a file without stopping anything: the window goes on while the dialog is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(
    parent: QWidget, title: str, suggested: Path, kind: str, take: Callable[[Path], None]
) -> None:
    """Ask where to save; `take` is called with the answer.

    Args:
        parent: Above what the dialog stands.
        title: What is saved.
        suggested: The file that is proposed; its suffix is given to names without one.
        kind: What such files are called: "PNG image".
        take: Is given the path.
    """
    suffix = suggested.suffix.removeprefix(".")
    dialog = _dialog(parent, title, suggested.parent, f"{kind} (*.{suffix})", take)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(suggested.name)
    dialog.show()


def ask_what_to_open(
    parent: QWidget, title: str, folder: Path, pattern: str, take: Callable[[Path], None]
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


def _dialog(
    parent: QWidget, title: str, folder: Path, pattern: str, take: Callable[[Path], None]
) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder), pattern)
    dialog.setObjectName("file_dialog")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(False)
    dialog.fileSelected.connect(lambda chosen: take(Path(chosen)))
    return dialog
