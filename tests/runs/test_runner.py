"""Runs side by side: each as if it were alone."""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import Event, FinishReason, RunFinished, RunStarted, StepsTaken, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.processors import put_window_first
from ppo_desktop.runs.runner import RunCancelled, Runner

PATIENCE = 60


def settings(seed: int, environment_id: str = "CartPole-v1", **values: object) -> RunSettings:
    small = {"n_envs": 2, "rollout_length": 16, "n_minibatches": 2, "hidden_units": 8, "total_steps": 3200}
    return RunSettings(environment_id, Algorithm.PPO, Hyperparameters(**(small | values)), seed)  # type: ignore[arg-type]


class Watched:
    """A run's maker that remembers its trainer, and all the run told."""

    def __init__(self, run: RunSettings, told: Callable[[Event], None] | None = None) -> None:
        self._run = run
        self._told = told
        self.trainer: Trainer | None = None
        self.events: list[Event] = []
        self.threads: set[str] = set()

    def create(self) -> Trainer:
        self.trainer = Trainer(self._run, make_engine(self._run))
        return self.trainer

    def take(self, event: Event) -> None:
        self.events.append(event)
        self.threads.add(threading.current_thread().name)
        if self._told is not None:
            self._told(event)

    @property
    def fingerprint(self) -> str:
        assert self.trainer is not None
        return self.trainer.parameters_sha256()


def alone(run: RunSettings) -> str:
    trainer = Trainer(run, make_engine(run))
    for _ in trainer.events():
        pass
    return trainer.parameters_sha256()


@pytest.mark.parametrize("threads", [1, 3])
def test_every_run_is_the_same_as_alone(threads: int) -> None:
    runs = [Watched(settings(seed)) for seed in range(5)]
    with Runner(threads) as runner:
        for run in runs:
            runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert [run.fingerprint for run in runs] == [alone(settings(seed)) for seed in range(5)]
    for run in runs:
        assert isinstance(run.events[0], RunStarted)
        assert run.events[-1] == RunFinished(FinishReason.COMPLETED, 3200)
        assert sum(isinstance(event, RunFinished) for event in run.events) == 1


def test_runs_go_on_together_whatever_the_length_of_their_rollouts() -> None:
    steps: dict[int, int] = defaultdict(int)
    gaps = []

    def told(seed: int, event: Event) -> None:
        if isinstance(event, UpdateFinished):
            steps[seed] = event.steps
            gaps.append(max(steps.values()) - min(steps[other] for other in range(3)))

    with Runner(1) as runner:
        for seed, length in enumerate([8, 16, 64]):
            run = Watched(settings(seed, rollout_length=length), partial(told, seed))
            runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert max(gaps) <= 2 * 64, "no run is ahead of another by more than the longest rollout"


def test_runs_that_need_not_go_on_together_end_in_the_order_they_were_added() -> None:
    ended: list[int] = []

    def told(seed: int, event: Event) -> None:
        if isinstance(event, UpdateFinished):
            assert len(ended) == seed, "none begins before the one before it has ended"
        if isinstance(event, RunFinished):
            ended.append(seed)

    with Runner(1, together=False) as runner:
        for seed in range(3):
            run = Watched(settings(seed), partial(told, seed))
            runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert ended == [0, 1, 2]


def test_paused_runs_rest_and_go_on_to_the_same_end() -> None:
    begun, paused = threading.Event(), threading.Event()

    def told(_event: Event) -> None:
        begun.set()
        assert paused.wait(PATIENCE)

    run = Watched(settings(1), told)
    with Runner(2) as runner:
        runner.add(run.create, run.take)
        assert begun.wait(PATIENCE)
        runner.pause()
        paused.set()
        assert runner.wait_for_rest(PATIENCE)
        count = len(run.events)
        assert isinstance(run.events[-1], UpdateFinished)
        assert not runner.wait(0.1)
        assert len(run.events) == count
        runner.resume()
        assert runner.wait(PATIENCE)
    assert run.fingerprint == alone(settings(1))


def test_closing_ends_runs_where_they_are_and_begins_no_more() -> None:
    begun = threading.Event()

    def told(event: Event) -> None:
        if isinstance(event, StepsTaken):
            begun.set()

    # Its first update would come after half a million steps: who closes does not wait for that.
    endless = Watched(settings(1, n_envs=256, rollout_length=2048, n_epochs=40, total_steps=None), told)
    waiting = Watched(settings(2))
    runner = Runner(1)
    runner.add(endless.create, endless.take)
    assert begun.wait(PATIENCE)
    runner.add(waiting.create, waiting.take)
    runner.close()
    told = len(endless.events)
    assert not any(isinstance(event, UpdateFinished | RunFinished) for event in endless.events)
    assert len(endless.events) == told
    runner.close()


