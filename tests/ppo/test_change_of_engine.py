"""A run goes over to the fast engine: it goes on from where it is, with nothing lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import EngineChanged, EpisodeEnded, Event, RunFinished, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer

VALUES = Hyperparameters(
    n_envs=3,
    rollout_length=32,
    n_minibatches=2,
    n_epochs=2,
    hidden_units=16,
    normalize_observations=True,
    normalize_rewards=True,
)


def make_trainer(engine: str = PYTORCH, environment_id: str = "CartPole-v1", seed: int = 1) -> Trainer:
    settings = RunSettings(environment_id, Algorithm.PPO, VALUES, seed)
    return Trainer(settings, make_engine(settings, engine))


def updates(events: Iterator[Event], number: int) -> list[UpdateFinished]:
    return list(itertools.islice((event for event in events if isinstance(event, UpdateFinished)), number))


def changed(trainer: Trainer, events: Iterator[Event]) -> EngineChanged:
    trainer.use_fast_engine()
    return next(event for event in events if isinstance(event, EngineChanged))


def learnt(trainer: Trainer) -> list[object]:
    """All that has been learnt, and the discounted sums, as plain numbers."""
    engine = trainer.engine
    assert isinstance(engine, Engine)
    snapshot = engine.snapshot()
    return [
        snapshot.parameters.tolist(),
        snapshot.observations.mean.tolist(),
        snapshot.observations.count,
        snapshot.rewards.variance.tolist(),
        {name: moment.tolist() for name, moment in snapshot.moments.items()},
        engine._reward_scaler._discounted.tolist(),
    ]


def test_at_the_moment_of_the_change_all_that_was_learnt_is_identical() -> None:
    trainer = make_trainer()
    events = trainer.events()
    updates(events, 4)
    before, fingerprint, frame = learnt(trainer), trainer.parameters_sha256(), trainer.look(1)
    assert changed(trainer, events) == EngineChanged(4 * 96, 5, COMPILED)
    assert trainer.engine.name == COMPILED
    assert learnt(trainer) == before
    assert trainer.parameters_sha256() == fingerprint
    after = trainer.look(1)
    assert after.observation == pytest.approx(frame.observation)
    assert (after.episode_length, after.episode_return, after.action) == (
        frame.episode_length,
        frame.episode_return,
        frame.action,
    )
    events.close()


@pytest.mark.parametrize("environment_id", KNOWN_ENVIRONMENTS)
def test_the_run_goes_on_as_the_pytorch_engine_would_but_for_rounding(environment_id: str) -> None:
    """Episodes go on, and noise, start states and minibatches are drawn from the same random numbers."""
    stays, changes = make_trainer(environment_id=environment_id), make_trainer(environment_id=environment_id)
    stays_events, changes_events = stays.events(), changes.events()
    updates(stays_events, 2)
    updates(changes_events, 2)
    changed(changes, changes_events)
    (stayed,), (went_over,) = updates(stays_events, 1), updates(changes_events, 1)
    assert isinstance(stays.engine, Engine)
    assert isinstance(changes.engine, Engine)
    np.testing.assert_allclose(
        changes.engine._rollout.observations, stays.engine._rollout.observations, rtol=1e-3, atol=1e-3
    )
    assert went_over.policy_loss == pytest.approx(stayed.policy_loss, rel=0.02, abs=1e-3)
    assert (went_over.steps, went_over.update) == (stayed.steps, stayed.update)
    for events in (stays_events, changes_events):
        events.close()


def test_steps_updates_and_the_mean_return_go_on_counting_and_it_goes_on_to_learn() -> None:
    trainer = make_trainer()
    trainer.stride = 256
    events = trainer.events()
    last = updates(events, 5)[-1]
    changed(trainer, events)
    told = list(itertools.takewhile(lambda _event: trainer.update < 60, events))
    ended = [event for event in told if isinstance(event, EpisodeEnded)]
    later = [event for event in told if isinstance(event, UpdateFinished)]
    assert [event.steps for event in ended] == sorted(event.steps for event in ended)
    assert ended[0].steps > last.steps
    assert later[0].update == last.update + 1
    assert later[-1].mean_return_100 > 1.5 * last.mean_return_100
    events.close()


def test_a_run_that_is_asked_before_its_first_update_changes_after_it_and_can_be_restored_before_it() -> None:
    trainer = make_trainer()
    beginning = trainer.parameters_sha256()
    events = trainer.events()
    trainer.use_fast_engine()
    updates(events, 1)
    assert trainer.engine.name == PYTORCH
    changed(trainer, events)
    trainer.engine.restore(trainer.before_update())
    assert trainer.parameters_sha256() == beginning
    updates(events, 1)
    events.close()


def test_where_the_fast_engine_cannot_serve_the_run_goes_on_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ppo_desktop.ppo.engines.choice.is_prepared", lambda: False)
    trainer = make_trainer()
    events = trainer.events()
    updates(events, 1)
    assert changed(trainer, events).engine == PYTORCH
    updates(events, 1)
    events.close()


def test_an_engine_that_fails_to_be_made_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer()
    events = trainer.events()
    updates(events, 1)

    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("ppo_desktop.ppo.engines.choice.make_engine", fail)
    assert changed(trainer, events).engine == PYTORCH
    assert not any(isinstance(event, RunFinished) for event in itertools.islice(events, 100))
    events.close()


def test_the_fast_engine_has_nothing_to_change_to() -> None:
    trainer = make_trainer(COMPILED)
    events = trainer.events()
    updates(events, 1)
    engine = trainer.engine
    assert changed(trainer, events).engine == COMPILED
    assert trainer.engine is engine
    events.close()


def test_agents_that_come_later_begin_as_they_would_have() -> None:
    trainers = [make_trainer(), make_trainer()]
    all_events = [trainer.events() for trainer in trainers]
    for trainer, events in zip(trainers, all_events, strict=True):
        updates(events, 1)
        if trainer is trainers[1]:
            changed(trainer, events)
        trainer.change(replace(VALUES, n_envs=5))
        updates(events, 1)
    stays, changes = (trainer.engine._rollout.observations[0, 3:] for trainer in trainers)  # type: ignore[attr-defined]
    np.testing.assert_allclose(changes, stays, atol=1e-6)
    for events in all_events:
        events.close()
