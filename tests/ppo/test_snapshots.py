"""What has been learnt comes back whole after a divergence, and taking note of it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.events import (
    Event,
    FinishReason,
    RunFinished,
    StepsTaken,
    UpdateFinished,
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


@EVERY_ENGINE
def test_taking_a_snapshot_changes_nothing(make_trainer: MakeTrainer) -> None:
    def trained(*, looks: bool) -> str:
        trainer = make_trainer("Pendulum-v1", **NORMALISED)
        for event in trainer.events():
            if isinstance(event, StepsTaken) and looks and event.time == 3:
                trainer.engine.snapshot()
            if isinstance(event, UpdateFinished) and event.update == 4:
                break
        return trainer.parameters_sha256()

    assert trained(looks=True) == trained(looks=False)


def test_a_run_that_diverges_is_over_with_what_it_had_learnt_before(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    events = trainer.events()
    until(events, UpdateFinished, 3)
    learnt = trainer.parameters_sha256()

    def diverge(*_: Any) -> Any:
        trainer.engine.parameters.fill(np.nan)
        raise Divergence("nan")

    monkeypatch.setattr(trainer.engine, "improve", diverge)
    (finished,) = until(events, RunFinished)
    assert finished.reason is FinishReason.DIVERGED
    assert trainer.parameters_sha256() == learnt
    assert next(events, None) is None
