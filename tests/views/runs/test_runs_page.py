"""The Runs page: a row for each kept run, what is done with those selected, and their curves together."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.library_items import RunItem
from ppo_desktop.bridge.library_session import LibrarySession
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.library import Labels
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.user_files import comparisons_folder, runs_folder, studies_folder
from ppo_desktop.views.kit.table import Table
from ppo_desktop.views.runs.runs_chart import RunsChart
from ppo_desktop.views.runs.runs_page import RunsPage
from ppo_desktop.views.theme import Theme
from tests.kept_runs import SMALL, keep_branch, keep_run
from tests.widgets import find, write

ASKED: list[RunItem] = []
"""Of which runs something was asked by the menu."""


@pytest.fixture
def open_page(qtbot: QtBot, theme: Theme) -> Iterator[Callable[[], RunsPage]]:
    """Return a function that shows the page, once it has been drawn; it is closed at the end."""
    session = Session(RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1))
    comparisons, tune, maps = (
        ComparisonSession(session, comparisons_folder()),
        TuneSession(session, studies_folder()),
        MapSession(session, studies_folder()),
    )
    runs = LibrarySession(session, comparisons, tune, maps, runs_folder())
    pages: list[QWidget] = []

    def open_it() -> RunsPage:
        page = RunsPage(runs, theme, {"How good?": ASKED.append})
        page.bar.setParent(page)
        pages.append(page)
        page.resize(1200, 640)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(lambda: runs.items is not None and table(page).model().rowCount() == len(runs.shown))
        return page

    yield open_it
    for page in pages:
        page.hide()
        page.deleteLater()
    for one in (runs, comparisons, tune, maps, session):
        one.close()


def table(page: RunsPage) -> Table:
    return find(page, Table, "runs_table")


def chart(page: RunsPage) -> RunsChart:
    return find(page, RunsChart, "runs_figure")


def cell(page: RunsPage, run: str, header: str) -> QModelIndex:
    """Return the cell of a run in a column."""
    model = table(page).model()
    headers = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    number = page._library.number_of(run)
    row = next(row for row in range(model.rowCount()) if table(page).key_at(model.index(row, 0)) == number)
    return model.index(row, headers.index(header))


def press(page: RunsPage, name: str) -> None:
    button = find(page, QPushButton, name)
    assert button.isEnabled()
    button.click()


def test_a_row_says_what_was_learnt_and_what_is_said_of_it(open_page: Callable[[], RunsPage]) -> None:
    run = keep_run(seed=3, clip_range=None)
    library.set_labels(runs_folder() / run, Labels(name="", note="falls"))
    branch = keep_branch(run, at=4)
    page = open_page()
    said = {
        header: cell(page, run, header).data()
        for header in ("Algorithm", "Seed", "Steps", "Note", "Branch of")
    }
    assert said == {"Algorithm": "PPO", "Seed": "3", "Steps": "256", "Note": "falls", "Branch of": ""}
    assert "ε = off" in cell(page, run, "Differs").data()
    assert "seed 3, update 4" in cell(page, branch, "Branch of").data()
    assert cell(page, branch, "Run").data().strip().startswith("└")
    picture = cell(page, run, "Mean return").data(Qt.ItemDataRole.DecorationRole).toImage()
    assert any(
        picture.pixelColor(x, y).alpha() for x in range(picture.width()) for y in range(picture.height())
    )


def test_what_cannot_be_there_yet_is_said_in_the_place_of_the_table(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    page = open_page()
    assert not table(page).isVisible()
    keep_run()
    qtbot.waitUntil(table(page).isVisible)
    find(page, QLineEdit, "runs_find").setText("nothing of the kind")
    qtbot.waitUntil(lambda: not table(page).isVisible())


def test_the_curves_of_all_selected_runs_are_drawn_each_in_its_colour(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for seed in (1, 2, 3):
        keep_run(seed=seed)
    page = open_page()
    assert chart(page).picture is None
    selected = [page._library.shown[0], page._library.shown[2]]
    table(page).select(selected)
    qtbot.waitUntil(lambda: chart(page).picture is not None)
    picture = chart(page).picture
    assert picture is not None
    assert list(picture.keys) == selected
    assert picture.legend is not None
    assert len(picture.legend.texts) == 2
    table(page).selectAll()
    qtbot.waitUntil(lambda: chart(page).picture is not None and len(chart(page).picture.keys) == 3)


def test_the_curves_of_runs_of_one_name_are_told_apart_by_their_seeds(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for seed in (1, 2):
        library.set_labels(runs_folder() / keep_run(seed=seed), Labels(name="both"))
    page = open_page()
    table(page).selectAll()
    qtbot.waitUntil(lambda: chart(page).picture is not None)
    legend = chart(page).picture.legend  # type: ignore[union-attr]
    assert legend is not None
    assert sorted(str(text)[-1] for text in legend.texts) == ["1", "2"]


def test_the_curves_of_runs_without_a_name_and_of_one_seed_are_told_apart_by_when_they_began(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for _ in range(2):
        keep_run()
    page = open_page()
    table(page).selectAll()
    qtbot.waitUntil(lambda: chart(page).picture is not None)
    legend = chart(page).picture.legend  # type: ignore[union-attr]
    assert legend is not None
    began = sorted(page._library.run(number).entry.began for number in page._library.selected)
    said = sorted(str(text) for text in legend.texts)
    assert all(
        text.endswith(when) and text.count("seed") == 1 for text, when in zip(said, began, strict=True)
    )


def test_after_which_update_is_asked_of_one_run_alone(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for seed in (1, 2):
        keep_run(seed=seed)
    page = open_page()
    menu = find(page, QMenu, "runs_export_menu")
    box = find(menu, QWidget, "export_update")
    for n_selected in (1, 2, 1):
        table(page).select(page._library.shown[:n_selected])
        qtbot.waitUntil(lambda n=n_selected: len(page._library.selected_items) == n)  # type: ignore[misc]
        menu.popup(QPoint(0, 0))
        assert box.isVisible() == (n_selected == 1)
        menu.close()


def test_all_can_be_selected_by_a_key_also_after_a_deletion(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for seed in (1, 2, 3):
        keep_run(seed=seed)
    page = open_page()
    table(page).select([page._library.shown[1]])
    delete = find(page, QPushButton, "delete_runs_button")
    delete.setFocus()
    delete.click()
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 2)
    qtbot.keyClick(page.focusWidget() or page, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert list(page._library.selected) == list(page._library.shown)
    line = find(page, QLineEdit, "runs_find")
    line.setText("seed")
    line.setFocus()
    table(page).select([])
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert line.selectedText() == "seed"
    assert not page._library.selected


def test_selected_runs_are_named_noted_and_starred_and_the_table_says_so(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    page = open_page()
    table(page).selectAll()
    press(page, "rename_runs_button")
    write(qtbot, find(page, QLineEdit, "runs_rename_line"), "both")
    qtbot.waitUntil(lambda: cell(page, first, "Run").data() == cell(page, second, "Run").data() == "both")
    press(page, "note_runs_button")
    write(qtbot, find(page, QLineEdit, "runs_rename_line"), "for Monday")
    qtbot.waitUntil(lambda: cell(page, second, "Note").data() == "for Monday")
    star = cell(page, first, "★")
    qtbot.mouseClick(
        table(page).viewport(), Qt.MouseButton.LeftButton, pos=table(page).visualRect(star).center()
    )
    qtbot.waitUntil(lambda: cell(page, first, "★").data() == "★")
    assert cell(page, second, "★").data() == "☆"


def test_rows_that_are_selected_stay_so_when_others_come_and_go(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    page = open_page()
    numbers = [page._library.number_of(first), page._library.number_of(second)]
    table(page).select([numbers[0]])
    keep_run(seed=3)
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 3)
    assert table(page).selected_keys() == [numbers[0]]
    library.delete(runs_folder() / second)
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 2)
    assert table(page).selected_keys() == list(page._library.selected) == [numbers[0]]


def test_the_table_is_sorted_by_what_is_written_and_copied_as_it_stands(
    open_page: Callable[[], RunsPage],
) -> None:
    runs = {seed: keep_run(updates=4 * seed, seed=seed) for seed in (2, 1, 3)}
    page = open_page()
    table(page).arrange("steps:falling")
    table(page).copy_as_csv()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["run"] for row in rows] == [runs[3], runs[2], runs[1]]
    assert [(row["steps"], row["clip_range"]) for row in rows] == [
        ("384", "0.2"),
        ("256", "0.2"),
        ("128", "0.2"),
    ]


def test_groups_have_a_row_each_and_their_mean_curves_are_drawn(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for value in (0.1, 0.3):
        for seed in (1, 2):
            keep_run(seed=seed, clip_range=value)
    page = open_page()
    page._library.group("clip_range")
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 2)
    table(page).selectAll()
    qtbot.waitUntil(lambda: chart(page).picture is not None)
    assert len(page._library.selected) == 4
    assert chart(page).picture is not None
    assert list(chart(page).picture.keys) == [0, 1]
    page._library.group(None)
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 4)


def test_a_double_click_opens_a_run_in_train_where_it_ended(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    keep_run(seed=1)
    run = keep_run(seed=2)
    page = open_page()
    place = table(page).visualRect(cell(page, run, "Run")).center()
    with qtbot.waitSignal(page._library.opened):
        qtbot.mouseDClick(table(page).viewport(), Qt.MouseButton.LeftButton, pos=place)
    session = page._library.session
    qtbot.waitUntil(lambda: session.kept_run == run and session.history.updates == 8)


def test_what_is_asked_by_the_menu_is_asked_of_the_one_run_that_is_selected(
    open_page: Callable[[], RunsPage],
) -> None:
    ASKED.clear()
    keep_run(seed=1)
    run = keep_run(seed=2)
    page = open_page()
    for selected in (page._library.shown, [page._library.number_of(run)]):
        table(page).select([number for number in selected if number is not None])
        page.show_menu(QPoint())
        menu = find(page, QMenu, "run_menu")
        next(action for action in menu.actions() if action.text() == "How good?").trigger()
        menu.setObjectName("")
        menu.close()
    assert [item.id for item in ASKED] == [run]


def test_what_is_deleted_is_gone_and_undo_brings_it_back(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    first, second = keep_run(seed=1), keep_run(seed=2)
    page = open_page()
    page._library.select([page._library.number_of(first)])
    press(page, "delete_runs_button")
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 1)
    assert not find(page, QPushButton, "delete_runs_button").isEnabled()
    undo = next(action for action in page.actions() if action.text().startswith("Undo"))
    qtbot.waitUntil(undo.isEnabled)
    undo.trigger()
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 2)
    assert library.open_run(first).journal.updates == 8
    assert {entry.id for entry in library.runs()} == {first, second}


def test_the_menu_of_columns_hides_and_shows_those_of_single_runs(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    keep_run()
    page = open_page()
    table(page).hide_columns(["seed", "note"])
    menu = find(page, QMenu, "runs_columns_menu")
    menu.aboutToShow.emit()
    offered = {action.text(): action for action in menu.actions()}
    assert "Run" not in offered, "without which none could be told from another"
    assert {text for text, action in offered.items() if not action.isChecked()} == {"Seed", "Note"}
    offered["Note"].trigger()
    offered["Steps"].trigger()
    assert table(page).hidden_columns == {"seed", "steps"}
    button = find(page, QToolButton, "runs_columns_button")
    assert button.isVisible()
    page._library.group("clip_range")
    qtbot.waitUntil(lambda: not button.isVisible())


def test_columns_are_hidden_and_sorted_as_they_were_also_after_others_were_shown(
    open_page: Callable[[], RunsPage], qtbot: QtBot
) -> None:
    for seed in (1, 2):
        keep_run(updates=4 * seed, seed=seed)
    page = open_page()
    table(page).arrange("-note -seed steps:falling no:sense -nothing")
    headers = [table(page).model().headerData(c, Qt.Orientation.Horizontal) for c in range(14)]
    hidden = {header for place, header in enumerate(headers) if table(page).isColumnHidden(place)}
    assert hidden == {"Note", "Seed"}
    page._library.group("clip_range")
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 1)
    assert not any(table(page).isColumnHidden(place) for place in range(table(page).model().columnCount()))
    assert page.arrangement == "-note -nothing -seed steps:falling"
    page._library.group(None)
    qtbot.waitUntil(lambda: table(page).model().rowCount() == 2)
    assert page.arrangement == "-note -nothing -seed steps:falling"
