"""A freeze stops what goes on, and lifted lets go on what it has stopped, and nothing else."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.freeze import Freeze
from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.trainer import Trainer
from tests.comparisons import SMALL
from tests.other_threads import in_thread, run_at_rest, wait_until_at_rest


class JobWithoutThread(JobSession):
    """Is what it is told to be."""

    def start(self) -> None:
        self._set_state(JobState.RUNNING)


@pytest.fixture
def jobs(qtbot: QtBot) -> list[JobWithoutThread]:
    """One that goes on, one that rests, one that has not begun."""
    del qtbot
    jobs = [JobWithoutThread(), JobWithoutThread(), JobWithoutThread()]
    for job in jobs[:2]:
        job.start()
    jobs[1].pause()
    return jobs


@pytest.fixture
def freeze(jobs: list[JobWithoutThread]) -> Freeze:
    freeze = Freeze()
    for job in jobs:
        freeze.include_job(job)
    return freeze


def test_only_what_went_on_goes_on_again(freeze: Freeze, jobs: list[JobWithoutThread]) -> None:
    before = [job.state for job in jobs]
    held: list[bool] = []
    freeze.changed.connect(held.append)
    freeze.toggle()
    assert [job.state for job in jobs] == [JobState.PAUSED, JobState.PAUSED, JobState.EMPTY]
    assert freeze.is_on
    freeze.toggle()
    assert [job.state for job in jobs] == before
    assert not freeze.is_on
    assert held == [True, False]


def test_what_is_started_while_all_is_frozen_lifts_it_and_leaves_the_rest_resting(
    freeze: Freeze, jobs: list[JobWithoutThread]
) -> None:
    freeze.toggle()
    jobs[2].start()
    assert not freeze.is_on
    assert [job.state for job in jobs] == [JobState.PAUSED, JobState.PAUSED, JobState.RUNNING]
    freeze.toggle()
    jobs[2].resume()
    assert not freeze.is_on


def test_a_frozen_run_takes_no_step_and_is_afterwards_the_same_run(session: Session, qtbot: QtBot) -> None:
    freeze = Freeze()
    freeze.include_run(session)
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 2)
    freeze.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    wait_until_at_rest(qtbot, session)
    assert freeze.is_on
    steps = session.steps
    wait_until_at_rest(qtbot, session)
    assert session.steps == steps
    last = session.shown_update + 5
    session.change(total_steps=SMALL.samples_per_rollout * last)
    assert freeze.is_on
    freeze.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.shown_update == last
    free = Trainer(session.run_settings, make_engine(session.run_settings))
    free.catch_up(last)
    assert run_at_rest(qtbot, session).parameters_sha256() == free.parameters_sha256()
    free.engine.close()


def test_a_freeze_that_is_lifted_before_the_run_has_paused_leaves_it_going_on(
    session: Session, qtbot: QtBot
) -> None:
    freeze = Freeze()
    freeze.include_run(session)
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 2)
    freeze.toggle()
    freeze.toggle()
    in_thread(qtbot, session._learner, lambda: None)
    assert session.state is RunState.RUNNING


def test_a_moment_that_was_gone_to_meanwhile_stays_at_rest(session: Session, qtbot: QtBot) -> None:
    freeze = Freeze()
    freeze.include_run(session)
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 2)
    freeze.toggle()
    wait_until_at_rest(qtbot, session)
    session.show_update(1)
    wait_until_at_rest(qtbot, session)
    freeze.toggle()
    wait_until_at_rest(qtbot, session)
    assert not freeze.is_on
    assert (session.state, session.shown_update) == (RunState.PAUSED, 1)


def test_a_run_that_has_ended_before_it_could_pause_goes_on_no_further(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "pause", lambda: None)
    freeze = Freeze()
    freeze.include_run(session)
    session.train()
    qtbot.waitUntil(lambda: session.shown_update >= 2)
    freeze.toggle()
    session.change(total_steps=SMALL.samples_per_rollout)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    freeze.toggle()
    wait_until_at_rest(qtbot, session)
    assert session.state is RunState.FINISHED
