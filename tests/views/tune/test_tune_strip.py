"""The line below Tune's bar: what comes next, questions about the study shown, and what is taken out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.check import CheckResult
from ppo_desktop.study.importance import Importance, Importances
from ppo_desktop.study.library import kept_studies
from ppo_desktop.study.place import Place
from ppo_desktop.study.study_plan import Strategy
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.history_card import HistoryCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.study_menu import study_menu
from ppo_desktop.views.tune.tune_strip import TuneStrip
from tests.shown_studies import PLAN, digested, many, show_study
from tests.tuning import make_study
from tests.widgets import find

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def strip(qtbot: QtBot, tune: TuneSession, theme: Theme) -> Iterator[TuneStrip]:
    window = QWidget()
    qtbot.addWidget(window)
    figures = {
        "History": HistoryCard(tune, theme),
        "Importance": ImportanceCard(tune, theme),
        "Check": CheckCard(tune, theme),
    }
    for card in figures.values():
        card.setParent(window)
        card.hide()
    strip = TuneStrip(tune, study_menu(tune, window), figures)
    strip.setParent(window)
    window.resize(1200, 120)
    strip.resize(1200, 50)
    with qtbot.waitExposed(window):
        window.show()
    yield strip
    window.close()


def menu_item(strip: TuneStrip, text: str) -> QAction:
    menu = find(strip, QMenu, "study_menu")
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if text in action.text())


def open_kept(qtbot: QtBot, tune: TuneSession, name: str = "kept") -> Place:
    place = make_study(tune.folder, name)
    tune.open(place)
    qtbot.waitUntil(lambda: tune.state is JobState.RESTING)
    return place


def wait_for_name(qtbot: QtBot, tune: TuneSession, name: str) -> None:
    qtbot.waitUntil(lambda: tune.place is not None and tune.place.name == name)


def names(tune: TuneSession) -> list[str]:
    return sorted(study.name for study in kept_studies(tune.folder))


# ---- what comes next


def test_what_start_would_do_is_said(strip: TuneStrip, tune: TuneSession) -> None:
    label = find(strip, QLabel, "next_work_label")
    assert label.text() == tune.next_work
    assert "60 trials" in label.text()


def test_why_it_cannot_is_said_instead_in_the_colour_of_warnings(strip: TuneStrip, tune: TuneSession) -> None:
    for field in tune.drafting.draft.ticked:
        tune.drafting.tick(field, False)
    label = find(strip, QLabel, "next_work_label")
    assert label.text() == tune.drafting.complaint
    assert label.property("role") == "warning"


# ---- studies


def test_kept_studies_are_listed_and_opened_with_one_click(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession
) -> None:
    make_study(tune.folder, "one")
    item = menu_item(strip, "one")
    assert "CartPole-v1" in item.text()
    assert "0 trials" in item.text()
    item.trigger()
    qtbot.waitUntil(lambda: tune.state is JobState.RESTING)
    assert tune.place is not None
    assert tune.place.name == "one"
    assert menu_item(strip, "one").isChecked()


def test_a_file_that_is_no_study_is_greyed_with_the_reason(strip: TuneStrip, tune: TuneSession) -> None:
    tune.folder.mkdir(parents=True)
    (tune.folder / "broken.db").write_text("no database")
    item = menu_item(strip, "broken.db")
    assert not item.isEnabled()
    assert item.toolTip() != "broken.db"


def test_nothing_kept_is_said(strip: TuneStrip) -> None:
    assert not menu_item(strip, "Nothing is kept yet").isEnabled()
    assert not menu_item(strip, "Delete").isEnabled()


def test_renaming_asks_in_the_line(qtbot: QtBot, strip: TuneStrip, tune: TuneSession) -> None:
    open_kept(qtbot, tune)
    menu_item(strip, "Rename").trigger()
    line = find(strip, QLineEdit, "study_rename_line")
    assert line.isVisible()
    assert line.text() == "kept"
    qtbot.keyClicks(line, "renamed")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    wait_for_name(qtbot, tune, "renamed")
    assert names(tune) == ["renamed"]
    assert not line.isVisible()


def test_a_copy_gets_a_name_of_its_own(qtbot: QtBot, strip: TuneStrip, tune: TuneSession) -> None:
    open_kept(qtbot, tune)
    menu_item(strip, "Copy the one").trigger()
    line = find(strip, QLineEdit, "study_rename_line")
    assert line.text() == "kept copy"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    wait_for_name(qtbot, tune, "kept copy")
    assert names(tune) == ["kept", "kept copy"]


@pytest.mark.parametrize("question", ["Copy the one", "Rename"])
def test_a_name_that_nobody_confirms_changes_nothing(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession, question: str
) -> None:
    open_kept(qtbot, tune)
    menu_item(strip, question).trigger()
    line = find(strip, QLineEdit, "study_rename_line")
    qtbot.keyClicks(line, "other")
    line.clearFocus()
    assert not line.isVisible()
    tune.rename("kept, asked after")  # orders are obeyed in turn
    wait_for_name(qtbot, tune, "kept, asked after")
    assert names(tune) == ["kept, asked after"]


def test_the_question_whether_to_delete_knows_how_many_trials_there_are(
    strip: TuneStrip, tune: TuneSession
) -> None:
    show_trials(tune)
    tune.inquiry.digest = None
    menu_item(strip, "Delete").trigger()
    assert any("12 trials done" in label.text() for label in strip.findChildren(QLabel))


def test_deleting_asks_first(qtbot: QtBot, strip: TuneStrip, tune: TuneSession) -> None:
    open_kept(qtbot, tune)
    menu_item(strip, "Delete").trigger()
    keep = find(strip, QPushButton, "study_keep_button")
    keep.click()
    assert not keep.isVisible()
    assert names(tune) == ["kept"]
    menu_item(strip, "Delete").trigger()
    find(strip, QPushButton, "study_delete_button").click()
    qtbot.waitUntil(lambda: tune.state is JobState.EMPTY)
    assert names(tune) == []


def test_escape_leaves_a_question(qtbot: QtBot, strip: TuneStrip, tune: TuneSession) -> None:
    open_kept(qtbot, tune)
    menu_item(strip, "Rename").trigger()
    line = find(strip, QLineEdit, "study_rename_line")
    qtbot.keyClicks(line, "other")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert names(tune) == ["kept"]


def test_a_database_is_asked_for_in_the_line_and_its_password_is_forgotten(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Place] = []
    monkeypatch.setattr(tune, "open", opened.append)
    menu_item(strip, "Open database").trigger()
    address, name = (find(strip, QLineEdit, part) for part in ("database_line", "database_study"))
    password = find(strip, QLineEdit, "database_password")
    qtbot.keyClicks(address, "postgresql://me@host/db")
    qtbot.keyClicks(password, "se/cret@")
    assert "se/cret" not in password.displayText()
    qtbot.keyClicks(name, "shared")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert opened == [Place("postgresql://me:se%2Fcret%40@host/db", "shared")]
    assert not address.isVisible()
    menu_item(strip, "Open database").trigger()
    assert (address.text(), password.text(), name.text()) == ("", "", "")


def test_an_address_left_with_escape_is_forgotten_too(qtbot: QtBot, strip: TuneStrip) -> None:
    menu_item(strip, "Open database").trigger()
    address = find(strip, QLineEdit, "database_line")
    qtbot.keyClicks(address, "postgresql://me@host/db")
    qtbot.keyClick(address, Qt.Key.Key_Escape)
    assert not address.isVisible()
    assert address.text() == ""


def test_a_password_within_an_address_is_taken_over_and_never_seen(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Place] = []
    monkeypatch.setattr(tune, "open", opened.append)
    menu_item(strip, "Open database").trigger()
    address, password = (find(strip, QLineEdit, part) for part in ("database_line", "database_password"))
    address.insert("postgresql://me:p%40ss@host:5432/db")
    assert address.text() == "postgresql://me@host:5432/db"
    assert password.text() == "p@ss"
    qtbot.keyClick(address, Qt.Key.Key_Return)
    assert opened == [Place("postgresql://me:p%40ss@host:5432/db")]


def test_a_file_is_opened_by_its_path_whatever_the_password(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Place] = []
    monkeypatch.setattr(tune, "open", opened.append)
    menu_item(strip, "Open database").trigger()
    qtbot.keyClicks(find(strip, QLineEdit, "database_password"), "unused")
    address = find(strip, QLineEdit, "database_line")
    qtbot.keyClicks(address, "sqlite:////tmp/study.db")
    qtbot.keyClick(address, Qt.Key.Key_Return)
    assert opened == [Place(Path("/tmp/study.db").absolute())]


def test_an_empty_address_opens_nothing(
    strip: TuneStrip, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Place] = []
    monkeypatch.setattr(tune, "open", opened.append)
    menu_item(strip, "Open database").trigger()
    find(strip, QPushButton, "open_database_button").click()
    assert opened == []
    find(strip, QPushButton, "leave_database_button").click()
    assert find(strip, QLabel, "next_work_label").isVisible()


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.OPENING])
def test_all_of_the_menu_can_be_asked_for_while_trials_run_or_a_study_is_opened(
    qtbot: QtBot, strip: TuneStrip, tune: TuneSession, state: JobState
) -> None:
    open_kept(qtbot, tune)
    tune.state = state
    for text in ("New study", "kept", "Open file", "Open database", "Rename", "Copy", "Delete"):
        assert menu_item(strip, text).isEnabled(), text
    tune.state = JobState.RESTING


# ---- what is taken out


def show_trials(tune: TuneSession) -> None:
    tune.place = Place(tune.folder / "x.db", "My study: 1/2")
    show_study(tune, digested(many(12)))


def export(strip: TuneStrip, *texts: str) -> QAction:
    menu = find(strip, QMenu, "tune_export_menu")
    menu.aboutToShow.emit()
    for text in texts[:-1]:
        menu = next(inner for inner in menu.findChildren(QMenu) if inner.title() == text)
    return next(action for action in menu.actions() if action.text() == texts[-1])


def answer(strip: TuneStrip, action: QAction, path: Path) -> str:
    """Give the file that is asked for; return the one that was proposed."""
    action.trigger()
    dialog = next(dialog for dialog in strip.window().findChildren(QFileDialog) if dialog.isVisible())
    proposed = Path(dialog.selectedFiles()[0]).name
    dialog.fileSelected.emit(str(path))
    dialog.close()
    return proposed


def test_without_trials_there_is_nothing_to_export(strip: TuneStrip) -> None:
    assert not export(strip, "Trials as CSV…").isEnabled()


def test_all_trials_are_written_as_csv(strip: TuneStrip, tune: TuneSession, tmp_path: Path) -> None:
    show_trials(tune)
    proposed = answer(strip, export(strip, "Trials as CSV…"), tmp_path / "trials.csv")
    assert proposed == "My study 1 2.csv"
    text = (tmp_path / "trials.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 12
    assert set(PLAN.fields) <= set(rows[0])


def test_a_figure_is_written_and_copied(strip: TuneStrip, tune: TuneSession, tmp_path: Path) -> None:
    show_trials(tune)
    tune.strategy = Strategy("grid", "halving")
    answer(strip, export(strip, "History", "Figure as PNG…"), tmp_path / "history.png")
    assert not QImage(str(tmp_path / "history.png")).isNull()
    answer(strip, export(strip, "History", "Figure as SVG…"), tmp_path / "history.svg")
    written = (tmp_path / "history.svg").read_text(encoding="utf-8")
    assert "12 trials" in written
    assert "Grid, successive halving pruner" in written, "as they were chosen, not as others will be"
    assert "CartPole-v1" in written
    QGuiApplication.clipboard().clear()
    export(strip, "History", "Copy figure").trigger()
    assert not QGuiApplication.clipboard().image().isNull()


def test_a_check_nobody_has_made_is_not_exported_and_why(strip: TuneStrip, tune: TuneSession) -> None:
    show_trials(tune)
    check = submenu(strip, "Check")
    assert not check.isEnabled()
    assert "not been checked" in check.toolTip()
    tune.checking.result = CheckResult((), 10, is_complete=True, sentences=())
    assert submenu(strip, "Check").isEnabled()


def test_importances_that_are_not_known_are_not_exported_and_why(strip: TuneStrip, tune: TuneSession) -> None:
    show_trials(tune)
    bars = next(iter(strip.window().findChildren(ImportanceCard))).bars
    bars.show_importances(None, "They need more trials.")
    assert not submenu(strip, "Importance").isEnabled()
    assert submenu(strip, "Importance").toolTip() == "They need more trials."
    known = Importances("ped-anova", (Importance("clip_range", 1.0, 1.0, 1.0),), 12, "")
    bars.show_importances(known, "")
    assert submenu(strip, "Importance").isEnabled()


def submenu(strip: TuneStrip, text: str) -> QAction:
    menu = find(strip, QMenu, "tune_export_menu")
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if action.text() == text)
