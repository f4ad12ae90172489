"""Compare's bar sets up what its controls say, and its buttons say what they will do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.comparison.plan import (
    FEWEST_STEPS,
    MOST_STEPS,
    SETTINGS,
    Configuration,
    field_label,
    opposed,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.views.compare.compare_bar import A_AGAINST_B, CompareBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import StepsBox, ValuesLine, parse_steps
from ppo_desktop.views.theme import Theme
from tests.comparisons_running import finish, run_on
from tests.widgets import choose, find, lay_out

Widget = TypeVar("Widget", bound=QWidget)
WIDE = 1400


@pytest.fixture
def bar(qtbot: QtBot, comparisons: ComparisonSession, theme: Theme) -> Iterator[CompareBar]:
    window = QWidget()  # a window of its own would not become narrower than one row
    qtbot.addWidget(window)
    bar = CompareBar(comparisons, theme)
    bar.setParent(window)
    bar.resize(WIDE, 80)
    window.resize(WIDE, 80)
    with qtbot.waitExposed(window):
        window.show()
    yield bar
    window.close()


def type_values(
    qtbot: QtBot, bar: CompareBar, text: str, key: Qt.Key | None = Qt.Key.Key_Return
) -> ValuesLine:
    line = find(bar, ValuesLine, "values_line")
    line.selectAll()
    qtbot.keyClicks(line, text)
    if key is not None:
        qtbot.keyClick(line, key)
    return line


def start_text(bar: CompareBar) -> str:
    return find(bar, QPushButton, "compare_button").text()


# ---- what is set up


def test_values_that_are_confirmed_are_planned(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    type_values(qtbot, bar, "0.1 0.3 off")
    planned = comparisons.planning.planned
    assert planned is not None
    assert [variant.value for variant in planned.variants] == [0.1, 0.3, None]


def test_a_wrong_line_keeps_its_text_and_is_marked_until_it_is_right(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    line = type_values(qtbot, bar, "0.1 7")
    assert line.text() == "0.1 7"
    assert line.property("role") == "warning"
    assert comparisons.planning.planned is None
    type_values(qtbot, bar, "0.1 0.7")
    assert line.property("role") == ""


def test_what_is_being_typed_is_not_overwritten(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    bar.activateWindow()
    line = find(bar, ValuesLine, "values_line")
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    type_values(qtbot, bar, "0.1 0.", key=None)
    comparisons.planning.set_seeds(7)
    assert line.text() == "0.1 0."


def test_a_click_on_compare_takes_what_was_typed_without_enter(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    comparisons.planning.set_seeds(1)
    type_values(qtbot, bar, "0.1 0.3", key=None)
    steps = find(bar, StepsBox, "compare_steps")
    steps.lineEdit().setText("1.5M")
    qtbot.mouseClick(find(bar, QPushButton, "compare_button"), Qt.MouseButton.LeftButton)
    shown = comparisons.comparison
    assert shown is not None
    assert [variant.value for variant in shown.variants] == [0.1, 0.3]
    assert shown.total_steps == 1_500_000


def test_another_hyperparameter_brings_values_and_its_colour(
    bar: CompareBar, comparisons: ComparisonSession, theme: Theme
) -> None:
    combo = find(bar, QComboBox, "vary_combo")
    choose(combo, field_label("entropy_coef"))
    assert comparisons.planning.draft.field == "entropy_coef"
    assert find(bar, ValuesLine, "values_line").text() == comparisons.planning.draft.values
    colour = combo.itemData(combo.currentIndex(), Qt.ItemDataRole.ForegroundRole)
    assert QColor(colour) == theme.colour("entropy")
    assert theme.colour("entropy").name() in combo.styleSheet()
    choose(combo, field_label("learning_rate"))
    assert theme.colour("entropy").name() not in combo.styleSheet()


def test_another_environment_is_asked_the_same(bar: CompareBar, comparisons: ComparisonSession) -> None:
    choose(find(bar, QComboBox, "compare_environment_combo"), "Pendulum-v1")
    assert comparisons.planning.draft.environment_id == "Pendulum-v1"
    assert comparisons.planning.draft.field == "clip_range"


def test_any_other_environment_can_be_typed(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    bar.activateWindow()
    combo = find(bar, QComboBox, "compare_environment_combo")
    choose(combo, "Other id…")
    line = combo.lineEdit()
    assert line is not None
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, "CartPole-v0")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert comparisons.planning.draft.environment_id == "CartPole-v0"
    assert combo.currentText() == "CartPole-v0"


def test_seeds_are_planned_as_they_are_chosen(bar: CompareBar, comparisons: ComparisonSession) -> None:
    box = find(bar, QSpinBox, "compare_seeds")
    box.setValue(1)
    assert comparisons.planning.draft.n_seeds == 1
    assert box.text() == "1 seed"
    box.setValue(500)
    assert comparisons.planning.draft.n_seeds == 20


def test_a_number_of_seeds_being_typed_is_not_thrown_away(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    box = find(bar, QSpinBox, "compare_seeds")
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, "7")
    comparisons.planning.set_total_steps(20_000)
    assert box.text().startswith("7")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert comparisons.planning.draft.n_seeds == 7


def test_a_set_up_from_elsewhere_is_shown(bar: CompareBar, comparisons: ComparisonSession) -> None:
    comparisons.planning.choose_field("n_epochs")
    comparisons.planning.set_values("1 4")
    comparisons.planning.set_seeds(5)
    comparisons.planning.set_total_steps(20_000)
    assert find(bar, QComboBox, "vary_combo").currentText() == field_label("n_epochs")
    assert find(bar, ValuesLine, "values_line").text() == "1 4"
    assert find(bar, QSpinBox, "compare_seeds").text() == "5 seeds"
    assert find(bar, StepsBox, "compare_steps").text() == "20 000 steps"


# ---- A against B


def test_a_against_b_offers_each_configuration_with_both_algorithms(
    bar: CompareBar, comparisons: ComparisonSession
) -> None:
    choose(find(bar, QComboBox, "vary_combo"), A_AGAINST_B)
    assert not find(bar, ValuesLine, "values_line").isVisible()
    first, second = (find(bar, QComboBox, f"side_{side}_combo") for side in "ab")
    choose(first, "Demonstration · A2C")
    choose(second, "as in Train · PPO")
    planned = comparisons.planning.planned
    assert planned is not None
    assert [variant.label for variant in planned.variants] == [
        "A: Demonstration · A2C",
        "B: as in Train · PPO",
    ]
    assert [variant.algorithm for variant in planned.variants] == [Algorithm.A2C, Algorithm.PPO]


def test_more_than_two_configurations_are_counted_until_two_are_chosen(
    bar: CompareBar, comparisons: ComparisonSession
) -> None:
    several = [
        Configuration(f"ε {epsilon}", Algorithm.PPO, Hyperparameters(clip_range=epsilon))
        for epsilon in (0.1, 0.2, 0.3)
    ]
    comparisons.planning.set_up(opposed("CartPole-v1", several, 1, 1000))
    assert not find(bar, QComboBox, "side_a_combo").isVisible()
    assert bar._as_given.text() == "3 configurations"
    choose(find(bar, QComboBox, "vary_combo"), A_AGAINST_B)
    assert find(bar, QComboBox, "side_a_combo").currentText() == "ε 0.1"
    assert find(bar, QComboBox, "side_b_combo").currentText() == "ε 0.3"


def test_what_varies_has_a_separator_before_a_against_b(bar: CompareBar) -> None:
    combo = find(bar, ChoiceCombo, "vary_combo")
    last = combo.count() - 1
    assert combo.values[last] == SETTINGS
    assert combo.itemData(last - 1, Qt.ItemDataRole.AccessibleDescriptionRole) == "separator"


# ---- the buttons


def test_the_button_says_what_it_will_do(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    button, stop = find(bar, QPushButton, "compare_button"), find(bar, QPushButton, "stop_button")
    assert start_text(bar) == "▶ Compare"
    assert not stop.isEnabled()
    run_on(comparisons)
    assert start_text(bar) == "❚❚ Pause"
    assert stop.isEnabled()
    button.click()
    assert comparisons.state is JobState.PAUSED
    assert start_text(bar) == "▶ Resume"
    assert stop.isEnabled()
    stop.click()
    assert comparisons.state is JobState.RESTING
    n_runs = comparisons.planning.draft.n_seeds * 2
    assert start_text(bar) == f"▶ Continue, {n_runs} runs left"
    assert not stop.isEnabled()
    comparisons.planning.set_seeds(comparisons.planning.draft.n_seeds + 2)
    assert start_text(bar) == f"▶ Continue, {n_runs + 4} runs left"
    comparisons.planning.set_values("0.1 0.2 0.3")
    assert start_text(bar) == "▶ Compare"


def test_more_seeds_than_are_done_can_be_added(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    finish(qtbot, comparisons, n_seeds=1)
    assert start_text(bar) == "▶ Compare"
    comparisons.planning.set_seeds(2)
    assert start_text(bar) == "▶ Add 1 seed"
    comparisons.planning.set_seeds(3)
    assert start_text(bar) == "▶ Add 2 seeds"


# ---- its room


def test_it_stands_in_one_row_where_it_fits_and_in_two_elsewhere(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    values, button = find(bar, ValuesLine, "values_line"), find(bar, QPushButton, "compare_button")

    def rows() -> int:
        return 1 if abs(values.geometry().center().y() - button.geometry().center().y()) < 10 else 2

    qtbot.waitUntil(lambda: rows() == 1)
    bar.resize(bar.minimumSizeHint().width(), 80)
    qtbot.waitUntil(lambda: rows() == 2)


def test_nothing_in_it_is_cut_at_its_least_width(
    qtbot: QtBot, bar: CompareBar, comparisons: ComparisonSession
) -> None:
    line = find(bar, ValuesLine, "values_line")
    comparisons.planning.set_values("0.02 0.05 0.10 0.20 0.30 0.40 0.80 off")
    qtbot.waitUntil(lambda: line.width() >= line.sizeHint().width())
    lay_out()
    bar.resize(bar.minimumSizeHint().width(), 80)
    children = [child for child in bar.findChildren(QComboBox) if child.isVisible()]
    qtbot.waitUntil(lambda: all(child.geometry().right() <= bar.width() for child in children))
    qtbot.waitUntil(lambda: all(child.width() >= child.minimumSizeHint().width() for child in children))
    assert line.width() > line.fontMetrics().horizontalAdvance(line.text())


# ---- the number box of steps


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("150 000", 150_000),
        ("150000", 150_000),
        ("150k", 150_000),
        ("1.5M", 1_500_000),
        ("1,5 m", 1_500_000),
        ("150,000", 150_000),
    ],
)
def test_steps_are_read_as_they_are_meant(text: str, steps: int) -> None:
    assert parse_steps(text) == steps


@pytest.mark.parametrize(
    "text",
    ["150.000", "1.500k", "1,500k", "10 20", "150.5", "many", "", "-5", "k", "inf", "1.5.k", "5 steps"],
)
def test_what_is_no_plain_number_of_steps_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (from float, or from ourselves)
        parse_steps(text)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("200k", "200 000 steps"),
        ("200 000 steps", "200 000 steps"),
        ("5", f"{FEWEST_STEPS:,} steps".replace(",", " ")),
        ("99M", f"{MOST_STEPS:,} steps".replace(",", " ")),
        ("many", "150 000 steps"),
    ],
)
def test_steps_that_are_typed_become_the_nearest_that_may_be(qtbot: QtBot, typed: str, shown: str) -> None:
    box = StepsBox(Notices())
    qtbot.addWidget(box)
    type_over(qtbot, box, typed)
    assert box.text() == shown


def test_steps_that_are_put_back_are_told_and_why(qtbot: QtBot) -> None:
    box = StepsBox(notices := Notices())
    qtbot.addWidget(box)
    type_over(qtbot, box, "100.000")
    assert box.text() == "150 000 steps"
    assert "100.000" in notices.current.text
    assert notices.current.is_warning


def type_over(qtbot: QtBot, box: StepsBox, typed: str) -> None:
    """Type something in the place of 150 000 steps."""
    box.setValue(150_000)
    box.lineEdit().selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def test_the_list_of_what_may_vary_is_not_in_the_colour_of_the_chosen_one(
    qtbot: QtBot, bar: CompareBar, theme: Theme
) -> None:
    combo = find(bar, ChoiceCombo, "vary_combo")
    choose(combo, field_label("clip_range"))
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    image = view.viewport().grab().toImage()

    def has_colour(index: int, colour: QColor) -> bool:
        area = view.visualRect(view.model().index(index, 0))
        columns, rows = range(area.left(), area.right()), range(area.top(), area.bottom())
        return any(QColor(image.pixel(x, y)) == colour for x in columns for y in rows)

    fields = combo.values
    for field, name in (("entropy_coef", "entropy"), ("learning_rate", "text")):
        assert has_colour(fields.index(field), theme.colour(name)), field
        assert not has_colour(fields.index(field), theme.colour("clip")), field
    combo.hidePopup()
