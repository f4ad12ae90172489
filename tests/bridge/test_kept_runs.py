"""Runs of Train are kept by themselves: found again, gone back in, branched, and brought back."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge import worker
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import Reopening, StepKind, Worker
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs import abandoned, keeping
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.past import Visit
from ppo_desktop.user_files import runs_folder
from tests.comparisons import SMALL
from tests.kept_runs import keep_run
from tests.other_threads import run_at_rest, wait_until_at_rest

MADE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)


@pytest.fixture(autouse=True)
def _keyframe_every_few_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.005)


@pytest.fixture
def open_session(qtbot: QtBot) -> Iterator[Callable[[], Session]]:
    """Return a function that makes another session, of another window; all are closed."""
    del qtbot
    opened: list[Session] = []

    def open_one() -> Session:
        opened.append(Session(MADE))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


def learn_until(qtbot: QtBot, session: Session, update: int) -> None:
    """Let the run learn at least to the end of an update, and pause in the middle of a later one."""
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= update)
    session.pause()
    wait_until_at_rest(qtbot, session)


def show(qtbot: QtBot, session: Session, update: int) -> None:
    session.show_update(update)
    wait_until_at_rest(qtbot, session)
    assert session.shown_update == update


def finish_update(qtbot: QtBot, session: Session) -> None:
    session.step(StepKind.UPDATE)
    wait_until_at_rest(qtbot, session)


def fingerprint(qtbot: QtBot, session: Session) -> str:
    """Return that of the run shown, at the end of an update."""
    sha256: str = run_at_rest(qtbot, session).parameters_sha256()
    return sha256


def uninterrupted(updates: int, changes: dict[int, dict[str, Value]] | None = None) -> str:
    """Return the fingerprint of a run without a window, after {update: values are changed}."""
    run = Trainer(MADE, make_engine(MADE))
    events = run.events()
    for event in events:
        if isinstance(event, UpdateFinished):
            if event.update == updates:
                break
            run.change(run.wanted.changed((changes or {}).get(event.update, {})))
    events.close()
    return run.parameters_sha256()


def test_a_run_without_an_update_leaves_nothing(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    session.change(clip_range=0.1)
    session.step(StepKind.ENVIRONMENT_STEP)
    wait_until_at_rest(qtbot, session)
    assert session.kept_run == ""
    session.close()
    assert not runs_folder().exists() or not any(runs_folder().iterdir())


def test_a_closed_window_has_lost_nothing_and_the_run_goes_on_bit_for_bit(
    qtbot: QtBot, session: Session, open_session: Callable[[], Session]
) -> None:
    learn_until(qtbot, session, 20)
    run, last = session.kept_run, session.last_update
    session.close()
    assert [entry.id for entry in library.runs()] == [run]
    other = open_session()
    other.open_kept(run)
    qtbot.waitUntil(lambda: other.shown_update == last)
    wait_until_at_rest(qtbot, other)
    assert other.state is RunState.PAUSED
    assert other.is_at_end
    assert fingerprint(qtbot, other) == uninterrupted(last)
    finish_update(qtbot, other)
    assert (other.kept_run, other.last_update) == (run, last + 1)
    assert fingerprint(qtbot, other) == uninterrupted(last + 1)


def test_what_was_learnt_is_written_after_the_window_has_closed_however_slow_the_disk_is(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_writing, goes_on, sync = threading.Event(), threading.Event(), os.fsync

    def sync_slowly(descriptor: int) -> None:
        is_writing.set()
        goes_on.wait()
        sync(descriptor)

    with monkeypatch.context() as closing_soon:
        closing_soon.setattr(os, "fsync", sync_slowly)
        closing_soon.setattr(abandoned, "MOMENT", 0.01)
        learn_until(qtbot, session, 3)
        qtbot.waitUntil(is_writing.is_set)
        learn_until(qtbot, session, session.shown_update + 3)
        run = session.kept_run
        session.close()
        assert library.open_run(run).journal.updates < session.shown_update
        goes_on.set()
        abandoned.finish_writing()
    assert library.open_run(run).journal.updates == session.shown_update


def test_any_update_is_shown_as_it_was(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    wait_until_at_rest(qtbot, session)
    curves: dict[int, list[float]] = {}
    for _ in range(12):
        finish_update(qtbot, session)
        curves[session.shown_update] = session.history.curve("approx_kl").extremes()[1].tolist()
    for update in (3, 11, 0, 7, 12):
        show(qtbot, session, update)
        assert session.last_update == 12
        assert session.is_at_end == (update == 12)
        assert fingerprint(qtbot, session) == uninterrupted(update) if update else True
        assert session.history.curve("approx_kl").extremes()[1].tolist() == curves.get(update, [])
        assert (session.later is None) == (update == 12)
        assert (session.minibatch is None) == (update == 0)
        assert session.frame is not None
        assert (
            session.frame.steps == session.history.steps == update * MADE.hyperparameters.samples_per_rollout
        )


def test_right_after_a_keyframe_what_led_there_follows_what_is_there_at_once(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "_MOST_WAITING", 1_000)
    session.show_map(True)
    learn_until(qtbot, session, 12)
    show(qtbot, session, 8)
    samples, frame, entropies = samples_shown(session), session.frame, session.state_entropies
    assert frame is not None
    assert frame.path
    monkeypatch.setattr(worker, "SOON_SECONDS", -1.0)
    at_first: list[tuple[int, object, object]] = []
    session.update_shown.connect(
        lambda: at_first.append((session.shown_update, session.minibatch, session.state_entropies))
    )
    session.open_kept(session.kept_run)
    show(qtbot, session, 8)
    assert (8, None, None) in at_first
    assert samples_shown(session) == samples
    assert repr(session.frame) == repr(frame)
    np.testing.assert_array_equal(session.state_entropies, entropies)
    finish_update(qtbot, session)
    assert fingerprint(qtbot, session) == uninterrupted(9)


def samples_shown(session: Session) -> list[object]:
    assert session.minibatch is not None
    samples = session.minibatch.samples
    return [samples.indices.tolist(), samples.ratios.tolist(), samples.advantages.tolist()]


def test_who_goes_on_before_it_is_known_what_led_to_a_moment_learns_the_same(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "_MOST_WAITING", 1_000)
    learn_until(qtbot, session, 12)
    monkeypatch.setattr(worker, "SOON_SECONDS", -1.0)
    monkeypatch.setattr(Worker, "_come_closer", lambda _worker, _visit, _deadline: None)
    session.show_update(8)
    session.step(StepKind.UPDATE)
    wait_until_at_rest(qtbot, session)
    assert session.shown_update == 9
    assert fingerprint(qtbot, session) == uninterrupted(9)


def test_of_many_updates_asked_for_at_once_the_last_is_shown(
    qtbot: QtBot, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    learn_until(qtbot, session, 20)
    shown: list[int] = []
    steps: list[int] = []
    session.update_shown.connect(lambda: shown.append(session.shown_update))
    session.update_shown.connect(lambda: steps.append(session.steps))
    for update in range(18):
        session.show_update(update)
    qtbot.waitUntil(lambda: session.shown_update == 17)
    wait_until_at_rest(qtbot, session)
    assert shown == [0, 17]
    assert steps == [update * MADE.hyperparameters.samples_per_rollout for update in shown]
    assert not caplog.records


def test_an_update_of_the_run_before_is_none_of_the_run_that_is_shown_meanwhile(
    qtbot: QtBot, session: Session
) -> None:
    learn_until(qtbot, session, 5)
    run, seen = session.kept_run, []
    session.update_shown.connect(lambda: seen.append((session.asked_update, session.last_update)))
    session.reset()
    session.show_update(4)
    wait_until_at_rest(qtbot, session)
    assert (session.kept_run, session.shown_update) == (run, 4)
    assert any(last == 0 for _, last in seen), "the new run was shown"
    assert all(asked <= last for asked, last in seen)


def test_a_branch_has_the_values_set_there_and_its_parent_stays(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 12)
    parent, last = session.kept_run, session.last_update
    show(qtbot, session, 5)
    session.change(clip_range=0.05)
    assert session.changes_here == {"clip_range": (0.2, 0.05)}
    show(qtbot, session, 6)
    assert session.changes_here == {"clip_range": (0.2, 0.05)}, "it is still set"
    finish_update(qtbot, session)
    assert session.shown_update == session.last_update == 7
    assert (session.opened.parent, session.is_at_end) == (Parent(parent, 6), True)
    assert session.opened.of_parent is not None
    assert session.opened.of_parent.updates == last
    assert fingerprint(qtbot, session) == uninterrupted(7, {6: {"clip_range": 0.05}})
    branch = session.kept_run
    show(qtbot, session, 3)
    assert session.kept_run == branch
    assert session.settings.hyperparameters.clip_range == 0.2
    finish_update(qtbot, session)
    for _ in range(3):
        finish_update(qtbot, session)
    assert fingerprint(qtbot, session) == uninterrupted(7, {6: {"clip_range": 0.05}}), "the same again"
    assert library.open_run(parent).journal.updates == last


@pytest.mark.parametrize("what", ["reset", "new_seed"])
def test_undo_brings_back_what_another_run_has_taken_the_place_of(
    qtbot: QtBot, session: Session, what: str
) -> None:
    learn_until(qtbot, session, 10)
    run, last, settings = session.kept_run, session.last_update, session.settings
    getattr(session, what)()
    qtbot.waitUntil(lambda: session.shown_update == 0)
    wait_until_at_rest(qtbot, session)
    session.change(clip_range=0.4)
    session.notices.act()
    qtbot.waitUntil(lambda: session.shown_update == last)
    wait_until_at_rest(qtbot, session)
    assert (session.kept_run, session.settings, session.state) == (run, settings, RunState.PAUSED)
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: session.shown_update == 0)
    session.undo_stack.undo()
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: session.shown_update == last)
    assert not session.undo_stack.canUndo()
    session.undo_stack.redo()
    qtbot.waitUntil(lambda: session.shown_update == 0)


def test_a_change_undone_after_that_is_one_of_the_run_that_is_back(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    session.change(clip_range=0.3)
    learn_until(qtbot, session, 5)
    session.choose_environment("Acrobot-v1")
    qtbot.waitUntil(lambda: session.run_settings.environment_id == "Acrobot-v1")
    session.undo_stack.undo()
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: session.run_settings.environment_id == "CartPole-v1")
    wait_until_at_rest(qtbot, session)
    assert session.settings == MADE
    assert run_at_rest(qtbot, session).wanted == SMALL


def test_a_replay_does_the_same_again_and_pauses_where_the_run_was_left(
    qtbot: QtBot, session: Session
) -> None:
    learn_until(qtbot, session, 10)
    run, last = session.kept_run, session.last_update
    left = fingerprint(qtbot, session)
    session.replay(2)
    qtbot.waitUntil(lambda: session.shown_update < last)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    wait_until_at_rest(qtbot, session)
    assert (session.kept_run, session.shown_update, session.is_at_end) == (run, last, True)
    assert session.later is None
    assert fingerprint(qtbot, session) == left


def test_a_slider_moved_in_a_replay_branches_off_there(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 10)
    run = session.kept_run
    session.set_speed(20.0)
    session.replay(3)
    qtbot.waitUntil(lambda: session.state is RunState.RUNNING and session.shown_update < 9)
    session.change(learning_rate=0.01)
    qtbot.waitUntil(lambda: session.opened.parent is not None)
    assert session.opened.parent is not None
    assert session.opened.parent.run == run
    session.pause()
    wait_until_at_rest(qtbot, session)
    assert run_at_rest(qtbot, session).wanted.learning_rate == 0.01


def test_a_value_set_while_a_replay_comes_to_its_end_counts(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 10)
    worker, ended = session._learner.worker, threading.Event()

    def change_at_the_end() -> None:
        if session.state is RunState.RUNNING and not ended.is_set():
            while worker._running:  # the window does not know of it yet
                ended.wait(0.001)
            ended.set()
            session.change(learning_rate=0.01)

    session.state_changed.connect(change_at_the_end)
    session.replay(2)
    qtbot.waitUntil(lambda: ended.is_set() and session.is_at_end)
    session.pause()
    assert run_at_rest(qtbot, session).wanted.learning_rate == 0.01
    assert session.settings.hyperparameters.learning_rate == 0.01


def test_what_is_asked_for_while_a_moment_is_on_its_way_is_done_from_there(
    qtbot: QtBot, session: Session
) -> None:
    learn_until(qtbot, session, 12)
    run = session.kept_run
    for asked_for in ([3, 5], [6]):
        session.open_kept(run)
        qtbot.waitUntil(lambda: session.kept_run == run)
        wait_until_at_rest(qtbot, session)
        show(qtbot, session, 8)
        session.change(learning_rate=0.01)
        for update in asked_for:
            session.show_update(update)
        session.continue_here() if len(asked_for) > 1 else session.train()
        qtbot.waitUntil(lambda: session.opened.parent is not None)
        assert session.opened.parent == Parent(run, asked_for[-1])
        session.pause()
        assert run_at_rest(qtbot, session).wanted.learning_rate == 0.01


def test_what_only_a_new_run_takes_over_makes_no_branch(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 8)
    show(qtbot, session, 5)
    session.change(hidden_units=16)
    assert session.changes_here == {}
    finish_update(qtbot, session)
    assert session.opened.parent is None
    session.change(clip_range=0.1)
    assert session.changes_here == {"clip_range": (0.2, 0.1)}
    finish_update(qtbot, session)
    assert session.opened.parent is not None
    assert fingerprint(qtbot, session) == uninterrupted(7, {6: {"clip_range": 0.1}})
    assert session.pending.keys() == {"hidden_units"}


def test_undo_brings_back_what_was_set_at_the_moment_that_was_left(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 8)
    show(qtbot, session, 5)
    session.change(clip_range=0.1)
    session.reset()
    session.change(gamma=0.9)
    wait_until_at_rest(qtbot, session)
    assert run_at_rest(qtbot, session).wanted.gamma == 0.9
    session.undo_stack.undo()
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: session.shown_update == 5)
    assert session.changes_here == {"clip_range": (0.2, 0.1)}


def test_a_run_that_learns_in_another_window_is_looked_at_and_branched(
    qtbot: QtBot, session: Session, open_session: Callable[[], Session]
) -> None:
    learn_until(qtbot, session, 10)
    qtbot.waitUntil(
        lambda: (
            [library.open_run(entry.id).journal.updates for entry in library.runs()] == [session.last_update]
        )
    )
    other = open_session()
    other.open_kept(session.kept_run)
    qtbot.waitUntil(lambda: other.shown_update > 0)
    assert not other.is_at_end
    update = other.shown_update
    finish_update(qtbot, other)
    assert other.opened.parent == Parent(session.kept_run, update)
    assert other.kept_run != session.kept_run


def test_a_run_that_has_ended_is_shown_at_its_end_and_can_be_gone_on_with(
    qtbot: QtBot, session: Session, open_session: Callable[[], Session]
) -> None:
    session.change(total_steps=200)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    run, last = session.kept_run, session.last_update
    session.close()
    other = open_session()
    other.open_kept(run)
    qtbot.waitUntil(lambda: other.state is RunState.FINISHED)
    assert other.shown_update == last
    other.train()
    qtbot.waitUntil(lambda: other.shown_update > last)
    assert other.kept_run == run


def test_what_cannot_be_opened_leaves_the_run_as_it_is(qtbot: QtBot, session: Session) -> None:
    learn_until(qtbot, session, 5)
    run = session.kept_run
    session.open_kept("20260101-000000-nowhere")
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    assert session.kept_run == run
    finish_update(qtbot, session)
    assert not session.undo_stack.canUndo()


def test_a_pause_holds_where_the_run_it_was_meant_for_is_refused(qtbot: QtBot, session: Session) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 2)
    session.choose_environment("Nonsense-v9")
    session.pause()
    qtbot.waitUntil(lambda: session.notices.current.is_warning and session.state is RunState.PAUSED)
    assert session.settings.environment_id == MADE.environment_id


def test_where_another_run_than_the_first_is_wanted_and_refused_one_begins_all_the_same(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn_until(qtbot, session, 2)
    session.close()
    never = threading.Event()
    monkeypatch.setattr(Visit, "go_on", lambda _visit: never.wait(0.001))
    with closing(Session(MADE, Reopening(session.kept_run))) as again:
        again.prepare()
        again.choose_environment("Nonsense-v9")
        qtbot.waitUntil(lambda: again.state is RunState.PAUSED)
        assert again.notices.current.is_warning
        assert (again.settings, again.run_settings, again.shown_update) == (MADE, MADE, 0)
        finish_update(qtbot, again)
        assert again.shown_update == 1


def test_a_policy_asked_for_while_a_run_is_refused_is_that_of_the_run_that_stays(
    qtbot: QtBot, session: Session
) -> None:
    learn_until(qtbot, session, 2)
    copied: list[PolicyMoment] = []
    session.open_kept("20260101-000000-nowhere")
    session.copy_policy(copied.append)
    qtbot.waitUntil(lambda: len(copied) == 1)
    assert copied[0].settings == session.run_settings


def test_where_nothing_can_be_written_training_goes_on(
    qtbot: QtBot, session: Session, own_home: Path
) -> None:
    (own_home / "runs").mkdir(parents=True)
    (own_home / "runs" / "training").write_text("where a folder should be", encoding="utf-8")
    session.train()
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    update = session.shown_update
    qtbot.waitUntil(lambda: session.shown_update > update)
    assert session.kept_run == ""
    session.reset()
    assert session.notices.current.action is not None
    assert session.shown_update >= update, "it is asked first"
    session.notices.act()
    qtbot.waitUntil(lambda: session.shown_update == 0)


def test_a_run_that_is_no_longer_kept_does_not_end_unasked_and_what_was_kept_of_it_can_be_gone_back_to(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = keep_run()
    session.prepare()
    session.new_seed()
    learn_until(qtbot, session, 5)
    run_at_rest(qtbot, session).keeper.settle()
    with monkeypatch.context() as full:
        full.setattr(keeping, "append", _is_full)
        learn_until(qtbot, session, session.shown_update + 5)
        qtbot.waitUntil(lambda: session.kept_until is not None)
        learn_until(qtbot, session, session.last_update + 1)
    number, run, last, kept = session.opened.number, session.kept_run, session.last_update, session.kept_until
    assert kept is not None
    assert library.open_run(run).journal.updates == kept < last
    for leave in (
        session.reset,
        session.new_seed,
        partial(session.choose_environment, "Acrobot-v1"),
        partial(session.choose_algorithm, Algorithm.A2C),
        partial(session.open_run, MADE, None, "A trial"),
        partial(session.open_kept, older),
        partial(session.replay, 2),
        session.undo,
        partial(session.show_update, 2),
    ):
        session.notices.withdraw()
        leave()
        assert session.notices.current.action is not None, leave
        assert (session.opened.number, session._number, session.last_update) == (number, number, last)
    session.notices.act()
    qtbot.waitUntil(lambda: session.shown_update == 2)
    wait_until_at_rest(qtbot, session)
    assert (session.kept_run, session.last_update, session.kept_until) == (run, kept, None)
    learn_until(qtbot, session, kept + 3)
    session.reset()
    qtbot.waitUntil(lambda: session.shown_update == 0)
    assert library.open_run(run).journal.updates > kept, "there is room again"


def _is_full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_moment_that_takes_long_is_said_to_and_gives_way_to_another_that_is_asked_for(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn_until(qtbot, session, 10)
    monkeypatch.setattr("ppo_desktop.bridge.session.LONG_MILLISECONDS", 1)
    go_on, held = Visit.go_on, threading.Event()

    def go_on_late(visit: Visit) -> None:
        if visit.target == 3:
            held.wait(0.001)
        else:
            go_on(visit)

    monkeypatch.setattr(Visit, "go_on", go_on_late)
    session.show_update(3)
    qtbot.waitUntil(lambda: "learnt again" in session.notices.current.text)
    session.show_update(5)
    qtbot.waitUntil(lambda: session.shown_update == 5)
    wait_until_at_rest(qtbot, session)
    assert session.notices.current.text == ""


def test_a_run_that_another_was_asked_for_after_is_shown_and_kept_when_that_is_refused(
    qtbot: QtBot, session: Session
) -> None:
    learn_until(qtbot, session, 5)
    first = session.kept_run
    session.choose_seed(2)
    session.step(StepKind.UPDATE)
    session.choose_environment("Nonsense-v9")
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    wait_until_at_rest(qtbot, session)
    assert session.kept_run != first
    assert (session.run_settings.seed, session.settings.seed, session.last_update) == (2, 2, 1)
    session.close()
    assert {entry.summary.seed for entry in library.runs()} == {1, 2}
