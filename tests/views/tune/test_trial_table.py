"""Every trial has a row that says what became of it, in words, and can be sorted, lit, opened and copied."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_table import TrialsCard
from tests.shown_studies import PLAN, at, digested, many, show_study, without_value

NOON = datetime(2025, 11, 25, 12)
TRIALS = [
    at(0, 100.0, 0.0, 0.0, 0.0, is_random=True, begun=NOON, ended=NOON + timedelta(seconds=3.25)),
    at(1, 450.0, 0.5, 0.5, 0.5),
    without_value(2, TrialState.FAILED, "The numbers blew up after 512 steps."),
    at(3, 80.0, 1.0, 1.0, 1.0, state=TrialState.PRUNED),
    without_value(4, TrialState.INTERRUPTED),
    at(5, None, 0.2, 0.2, 0.2, state=TrialState.RUNNING, retry_of=4),
]


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> Iterator[TrialsCard]:
    card = TrialsCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(900, 300)
    with qtbot.waitExposed(card):
        card.show()
    yield card
    card.hide()


def headers(card: TrialsCard) -> list[str]:
    model = card.table.model()
    columns = range(model.columnCount())
    return [model.headerData(column, Qt.Orientation.Horizontal) for column in columns]


def column(card: TrialsCard, header: str) -> list[str]:
    model = card.table.model()
    place = headers(card).index(header)
    return [model.index(row, place).data() for row in range(model.rowCount())]


def index(card: TrialsCard, row: int) -> QModelIndex:
    return card.table.model().index(row, 0)


def place_of(card: TrialsCard, row: int) -> QPoint:
    return card.table.visualRect(index(card, row)).center()


def test_the_row_of_a_trial_pointed_at_elsewhere_comes_into_sight(
    card: TrialsCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(60)))
    seen = card.table.viewport().rect()
    assert not seen.contains(place_of(card, 55))
    tune.highlight(55)
    assert seen.contains(place_of(card, 55))
    place = card.table.verticalScrollBar().value()
    tune.highlight(None)
    assert card.table.verticalScrollBar().value() == place


def test_before_any_trial_there_are_words(card: TrialsCard) -> None:
    assert not card.table.isVisible()
    assert not card.corner.isEnabled()


def test_states_are_said_in_words(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    assert column(card, "State") == ["complete", "complete", "failed", "pruned", "interrupted", "running"]


def test_each_hyperparameter_has_a_column(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    assert headers(card) == ["Trial", "State", "Objective", "ε", "α", "K", "Seconds", "Note"]
    assert column(card, "ε")[:2] == ["0.05", "0.158"]
    assert column(card, "Objective") == ["100.0", "450.0", "—", "80.0", "—", "—"]
    assert column(card, "Seconds")[:2] == ["3.2", "—"]


def test_the_best_is_marked_and_bold(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    assert column(card, "Trial")[:2] == ["0", "★ 1"]
    font = index(card, 1).data(Qt.ItemDataRole.FontRole)
    assert isinstance(font, QFont)
    assert font.bold()
    assert index(card, 0).data(Qt.ItemDataRole.FontRole) is None


def test_notes_say_what_was_random_retried_or_failed(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    assert column(card, "Note") == [
        "random",
        "best",
        "The numbers blew up after 512 steps.",
        "",
        "tried again as 5",
        "tries 4 again",
    ]


def test_workers_have_a_column_only_if_there_are_several(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested([at(0, 1.0, worker="here:1"), at(1, 2.0, worker="here:1")]))
    assert "Worker" not in headers(card)
    show_study(tune, digested([at(0, 1.0, worker="here:1"), at(1, 2.0, worker="there:2")]))
    assert column(card, "Worker") == ["here:1", "there:2"]


def test_a_header_sorts_and_what_has_no_value_comes_last(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    place = headers(card).index("Objective")
    card.table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    assert column(card, "Objective") == ["450.0", "100.0", "80.0", "—", "—", "—"]


def test_order_and_row_reached_stay_when_trials_are_added(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    card.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    card.table.setCurrentIndex(index(card, 1))
    show_study(tune, digested([*TRIALS, at(6, 475.0)]))
    assert column(card, "Objective")[:3] == ["475.0", "450.0", "100.0"]
    assert card.table.currentIndex().row() == 2


def test_rows_that_say_something_else_are_told_of_and_no_others(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    model, told = card.table.model(), []
    model.modelReset.connect(lambda: told.append("all"))
    model.layoutChanged.connect(lambda: told.append("all"))
    model.rowsInserted.connect(lambda _parent, first, last: told.append(("new", first, last)))
    model.dataChanged.connect(lambda first, last: told.append(("changed", first.row(), last.row())))
    show_study(tune, digested(TRIALS))
    assert told == []
    show_study(
        tune, digested([*TRIALS[:5], at(5, 90.0, 0.2, 0.2, 0.2, retry_of=4), at(6, 20.0), at(7, 30.0)])
    )
    assert told == [("new", 6, 7), ("changed", 5, 5)]
    assert column(card, "Objective")[4:] == ["—", "90.0", "20.0", "30.0"]


def test_another_best_is_marked_in_the_place_of_the_one_before(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    model, told = card.table.model(), []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    show_study(tune, digested([*TRIALS, at(6, 475.0)]))
    assert column(card, "Trial")[1] == "1"
    assert column(card, "Trial")[6] == "★ 6"
    assert told == [(1, 1)]


def test_pointing_at_a_row_lights_the_trial_and_the_others_are_faint(
    qtbot: QtBot, card: TrialsCard, tune: TuneSession
) -> None:
    show_study(tune, digested(TRIALS))
    card.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    card.table.entered.emit(index(card, 0))
    assert tune.highlighted == 1
    assert index(card, 0).data(Qt.ItemDataRole.ForegroundRole) is None
    assert index(card, 1).data(Qt.ItemDataRole.ForegroundRole) is not None
    qtbot.mouseMove(card.table.viewport(), QPoint(20, card.table.viewport().height() - 3))
    tune.highlight(None)
    assert index(card, 1).data(Qt.ItemDataRole.ForegroundRole) is None


def test_a_double_click_and_return_open_a_trial_in_train(
    qtbot: QtBot, card: TrialsCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(tune, "use_in_train", opened.append)
    show_study(tune, digested(TRIALS))
    qtbot.mouseDClick(card.table.viewport(), Qt.MouseButton.LeftButton, pos=place_of(card, 1))
    card.table.setCurrentIndex(index(card, 3))
    qtbot.keyClick(card.table, Qt.Key.Key_Return)
    assert opened == [1, 3]


def test_the_menu_of_a_row_opens_its_trial(
    card: TrialsCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(tune, "use_in_train", opened.append)
    show_study(tune, digested(TRIALS))
    card.show_menu(3, QPoint(5, 5))
    menu = card.table.findChild(QMenu, "trial_menu")
    assert menu is not None
    menu.actions()[0].trigger()
    assert opened == [3]


def test_the_table_is_copied_in_the_order_shown(card: TrialsCard, tune: TuneSession) -> None:
    show_study(tune, digested(TRIALS))
    card.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    button = card.corner
    assert isinstance(button, QPushButton)
    button.click()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["number"] for row in rows][:3] == ["1", "0", "3"]


def test_texts_of_thousands_of_trials_are_written_only_when_they_are_seen(
    card: TrialsCard, tune: TuneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    seconds = TrialRecord.seconds.fget
    assert seconds is not None
    monkeypatch.setattr(
        "ppo_desktop.views.tune.trial_columns.objective_text",
        lambda value, _environment: written.append(1) or str(value),
    )
    show_study(tune, digested(many(1_500, PLAN)))
    card.table.viewport().repaint()
    assert card.table.model().rowCount() == 1_500
    assert 0 < len(written) < 200
