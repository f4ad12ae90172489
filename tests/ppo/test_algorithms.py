from __future__ import annotations

from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm, arithmetic_sentence, inactive_reason, update_plan
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import Hyperparameters


def test_ppo_cuts_a_rollout_as_declared_and_a2c_takes_it_whole_once() -> None:
    hyperparameters = Hyperparameters(n_envs=8, rollout_length=128, n_minibatches=4, n_epochs=3)
    ppo, a2c = (update_plan(algorithm, hyperparameters) for algorithm in (Algorithm.PPO, Algorithm.A2C))
    assert (ppo.samples, ppo.n_epochs, ppo.n_minibatches, ppo.gradient_steps) == (1024, 3, 4, 12)
    assert (a2c.samples, a2c.n_epochs, a2c.n_minibatches, a2c.gradient_steps) == (1024, 1, 1, 1)
    assert (ppo.ratio_is_always_one, a2c.ratio_is_always_one) == (False, True)


def test_more_minibatches_than_samples_are_refused_with_a_way_out() -> None:
    too_many = Hyperparameters(n_envs=1, rollout_length=2, n_minibatches=4)
    with pytest.raises(
        InvalidHyperparameter, match="lower Minibatches to 2, or raise Rollout length or Agents"
    ):
        update_plan(Algorithm.PPO, too_many)
    assert update_plan(Algorithm.A2C, too_many).n_minibatches == 1


def test_as_many_minibatches_as_samples_are_allowed() -> None:
    plan = update_plan(Algorithm.PPO, Hyperparameters(n_envs=1, rollout_length=4, n_minibatches=4))
    assert plan.samples == plan.n_minibatches == 4


@pytest.mark.parametrize(
    ("algorithm", "values", "sentence"),
    [
        (
            Algorithm.PPO,
            {},
            "8 agents × 128 steps = 1 024 samples = 4 minibatches × 256, 4 epochs: 16 gradient steps",
        ),
        (
            Algorithm.A2C,
            {},
            "8 agents × 128 steps = 1 024 samples = 1 minibatch × 1 024, 1 epoch: 1 gradient step",
        ),
        (
            Algorithm.PPO,
            {"n_envs": 1, "rollout_length": 1, "n_minibatches": 1, "n_epochs": 1},
            "1 agent × 1 step = 1 sample = 1 minibatch × 1, 1 epoch: 1 gradient step",
        ),
        (
            Algorithm.PPO,
            {"n_envs": 3, "rollout_length": 10, "n_minibatches": 4},
            "3 agents × 10 steps = 30 samples = 4 minibatches × about 8, 4 epochs: 16 gradient steps",
        ),
    ],
)
def test_the_arithmetic_of_a_rollout_in_words(
    algorithm: Algorithm, values: dict[str, Any], sentence: str
) -> None:
    assert arithmetic_sentence(algorithm, Hyperparameters(**values)) == sentence


@pytest.mark.parametrize(
    ("field", "algorithm", "is_discrete", "reason"),
    [
        ("clip_range", Algorithm.A2C, True, "A2C"),
        ("clip_range", Algorithm.PPO, True, ""),
        ("learning_rate", Algorithm.A2C, True, ""),
        ("initial_log_std", Algorithm.PPO, True, "Discrete actions"),
        ("initial_log_std", Algorithm.PPO, False, ""),
        ("initial_log_std", Algorithm.A2C, None, ""),
    ],
)
def test_what_changes_nothing_has_a_reason(
    field: str, algorithm: Algorithm, is_discrete: bool | None, reason: str
) -> None:
    said = inactive_reason(field, algorithm, is_discrete=is_discrete)
    assert said.startswith(reason)
    assert bool(said) is bool(reason)
