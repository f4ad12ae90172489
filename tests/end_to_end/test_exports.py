"""What the window shows is taken along: from the moment of the play head, by mouse and by key."""

from __future__ import annotations

import csv
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QSpinBox

from ppo_desktop.library import open_run
from tests.end_to_end.conftest import User
from tests.kept_runs import keep_run


def export(user: User, item: str, place: Path) -> str:
    """Choose what a menu of exports has, and a place; return the name that was proposed."""
    action = user.window.findChild(QAction, item)
    assert isinstance(action, QAction)
    action.trigger()
    dialog = user.find(QFileDialog, "file_dialog")
    (proposed,) = dialog.selectedFiles()
    dialog.fileSelected.emit(str(place))
    dialog.setObjectName("")
    dialog.close()
    user.wait_until(lambda: str(place) in user.message())
    return Path(proposed).name


def rows_of(place: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))


def menu_opened(user: User) -> str:
    """Press Ctrl+E and return the name of the menu that opens; empty where none does."""
    opened: list[str] = []

    def look() -> None:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            opened.append(popup.objectName())
            popup.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    user.window.page.open_exports()
    timer.stop()
    return "".join(opened[:1])


def test_the_run_is_exported_as_it_was_where_the_play_head_stands(user: User, tmp_path: Path) -> None:
    session, place = user.session, tmp_path / "Übung.csv"
    session.train()
    user.wait_until(lambda: session.last_update >= 12)
    now = export(user, "train_export_menu_csv", learning := tmp_path / "learning.csv")
    assert now.endswith(f" update {len(rows_of(learning))}.csv"), "it has learnt on since"
    session.pause()
    user.wait_until_at_rest()
    session.show_update(8)
    user.wait_until_at_rest()
    assert export(user, "train_export_menu_csv", place).endswith(" update 8.csv")
    assert [int(row["update"]) for row in rows_of(place)] == list(range(1, 9))
    assert len(list(open_run(session.kept_run).events())) > 9, "it has gone on"
    assert session.minibatch is not None
    export(user, "train_export_menu_csv-samples", samples := tmp_path / "samples.csv")
    assert len(rows_of(samples)) == len(session.minibatch.samples)


def test_a_moment_of_a_kept_run_is_exported_from_runs(user: User, tmp_path: Path) -> None:
    run, place = keep_run(8), tmp_path / "Übung.csv"
    window, library = user.window, user.window.library
    window.show_page(window.runs_page)
    user.wait_until(lambda: library.number_of(run) in library.shown)
    number = library.number_of(run)
    assert number is not None
    library.select([number])
    user.find(QMenu, "runs_export_menu").aboutToShow.emit()
    box = user.find(QSpinBox, "export_update")
    assert (box.value(), box.maximum()) == (8, 8)
    box.setValue(3)
    assert export(user, "runs_export_menu_csv", place).endswith(" update 3.csv")
    assert [int(row["update"]) for row in rows_of(place)] == [1, 2, 3]


def test_a_lesson_has_the_run_that_plays_and_its_recorded_pairs(user: User, tmp_path: Path) -> None:
    window, lessons = user.window, user.window.lessons
    window.show_page(next(page for page in window.pages if page.id == "lessons"))
    user.find(QPushButton, f"lesson_{lessons.course[0].lesson.id}").click()
    menu = user.find(QMenu, "lesson_export_menu")
    pairs = window.findChild(QAction, "lesson_export_menu_pairscsv-curves")
    assert isinstance(pairs, QAction)
    menu.aboutToShow.emit()
    assert not pairs.isEnabled(), "none has been trained yet"
    lessons.show_recorded()
    menu.aboutToShow.emit()
    assert pairs.isEnabled()
    place = tmp_path / "pairs.csv"
    export(user, "lesson_export_menu_pairscsv-curves", place)
    assert lessons.lesson is not None
    seeds = {row["seed"] for row in csv.DictReader(place.read_text("utf-8-sig").splitlines())}
    assert seeds == {str(seed) for seed in lessons.lesson.comparison.seeds}


def test_a_key_opens_the_exports_of_every_page_that_has_any_unless_they_are_hidden(user: User) -> None:
    opened = []
    for page in user.window.pages:
        user.window.show_page(page)
        opened.append(menu_opened(user))
    assert opened == [
        "train_export_menu",
        "export_menu",
        "tune_export_menu",
        "map_export_menu",
        "runs_export_menu",
        "",
    ]
    user.window.show_page(user.window.train_page)
    user.window.lock.lock(["train_export_button"])
    assert menu_opened(user) == ""
