"""What goes wrong is said under the plots."""

from __future__ import annotations

import dataclasses
import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.ppo.events import GoodMoment, UpdateFinished
from ppo_desktop.runs.history import Peak
from ppo_desktop.runs.symptoms import symptom_of
from ppo_desktop.views import symptom_line
from ppo_desktop.views.play_head import TimelineSlider
from ppo_desktop.views.symptom_line import (
    AT_EARLIER_MOMENT,
    GOES_ON_WITHOUT,
    HAPPENS_AGAIN,
    NO_SYMPTOM,
    TOO_EARLY,
    UPDATES_BEFORE,
    SymptomLine,
)
from ppo_desktop.views.theme import Appearance
from tests.diverging import let_diverge
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest
from tests.widgets import lay_out


def line(user: User) -> SymptomLine:
    found = user.window.findChild(SymptomLine)
    assert found is not None
    return found


def said(user: User) -> str:
    return user.find(QLabel, "symptom_label").accessibleDescription()


def train_for_updates(user: User, updates: int) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.history.updates >= updates)
    user.session.pause()
    user.wait_until_at_rest()


GOOD = GoodMoment(3328, 14, 231.0)


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


def test_from_a_fall_a_button_leads_to_before_it_where_a_changed_value_makes_a_branch(user: User) -> None:
    train_for_updates(user, 20)
    run = user.session.kept_run
    let_collapse(user)
    before = user.find(QPushButton, "before_the_fall_button")
    assert before.isVisible()
    before.click()
    user.wait_until(lambda: user.session.shown_update == GOOD.update - 1 - UPDATES_BEFORE)
    user.wait_until_at_rest()
    assert user.session.state is RunState.PAUSED
    assert before.isHidden()
    assert said(user).startswith("Before the fall, update 8: episodes here return 231.0")
    assert HAPPENS_AGAIN in said(user)
    slider = user.find(TimelineSlider, "timeline_slider")
    assert slider.hasFocus()
    user.qtbot.keyClick(slider, Qt.Key.Key_Left)
    user.wait_until(lambda: user.session.shown_update == 7)
    user.wait_until_at_rest()
    assert said(user).startswith("Before the fall, update 7"), "the values are those of the fall"
    assert "231.0" not in said(user)
    user.qtbot.keyClick(slider, Qt.Key.Key_Right)
    user.wait_until(lambda: user.session.shown_update == 8)
    user.wait_until_at_rest()
    user.find(QLabel, "symptom_label").linkActivated.emit("entropy_coef")
    assert user.session.changes_here.keys() == {"entropy_coef"}
    assert HAPPENS_AGAIN not in said(user)
    user.find(QLabel, "symptom_label").linkActivated.emit("continue_here")
    user.wait_until(lambda: user.session.opened.parent is not None and user.session.shown_update > 9)
    assert user.session.opened.parent is not None
    assert user.session.opened.parent.run == run
    assert "Before the fall" not in said(user)


def test_where_a_value_was_changed_before_the_fall_nothing_is_said_to_happen_again_without(
    user: User,
) -> None:
    train_for_updates(user, 16)
    user.session.change(clip_range=None)
    train_for_updates(user, user.session.shown_update + 6)
    let_collapse(user)
    user.find(QPushButton, "before_the_fall_button").click()
    user.wait_until(lambda: user.session.later is not None and user.session.shown_update == 8)
    user.wait_until_at_rest()
    assert f"ε 0.20→off {GOES_ON_WITHOUT}" in said(user)
    assert HAPPENS_AGAIN not in said(user)
    user.session.show_update(3)
    user.wait_until(lambda: user.session.shown_update == 3)
    user.wait_until_at_rest()
    assert said(user) == AT_EARLIER_MOMENT


def test_a_run_that_diverged_is_taken_to_before_it_and_goes_on_from_there(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_for_updates(user, 16)
    with monkeypatch.context() as patch:
        let_diverge(patch, type(run_at_rest(user.qtbot, user.session).engine))
        user.session.train()
        user.wait_until(lambda: user.session.state is RunState.FINISHED)
        user.wait_until(lambda: "has diverged" in said(user))
    last = user.session.last_update
    user.find(QPushButton, "before_the_fall_button").click()
    user.wait_until(lambda: user.session.state is RunState.PAUSED and user.session.shown_update < last)
    user.wait_until_at_rest()
    assert said(user).startswith("Before the fall")
    user.session.change(learning_rate=1e-3)
    user.find(QPushButton, "continue_here_button").click()
    user.wait_until(lambda: user.session.opened.parent is not None and user.session.last_update > last)


def test_a_symptom_is_said_with_its_numbers_and_what_to_try(user: User) -> None:
    user.session.change(n_epochs=1)
    user.session.reset()
    user.wait_until_ready()
    train_for_updates(user, 3)
    user.wait_until(lambda: "Every ratio is 1" in said(user))
    assert "Epochs" in said(user)


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


def test_a_new_run_starts_without_symptoms(user: User) -> None:
    train_for_updates(user, 6)
    let_collapse(user)
    user.session.reset()
    user.wait_until(lambda: user.session.history.updates == 0 and user.session.frame is not None)
    assert said(user) == ""


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
