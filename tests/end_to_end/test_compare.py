"""The Compare page as people use it: choose, compare, look, stop, close, open again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QTableView, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.comparison.store import load
from ppo_desktop.views.compare.stage_card import StageCard
from ppo_desktop.views.explanation_panel import ExplanationPanel
from tests.comparisons import kept_files
from tests.end_to_end.conftest import User
from tests.widgets import write


def comparing(user: User) -> ComparisonSession:
    return user.window.comparisons


def go_to_compare(user: User) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, "compare_tab"), Qt.MouseButton.LeftButton)


def write_values(user: User, text: str) -> None:
    write(user.qtbot, user.find(QLineEdit, "values_line"), text)


def set_up(user: User, values: str = "0.1 0.4", seeds: int = 2, steps: int = 4_000) -> None:
    go_to_compare(user)
    write_values(user, values)
    comparing(user).planning.set_seeds(seeds)
    comparing(user).planning.set_total_steps(steps)


def press(user: User, name: str) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, name), Qt.MouseButton.LeftButton)


def wait_for(user: User, state: JobState) -> None:
    user.wait_until(lambda: comparing(user).state is state)


def compare(user: User) -> None:
    press(user, "compare_button")
    wait_for(user, JobState.COMPLETE)
    user.wait_until(lambda: digested(user) == comparing(user).comparison.total_steps)  # type: ignore[union-attr]


def digested(user: User) -> int:
    digest = comparing(user).digest
    return 0 if digest is None else digest.steps


def test_values_are_typed_compared_and_kept(user: User) -> None:
    set_up(user)
    assert "2 values × 2 seeds = 4 runs" in user.find(QLabel, "estimate_label").text()
    compare(user)
    digest = comparing(user).digest
    assert digest is not None
    assert [variant.value for variant in digest.comparison.variants] == [0.1, 0.4]
    assert all(len(estimate.samples) == 2 for estimate in digest.estimates["final_return"])
    assert "0.10" in digest.statements[0].text
    (file,) = kept_files(comparing(user).folder)
    assert len(load(file).records) == 4


def test_environments_of_all_values_play_side_by_side_while_and_after_they_learn(user: User) -> None:
    set_up(user, "0.1, 0.2, 0.4")
    compare(user)
    cards = [card for card in user.window.findChildren(StageCard) if card.isVisible()]
    assert [card.label.text() for card in cards] == ["ε = 0.10", "ε = 0.20", "ε = 0.40"]
    user.wait_until(lambda: len(comparing(user).preview.frames) == 3)
    before = dict(comparing(user).preview.frames)
    user.wait_until(lambda: all(comparing(user).preview.frames[n] is not before[n] for n in range(3)))


def test_a_wrong_value_is_refused_in_place_and_nothing_is_lost(user: User) -> None:
    set_up(user)
    write_values(user, "0.1 0.1")
    assert "twice" in user.find(QLabel, "estimate_label").text()
    assert user.find(QLineEdit, "values_line").text() == "0.1 0.1"
    press(user, "compare_button")
    assert comparing(user).state is JobState.EMPTY
    for nonsense in ("", "17", "abc", " ".join(str(n / 100) for n in range(1, 60))):
        write_values(user, nonsense)
        assert comparing(user).planning.planned is None
        assert user.find(QLabel, "estimate_label").text()


def test_space_compares_pauses_and_goes_on_and_train_is_left_alone(user: User) -> None:
    set_up(user, steps=200_000)
    user.window.page.setFocus()
    user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
    wait_for(user, JobState.RUNNING)
    user.wait_until(lambda: comparing(user).share_done > 0)
    user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
    assert comparing(user).state is JobState.PAUSED
    user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
    assert comparing(user).state is JobState.RUNNING
    assert user.session.state is not RunState.RUNNING
    press(user, "stop_button")
    wait_for(user, JobState.RESTING)


def test_training_rests_when_a_comparison_begins(user: User) -> None:
    user.session.train()
    user.wait_for_steps(1_000)
    set_up(user)
    press(user, "compare_button")
    user.wait_until_at_rest()
    wait_for(user, JobState.COMPLETE)


def test_more_seeds_are_added_without_repeating_the_others(user: User) -> None:
    set_up(user)
    compare(user)
    before = dict(comparing(user).records)
    comparing(user).planning.set_seeds(3)
    assert user.find(QPushButton, "compare_button").text().endswith("Add 1 seed")
    compare(user)
    assert all(comparing(user).records[key] is record for key, record in before.items())
    assert len(comparing(user).records) == 6


def test_pointing_at_an_environment_lights_its_value(user: User) -> None:
    set_up(user)
    compare(user)
    card = user.find(QWidget, "stage_view_2").parentWidget()
    assert isinstance(card, StageCard)
    user.point_at(card, QPoint(5, 20), until=lambda: comparing(user).highlighted == 1)


def test_a_run_is_opened_in_train_with_its_settings_and_its_curves_behind(user: User) -> None:
    set_up(user, "0.1 0.37")
    compare(user)
    view = user.find(QWidget, "stage_view_2")
    card = view.parentWidget()
    assert card is not None
    user.qtbot.mouseDClick(card, Qt.MouseButton.LeftButton, pos=view.geometry().center())
    assert user.window.page is user.window.train_page
    user.wait_until_ready()
    user.wait_until(lambda: user.session.run_settings.hyperparameters.clip_range == 0.37)
    assert user.session.run_settings.seed == 1
    assert user.session.run_settings.hyperparameters.total_steps == 4_000
    assert user.session.baseline is not None
    assert user.session.baseline.curve("mean_return").last is not None
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    assert user.session.steps >= 4_000


def test_a_window_closed_in_the_middle_ends_everything_and_another_opens_what_was_kept(
    open_window: Callable[[], User],
) -> None:
    user = open_window()
    user.wait_until_ready()
    set_up(user)
    compare(user)
    comparing(user).planning.set_total_steps(5_000_000)
    press(user, "compare_button")
    user.wait_until(lambda: comparing(user).share_done > 0)
    user.window.close()
    again = open_window()
    again.wait_until_ready()
    (file,) = kept_files(comparing(again).folder)
    comparing(again).open(file)
    go_to_compare(again)
    assert comparing(again).state is JobState.COMPLETE
    again.wait_until(lambda: digested(again) == 4_000)
    assert again.find(QLineEdit, "values_line").text() == "0.10, 0.40"


def test_another_environment_keeps_the_question_and_takes_its_presets(user: User) -> None:
    go_to_compare(user)
    combo = user.find(QComboBox, "compare_environment_combo")
    combo.setCurrentText("Pendulum-v1")
    combo.textActivated.emit("Pendulum-v1")
    draft = comparing(user).planning.draft
    assert draft.environment_id == "Pendulum-v1"
    assert draft.field == "clip_range"
    assert draft.base.hyperparameters.n_envs == 4


def test_f1_explains_what_the_tab_key_has_reached(user: User) -> None:
    QCursor.setPos(user.window.mapToGlobal(QPoint(-50, -50)))
    go_to_compare(user)
    explained: dict[str, str] = {}
    for _ in range(60):
        user.qtbot.keyClick(user.window.focusWidget() or user.window, Qt.Key.Key_Tab)
        reached = user.window.focusWidget()
        user.qtbot.keyClick(reached, Qt.Key.Key_F1)
        explained[reached.objectName()] = user.find(ExplanationPanel, "explanation_panel").key
        user.qtbot.keyClick(reached, Qt.Key.Key_F1)
    for name, key in (
        ("compare_button", "compare"),
        ("values_line", "compared_values"),
        ("vary_combo", "vary"),
        ("base_combo", "all_else"),
        ("effect_plot", "effect"),
        ("measure_combo", "effect_measure"),
    ):
        assert explained[name] == key


def test_tab_does_not_stay_in_the_table(user: User) -> None:
    set_up(user)
    compare(user)
    table = user.find(QTableView, "comparison_table")
    user.wait_until(table.isVisible)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    user.qtbot.keyClick(table, Qt.Key.Key_Tab)
    assert not table.hasFocus()
    assert user.window.focusWidget() is not table
