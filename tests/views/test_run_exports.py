"""The Export menu with kept runs: one as a file, several as a folder, refusals greyed out with reasons."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.formats import FORMATS, format_called
from ppo_desktop.exports.subject import ExportedRun, offered_run
from ppo_desktop.views.kit.export_menu import Exported, ExportMenu
from tests.kept_runs import keep_run

NOTHING = "Select runs."


class Shown:
    """An export menu of runs of which a test says which they are."""

    def __init__(self, qtbot: QtBot) -> None:
        self.offers: list[Offer[ExportedRun]] = []
        self.notices = Notices()
        self.window = QWidget()
        qtbot.addWidget(self.window)
        exported = Exported("run", lambda: self.offers, lambda: "Runs")
        self.menu = ExportMenu("menu", exported, self.notices, self.window)

    def action(self, format_id: str) -> QAction:
        action = self.menu.findChild(QAction, f"menu_{format_id}")
        assert isinstance(action, QAction)
        return action

    def answer(self, place: Path) -> str:
        """Choose a place, and return the name that was proposed."""
        dialog = self.window.findChild(QFileDialog, "file_dialog")
        assert isinstance(dialog, QFileDialog)
        (proposed,) = dialog.selectedFiles()
        dialog.fileSelected.emit(str(place))
        dialog.setObjectName("")
        dialog.close()
        return Path(proposed).name


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Ausgeführt"
    folder.mkdir()
    return folder


def test_a_run_is_written_as_it_was_when_it_was_asked_for(qtbot: QtBot, shown: Shown, folder: Path) -> None:
    shown.menu.add_formats(FORMATS, lambda: shown.offers, NOTHING)
    shown.offers = [offered_run("Übung 1", keep_run(4), 3)]
    shown.action("csv").trigger()
    shown.offers = []
    place = folder / "Übung.csv"
    assert shown.answer(place) == "Übung 1.csv"
    qtbot.waitUntil(place.exists)
    qtbot.waitUntil(lambda: str(place) in shown.notices.current.text)
    rows = list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))
    assert [row["update"] for row in rows] == ["1", "2", "3"]
    assert list(folder.iterdir()) == [place]


def test_several_runs_are_a_folder_with_a_name_of_its_own_for_each(
    qtbot: QtBot, shown: Shown, folder: Path
) -> None:
    shown.menu.add_formats(FORMATS, lambda: shown.offers, NOTHING)
    run = keep_run(2)
    shown.offers = [offered_run(name, run) for name in ("a", "A", "b/c")]
    shown.action("csv").trigger()
    shown.answer(place := folder / "runs")
    qtbot.waitUntil(place.exists)
    assert {file.name for file in place.iterdir()} == {"a.csv", "A (2).csv", "b c.csv"}
    qtbot.waitUntil(lambda: str(place) in shown.notices.current.text)


def test_what_a_format_refuses_is_grey_and_says_why(qtbot: QtBot, shown: Shown) -> None:
    usual, why = format_called("csv"), "It has learnt nothing."
    refusing = replace(usual, id="other", refusal=lambda subject: why)
    shown.menu.add_formats((usual, refusing), lambda: shown.offers, NOTHING)
    shown.menu.aboutToShow.emit()
    assert (shown.action("csv").isEnabled(), shown.action("csv").toolTip()) == (False, NOTHING)
    shown.offers = [offered_run("a", keep_run(2))]
    shown.menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: not shown.action("other").isEnabled())
    assert shown.action("other").toolTip() == why
    assert shown.action("csv").isEnabled()
    assert shown.action("csv").toolTip() not in (why, NOTHING, "")
    assert not shown.notices.current.text


def test_a_run_that_has_gone_says_so_in_every_format(qtbot: QtBot, shown: Shown) -> None:
    shown.menu.add_formats(FORMATS, lambda: shown.offers, NOTHING)
    shown.offers = [offered_run("a", "gone")]
    shown.menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: not shown.action("csv").isEnabled())
    assert "gone" in shown.action("json").toolTip()


def test_a_text_is_copied_of_one_run_and_not_of_several(qtbot: QtBot, shown: Shown) -> None:
    shown.menu.add_copies({"numbers": format_called("csv")}, lambda: shown.offers, NOTHING)
    (action,) = shown.menu.actions()
    run = keep_run(4)
    for n_runs, is_enabled in ((0, False), (2, False), (1, True)):
        shown.offers = [offered_run("a", run, 2)] * n_runs
        shown.menu.aboutToShow.emit()
        assert action.isEnabled() is is_enabled
    action.trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("update,"))
    assert len(QGuiApplication.clipboard().text().splitlines()) == 3
    qtbot.waitUntil(lambda: bool(shown.notices.current.text))
