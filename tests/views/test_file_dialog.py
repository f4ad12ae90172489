from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.file_dialog import ask_what_to_open, ask_where_to_save, usual_folder
from ppo_desktop.views.theme import Theme


def own_locks(path: Path) -> list[str]:
    """Return the locks this process has on a file, without their numbers among those of the whole machine."""
    marks = f":{path.stat().st_ino} ", f" {os.getpid()} "
    return [
        line.partition(": ")[2]
        for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines()
        if all(mark in line for mark in marks)
    ]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


def names_shown(dialog: QFileDialog) -> set[str]:
    """Return the names of everything the dialog lists."""
    view = dialog.findChild(QTreeView)
    assert view is not None
    model, root = view.model(), view.rootIndex()
    return {model.index(row, 0, root).data() for row in range(model.rowCount(root))}


@pytest.mark.skipif(sys.platform != "linux", reason="locks are looked up in /proc")
def test_a_study_keeps_its_locks_while_files_are_chosen(
    qtbot: QtBot, window: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "study.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE trials (number)")
        before = own_locks(path)
        ask_what_to_open(window, "Open a study", tmp_path, "Studies (*.db)", lambda _: None)
        dialog = window.findChild(QFileDialog)
        assert dialog is not None
        qtbot.waitUntil(lambda: "study.db" in names_shown(dialog))
        ask_where_to_save(window, "Table", tmp_path / "trials.csv", "Table", lambda _: None)
        assert before
        assert own_locks(path) == before


def test_the_next_file_is_looked_for_where_the_last_one_was(
    qtbot: QtBot, window: QWidget, tmp_path: Path
) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    chosen: list[Path] = []
    ask_where_to_save(window, "Table", folder / "trials.csv", "Table", chosen.append)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.accept()
    assert chosen == [folder / "trials.csv"]
    assert usual_folder() == folder
    folder.rmdir()
    assert usual_folder() != folder
    assert usual_folder().is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have dialogs of their own")
def test_the_dialog_s_buttons_have_room_for_their_icons(
    qapp: QApplication, window: QWidget, tmp_path: Path
) -> None:
    Theme(qapp)
    ask_what_to_open(window, "Open a policy", tmp_path, "Policies (*.zip)", lambda _: None)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    button = dialog.findChild(QToolButton, "newFolderButton")
    assert button is not None
    inside = button.grab(button.rect().adjusted(4, 4, -4, -4)).toImage()
    at = [(x, y) for x in range(inside.width()) for y in range(inside.height())]
    ground = inside.pixel(0, 0)
    assert sum(inside.pixel(x, y) != ground for x, y in at) > 20
