"""The play head leads to any moment of the run, and from there the run goes on in a branch."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.worker import StepKind
from ppo_desktop.comparison.judgement import moment_name
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import StepsTaken
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.user_files import runs_folder
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.controls import EXPLANATION_NOTE
from ppo_desktop.views.play_head import NEVER_KEPT, NOT_KEPT, NOTHING_YET, TimelineSlider
from ppo_desktop.views.plots_panel import PlotsPanel
from ppo_desktop.views.symptom_line import REPLAYED
from tests.end_to_end.conftest import User
from tests.other_threads import run_at_rest
from tests.widgets import lay_out


def slider(user: User) -> TimelineSlider:
    return user.find(TimelineSlider, "timeline_slider")


def continue_button(user: User) -> QPushButton:
    return user.find(QPushButton, "continue_here_button")


def plots(user: User) -> PlotsPanel:
    return user.window.train_page.plots


def train_for_updates(user: User, updates: int) -> None:
    user.session.train()
    user.wait_until(lambda: user.session.shown_update >= updates)
    user.session.pause()
    user.wait_until_at_rest()


def go_to(user: User, update: int) -> None:
    slider(user).setValue(update)
    user.wait_until(lambda: user.session.shown_update == update)
    user.wait_until_at_rest()


def learnt_after(user: User, update: int) -> str:
    """Return the fingerprint of the same run, never interrupted, after an update."""
    settings = user.session.run_settings
    run = Trainer(settings, make_engine(settings))
    run.catch_up(update)
    run.engine.close()
    return run.parameters_sha256()


def test_before_a_run_has_learnt_the_play_head_says_what_it_is_for(user: User) -> None:
    assert user.find(QLabel, "timeline_label").text() == NOTHING_YET
    assert not slider(user).isEnabled()
    assert not user.find(QPushButton, "replay_button").isEnabled()
    assert continue_button(user).isHidden()


def test_a_drag_shows_a_moment_as_it_was_what_came_later_faint_and_the_end_leads_back(user: User) -> None:
    train_for_updates(user, 30)
    last, page = user.session.last_update, plots(user)
    assert slider(user).value() == slider(user).maximum() == last
    assert page.return_card.head.steps is None
    lay_out()
    middle, width = slider(user).rect().center(), slider(user).width()
    user.qtbot.mousePress(slider(user), Qt.MouseButton.LeftButton, pos=middle)
    user.qtbot.mouseMove(slider(user), middle - QPoint(10, 0))
    user.qtbot.mouseRelease(slider(user), Qt.MouseButton.LeftButton, pos=middle - QPoint(10, 0))
    asked = slider(user).value()
    assert 0 < asked < last
    user.wait_until(lambda: user.session.shown_update == asked)
    user.wait_until_at_rest()
    assert not continue_button(user).isHidden()
    lay_out()
    assert slider(user).width() == width, "its stops stay under the mouse"
    assert run_at_rest(user.qtbot, user.session).parameters_sha256() == learnt_after(user, asked)
    assert user.session.minibatch is not None, "its samples are there"
    assert user.find(QLabel, "timeline_label").text().startswith(f"update {asked} of {last}")
    for plot in page.plots:
        assert plot.head.steps == user.session.steps
    reached = [curve.line[0][-1] for curve in page.entropy_card.curves.curves]
    assert max(reached) > user.session.steps, "what came later is there"
    assert min(reached) == user.session.steps
    user.qtbot.keyClick(slider(user), Qt.Key.Key_End)
    user.wait_until(lambda: user.session.later is None)
    user.wait_until_at_rest()
    assert page.return_card.head.steps is None
    assert continue_button(user).isHidden()


def test_arrow_keys_move_the_play_head_by_one_update_also_while_it_is_on_its_way(user: User) -> None:
    train_for_updates(user, 12)
    last = user.session.last_update
    slider(user).setFocus()
    for _ in range(4):
        user.qtbot.keyClick(slider(user), Qt.Key.Key_Left)
    assert slider(user).value() == last - 4
    user.wait_until(lambda: user.session.shown_update == last - 4)
    user.qtbot.keyClick(slider(user), Qt.Key.Key_Right)
    user.wait_until(lambda: user.session.shown_update == last - 3)
    user.qtbot.keyClick(slider(user), Qt.Key.Key_Home)
    user.wait_until(lambda: user.session.later is not None and user.session.shown_update == 0)
    assert user.session.steps == 0


def test_the_run_goes_on_from_an_earlier_moment_with_other_values_in_a_branch(user: User) -> None:
    train_for_updates(user, 20)
    run = user.session.kept_run
    go_to(user, 10)
    fork = user.session.steps
    assert continue_button(user).text() == "Continue from here"
    slider(user).setFocus()
    user.session.change(clip_range=0.1)
    assert "ε 0.20→0.10" in continue_button(user).text()
    continue_button(user).click()
    user.wait_until(lambda: user.session.opened.parent is not None and user.session.shown_update > 14)
    user.session.pause()
    user.wait_until_at_rest()
    assert user.session.kept_run != run
    assert user.session.opened.parent is not None
    assert (user.session.opened.parent.run, user.session.opened.parent.update) == (run, 10)
    assert user.session.state is RunState.PAUSED
    assert slider(user).hasFocus()
    assert [mark.label for mark in user.session.history.marks] == ["ε 0.20→0.10"]
    parent, before, own = plots(user).entropy_card.curves.curves
    assert (before.stroke, own.stroke) == (Stroke.BOLD, Stroke.BOLD_DASHED)
    assert before.line[0][-1] == own.line[0][0] == parent.line[0][0] == fork


def test_within_an_update_the_play_head_says_so_and_the_policy_judged_is_named_alike(user: User) -> None:
    label = user.find(QLabel, "timeline_label")

    def step_by(kind: StepKind) -> str:
        user.session.step(kind)
        user.wait_until_at_rest()
        user.window.train_page._redraw_counters()
        return label.text()

    assert step_by(StepKind.UPDATE).startswith("update 1 of 1 ·")
    assert step_by(StepKind.ENVIRONMENT_STEP).startswith("within update 2 ·")
    said = step_by(StepKind.MINIBATCH)
    assert said.startswith("within update 2 ·")
    trainer = run_at_rest(user.qtbot, user.session)
    assert said.replace(" · ", ", ").startswith(moment_name(trainer.policy_moment()))
    assert label.property(EXPLANATION_NOTE).endswith("update 1."), "of which the curves are"
    assert step_by(StepKind.UPDATE).startswith("update 2 of 2 ·")


def test_a_replay_does_again_what_the_run_has_done_and_pauses_where_it_was_left_within_an_update(
    user: User,
) -> None:
    train_for_updates(user, 12)
    for kind, times in ((StepKind.UPDATE, 1), (StepKind.ENVIRONMENT_STEP, 5)):
        for _ in range(times):
            user.session.step(kind)
            user.wait_until_at_rest()
    left = user.session.last_update, user.session.steps, user.session.latest
    assert isinstance(left[-1], StepsTaken)
    fingerprint = run_at_rest(user.qtbot, user.session).parameters_sha256()
    shown: list[int] = []
    user.session.update_shown.connect(lambda: shown.append(user.session.shown_update))
    user.find(QPushButton, "replay_button").click()
    user.wait_until(lambda: 0 in shown)
    user.wait_until(lambda: user.session.later is None and user.session.state is RunState.PAUSED)
    user.wait_until_at_rest()
    assert (user.session.shown_update, user.session.steps, user.session.latest) == left
    assert run_at_rest(user.qtbot, user.session).parameters_sha256() == fingerprint
    assert fingerprint == learnt_after(user, left[0])


def test_a_replay_is_seen_to_be_one_and_can_be_stopped(user: User) -> None:
    train_for_updates(user, 12)
    last, replay = user.session.last_update, user.find(QPushButton, "replay_button")
    words = replay.text()
    user.session.set_speed(30)
    replay.click()
    user.wait_until(lambda: user.session.is_replaying)
    user.wait_until(lambda: user.find(QLabel, "phase_label").text().startswith("replaying"))
    user.wait_until(lambda: user.find(QLabel, "symptom_label").accessibleDescription() == REPLAYED)
    assert replay.isChecked()
    assert replay.text() != words
    replay.click()
    user.wait_until(lambda: user.session.state is RunState.PAUSED)
    assert (replay.isChecked(), replay.text()) == (False, words)
    assert user.session.shown_update < last


def test_while_a_moment_is_on_its_way_it_is_said_which(user: User) -> None:
    train_for_updates(user, 12)
    user.session.show_update(5)
    assert user.session.awaited_update == 5
    user.window.train_page._redraw_counters()
    said = [user.find(QLabel, name).text() for name in ("timeline_label", "phase_label")]
    assert all(text.startswith("going to update 5") for text in said)
    user.wait_until(lambda: user.session.shown_update == 5)
    user.wait_until_at_rest()
    assert user.session.awaited_update is None
    assert user.find(QLabel, "timeline_label").text().startswith("update 5 of")


def test_where_no_run_can_be_kept_no_moments_are_promised(open_window: Callable[[], User]) -> None:
    runs_folder().parent.mkdir(parents=True)
    runs_folder().write_text("where a folder should be", encoding="utf-8")
    user = open_window()
    assert user.find(QLabel, "timeline_label").text() == NEVER_KEPT
    assert not slider(user).isEnabled()


def test_a_run_that_cannot_be_kept_says_so_at_the_play_head_and_learns_on(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.keeping.append", _is_full)
    user.session.train()
    label = user.find(QLabel, "timeline_label")
    user.wait_until(lambda: label.text().endswith(NOT_KEPT))
    updates = user.session.shown_update
    user.wait_until(lambda: user.session.shown_update > updates)
    assert not slider(user).isEnabled()


def test_a_run_that_is_not_kept_ends_with_the_window_only_when_that_is_closed_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.keeping.append", _is_full)
    user.session.train()
    wait_until_not_kept(user)
    user.window.show_page(user.window.runs_page)
    assert not user.window.close()
    assert user.window.page is user.window.train_page
    assert user.session.notices.current.action is not None
    updates = user.session.shown_update
    user.wait_until(lambda: user.session.shown_update > updates)
    user.session.notices.withdraw()
    assert not user.window.close(), "it was asked of what has been taken back"
    assert user.window.close()
    assert not user.window.isVisible()


def test_the_question_at_the_closing_closes_the_window_and_is_not_asked_where_nobody_answers(
    open_window: Callable[[], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.keeping.append", _is_full)
    asked, killed = open_window(), open_window()
    for user in (asked, killed):
        user.wait_until_ready()
        user.session.train()
        wait_until_not_kept(user)
    assert not asked.window.close()
    asked.session.notices.act()
    assert not asked.window.isVisible()
    killed.window.may_ask = False
    assert killed.window.close()


def wait_until_not_kept(user: User) -> None:
    user.wait_until(lambda: user.session.kept_until is not None and user.session.shown_update > 0)


def _is_full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
