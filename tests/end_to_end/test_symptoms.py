"""What goes wrong is said under the plots, and there is a way back."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.events import FinishReason, GoodMoment, RunFinished, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.runs.history import Peak
from ppo_desktop.runs.marks import WAY_BACK
from ppo_desktop.runs.symptoms import symptom_of
from ppo_desktop.views import symptom_line
from ppo_desktop.views.symptom_line import JUST_CHANGED, NO_SYMPTOM, TOO_EARLY, SymptomLine
from ppo_desktop.views.theme import Appearance
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest
from tests.widgets import lay_out


def line(user: User) -> SymptomLine:
    found = user.window.findChild(SymptomLine)
    assert found is not None
    return found


def said(user: User) -> str:
    return user.find(QLabel, "symptom_label").accessibleDescription()


def button(user: User) -> QPushButton:
    return user.find(QPushButton, "go_back_button")


def train_for_updates(user: User, updates: int) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= updates)
    user.session.pause()
    user.wait_until_at_rest()


GOOD = GoodMoment(256, 2, 231.0, Hyperparameters())


def let_collapse(user: User) -> None:
    """Add updates to the history as a collapse would leave them; the learner itself is well."""
    last = user.session.history.recent[-1]
    user.session.history.peak = Peak(user.session.steps, 231.0)
    user.session.history.recent_returns.clear()
    for _ in range(5):
        user.session.history.add(
            dataclasses.replace(
                last, mean_return_100=9.4, policy_entropy=0.01 * math.log(2), approx_kl=0.0, best=GOOD
            )
        )
    line(user).refresh()


def test_a_run_without_symptoms_says_so_when_there_is_enough_to_judge_by_and_offers_nothing(
    user: User,
) -> None:
    assert said(user) == ""
    user.session.step(StepKind.UPDATE)
    user.wait_until(lambda: said(user) == TOO_EARLY)
    train_for_updates(user, 25)
    user.wait_until(lambda: said(user) == NO_SYMPTOM)
    assert button(user).isHidden()


def test_advice_is_a_link_that_sets_its_value_and_can_be_undone(user: User) -> None:
    train_for_updates(user, 6)
    user.session.change(clip_range=None)
    label = user.find(QLabel, "symptom_label")
    user.session.train()
    user.wait_until(lambda: not user.session.pending)
    user.session.pause()
    user.wait_until_at_rest()
    let_collapse(user)
    user.wait_until(lambda: '<a href="clip_range">Clip range 0.20</a>' in label.text())
    user.session.undo_stack.clear()  # a change so soon after another of the same slider would be one with it
    label.linkActivated.emit("clip_range")
    assert user.session.settings.hyperparameters.clip_range == 0.2
    assert "Clip range" not in said(user), "it is set"
    user.session.undo_stack.undo()
    assert "Clip range 0.20" in said(user)
    assert user.session.settings.hyperparameters.clip_range is None


def test_a_symptom_is_said_with_its_numbers_and_what_to_try(user: User) -> None:
    user.session.change(n_epochs=1)
    user.session.reset()
    user.wait_until_ready()
    train_for_updates(user, 3)
    user.wait_until(lambda: "Every ratio is 1" in said(user))
    assert "Epochs" in said(user)
    assert button(user).isHidden()


def test_a_collapse_offers_the_way_back_and_the_learner_takes_it(user: User) -> None:
    train_for_updates(user, 6)
    let_collapse(user)
    assert "entropy 0.01 bits, mean return 9.4 after a best of 231.0" in said(user)
    assert button(user).text().endswith("(return 231.0)")
    assert user.session.state is RunState.PAUSED
    button(user).click()
    assert not button(user).isEnabled()
    user.wait_until(lambda: any(mark.field == WAY_BACK for mark in user.session.history.marks))
    user.wait_until(lambda: not user.session.is_going_back)
    assert user.session.state is RunState.PAUSED
    assert said(user).startswith("Back at step")
    assert button(user).isHidden()
    updates = user.session.history.updates
    user.session.train()
    user.wait_until(lambda: user.session.history.updates > updates)


def test_a_run_that_has_made_way_and_goes_back_does_not_pause_for_that_again(user: User) -> None:
    train_for_updates(user, 6)
    user.session.make_way("a comparison")
    user.session.go_back()
    user.wait_until(lambda: not user.session.is_going_back and user.session.state is RunState.PAUSED)
    assert user.session.announcements.current.text == ""


def test_a_slow_run_goes_back_at_full_speed_and_waits_there(user: User) -> None:
    train_for_updates(user, 6)
    user.session.set_speed(2)
    user.session.train()
    let_collapse(user)
    button(user).click()
    user.wait_until(lambda: not user.session.is_going_back)
    user.wait_until(lambda: user.session.state is RunState.PAUSED)
    steps = user.session.steps
    user.wait_until_at_rest()
    assert (user.session.steps, user.session.state) == (steps, RunState.PAUSED)


def test_the_values_of_the_moment_gone_back_to_are_set_by_one_click_and_that_can_be_undone(
    user: User,
) -> None:
    train_for_updates(user, 6)
    user.session.change(clip_range=None, learning_rate=0.05)
    user.session.train()
    user.wait_until(lambda: not user.session.pending)
    user.session.pause()
    user.wait_until_at_rest()
    let_collapse(user)
    user.session.go_back()
    user.wait_until(lambda: not user.session.is_going_back)
    assert said(user).endswith("Set the values of then: Clip range 0.20, Learning rate 2.0e-3.")
    user.session.undo_stack.clear()
    user.find(QLabel, "symptom_label").linkActivated.emit("clip_range,learning_rate")
    values = user.session.settings.hyperparameters
    assert (values.clip_range, values.learning_rate) == (0.2, 2e-3)
    assert said(user).endswith(JUST_CHANGED)
    user.session.undo_stack.undo()
    values = user.session.settings.hyperparameters
    assert (values.clip_range, values.learning_rate) == (None, 0.05)


def test_links_have_the_colour_of_the_present_appearance_and_numbers_stay_whole(user: User) -> None:
    train_for_updates(user, 8)
    theme = user.window._theme
    label = user.find(QLabel, "symptom_label")
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        let_collapse(user)
        theme.set_appearance(appearance)
        assert "<a href" in label.text()
        picture = label.grab().toImage()
        colours = {
            picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())
        }
        assert theme.colour("accent").name() in colours
    line(user)._write("solved at step 1 012 800 of 2")
    assert label.text() == "solved at step 1\u00a0012\u00a0800 of 2"


def test_the_weights_really_are_those_of_the_best_moment(user: User) -> None:
    train_for_updates(user, 8)
    trainer = run_at_rest(user.qtbot, user.session)
    let_collapse(user)
    are_best: list[bool] = []
    original = trainer.engine.restore

    def restore(snapshot: object) -> None:
        best = trainer._good_moments.snapshot.parameters
        before = trainer.engine.parameters.copy()
        original(snapshot)
        now = trainer.engine.parameters
        are_best.append(np.array_equal(now, best) and not np.array_equal(before, best))

    trainer.engine.restore = restore
    user.session.go_back()
    user.wait_until(lambda: bool(are_best))
    assert are_best == [True]


def test_a_run_that_diverged_goes_on_from_its_best_weights(user: User) -> None:
    train_for_updates(user, 4)
    engine = run_at_rest(user.qtbot, user.session).engine
    original = engine.improve

    def diverge(*arguments: Any) -> Any:
        engine.improve = original
        raise Divergence("nan")

    engine.improve = diverge
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    user.wait_until(lambda: "has diverged" in said(user))
    assert button(user).isVisible()
    steps = user.session.steps
    button(user).click()
    user.wait_until(lambda: said(user).startswith("Back at step"))
    assert user.session.state is RunState.PAUSED
    user.session.train()
    user.wait_for_steps(steps + 600)
    assert user.session.state is RunState.RUNNING
    assert "diverged" not in said(user)


def test_a_run_that_diverges_on_its_way_back_arrives_all_the_same(user: User) -> None:
    train_for_updates(user, 4)
    engine = run_at_rest(user.qtbot, user.session).engine
    original = engine.improve

    def diverge(*arguments: Any) -> Any:
        engine.improve = original
        raise Divergence("nan")

    user.session.step(StepKind.ENVIRONMENT_STEP)
    user.wait_until_at_rest()
    engine.improve = diverge
    user.session.go_back()
    user.wait_until(lambda: not user.session.is_going_back)
    assert user.session.state is RunState.PAUSED
    assert said(user).startswith("Back at step")
    steps = user.session.steps
    user.session.train()
    user.wait_for_steps(steps + 600)


@pytest.mark.parametrize("limit", [{"total_steps": 2_048}, {"stop_when_solved": True}])
def test_a_run_that_has_ended_goes_on_with_train_when_it_has_gone_back(
    user: User, limit: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "stop_when_solved" in limit:
        train_for_updates(user, 8)
        monkeypatch.setattr(run_at_rest(user.qtbot, user.session), "_is_solved", lambda: True)
    user.session.change(**limit)
    user.session.train()
    user.wait_until(lambda: user.session.state is RunState.FINISHED)
    user.session.go_back()
    user.wait_until(lambda: not user.session.is_going_back)
    assert user.session.state is RunState.PAUSED
    updates = user.session.history.updates
    user.session.train()
    user.wait_until(lambda: user.session.history.updates > updates)


def test_a_run_that_fails_on_its_way_back_does_not_go_there_any_more(user: User) -> None:
    train_for_updates(user, 4)
    user.session._set_going_back(True)
    user.session._show_end(RunFinished(FinishReason.FAILED, user.session.steps, "broken"))
    assert not user.session.is_going_back
    assert button(user).isHidden()


def test_tab_leads_to_the_advice_and_enter_takes_it(user: User) -> None:
    user.session.change(n_envs=1, rollout_length=4)
    user.session.reset()
    user.wait_until_ready()
    user.session.step(StepKind.UPDATE)
    user.wait_until(lambda: "4 samples" in said(user))
    label = user.find(QLabel, "symptom_label")
    label.setFocus(Qt.FocusReason.TabFocusReason)
    user.wait_until(lambda: label.selectedText() == "Rollout length 128")
    user.qtbot.keyClick(label, Qt.Key.Key_Return)
    assert user.session.settings.hyperparameters.rollout_length == 128


def test_a_run_that_failed_has_no_way_back(user: User) -> None:
    train_for_updates(user, 6)
    let_collapse(user)
    user.session._show_end(RunFinished(FinishReason.FAILED, user.session.steps, "broken"))
    line(user).refresh()
    assert button(user).isHidden()
    user.session.go_back()
    assert not user.session.is_going_back


def test_a_new_run_starts_without_symptoms(user: User) -> None:
    train_for_updates(user, 6)
    let_collapse(user)
    button(user).click()
    user.session.reset()
    user.wait_until(lambda: user.session.history.updates == 0 and user.session.frame is not None)
    assert said(user) == ""
    assert button(user).isHidden()
    assert not user.session.is_going_back


def test_a_symptom_that_is_gone_stays_long_enough_to_be_read(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_for_updates(user, 6)
    clock = [100.0]
    monkeypatch.setattr(symptom_line.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(user.session, "state", RunState.RUNNING)
    let_collapse(user)
    assert "collapsed" in said(user)
    sound = next(update for update in user.session.history.recent if isinstance(update, UpdateFinished))
    for _ in range(5):
        user.session.history.add(dataclasses.replace(sound, mean_return_100=231.0))
    user.session.history.recent_returns.clear()
    assert symptom_of(user.session.history) is None
    clock[0] += symptom_line.SHOWN_SECONDS / 2
    line(user).refresh()
    assert "collapsed" in said(user)
    clock[0] += symptom_line.SHOWN_SECONDS
    line(user).refresh()
    assert said(user) == TOO_EARLY


def test_nothing_moves_when_a_symptom_comes_in_a_wide_window(user: User) -> None:
    user.window.resize(1600, 1000)
    train_for_updates(user, 6)
    lay_out()
    before = user.window.train_page.plots.geometry()
    let_collapse(user)
    lay_out()
    assert user.window.train_page.plots.geometry() == before
