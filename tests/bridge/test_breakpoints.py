"""A run pauses exactly where its breakpoint is hit, and when it is replayed at the same places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.news import BreakpointHit
from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.worker import Reopening, Worker
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH, choice
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.breakpoints import Breakpoint, BreakpointWatch
from tests.comparisons import SMALL
from tests.other_threads import wait_until_at_rest

LEARNS_FAST = RunSettings(
    "CartPole-v1", Algorithm.PPO, SMALL.changed({"total_steps": 3200, "learning_rate": 0.02}), 3
)
CONDITIONS = (
    "approx_kl>0.01",
    "policy_entropy<0.65",
    "return>40",
    "recent_return>30",
    "length<10",
    "return_fall>=0.1",
    "clipped_samples>0",
    "update=7",
)


@pytest.fixture(params=[COMPILED, PYTORCH])
def worker(qtbot: QtBot, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """One whose runs have this engine, which works when a test lets it."""
    del qtbot
    if request.param == PYTORCH:
        monkeypatch.setattr(choice, "is_prepared", lambda: False)
    worker = Worker()
    yield worker
    worker._timer.stop()
    worker._close_run()


def pauses(worker: Worker, number: int) -> list[tuple[int, int, int]]:
    """Let a run go on whenever it has paused; return its steps, updates and gradient steps then."""
    places: list[tuple[int, int, int]] = []
    while not worker._is_finished:
        worker.resume(number)
        while worker._running:
            worker._advance()
            worker.acknowledge()
        assert worker._run is not None
        if not worker._is_finished:
            _, is_optimising, epoch, minibatch = worker._place
            n_taken = is_optimising * ((epoch - 1) * SMALL.n_minibatches + minibatch)
            places.append((worker._run.steps, worker._run.update, n_taken))
    return places


def expected_pauses(condition: str, engine: str) -> list[tuple[int, int, int]]:
    """Return where the same run, looked at step by step, is when the condition comes to hold."""
    watch = BreakpointWatch()
    watch.wait_for(Breakpoint.parse(condition))
    run = Trainer(LEARNS_FAST, choice.make_engine(LEARNS_FAST, engine))
    places = []
    for event in run.events():
        if watch.hit_by(event):
            places.append((run.steps, run.update, max(0, run.boundary.gradient_steps)))
    return list(dict.fromkeys(places))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_run_pauses_there_and_not_later_and_the_same_when_it_is_replayed(
    worker: Worker, condition: str
) -> None:
    told: list[str] = []
    worker.said.connect(lambda news: isinstance(news, BreakpointHit) and told.append(news.message))
    worker.pause_when(Breakpoint.parse(condition))
    worker.start(1, LEARNS_FAST, False)
    assert worker._run is not None
    engine, keeper = worker._run.engine.name, worker._run.keeper
    found = pauses(worker, 1)
    assert found == expected_pauses(condition, engine)
    assert len(told) == len(found) > 0
    learnt = worker._run.parameters_sha256()
    free = Trainer(LEARNS_FAST, choice.make_engine(LEARNS_FAST, engine))
    list(free.events())
    assert learnt == free.parameters_sha256(), "the run is the same"
    assert keeper is not None
    keeper.settle()
    middle = 50
    worker.start(2, Reopening(keeper.folder.name, middle), False)
    assert pauses(worker, 2) == [place for place in found if place[1] >= middle and place[0] > 32 * middle]


def test_the_user_is_told_where_it_has_paused_until_it_goes_on(session: Session, qtbot: QtBot) -> None:
    session.prepare()
    session.pause_when(Breakpoint.parse("update=3"))
    session.train()
    qtbot.waitUntil(lambda: session.shown_update == 3 and session.state is RunState.PAUSED)
    wait_until_at_rest(qtbot, session)
    assert session.shown_update == 3
    assert "update 3" in session.notices.current.text
    session.reset()
    session.train()
    qtbot.waitUntil(lambda: session.shown_update == 3 and session.state is RunState.PAUSED)
    session.pause_when(None)
    session.train()
    qtbot.waitUntil(lambda: session.shown_update > 5)
    assert not session.notices.current.text
    session.pause()
    wait_until_at_rest(qtbot, session)