def test_closing_does_not_wait_for_a_run_that_is_held_and_nothing_more_is_told_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.abandoned.MOMENT", 0.05)
    begun, goes_on = threading.Event(), threading.Event()
    told: list[Event] = []

    def create() -> Trainer:
        begun.set()
        goes_on.wait()
        return Trainer(settings(1), make_engine(settings(1)))

    runner = Runner(1)
    runner.add(create, told.append)
    assert begun.wait(PATIENCE)
    runner.close()
    assert runner.wait(0), "whoever waits is let go"
    goes_on.set()
    (thread,) = runner._threads
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert told == []


def test_who_waits_for_paused_runs_is_told_when_the_runner_is_closed() -> None:
    runner = Runner(1)
    runner.pause()
    runner.add(Watched(settings(1)).create, lambda event: None)
    waiting = threading.Thread(target=runner.wait)
    waiting.start()
    runner.close()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        runner.add(Watched(settings(1)).create, lambda event: None)


def test_a_run_that_cannot_be_made_fails_in_one_line_and_stops_no_other() -> None:
    missing, sound = Watched(settings(1, "Nonsense-v1")), Watched(settings(2))
    with Runner(2) as runner:
        runner.add(missing.create, missing.take)
        runner.add(sound.create, sound.take)
        assert runner.wait(PATIENCE)
    (end,) = missing.events
    assert isinstance(end, RunFinished)
    assert end.reason is FinishReason.FAILED
    assert "Nonsense-v1" in end.message
    assert "\n" not in end.message
    assert sound.events[-1] == RunFinished(FinishReason.COMPLETED, 3200)


@pytest.mark.parametrize("kind", [OSError, SystemExit, KeyboardInterrupt])
def test_who_fails_to_take_an_event_ends_that_run_only(kind: type[BaseException]) -> None:
    def refuse(event: Event) -> None:
        if isinstance(event, UpdateFinished):
            raise kind("disk full")

    refusing, sound = Watched(settings(1), refuse), Watched(settings(2))
    with Runner(2) as runner:
        runner.add(refusing.create, refusing.take)
        runner.add(sound.create, sound.take)
        assert runner.wait(PATIENCE)
    assert isinstance(refusing.events[-1], RunFinished)
    assert refusing.events[-1].reason is FinishReason.FAILED
    assert "disk full" in refusing.events[-1].message
    assert sound.events[-1] == RunFinished(FinishReason.COMPLETED, 3200)


def test_a_run_can_be_added_when_all_others_have_ended() -> None:
    with Runner(2) as runner:
        assert runner.wait(0)
        for seed in (1, 2):
            run = Watched(settings(seed))
            runner.add(run.create, run.take)
            assert runner.wait(PATIENCE)
            assert isinstance(run.events[-1], RunFinished)


@pytest.mark.parametrize("n_told", [0, 1, 100])
def test_a_run_of_which_nobody_wants_more_ends_without_failing(n_told: int) -> None:
    def refuse(event: Event) -> None:
        if len(left.events) > n_told:
            raise RunCancelled

    left, sound = Watched(settings(1), refuse), Watched(settings(2))
    with Runner(1) as runner:
        runner.add(left.create, left.take)
        runner.add(sound.create, sound.take)
        assert runner.wait(PATIENCE)
    assert len(left.events) == n_told + 1
    assert not any(isinstance(event, RunFinished) for event in left.events)
    assert sound.events[-1] == RunFinished(FinishReason.COMPLETED, 3200)


def test_a_run_that_nobody_wants_when_its_turn_comes_is_never_told_of() -> None:
    def refuse() -> Trainer:
        raise RunCancelled

    told: list[Event] = []
    with Runner(1) as runner:
        runner.add(refuse, told.append)
        assert runner.wait(PATIENCE)
    assert told == []


def test_runs_of_a_group_go_on_together_and_before_those_of_the_next() -> None:
    order: list[tuple[int, int]] = []

    def told(seed: int, event: Event) -> None:
        if isinstance(event, UpdateFinished):
            order.append((seed // 2, event.steps))

    runner = Runner(1)
    runner.pause()
    with runner:
        for seed in (2, 3, 0, 1):  # the group is seed // 2
            run = Watched(settings(seed), partial(told, seed))
            runner.add(run.create, run.take, group=seed // 2)
        runner.resume()
        assert runner.wait(PATIENCE)
    assert order == sorted(order)
    assert len(order) == 4 * 100


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
@pytest.mark.parametrize("has_window", [True, False])
def test_runs_give_way_to_the_window_of_their_process(
    monkeypatch: pytest.MonkeyPatch, has_window: bool
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.processors._beside_window", threading.Event())
    if has_window:
        put_window_first()

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = priority()
    theirs: set[int] = set()
    with Runner(2) as runner:
        runner.add(Watched(settings(1)).create, lambda _event: theirs.add(priority()))
        assert runner.wait(PATIENCE)
    assert theirs == {max(before, 10) if has_window else before}
    assert priority() == before
