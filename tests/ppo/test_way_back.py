"""A run can go back to its best parameters, and one that does not is not touched by it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.events import (
    Event,
    FinishReason,
    GoodMoment,
    RunFinished,
    StepsTaken,
    UpdateFinished,
    WentBack,
)
from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]
NORMALISED = {"normalize_observations": True, "normalize_rewards": True}


def until(events: Iterator[Event], kind: type, number: int = 1) -> list[Any]:
    """Take events up to the `number`-th of a kind; return those of the kind."""
    taken: list[Any] = []
    while len(taken) < number:
        event = next(events)
        if isinstance(event, kind):
            taken.append(event)
    return taken


def rising_and_falling(toys: Any) -> str:
    """An environment whose one-step episodes pay 1, 2, … 320 and then 0."""
    rewards = itertools.chain(range(1, 321), itertools.repeat(0))
    return str(toys.register(lambda time, action: (np.zeros(1), float(next(rewards)), True, False)))


# ---- which moment is the best


def test_the_best_parameters_are_those_that_collected_the_best_rollout(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    trainer = make_trainer(rising_and_falling(toys), n_envs=1, rollout_length=8, learning_rate=0.05)
    events = trainer.events()
    before_update = {1: trainer.parameters_sha256()}
    for update in range(1, 65):
        (event,) = until(events, UpdateFinished)
        assert event.best == trainer.best
        before_update[update + 1] = trainer.parameters_sha256()
    assert trainer.best == GoodMoment(256, 33, 288.5, trainer.hyperparameters), "the mean of 257 to 320"
    trainer.go_back()
    (went_back,) = until(events, WentBack)
    assert went_back == WentBack(512, 65, trainer.best)
    assert trainer.parameters_sha256() == before_update[33]


def test_the_values_that_held_then_come_with_it(toys: Any, make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(rising_and_falling(toys), n_envs=1, rollout_length=8)
    then = trainer.hyperparameters
    events = trainer.events()
    until(events, UpdateFinished, 41)
    trainer.change(then.changed({"learning_rate": 0.05}))
    until(events, UpdateFinished, 23)
    trainer.go_back()
    (went_back,) = until(events, WentBack)
    assert went_back.moment.hyperparameters == then
    assert trainer.hyperparameters.learning_rate == 0.05, "they are offered, not set"


# ---- when it happens


@EVERY_ENGINE
def test_going_back_waits_for_the_next_rollout(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(learning_rate=0.05)
    events = trainer.events()
    until(events, UpdateFinished, 3)
    until(events, StepsTaken, 5)
    trainer.go_back()
    between = list(itertools.takewhile(lambda event: not isinstance(event, WentBack), events))
    assert isinstance(between[-1], UpdateFinished)
    assert [type(event) for event in between].count(UpdateFinished) == 1
    assert trainer.steps == between[-1].steps
    assert next(event for event in events if isinstance(event, StepsTaken)).steps == trainer.steps


def test_it_happens_once(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, UpdateFinished, 2)
    trainer.go_back()
    until(events, WentBack)
    assert not any(isinstance(event, WentBack) for event in itertools.islice(events, 200))


def test_before_the_first_episode_has_ended_there_is_no_way_back(
    toys: Any, make_trainer: MakeTrainer
) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1), 1.0, False, False))
    trainer = make_trainer(environment_id)
    events = trainer.events()
    until(events, UpdateFinished, 2)
    assert trainer.best is None
    trainer.go_back()
    assert not any(isinstance(event, WentBack) for event in itertools.islice(events, 100))


# ---- what comes back


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("values", [{}, NORMALISED], ids=["raw", "normalised"])
def test_parameters_moments_and_statistics_come_back_whole(
    make_trainer: MakeTrainer, environment_id: str, values: dict[str, Any]
) -> None:
    trainer = make_trainer(environment_id, **values)
    events = trainer.events()
    until(events, UpdateFinished, 3)
    engine: Any = trainer.engine
    snapshot, before = engine.snapshot(), learnt(engine)
    until(events, UpdateFinished, 2)
    assert learnt(engine) != before
    engine.restore(snapshot)
    assert learnt(engine) == before
    until(events, UpdateFinished, 2)
    engine.restore(snapshot)
    assert learnt(engine) == before, "what was learnt since has left the snapshot as it was"


def learnt(engine: Any) -> list[list[float]]:
    """Return everything that learning changes."""
    moments = engine._moments()
    normalizer, scaler = engine._observation_normalizer, engine._reward_scaler
    return [
        engine.parameters.tolist(),
        *(moments[name].tolist() for name in sorted(moments)),
        *(
            [float(statistics.count), *statistics.mean.tolist(), *statistics.variance.tolist()]
            for statistics in (normalizer.statistics, scaler.statistics)
        ),
        normalizer._mean.tolist(),
        normalizer._scale.tolist(),
    ]


@EVERY_ENGINE
def test_back_before_the_first_gradient_step_the_optimiser_has_no_memory(make_trainer: MakeTrainer) -> None:
    engine: Any = make_trainer().engine
    snapshot = engine.snapshot()
    events = Trainer(make_trainer().settings, engine).events()
    until(events, UpdateFinished)
    engine.restore(snapshot)
    assert not any(moment.any() for moment in engine._moments().values())
    until(events, UpdateFinished)


@EVERY_ENGINE
def test_the_policy_that_acts_is_the_one_restored(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(learning_rate=0.05)
    events = trainer.events()
    until(events, UpdateFinished)
    snapshot, seen = trainer.engine.snapshot(), trainer.look(0)
    engine: Any = trainer.engine
    outputs = engine._actor_outputs(seen.observation[np.newaxis]).tolist()
    until(events, UpdateFinished)
    assert engine._actor_outputs(seen.observation[np.newaxis]).tolist() != outputs
    engine.restore(snapshot)
    assert engine._actor_outputs(seen.observation[np.newaxis]).tolist() == outputs


# ---- a run in which nobody goes back


@EVERY_ENGINE
def test_the_chance_to_go_back_changes_nothing(make_trainer: MakeTrainer) -> None:
    def trained(*, restores: bool) -> str:
        trainer = make_trainer("Pendulum-v1", **NORMALISED)
        for event in trainer.events():
            if isinstance(event, StepsTaken) and restores and event.time == 3:
                trainer.engine.snapshot()
            if isinstance(event, UpdateFinished) and event.update == 4:
                break
        return trainer.parameters_sha256()

    assert trained(restores=True) == trained(restores=False)


@EVERY_ENGINE
def test_going_back_at_the_same_moment_gives_the_same_run(make_trainer: MakeTrainer) -> None:
    def trained(go_back: bool) -> str:
        trainer = make_trainer(learning_rate=0.01)
        events = trainer.events()
        until(events, UpdateFinished, 4)
        if go_back:
            trainer.go_back()
        until(events, UpdateFinished, 3)
        return trainer.parameters_sha256()

    assert trained(True) == trained(True)
    assert trained(True) != trained(False)


# ---- after the end


def diverging_once(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    original = trainer.engine.improve

    def diverge(*arguments: Any) -> Any:
        monkeypatch.setattr(trainer.engine, "improve", original)
        raise Divergence("nan")

    monkeypatch.setattr(trainer.engine, "improve", diverge)


@EVERY_ENGINE
def test_a_run_that_diverged_can_go_on_from_its_best(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, UpdateFinished, 3)
    diverging_once(trainer, monkeypatch)
    (finished,) = until(events, RunFinished)
    assert finished.reason is FinishReason.DIVERGED
    trainer.go_back()
    assert isinstance(next(events), WentBack)
    (update,) = until(events, UpdateFinished)
    assert update.update == 4
    assert math.isfinite(update.value_loss)


def test_a_run_that_diverged_is_over_if_nobody_goes_back(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, UpdateFinished, 3)
    diverging_once(trainer, monkeypatch)
    until(events, RunFinished)
    assert next(events, None) is None


def test_rewards_that_blew_up_are_forgotten_on_the_way_back(toys: Any, make_trainer: MakeTrainer) -> None:
    rewards = itertools.chain([1.0] * 40, [1e30], itertools.repeat(1.0))
    environment_id = toys.register(lambda time, action: (np.zeros(1), float(next(rewards)), time == 5, False))
    trainer = make_trainer(environment_id, n_envs=1, learning_rate=0.05, **NORMALISED)
    events = trainer.events()
    until(events, UpdateFinished, 2)
    trainer.engine._reward_scaler._discounted[:] = np.inf  # type: ignore[attr-defined]
    trainer.go_back()
    until(events, WentBack)
    (update,) = until(events, UpdateFinished)
    assert math.isfinite(update.value_loss)


def test_a_completed_run_goes_back_and_is_complete_again(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(total_steps=128)
    events = trainer.events()
    until(events, RunFinished)
    trainer.go_back()
    assert isinstance(next(events), WentBack)
    assert next(events) == RunFinished(FinishReason.COMPLETED, 128)
    assert next(events, None) is None
