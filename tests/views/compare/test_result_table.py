"""The table says every result as it is written everywhere, sorts, and copies everything."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.measures import FINAL_RETURN, MEASURES
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.views.compare.result_table import ComparisonTable
from ppo_desktop.views.theme import Theme
from tests.comparisons import compared, ended_with, episode, finished, record_of
from tests.opened_comparisons import results, show
from tests.redrawn import wait_until_redrawn

RETURNS = ((300.0, 310.0), (400.0, 420.0), (10.0, 20.0))
VALUES = (0.1, 0.4, 0.2)
RETURN = FINAL_RETURN.header


@pytest.fixture
def card(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> ComparisonTable:
    card = ComparisonTable(comparisons, theme)
    qtbot.addWidget(card)
    card.resize(560, 240)
    with qtbot.waitExposed(card):
        card.show()
    return card


@pytest.fixture
def table(qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable) -> QTableView:
    show(qtbot, comparisons, compared(VALUES, n_seeds=2), results(*RETURNS))
    return card.findChild(QTableView, "comparison_table")


def headers(table: QTableView) -> list[str]:
    model = table.model()
    texts = (model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount()))
    return [text.replace("\n", " ") for text in texts]


def column(table: QTableView, header: str) -> list[str]:
    model = table.model()
    place = headers(table).index(header)
    return [model.index(row, place).data() for row in range(model.rowCount())]


def test_alone_it_leaves_out_the_least_important_columns_rather_than_scroll(
    card: ComparisonTable, table: QTableView
) -> None:
    def shown() -> list[str]:
        return [header for n, header in enumerate(headers(table)) if not table.isColumnHidden(n)]

    card.resize(760, 240)
    everything, scrolled = headers(table), table.horizontalScrollBar()
    assert (shown(), scrolled.maximum() > 0) == (everything, True)
    card.show_less(True)
    QApplication.processEvents()
    assert scrolled.maximum() == 0
    assert shown() == everything[: len(shown())]
    assert RETURN in shown()
    card.resize(4000, 240)
    assert shown() == everything, "there is room for all of it"
    card.resize(760, 240)
    card.show_less(False)
    assert shown() == everything


def click(table: QTableView, header: str, qtbot: QtBot) -> None:
    place = headers(table).index(header)
    section = table.horizontalHeader()
    point = QPointF(section.sectionViewportPosition(place) + 8, section.height() / 2).toPoint()
    qtbot.mouseClick(section.viewport(), Qt.MouseButton.LeftButton, pos=point)


def move_to(table: QTableView, point: QPointF) -> None:
    """Move the mouse over the rows."""
    viewport, button = table.viewport(), Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        point,
        viewport.mapToGlobal(point),
        button,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


def solved_at(steps: int) -> RunRecord:
    return record_of([*(episode(n, 480, 480) for n in range(1, 100)), episode(steps, 480, 480), finished()])


# ---- what stands there


def test_a_number_is_called_the_same_in_its_column_and_everywhere_else(table: QTableView) -> None:
    named_so = {measure.header for measure in MEASURES.values()}
    others = {"ε", "95 % interval"}
    assert set(headers(table)) == named_so | others
    assert len(headers(table)) == len(set(headers(table)))


def test_while_runs_learn_there_is_no_interval(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable
) -> None:
    runs = results(*RETURNS)
    del runs[RunKey(2, 2)]
    show(qtbot, comparisons, compared(VALUES, n_seeds=2), runs)
    table = card.findChild(QTableView, "comparison_table")
    assert column(table, RETURN) == ["305.0", "410.0", "10.0"]
    assert "95 % interval" not in headers(table)
    tip = table.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "so far, with 5 of 6 runs done" in tip
    assert "95 %" not in tip


def test_a_row_for_each_value_with_its_results_as_they_are_written_everywhere(table: QTableView) -> None:
    assert column(table, "ε") == ["0.10", "0.40", "0.20"]
    assert column(table, RETURN) == ["305.0", "410.0", "15.0"]
    assert column(table, "95 % interval") == [
        "300.0\u2009–\u2009310.0",
        "400.0\u2009–\u2009420.0",
        "10.0\u2009–\u200920.0",
    ]
    assert column(table, "Collapsed") == ["0 of 2"] * 3
    assert column(table, "Approx. KL, nats") == ["—"] * 3


def test_numbers_stand_at_the_right_and_values_have_their_markers(table: QTableView) -> None:
    model = table.model()
    right = model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole)
    assert right & Qt.AlignmentFlag.AlignRight
    markers = [
        model.index(row, 0).data(Qt.ItemDataRole.DecorationRole).toImage() for row in range(model.rowCount())
    ]
    assert markers[0] != markers[1] != markers[2] != markers[0]


def test_rows_keep_their_markers_while_another_comparison_has_no_digest_yet(
    monkeypatch: pytest.MonkeyPatch, table: QTableView
) -> None:
    def marker() -> QImage:
        return table.model().index(2, 0).data(Qt.ItemDataRole.DecorationRole).toImage()

    before = marker()
    monkeypatch.setattr(ComparisonSession, "comparison", compared((0.1,), n_seeds=1))
    table.viewport().repaint()
    assert marker() == before


def test_steps_until_solved_say_how_many_seeds_are(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable
) -> None:
    runs = {
        RunKey(0, 1): solved_at(400),
        RunKey(0, 2): solved_at(600),
        RunKey(1, 1): solved_at(400),
        RunKey(1, 2): ended_with(9),
        RunKey(2, 1): ended_with(9),
        RunKey(2, 2): ended_with(9),
    }
    show(qtbot, comparisons, compared((0.1, 0.2, 0.4), n_seeds=2), runs)
    assert column(card.table, "Steps until solved") == ["500 (2 of 2)", "≥ 700 (1 of 2)", "—"]


def test_an_environment_without_a_threshold_has_no_such_column(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable
) -> None:
    comparison = compared((0.1, 0.2), 2, environment_id="Pendulum-v1")
    show(qtbot, comparisons, comparison, results((-900, -900), (-850, -750)))
    assert "Steps until solved" not in headers(card.table)
    assert column(card.table, RETURN) == ["−900.0", "−800.0"]
    assert column(card.table, "95 % interval") == ["−900.0 to −900.0", "−850.0 to −750.0"]


def test_what_diverged_or_failed_has_a_column_only_where_there_is_any(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable, table: QTableView
) -> None:
    assert not {"Diverged", "Failed"} & set(headers(table))
    runs = results((300, 310), (400, 420))
    runs[RunKey(0, 1)] = ended_with(300, FinishReason.DIVERGED)
    runs[RunKey(1, 2)] = record_of([finished(100, FinishReason.FAILED, "The pole is gone.")])
    show(qtbot, comparisons, compared(n_seeds=2), runs)
    assert column(table, "Diverged") == ["1 of 2", "0 of 1"]
    assert column(table, "Failed") == ["—", "1"]
    place = headers(table).index("Failed")
    assert "The pole is gone." in table.model().index(1, place).data(Qt.ItemDataRole.ToolTipRole)


def test_the_seeds_stand_in_the_tooltip(table: QTableView) -> None:
    tip = table.model().index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "seed 1: 400.0" in tip
    assert "seed 2: 420.0" in tip


# ---- sorting


def test_clicks_sort_up_then_down_then_not_at_all(table: QTableView, qtbot: QtBot) -> None:
    orders = []
    for _ in range(3):
        click(table, RETURN, qtbot)
        orders.append(column(table, "ε"))
    assert orders == [["0.20", "0.10", "0.40"], ["0.40", "0.10", "0.20"], ["0.10", "0.40", "0.20"]]


def test_what_is_not_known_comes_last_either_way(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable
) -> None:
    runs = results((300,), (400,), (10,))
    del runs[RunKey(1, 1)]
    runs[RunKey(1, 1)] = record_of([finished(100, FinishReason.FAILED, "Gone.")])
    show(qtbot, comparisons, compared(VALUES, n_seeds=1), runs)
    for expected in (["0.20", "0.10", "0.40"], ["0.10", "0.20", "0.40"]):
        click(card.table, RETURN, qtbot)
        assert column(card.table, "ε") == expected


def test_new_numbers_leave_the_order_as_it_was_asked_for(
    table: QTableView, qtbot: QtBot, comparisons: ComparisonSession
) -> None:
    click(table, RETURN, qtbot)
    with qtbot.waitSignal(comparisons.digest_changed):
        comparisons.choose_reference(1)
    wait_until_redrawn(qtbot)
    assert column(table, RETURN) == ["15.0", "305.0", "410.0"]


# ---- what one can do


def test_pointing_at_a_row_points_at_the_variant_everywhere(
    table: QTableView, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    click(table, RETURN, qtbot)
    move_to(table, QPointF(table.visualRect(table.model().index(0, 1)).center()))
    assert comparisons.highlighted == 2
    faint = table.model().index(1, 1).data(Qt.ItemDataRole.ForegroundRole)
    assert faint.alphaF() < 1
    assert table.model().index(0, 1).data(Qt.ItemDataRole.ForegroundRole) is None
    move_to(table, QPointF(20, table.viewport().height() - 3))
    assert comparisons.highlighted is None


def test_the_arrow_keys_point_at_rows_too(
    table: QTableView, card: ComparisonTable, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    card.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    table.setCurrentIndex(table.model().index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert comparisons.highlighted == 1
    table.clearFocus()
    assert comparisons.highlighted is None


def test_tab_goes_on_to_the_next_control_and_not_from_cell_to_cell(
    table: QTableView, card: ComparisonTable, qtbot: QtBot
) -> None:
    beyond = QLineEdit(card)
    card.layout().addWidget(beyond)
    beyond.show()
    QWidget.setTabOrder(table, beyond)
    card.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Qt.Key.Key_Tab)
    assert beyond.hasFocus()


def test_the_row_reached_stays_with_its_variant_when_rows_are_sorted_or_numbers_are_new(
    table: QTableView, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    table.setCurrentIndex(table.model().index(2, 1))  # ε = 0.20, with the least return
    click(table, RETURN, qtbot)
    assert (table.currentIndex().row(), table.currentIndex().siblingAtColumn(0).data()) == (0, "0.20")
    assert [index.row() for index in table.selectionModel().selectedRows()] == [0]
    place = next(n for n, header in enumerate(headers(table)) if header.startswith("Return"))
    digest = comparisons.digest
    assert digest is not None
    means = [dataclasses.replace(one, centre=-one.centre) for one in digest.estimates["final_return"]]
    estimates = {**digest.estimates, "final_return": tuple(means)}
    comparisons.inquiry.digest = dataclasses.replace(digest, estimates=estimates)
    comparisons.digest_changed.emit()
    wait_until_redrawn(qtbot)
    assert column(table, "ε") == ["0.40", "0.10", "0.20"]
    assert (table.currentIndex().row(), table.currentIndex().column()) == (2, place)
    assert table.currentIndex().siblingAtColumn(0).data() == "0.20"


def test_return_opens_the_row_reached_in_train(
    table: QTableView, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    click(table, RETURN, qtbot)
    table.setCurrentIndex(table.model().index(0, 0))
    with qtbot.waitSignal(comparisons.opened_in_train):
        qtbot.keyClick(table, Qt.Key.Key_Return)
    settings = comparisons.session.settings
    assert (settings.seed, settings.hyperparameters.clip_range) == (1, 0.2)


def test_everything_is_copied_as_csv_in_the_order_shown(
    table: QTableView, card: ComparisonTable, qtbot: QtBot
) -> None:
    click(table, RETURN, qtbot)
    card.findChild(QPushButton, "copy_results_button").click()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["clip_range"] for row in rows] == ["0.2", "0.1", "0.4"]
    assert [float(row["final_return"]) for row in rows] == [15, 305, 410]
    QGuiApplication.clipboard().clear()
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("clip_range,")


def test_without_results_there_is_nothing_to_copy(card: ComparisonTable) -> None:
    assert not card.findChild(QPushButton, "copy_results_button").isEnabled()


def test_a_double_click_opens_the_first_seed_in_train(
    table: QTableView, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    place = table.visualRect(table.model().index(1, 1)).center()
    with qtbot.waitSignal(comparisons.opened_in_train):
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    settings = comparisons.session.settings
    assert (settings.seed, settings.hyperparameters.clip_range) == (1, 0.4)


def test_the_menu_of_a_row_offers_every_seed(
    table: QTableView, comparisons: ComparisonSession, qtbot: QtBot
) -> None:
    place = table.visualRect(table.model().index(2, 1)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, table.viewport().mapToGlobal(place))
    QApplication.sendEvent(table.viewport(), event)
    menu = table.findChild(QMenu, "variant_menu")
    opened, shown, compare = (action for action in menu.actions() if not action.isSeparator())
    with qtbot.waitSignal(comparisons.opened_in_train):
        opened.menu().actions()[1].trigger()
    settings = comparisons.session.settings
    assert (settings.seed, settings.hyperparameters.clip_range) == (2, 0.2)
    shown.menu().actions()[1].trigger()
    compare.trigger()
    assert (comparisons.seed, comparisons.question.reference) == (2, 2)
    menu.close()


def test_a_hidden_table_rests_and_catches_up(
    qtbot: QtBot, comparisons: ComparisonSession, card: ComparisonTable
) -> None:
    card.hide()
    show(qtbot, comparisons, compared(VALUES, n_seeds=2), results(*RETURNS))
    assert card.table.model().rowCount() == 0
    with qtbot.waitExposed(card):
        card.show()
    assert card.table.model().rowCount() == 3
