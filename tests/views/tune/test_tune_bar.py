"""Tune's bar sets up who chooses and how many trials, and its buttons say what they will do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.study.place import Place
from ppo_desktop.views.kit.bar import take_what_is_typed
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.tune.tune_bar import MOST_TRIALS, UNTIL_STOPPED, TrialsCombo, TuneBar, parse_trials
from tests.widgets import choose, find, lay_out

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def bar(qtbot: QtBot, tune: TuneSession) -> Iterator[TuneBar]:
    window = QWidget()
    qtbot.addWidget(window)
    bar = TuneBar(tune)
    bar.setParent(window)
    window.resize(1400, 80)
    bar.resize(1400, 80)
    with qtbot.waitExposed(window):
        window.show()
    yield bar
    window.close()


def be(tune: TuneSession, state: JobState, name: str = "") -> None:
    """Let a session be in a state, with a study of a name shown."""
    tune.state = state
    tune.place = Place(tune.folder / f"{name}.db", name) if name else None
    tune.state_changed.emit()


def test_sampler_and_pruner_are_chosen(bar: TuneBar, tune: TuneSession) -> None:
    choose(find(bar, QComboBox, "sampler_combo"), "Random")
    choose(find(bar, QComboBox, "pruner_combo"), "Median")
    assert (tune.drafting.strategy.sampler, tune.drafting.strategy.pruner) == ("random", "median")


def test_the_tooltip_says_what_the_chosen_sampler_does(bar: TuneBar, tune: TuneSession) -> None:
    tune.drafting.choose_sampler("grid")
    combo = find(bar, QComboBox, "sampler_combo")
    assert combo.currentText() == "Grid"
    assert "every combination" in combo.toolTip()


def test_what_is_not_installed_is_greyed_with_the_reason(qtbot: QtBot) -> None:
    choices = {"a": Option("A", "Does a."), "b": Option("B", "Does b.", "Needs the package bee")}
    combo = ChoiceCombo("choice", "Choice", "sampler", choices)
    qtbot.addWidget(combo)
    model = combo.model()
    assert isinstance(model, QStandardItemModel)
    assert [model.item(place).isEnabled() for place in range(2)] == [True, False]
    assert "Needs the package bee" in combo.itemData(1, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("name", ["sampler_combo", "pruner_combo", "trials_combo"])
def test_a_choice_takes_as_much_room_whatever_is_chosen(bar: TuneBar, name: str) -> None:
    combo = find(bar, QComboBox, name)
    widths = set()
    for index in range(combo.count()):
        combo.setCurrentIndex(index)
        widths.add(combo.sizeHint().width())
    assert len(widths) == 1


def test_the_name_of_a_study_is_shortened_before_the_bar_takes_another_row(
    bar: TuneBar, tune: TuneSession
) -> None:
    be(tune, JobState.RESTING, "CartPole-v1, ten values")
    lay_out()
    button, height = find(bar, QToolButton, "studies_button"), bar.sizeHint().height()
    assert button.width() == button.sizeHint().width()
    shown = [part for part in bar.findChildren(QWidget) if part.parent() is bar and part.isVisible()]
    spare = bar.width() - max(part.geometry().right() for part in shown) - 1
    stretch = (
        find(bar, QPushButton, "tune_button").x() - find(bar, QSpinBox, "at_once_box").geometry().right()
    )
    bar.resize(bar.width() - spare - stretch - 30, 80)
    lay_out()
    assert button.minimumSizeHint().width() <= button.width()
    assert bar.sizeHint().height() == height


# ---- how many trials


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60", 60), (" 1 ", 1), ("1 000", 1000), ("1\u00a0000", 1000), ("100,000", MOST_TRIALS)],
)
def test_numbers_of_trials_are_read(text: str, expected: int) -> None:
    assert parse_trials(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "-3", "many", "1.5", "1000000", "nan", "60 more trials", UNTIL_STOPPED]
)
def test_what_is_no_number_of_trials_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="How many more trials"):
        parse_trials(text)


def test_a_number_of_trials_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.500 can be read as 1 or as 1500"):
        parse_trials("1.500")


def test_trials_are_typed_or_go_on_until_stopped(qtbot: QtBot, bar: TuneBar, tune: TuneSession) -> None:
    combo = find(bar, TrialsCombo, "trials_combo")
    line = combo.lineEdit()
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, "25")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert tune.drafting.n_trials == 25
    assert line.text() == "25"
    choose(combo, UNTIL_STOPPED)
    assert tune.drafting.n_trials is None
    assert line.text() == UNTIL_STOPPED


def test_a_wrong_number_of_trials_is_told_and_put_back(qtbot: QtBot, bar: TuneBar, tune: TuneSession) -> None:
    line = find(bar, TrialsCombo, "trials_combo").lineEdit()
    assert line is not None
    before = line.text()
    line.selectAll()
    qtbot.keyClicks(line, "lots")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "How many more trials" in tune.notices.current.text
    assert line.text() == before


def test_what_is_typed_counts_at_start(qtbot: QtBot, bar: TuneBar, tune: TuneSession) -> None:
    line = find(bar, TrialsCombo, "trials_combo").lineEdit()
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, "7")
    find(bar, QSpinBox, "at_once_box").lineEdit().setText("3")
    take_what_is_typed(bar)
    assert (tune.drafting.n_trials, tune.drafting.trials_at_once) == (7, 3)


# ---- its buttons


@pytest.mark.parametrize(
    ("state", "name", "text", "is_enabled"),
    [
        (JobState.EMPTY, "", "▶ Start", True),
        (JobState.OPENING, "", "Opening…", False),
        (JobState.RESTING, "kept", "▶ 60 more", True),
        (JobState.RUNNING, "kept", "❚❚ Pause", True),
        (JobState.PAUSED, "kept", "▶ Resume", True),
        (JobState.FINISHING, "kept", "Finishing…", False),
    ],
)
def test_the_start_button_says_what_it_will_do(
    bar: TuneBar, tune: TuneSession, state: JobState, name: str, text: str, *, is_enabled: bool
) -> None:
    be(tune, state, name)
    button = find(bar, QPushButton, "tune_button")
    assert button.text() == text
    assert button.isEnabled() is is_enabled


def test_start_is_greyed_with_the_reason_where_nothing_can_be_added(bar: TuneBar, tune: TuneSession) -> None:
    start = find(bar, QPushButton, "tune_button")
    assert start.isEnabled()
    tune.why_no_more = "It was trained with a hyperparameter that is not known here."
    be(tune, JobState.RESTING, "rates")
    assert not start.isEnabled()
    assert start.toolTip() == tune.why_no_more


def test_continue_says_how_much_it_does(bar: TuneBar, tune: TuneSession) -> None:
    button = find(bar, QPushButton, "tune_button")
    be(tune, JobState.RESTING, "kept")
    tune.n_left = 14
    tune.drafting.set_trials(14)
    assert button.text() == "▶ Continue, 14 left"
    tune.drafting.set_trials(20)
    assert button.text() == "▶ 20 more"
    tune.drafting.set_trials(None)
    assert button.text() == "▶ Continue until stopped"


def test_stop_offers_what_can_be_done_now(bar: TuneBar, tune: TuneSession) -> None:
    button = find(bar, QToolButton, "tune_stop_button")
    after, now = find(bar, QMenu, "tune_stop_menu").actions()
    be(tune, JobState.RESTING, "kept")
    assert not button.isEnabled()
    be(tune, JobState.RUNNING, "kept")
    assert button.isEnabled()
    assert after.isEnabled()
    be(tune, JobState.FINISHING, "kept")
    assert not after.isEnabled()
    assert now.isEnabled()
    be(tune, JobState.OPENING)
    assert button.isEnabled()
    assert "no longer" in now.text()


def test_while_trials_run_nothing_of_them_can_be_chosen(bar: TuneBar, tune: TuneSession) -> None:
    for state in (JobState.RUNNING, JobState.OPENING):
        be(tune, state, "kept")
        assert not find(bar, QComboBox, "sampler_combo").isEnabled()
    be(tune, JobState.RESTING, "kept")
    assert find(bar, QComboBox, "sampler_combo").isEnabled()


def test_the_menu_button_names_the_study_shown(bar: TuneBar, tune: TuneSession) -> None:
    button = find(bar, QToolButton, "studies_button")
    assert button.text() == "New study ▾"
    be(tune, JobState.RESTING, "a name that is far too long for a button")
    assert button.text() == "a name that is far too … ▾"
    assert "too …" in button.accessibleName()
    be(tune, JobState.RESTING, "Tom & Jerry")
    assert button.text() == "Tom && Jerry ▾", "a single one would underline what follows"
