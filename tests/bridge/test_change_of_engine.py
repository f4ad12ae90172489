"""A run that began before the fast engine was there goes over to it with one click."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop import library
from ppo_desktop.bridge.preparation import Preparation, PreparationState
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import SLICE_SECONDS, Reopening, StepKind
from ppo_desktop.runs.journal import Parent
from tests.other_threads import run_at_rest, wait_until_at_rest


@pytest.fixture
def begun(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A run that learns with the PyTorch engine, while the fast one is being prepared."""
    monkeypatch.setattr(Preparation, "start", lambda preparation: preparation._set(PreparationState.GOING_ON))
    with monkeypatch.context() as not_prepared:
        not_prepared.setattr("ppo_desktop.ppo.engines.choice.is_prepared", lambda: False)
        session.prepare()
        qtbot.waitUntil(lambda: session.engine == "pytorch")
    session.train()
    qtbot.waitUntil(lambda: session.history.updates > 1)
    return session


def test_while_it_is_prepared_the_run_rests_half_of_the_time(begun: Session, qtbot: QtBot) -> None:
    worker = begun._learner.worker
    qtbot.waitUntil(lambda: worker._seconds_until_next() == SLICE_SECONDS)
    assert not begun.can_use_fast_engine
    begun.preparation._set(PreparationState.DONE)
    qtbot.waitUntil(lambda: worker._seconds_until_next() == 0.0)


def test_the_run_goes_over_when_the_notice_is_clicked_and_counts_on(begun: Session, qtbot: QtBot) -> None:
    begun.preparation._set(PreparationState.DONE)
    assert begun.can_use_fast_engine
    assert begun.notices.current.action is not None
    steps, episodes = begun.steps, begun.history.episodes
    begun.notices.act()
    with qtbot.waitSignal(begun.engine_changed):
        pass
    assert begun.engine == "compiled"
    assert not begun.can_use_fast_engine
    (mark,) = begun.history.marks
    assert (mark.field, mark.new, mark.label) == ("engine", "compiled", "fast engine")
    assert mark.steps >= steps
    qtbot.waitUntil(lambda: begun.steps > mark.steps + 1000)
    assert begun.history.episodes > episodes
    assert begun.state is RunState.RUNNING


def test_a_paused_run_goes_over_once_it_goes_on(begun: Session, qtbot: QtBot) -> None:
    begun.pause()
    qtbot.waitUntil(lambda: begun.state is RunState.PAUSED)
    begun.preparation._set(PreparationState.DONE)
    begun.use_fast_engine()
    assert "once the run goes on" in begun.notices.current.text
    assert begun.engine == "pytorch"
    begun.train()
    qtbot.waitUntil(lambda: begun.engine == "compiled")


@pytest.mark.parametrize("running", [True, False])
def test_at_an_earlier_moment_it_goes_on_with_a_branch_which_is_kept(
    begun: Session, qtbot: QtBot, running: bool
) -> None:
    qtbot.waitUntil(lambda: begun.shown_update > 20)
    begun.pause()
    wait_until_at_rest(qtbot, begun)
    run, last = begun.kept_run, begun.last_update
    begun.set_speed(1.0)
    if running:
        begun.replay(5)
        qtbot.waitUntil(lambda: begun.is_replaying)
    else:
        begun.show_update(5)
        wait_until_at_rest(qtbot, begun)
    begun.preparation._set(PreparationState.DONE)
    begun.use_fast_engine()
    qtbot.waitUntil(lambda: begun.kept_run not in ("", run))
    assert (begun.opened.parent, begun.last_update) == (Parent(run, 5), 5)
    begun.set_speed(None)
    begun.train()
    qtbot.waitUntil(lambda: begun.engine == "compiled" and begun.shown_update > last)
    begun.pause()
    wait_until_at_rest(qtbot, begun)
    begun.step(StepKind.UPDATE)
    wait_until_at_rest(qtbot, begun)
    branch, updates = begun.kept_run, begun.last_update
    fingerprint = run_at_rest(qtbot, begun).parameters_sha256()
    begun.close()
    kept = library.open_run(branch)
    assert [(event.update, event.engine) for event in kept.journal.engines] == [(6, "compiled")]
    restored = kept.restore(updates)
    assert (restored.parameters_sha256(), restored.caveat) == (fingerprint, "")
    restored.engine.close()
    assert library.open_run(run).journal.updates == last


def test_where_it_cannot_take_over_that_is_said_and_the_run_goes_on(
    begun: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.ppo.engines.choice.is_prepared", lambda: False)
    begun.preparation._set(PreparationState.DONE)
    begun.use_fast_engine()
    qtbot.waitUntil(lambda: begun.notices.current.is_warning)
    assert begun.engine == "pytorch"
    assert not list(begun.history.marks)
    updates = begun.history.updates
    qtbot.waitUntil(lambda: begun.history.updates > updates)


def test_the_next_run_has_the_fast_engine_anyway(begun: Session, qtbot: QtBot) -> None:
    begun.preparation._set(PreparationState.DONE)
    begun.reset()
    qtbot.waitUntil(lambda: begun.engine == "compiled")
    assert not begun.can_use_fast_engine


def test_the_run_of_the_last_start_is_opened_when_the_engine_is_there_that_it_has_learnt_with(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 3)
    run, settings = session.kept_run, session.settings
    session.close()
    monkeypatch.setattr(Preparation, "start", lambda preparation: preparation._set(PreparationState.GOING_ON))
    again = Session(settings, Reopening(run))
    with monkeypatch.context() as not_prepared:
        not_prepared.setattr("ppo_desktop.ppo.engines.choice.is_prepared", lambda: False)
        again.prepare()
        qtbot.waitUntil(lambda: again.engine == "pytorch" and again.state is RunState.PAUSED)
    assert again.notices.current.is_warning
    assert again.kept_run == ""
    again.preparation._set(PreparationState.DONE)
    qtbot.waitUntil(lambda: again.kept_run == run)
    again.close()
