"""The card "Inside the update" on a real run: pages, lamp, selection, baseline."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QTableView, QWidget

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.estimates import CutOffEpisode
from ppo_desktop.ppo.events import DiscretePolicy, MinibatchOptimized
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.whole_episode import play_to_the_limit
from ppo_desktop.views.clipped_objective_view import ClippedObjectiveView
from ppo_desktop.views.controls import EXPLANATION
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.policy_view import PolicyView
from ppo_desktop.views.update.cut_off_episode import CutOffEpisodeFigure
from ppo_desktop.views.update.forward_pass import ForwardPass
from ppo_desktop.views.update.picture_chart import PictureChart
from ppo_desktop.views.update.pictures import UPDATE_PICTURES
from ppo_desktop.views.update.value_scatter import ValueScatter
from ppo_desktop.views.update_panel import Aspect, UpdatePanel
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest

PICTURES = [picture.id for picture in UPDATE_PICTURES]


def explanation_of(widget: QWidget) -> str:
    return str(widget.property(EXPLANATION))


def stop_after_minibatch(user: User, number: int = 1) -> MinibatchOptimized:
    """Go on by minibatches until one of an update is shown for the `number`-th time."""
    for _ in range(number):
        user.session.step(StepKind.MINIBATCH)
        user.wait_until_at_rest()
    minibatch = user.session.minibatch
    assert minibatch is not None
    return minibatch


def show_page(user: User, page: str) -> None:
    user.find(QPushButton, f"{page}_page").click()


def show_picture(user: User, picture: str) -> None:
    """Choose one of the further pictures by keyboard, as it is listed."""
    combo = user.find(FlatCombo, "update_picture_combo")
    place = [getattr(page, "id", page) for page in combo.values].index(picture)
    combo.setFocus()
    for _ in range(len(combo.values)):
        user.qtbot.keyClick(combo, Qt.Key.Key_Up if combo.currentIndex() > place else Qt.Key.Key_Down)
        if combo.currentIndex() == place:
            break
    assert combo.currentIndex() == place


def lamp(user: User) -> str:
    return user.find(QLabel, "ratio_lamp").text()


def test_the_lamp_is_lit_at_the_first_minibatch_of_a_rollout_only(user: User) -> None:
    for environment_id in ("CartPole-v1", "Pendulum-v1"):
        user.session.choose_environment(environment_id)
        user.wait_until_ready()
        user.session.change(rollout_length=32, n_minibatches=2, learning_rate=1e-2)
        assert (stop_after_minibatch(user).epoch, lamp(user)[0]) == (1, "●")
        assert "π is π_old" in lamp(user)
        stop_after_minibatch(user)
        assert lamp(user)[0] == "○"


def test_stepwise_and_a2c_say_why_every_ratio_is_one(user: User) -> None:
    user.session.change(rollout_length=1, n_envs=1, n_epochs=1, n_minibatches=1)
    stop_after_minibatch(user, 3)
    assert "ε does nothing" in lamp(user)
    last = user.session.history.recent[-1]
    assert last.max_ratio > 1
    assert lamp(user).endswith(f"after the last step {last.min_ratio:.2f} to {last.max_ratio:.2f}")
    user.session.choose_algorithm(Algorithm.A2C)
    user.wait_until(lambda: user.session.run_settings.algorithm is Algorithm.A2C)
    stop_after_minibatch(user, 2)
    assert "A2C" in lamp(user)
    assert user.find(QWidget, "spread_view").isVisible()
    assert not user.find(QWidget, "clipped_objective_view").isVisible()


def test_a_clicked_row_shows_its_numbers_and_what_its_agent_saw(user: User) -> None:
    minibatch = stop_after_minibatch(user, 2)
    show_page(user, "samples")
    table = user.find(QTableView, "sample_table")
    assert table.model().rowCount() == len(minibatch.samples)
    cell = table.visualRect(table.model().index(3, 0)).center()
    user.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    user.wait_until(lambda: user.session.selected_frame is not None)
    row = user.session.selected_row
    assert row == 3
    frame = user.session.selected_frame
    assert frame is not None
    np.testing.assert_array_equal(frame.observation, minibatch.samples.observations[row])
    assert frame.action == (float(minibatch.samples.actions[row]),)
    assert frame.agent == minibatch.samples.agents[row]
    assert "min(" in user.find(QLabel, "formula_label").text()
    user.find(QPushButton, "sample_button").click()
    assert user.session.selected is None
    assert user.find(QLabel, "formula_label").text() == ""


def test_a_clicked_dot_selects_its_sample_and_its_row(user: User) -> None:
    minibatch = stop_after_minibatch(user, 4)
    view = user.find(ClippedObjectiveView, "clipped_objective_view")
    frame = view.frames().curves
    ratio, objective = float(minibatch.samples.ratios[7]), float(minibatch.samples.objectives[7])
    place = frame.point(ratio, objective).toPoint()
    user.qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    row = user.session.selected_row
    assert row is not None
    near = frame.point(float(minibatch.samples.ratios[row]), float(minibatch.samples.objectives[row]))
    assert (near - place).manhattanLength() < 8
    show_page(user, "samples")
    assert user.find(QTableView, "sample_table").currentIndex().row() == row


def test_a_selected_sample_is_followed_through_the_epochs_and_left_with_its_rollout(user: User) -> None:
    stop_after_minibatch(user)
    user.session.select_sample(5)
    stop_after_minibatch(user, 3)
    assert user.session.selected == 5
    user.session.step(StepKind.UPDATE)
    user.wait_until_at_rest()
    stop_after_minibatch(user)
    assert user.session.selected is None


def test_looking_at_a_sample_gives_way_to_the_running_environment(user: User) -> None:
    stop_after_minibatch(user)
    user.session.select_sample(5)
    user.wait_until(lambda: user.session.selected_frame is not None)
    user.session.train()
    user.wait_until(lambda: user.session.selected_frame is None)


def test_the_table_is_sorted_by_a_click_and_copied_in_that_order(user: User) -> None:
    stop_after_minibatch(user, 3)
    show_page(user, "samples")
    table = user.find(QTableView, "sample_table")
    headers = [
        table.model().headerData(place, Qt.Orientation.Horizontal)
        for place in range(table.model().columnCount())
    ]
    table.sortByColumn(headers.index("r"), Qt.SortOrder.DescendingOrder)
    user.find(QPushButton, "copy_csv_button").click()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    ratios = [float(row["ratio"]) for row in rows]
    assert len(ratios) == 256
    assert ratios == sorted(ratios, reverse=True)


def test_every_page_follows_a_run_at_full_speed(user: User) -> None:
    for page in ("samples", Aspect.SPREAD, *PICTURES, "objective"):
        (show_page if page in ("samples", "objective") else show_picture)(user, page)
        user.session.train()
        user.wait_for_steps(user.session.steps + 1500)
        user.session.pause()
        user.wait_until_at_rest()
    assert user.session.state_entropies is not None
    assert len(user.session.state_entropies) == 256


def test_one_agent_and_one_sample_are_shown_like_any_other(user: User) -> None:
    user.session.change(n_envs=1, rollout_length=1, n_minibatches=1, n_epochs=3)
    user.session.reset()
    user.wait_until_ready()
    for page in ("samples", Aspect.SPREAD, *PICTURES, "objective"):
        (show_page if page in ("samples", "objective") else show_picture)(user, page)
        assert len(stop_after_minibatch(user).samples) == 1


def test_a_pinned_run_stays_behind_the_next_one_and_goes_with_its_environment(user: User) -> None:
    user.session.train()
    user.wait_for_steps(2000)
    user.session.pause()
    user.wait_until_at_rest()
    steps = user.session.history.steps
    user.find(QPushButton, "pin_button").click()
    user.session.reset()
    user.wait_until(lambda: user.session.history.steps == 0)
    assert user.session.baseline is not None
    assert user.session.baseline.steps == steps
    assert user.window.findChild(QPushButton, "pin_button").text() == "Unpin"  # type: ignore[union-attr]
    user.session.choose_environment("Pendulum-v1")
    user.wait_until(lambda: user.session.run_settings.environment_id == "Pendulum-v1")
    assert user.session.baseline is None


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_picture_says_what_it_shows_and_copies_its_numbers_or_says_why_it_cannot(
    user: User, algorithm: Algorithm
) -> None:
    user.session.choose_algorithm(algorithm)
    user.wait_until(lambda: user.session.run_settings.algorithm is algorithm)
    user.session.step(StepKind.UPDATE)
    user.wait_until_at_rest()
    chart = user.find(PictureChart, "update_picture")
    for picture in UPDATE_PICTURES:
        show_picture(user, picture.id)
        assert chart.isVisible()
        assert explanation_of(chart) == picture.explanation
        if picture.is_of_ratios and algorithm is Algorithm.A2C:
            assert chart.picture is None
            assert "A2C" in chart.accessibleDescription()
            continue
        user.wait_until(lambda: chart.picture is not None)
        assert user.find(QLabel, "formula_label").text() == chart.summary() != ""
        user.find(QPushButton, "copy_csv_button").click()
        rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
        assert rows
        assert all(np.isfinite(float(value)) for row in rows for value in row.values())
        QGuiApplication.clipboard().clear()
        chart.setFocus()
        user.qtbot.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        user.wait_until(lambda: bool(QGuiApplication.clipboard().text()))


def test_a_page_takes_the_place_of_a_picture_and_the_other_way_round(user: User) -> None:
    combo, objective = user.find(FlatCombo, "update_picture_combo"), user.find(QPushButton, "objective_page")
    show_picture(user, "value_scatter")
    assert not objective.isChecked()
    objective.click()
    assert objective.isChecked()
    assert combo.currentIndex() == -1
    assert user.find(ClippedObjectiveView, "clipped_objective_view").isVisible()


def test_a_picture_that_is_not_seen_is_not_made(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    make = ValueScatter.__init__
    monkeypatch.setattr(ValueScatter, "__init__", lambda *given: (shown.append(1), make(*given))[1])
    stop_after_minibatch(user, 2)
    assert not shown
    show_picture(user, "value_scatter")
    stop_after_minibatch(user)
    assert shown
    user.window.show_page(user.window.pages[1])
    shown.clear()
    user.session.train()
    user.wait_for_steps(user.session.steps + 2000)
    assert not shown


def test_networks_are_followed_while_a_picture_that_needs_them_is_seen_and_at_rest_are_found_at_once(
    user: User,
) -> None:
    asked: list[bool] = []
    user.find(PictureChart, "update_picture").networks_wanted.connect(asked.append)
    stop_after_minibatch(user, 3)
    show_picture(user, "kl_estimates")
    user.wait_until(
        lambda: user.session.minibatch is not None and user.session.minibatch.networks is not None
    )
    assert asked[-1]
    assert stop_after_minibatch(user).networks is not None
    show_page(user, "objective")
    assert not asked[-1]
    assert stop_after_minibatch(user).networks is None
    show_picture(user, "kl_estimates")
    assert asked[-1]
    user.window.show_page(user.window.pages[1])
    assert not asked[-1]


def test_what_the_cards_show_leaves_no_trace_in_the_run(user: User, open_window: Callable[[], User]) -> None:
    """Looked at or not, the same settings give the same samples."""
    other = open_window()
    other.wait_until_ready()
    for picture in ("", "value_scatter", "kl_estimates"):
        show_picture(user, picture) if picture else show_page(user, "samples")
        watched, unwatched = stop_after_minibatch(user, 4), stop_after_minibatch(other, 4)
        user.session.select_sample(9)
        user.wait_until(lambda: user.session.selected_frame is not None)
        np.testing.assert_array_equal(watched.samples.log_probs, unwatched.samples.log_probs)


def test_in_slow_motion_the_samples_appear_one_by_one(user: User) -> None:
    stop_after_minibatch(user)
    user.session.set_speed(2)
    user.session.train()
    before = user.session.minibatch
    user.wait_until(lambda: user.session.minibatch is not before)
    view = user.find(ClippedObjectiveView, "clipped_objective_view")
    seen: set[int] = set()

    def is_growing() -> bool:
        seen.add(view.samples_shown)
        return len(seen) > 3

    user.wait_until(is_growing)
    assert min(seen) < 256
    user.session.pause()
    user.wait_until(lambda: view.samples_shown == 256)


def test_sorting_takes_the_selected_row_along_and_clearing_it_brings_the_first_order_back(user: User) -> None:
    stop_after_minibatch(user, 3)
    show_page(user, "samples")
    table = user.find(QTableView, "sample_table")
    user.session.select_sample(3)
    column = [
        table.model().headerData(place, Qt.Orientation.Horizontal)
        for place in range(table.model().columnCount())
    ].index("r")
    table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    row = table.currentIndex().row()
    cells = [table.model().index(row, place).data() for place in (0, 1)]
    assert cells == ["4", "1"]  # position 3 of 8 agents: agent 4 at its first time step
    assert user.session.selected == 3
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert [table.model().index(place, 0).data() for place in range(9)] == [*"12345678", "1"]


def test_a_bar_follows_the_mouse_there_and_back(user: User) -> None:
    stop_after_minibatch(user, 2)
    view = user.find(ClippedObjectiveView, "clipped_objective_view")
    start, y = view.frames().curves.column(1.2), view.height() // 2
    user.qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(round(start), y))
    for offset in (10, 30, 60, 30, 10):
        user.qtbot.mouseMove(view, QPoint(round(start) + offset, y))
        epsilon = user.session.settings.hyperparameters.clip_range
        assert epsilon is not None
        assert view.frames().curves.column(1 + epsilon) == pytest.approx(start + offset, abs=6)
    user.qtbot.mouseMove(view, QPoint(round(start), y))
    user.qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(round(start), y))
    assert user.session.settings.hyperparameters.clip_range == pytest.approx(0.2, abs=0.01)


def test_a_sample_selected_while_running_shows_what_its_agent_saw_once_paused(user: User) -> None:
    stop_after_minibatch(user, 2)
    user.session.set_speed(2)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.RUNNING)
    user.session.select_sample(5)
    assert user.session.selected_frame is None
    user.session.pause()
    user.wait_until(lambda: user.session.selected_frame is not None)


def test_a_sample_is_named_after_its_own_rollout_when_there_are_fewer_agents_by_now(user: User) -> None:
    user.session.step(StepKind.UPDATE)
    user.wait_until_at_rest()
    user.session.change(n_envs=2)
    user.session.step(StepKind.ENVIRONMENT_STEP)
    user.wait_until_at_rest()
    assert not user.session.pending
    user.session.select_sample(10)  # of 8 agents: the third one in the second time step
    user.wait_until(lambda: user.session.selected_frame is not None)
    assert user.find(QPushButton, "sample_button").text().startswith("sample: agent 3, t = 2")


def test_the_lamp_tells_the_truth_at_full_speed_too(user: User) -> None:
    shown = user.find(ClippedObjectiveView, "clipped_objective_view")
    user.session.train()
    lies: list[str] = []
    looked_at: list[bool] = []

    def has_looked_often() -> bool:
        if shown._minibatch is not None:
            looked_at.append(bool((abs(shown._minibatch.samples.ratios - 1) < 1e-5).all()))
            if not lamp(user).startswith("●" if looked_at[-1] else "○"):
                lies.append(lamp(user))
        return len(looked_at) >= 40 and False in looked_at

    user.wait_until(has_looked_often)
    assert not lies


def test_the_fixed_axis_stays_chosen_while_there_is_none_to_be_fixed(user: User) -> None:
    button = user.find(QPushButton, "ratio_axis_button")
    view = user.find(ClippedObjectiveView, "clipped_objective_view")
    button.click()
    assert view.frames().curves.columns.shown == (0, 2)
    user.session.choose_algorithm(Algorithm.A2C)
    assert not button.isVisible()
    user.session.choose_algorithm(Algorithm.PPO)
    show_page(user, "samples")
    assert not button.isVisible()
    show_page(user, "objective")
    assert button.isVisible()
    assert view.frames().curves.columns.shown == (0, 2)


def test_the_fixed_axis_is_remembered(open_window: Callable[[], User]) -> None:
    first = open_window()
    first.wait_until_ready()
    first.find(QPushButton, "ratio_axis_button").click()
    first.window.close()
    second = open_window()
    second.wait_until_ready()
    assert second.find(QPushButton, "ratio_axis_button").isChecked()
    assert second.find(ClippedObjectiveView, "clipped_objective_view").frames().curves.columns.shown == (0, 2)


def test_numbers_can_be_copied_where_there_are_some(user: User) -> None:
    copy = user.find(QPushButton, "copy_csv_button")
    for page in ("samples", "objective"):
        show_page(user, page)
        assert not copy.isVisible()
    show_picture(user, "value_scatter")
    assert not copy.isVisible()
    stop_after_minibatch(user)
    assert copy.isVisible()
    show_page(user, "samples")
    assert copy.isVisible()
    show_page(user, "objective")
    assert not copy.isVisible()


def test_the_forward_pass_is_that_of_the_state_shown_or_of_the_sample_followed(user: User) -> None:
    chart, policy = user.find(PictureChart, "update_picture"), user.find(PolicyView, "policy_view")
    show_picture(user, "forward_pass")

    def is_of_what_is_shown() -> bool:
        frame = policy._frame
        if frame is None or not isinstance(chart.figure, ForwardPass):
            return False
        assert isinstance(frame.policy, DiscretePolicy)
        by_name = {layer.name: layer.numbers.tolist() for layer in chart.figure.layers}
        return (
            by_name["observation"] == frame.observation.tolist()
            and by_name["π"] == list(frame.policy.probabilities)
            and by_name["V(s)"] == [frame.value]
        )

    user.wait_until(is_of_what_is_shown)  # before the first step, too
    for kind in (StepKind.ENVIRONMENT_STEP, StepKind.MINIBATCH, StepKind.MINIBATCH, StepKind.UPDATE):
        user.session.step(kind)
        user.wait_until_at_rest()
        user.wait_until(is_of_what_is_shown)
    stop_after_minibatch(user)
    user.session.select_sample(5)
    user.wait_until(lambda: user.session.selected_frame is not None)
    user.wait_until(is_of_what_is_shown)
    assert policy._frame is user.session.selected_frame
    watching = user.window.train_page.watching
    watching.toggle()
    user.wait_until(lambda: watching.watched is not None and watching.watched.frame is not None)
    user.wait_until(lambda: is_of_what_is_shown() and policy._frame is not user.session.selected_frame)
    watching.stop()
    user.session.set_speed(5)
    user.session.train()
    user.wait_until(
        lambda: user.session.state is RunState.RUNNING and "before step" in chart.accessibleDescription()
    )


def test_an_episode_is_played_to_its_time_limit_while_that_is_seen_and_the_run_rests(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    copy_policy = user.session.copy_policy

    def counted(then: Callable[[PolicyMoment], None]) -> None:
        asked.append(user.session.steps)
        copy_policy(then)

    monkeypatch.setattr(user.session, "copy_policy", counted)
    user.session.choose_environment("MountainCar-v0")
    user.wait_until_ready()
    stop_after_minibatch(user)
    assert asked == []
    show_picture(user, "cut_off_episode")
    chart = user.find(PictureChart, "update_picture")

    def episode_shown() -> CutOffEpisode | None:
        return chart.figure.episode if isinstance(chart.figure, CutOffEpisodeFigure) else None

    def is_whole() -> bool:
        episode = episode_shown()
        return episode is not None and len(episode.times) == 200

    user.wait_until(is_whole)
    moment = run_at_rest(user.qtbot, user.session).policy_moment()
    expected, shown = play_to_the_limit(moment).episode, episode_shown()
    assert expected is not None
    assert shown is not None
    np.testing.assert_array_equal(shown.values, expected.values)
    np.testing.assert_array_equal(shown.bootstrapped, expected.bootstrapped)
    assert asked == [user.session.steps]
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.RUNNING and not is_whole())
    show_page(user, "objective")
    user.session.pause()
    user.wait_until_at_rest()
    assert len(asked) == 1


def test_what_is_not_shown_of_the_update_needs_no_height(user: User) -> None:
    update = user.window.train_page.findChildren(UpdatePanel)[0]
    (pages,) = update.findChildren(QStackedWidget)
    for name in ("objective", "samples", "kl_estimates"):
        assert update.show_view(name)
        assert pages.minimumSizeHint().height() == pages.currentWidget().minimumSizeHint().height()
