"""A person trains, pauses, steps, switches and closes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from ppo_desktop.app import create_window
from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import MinibatchOptimized, StepsTaken
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.views.speed_controls import SPEEDS
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest
from tests.widgets import choose


def click(user: User, name: str) -> None:
    user.qtbot.mouseClick(user.find(QPushButton, name), Qt.MouseButton.LeftButton)


def test_the_train_button_trains_and_then_pauses(user: User) -> None:
    click(user, "train_button")
    user.wait_for_steps(2_000)
    assert "Pause" in user.find(QPushButton, "train_button").text()
    click(user, "train_button")
    user.wait_until_at_rest()
    assert user.session.state is RunState.PAUSED
    assert user.session.steps == run_at_rest(user.qtbot, user.session).steps
    assert "Train" in user.find(QPushButton, "train_button").text()


def test_space_trains_and_pauses_whatever_was_clicked_before(user: User) -> None:
    user.find(QAbstractButton, "return_and_advantage_section").click()
    for clicked in ("", "normalize_advantages_switch", "entropy_nats_button", "step_button"):
        if clicked:
            user.qtbot.mouseClick(user.find(QWidget, clicked), Qt.MouseButton.LeftButton)
        user.wait_until_at_rest()
        steps = user.session.steps
        user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
        user.wait_for_steps(steps + 500)
        user.qtbot.keyClick(user.window, Qt.Key.Key_Space)
        user.wait_until_at_rest()
        assert user.session.state is RunState.PAUSED, clicked


def test_train_pressed_before_the_learner_is_loaded_trains_once_it_is(
    open_window: Callable[[], User],
) -> None:
    user = open_window()
    click(user, "train_button")
    user.wait_for_steps(500)
    assert user.session.state is RunState.RUNNING


def test_train_pressed_right_after_a_switch_trains_the_new_run(open_window: Callable[[], User]) -> None:
    user = open_window()
    user.session.prepare()
    user.session.choose_environment("Acrobot-v1")
    user.session.choose_environment("Pendulum-v1")
    user.session.train()
    user.wait_for_steps(100)
    assert user.session.run_settings.environment_id == "Pendulum-v1"


def test_the_curves_and_counters_follow_the_run(user: User) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.history.episodes >= 20 and user.session.history.updates >= 3)
    user.session.pause()
    user.wait_until_at_rest()
    episodes, update = user.find(QLabel, "episodes_label"), user.find(QLabel, "timeline_label")
    user.wait_until(lambda: episodes.text() == f"{user.session.history.episodes} episodes")
    updates = user.session.history.updates  # it may rest within the next one
    user.wait_until(lambda: update.text().startswith((f"update {updates} ", f"within update {updates + 1} ")))
    steps = user.find(QLabel, "steps_label")
    user.wait_until(lambda: steps.text() == f"{user.session.steps:,} steps".replace(",", " "))


def test_arrow_keys_go_one_step_of_their_kind(user: User) -> None:
    session, hyperparameters = user.session, user.session.settings.hyperparameters

    def press_right(modifier: Qt.KeyboardModifier) -> None:
        user.qtbot.keyClick(user.window, Qt.Key.Key_Right, modifier)
        user.wait_until_at_rest()

    press_right(Qt.KeyboardModifier.NoModifier)
    assert isinstance(session.latest, StepsTaken)
    assert session.steps == hyperparameters.n_envs
    press_right(Qt.KeyboardModifier.ShiftModifier)
    assert isinstance(session.latest, MinibatchOptimized)
    assert (session.latest.epoch, session.latest.minibatch) == (1, 1)
    assert (session.steps, session.history.updates) == (hyperparameters.samples_per_rollout, 0)
    press_right(Qt.KeyboardModifier.ControlModifier)
    assert (session.steps, session.history.updates) == (hyperparameters.samples_per_rollout, 1)


def test_the_step_button_does_the_step_that_is_chosen(user: User) -> None:
    user.find(QComboBox, "step_kind").setCurrentText("1 epoch")
    for epoch in (1, 2):
        click(user, "step_button")
        user.wait_until_at_rest()
        assert user.session.minibatch.epoch == epoch


def test_reset_goes_back_to_the_beginning_and_waits(user: User) -> None:
    user.session.train()
    user.wait_for_steps(1_000)
    click(user, "reset_button")
    user.wait_until(lambda: user.session.steps == 0 and user.session.state is RunState.PAUSED)
    assert user.session.history.episodes == 0
    assert user.session.settings.seed == 1


def test_a_new_seed_begins_another_run_and_goes_on_training(user: User) -> None:
    user.session.train()
    user.wait_for_steps(500)
    click(user, "new_seed_button")
    assert user.session.settings.seed != 1
    user.wait_until(lambda: user.session.run_settings.seed != 1 and user.session.steps > 0)
    assert user.session.state is RunState.RUNNING


def train_a_little(user: User, environment_id: str) -> None:
    """Train the environment that has just been chosen for two updates."""
    user.session.change(rollout_length=16, n_minibatches=1)
    user.session.train()
    user.wait_until(
        lambda: user.session.frame is not None and user.session.frame.environment_id == environment_id
    )
    user.wait_until(lambda: user.session.history.updates >= 2)


def test_every_environment_of_the_list_trains(user: User) -> None:
    for environment_id in KNOWN_ENVIRONMENTS:
        choose(user.find(QComboBox, "environment_combo"), environment_id)
        train_a_little(user, environment_id)


def test_an_environment_of_discrete_observations_trains_in_its_own_picture(user: User) -> None:
    for environment_id in ("FrozenLake-v1?is_slippery=False", "CliffWalking-v1", "Taxi-v3", "Blackjack-v1"):
        user.session.choose_environment(environment_id)
        train_a_little(user, environment_id)
        user.wait_until(lambda: user.session.frame.picture is not None)
        assert not user.find(QAbstractButton, "map_button").isEnabled()


def test_switching_environment_and_algorithm_keeps_training(user: User) -> None:
    user.session.train()
    user.wait_for_steps(500)
    user.session.choose_environment("Acrobot-v1")
    click(user, "algorithm_a2c")
    user.wait_until(lambda: user.session.run_settings.algorithm is Algorithm.A2C)
    user.wait_until(lambda: user.session.history.updates >= 1)
    assert user.session.frame.environment_id == "Acrobot-v1"
    assert user.session.history.curve("clip_fraction").maximum == 0


def test_a_run_in_the_window_is_the_run_without_it_bit_for_bit(user: User) -> None:
    user.session.change(total_steps=3_000)
    user.session.reset()
    settings = user.session.settings
    for kind in (StepKind.ENVIRONMENT_STEP, StepKind.MINIBATCH, StepKind.UPDATE):
        user.session.step(kind)
        user.session.choose_agent(3)
        user.wait_until_at_rest()
    user.session.show_gymnasium_picture(True)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    in_window = run_at_rest(user.qtbot, user.session)
    headless = Trainer(settings, make_engine(settings))
    for _ in headless.events():
        pass
    assert in_window.parameters_sha256() == headless.parameters_sha256()


def test_a_run_whose_last_update_target_kl_has_ended_is_finished_and_says_why(user: User) -> None:
    user.session.change(n_epochs=3, target_kl=1e-3, learning_rate=1e-2, total_steps=512)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    assert user.session.history.recent[-1].epochs_run == 1
    strip = user.find(QWidget, "update_strip")
    user.wait_until(lambda: "target KL after epoch 1 of 3" in strip.accessibleDescription())
    bar = user.find(QProgressBar, "phase_progress")
    assert bar.value() == bar.maximum() > 0


def test_a_finished_run_goes_on_when_train_is_pressed_again(user: User) -> None:
    user.session.change(total_steps=1_000)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    assert "Train" in user.message()
    click(user, "train_button")
    user.wait_for_steps(1_500)


def test_a_solved_run_ends_by_itself_and_goes_on_when_train_is_pressed_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.ppo.trainer.solved_return", lambda environment_id: 10.0)
    user.session.reset()
    user.wait_until_ready()
    user.session.change(stop_when_solved=True)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    assert user.message().startswith("Solved")
    solved_at = user.session.steps
    user.session.train()
    user.wait_for_steps(solved_at + 1000)
    assert user.session.settings.hyperparameters.stop_when_solved is False


def test_slow_motion_shows_every_single_step(user: User) -> None:
    seen: list[int] = []
    user.session.frame_changed.connect(lambda: seen.append(user.session.steps))
    user.session.set_speed(20)
    user.session.train()
    n_envs = user.session.settings.hyperparameters.n_envs
    user.wait_for_steps(10 * n_envs)
    shown = [steps for steps in dict.fromkeys(seen) if 0 < steps <= 10 * n_envs]
    assert shown == [n_envs * step for step in range(1, 11)]


def test_another_agent_can_be_watched_while_paused(user: User) -> None:
    combo = user.find(QComboBox, "agent_combo")
    combo.setCurrentIndex(4)
    combo.activated.emit(4)
    user.wait_until(lambda: user.session.frame.agent == 4)


def test_gymnasiums_own_picture_can_be_shown(user: User) -> None:
    click(user, "picture_button")
    user.wait_until(lambda: user.session.frame.picture is not None)
    assert user.session.frame.picture.shape[2] == 3


def test_closing_during_training_ends_everything(user: User) -> None:
    user.session.train()
    user.wait_for_steps(1_000)
    user.window.close()
    assert not user.window.session._learner._thread.isRunning()


def test_the_window_can_be_closed_and_opened_again(open_window: Callable[[], User]) -> None:
    for _ in range(2):
        user = open_window()
        user.wait_until_ready()
        user.session.train()
        user.wait_for_steps(300)
        user.window.close()


def test_nothing_of_a_window_is_kept_when_it_is_gone(qapp: QApplication) -> None:
    window = create_window()
    pages = [weakref.ref(page) for page in window.pages]
    window.close()
    window.deleteLater()
    del window
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [page() for page in pages] == [None] * len(pages)


def test_closing_while_the_learner_is_still_loading_is_harmless(open_window: Callable[[], User]) -> None:
    user = open_window()
    user.session.prepare()
    user.window.close()


def test_train_pressed_in_the_moment_a_run_ends_does_not_kill_it(user: User) -> None:
    user.session.change(total_steps=1_000)
    user.session.train()
    user.wait_for_steps(600)
    for _ in range(200):
        user.session.train()
        user.qtbot.wait(1)
        if user.session.steps > 3_000:
            break
    user.session.train()
    user.wait_for_steps(3_000)


def test_one_looks_back_at_single_steps_and_goes_on_from_the_newest(user: User) -> None:
    back = user.find(QPushButton, "look_back_button")
    assert not back.isEnabled()
    assert "No earlier step" in back.toolTip()
    n_envs = user.session.settings.hyperparameters.n_envs
    for step in range(1, 4):
        user.qtbot.keyClick(user.window, Qt.Key.Key_Right)
        user.wait_until_at_rest()
        assert user.session.steps == step * n_envs
    newest = user.session.frame
    back.click()
    user.qtbot.keyClick(user.window, Qt.Key.Key_Left)
    assert user.session.frame.steps == n_envs
    assert user.session.steps == 3 * n_envs
    assert user.message().startswith(f"Looking back, step {n_envs};")
    user.qtbot.keyClick(user.window, Qt.Key.Key_Right)
    user.qtbot.keyClick(user.window, Qt.Key.Key_Right)
    assert user.session.frame is newest
    assert user.message() == ""
    back.click()
    user.session.step(StepKind.MINIBATCH)
    user.wait_until_at_rest()
    assert user.session.minibatch is not None
    assert not user.session.is_looking_back
    assert not back.isEnabled()  # many steps were taken at once


def test_looking_back_in_slow_motion_pauses_and_leaves_no_trace_in_the_run(user: User) -> None:
    user.session.set_speed(20)
    user.session.train()
    n_envs = user.session.settings.hyperparameters.n_envs
    user.wait_for_steps(5 * n_envs)
    user.qtbot.keyClick(user.window, Qt.Key.Key_Left)
    user.wait_until(lambda: user.session.is_looking_back)
    assert user.session.state is RunState.PAUSED
    user.wait_until_at_rest()
    assert user.session.frame.steps < user.session.steps
    steps = user.session.steps
    user.session.train()
    user.wait_for_steps(steps + n_envs)
    assert user.session.frame.steps == user.session.steps


def test_the_keys_slow_down_to_half_a_step_a_second(user: User) -> None:
    for _ in SPEEDS:
        user.qtbot.keyClick(user.window, Qt.Key.Key_Minus)
    assert user.session.speed == 0.5
    user.qtbot.keyClick(user.window, Qt.Key.Key_Plus)
    assert user.session.speed == 1
