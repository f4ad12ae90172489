from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from ppo_desktop.ppo.agents import EnvironmentFailure
from ppo_desktop.ppo.evaluation import evaluate
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.seeding import Stream, agent_seed, stream_seed
from ppo_desktop.ppo.trainer import Trainer

MakeTrainer = Callable[..., Trainer]


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_returns_are_those_of_the_best_actions_played_by_hand(
    make_trainer: MakeTrainer, environment_id: str
) -> None:
    trainer = make_trainer(environment_id)
    environment: Any = gymnasium.make(environment_id)
    observation, _ = environment.reset(seed=agent_seed(stream_seed(1, Stream.EVALUATION), 0))
    expected = [0.0]
    while len(expected) <= 3:
        (action,) = trainer.engine.most_likely_actions(observation[np.newaxis])
        if environment_id == "Pendulum-v1":
            action = np.clip(action, -2, 2)
        observation, reward, terminated, truncated, _ = environment.step(action)
        expected[-1] += float(reward)
        if terminated or truncated:
            observation, _ = environment.reset()
            expected.append(0.0)
    environment.close()
    told = list(evaluate(trainer.engine, trainer.settings, 3))
    assert [total for total in told if total is not None] == pytest.approx(expected[:3])


def test_evaluating_does_not_change_the_run(make_trainer: MakeTrainer) -> None:
    fingerprints = []
    for evaluated in (False, True):
        trainer = make_trainer()
        updates = 0
        for event in trainer.events():
            if isinstance(event, UpdateFinished):
                updates += 1
                if evaluated:
                    list(evaluate(trainer.engine, trainer.settings, 1))
            if updates == 3:
                break
        fingerprints.append(trainer.parameters_sha256())
    assert fingerprints[0] == fingerprints[1]


def test_no_episodes_are_no_returns(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    assert list(evaluate(trainer.engine, trainer.settings, 0)) == []


def test_stopping_early_closes_the_environment(toys: Any, make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(toys.register(lambda time, action: (np.zeros(1), 1.0, time == 3, False)))
    returns = evaluate(trainer.engine, trainer.settings, 100)
    assert [next(returns) for _ in range(3)] == [None, None, 3.0]
    returns.close()
    assert toys.made[-1].closed == 1


def test_a_failing_environment_is_closed(toys: Any, make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(toys.register(lambda time, action: (np.full(1, np.nan), 1.0, False, False)))
    with pytest.raises(EnvironmentFailure, match="not a finite number"):
        list(evaluate(trainer.engine, trainer.settings, 1))
    assert toys.made[-1].closed == 1
