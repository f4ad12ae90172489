"""How much there is to be done is said in one line."""

from __future__ import annotations

import pytest

from ppo_desktop.comparison.extent import extent
from ppo_desktop.comparison.plan import Comparison, Configuration, opposed, varied
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters

BASE = Hyperparameters(n_envs=8, rollout_length=128)


def plan(n_seeds: int) -> Comparison:
    return varied("CartPole-v1", Algorithm.PPO, BASE, "clip_range", (0.1, 0.2), n_seeds, 10_000)


@pytest.mark.parametrize(
    ("n_seeds", "to_come", "text"),
    [
        (3, 6, "2 values × 3 seeds = 6 runs · 61 440 steps · about 12 s"),
        (1, 2, "2 values × 1 seed = 2 runs · 20 480 steps · about 12 s"),
        (3, 2, "2 values × 3 seeds = 6 runs, 2 of them to come · 20 480 steps · about 12 s"),
    ],
)
def test_work_counts_whole_rollouts_and_only_what_is_to_come(n_seeds: int, to_come: int, text: str) -> None:
    assert extent(plan(n_seeds), to_come, seconds=12.0) == text


def test_free_configurations_are_called_so() -> None:
    sides = [Configuration(name, algorithm, BASE) for name, algorithm in zip("ab", Algorithm, strict=True)]
    comparison = opposed("CartPole-v1", sides, n_seeds=1, total_steps=10_000)
    assert extent(comparison, 2, 1.0).startswith("2 configurations × 1 seed = 2 runs")
