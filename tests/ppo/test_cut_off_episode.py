"""What the critic is taught of an episode that is cut off, against advantages estimated in both ways."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ppo_desktop.ppo.advantages import generalized_advantage_estimate
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.estimates import longest_cut_off_episode
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.update_trace import EvaluatedRollout

STEPS, AGENTS = 12, 3
GAMMA = 0.97


def ends(*places: tuple[int, int]) -> np.ndarray:
    flags = np.zeros((STEPS, AGENTS), bool)
    for place in places:
        flags[place] = True
    return flags


def evaluated(
    terminated: np.ndarray, truncated: np.ndarray, gae_lambda: float, scale: float, *, bootstraps: bool = True
) -> tuple[EvaluatedRollout, np.ndarray]:
    """Return a rollout with random numbers and γ·V after each step; without bootstrap, all ends terminate."""
    generator = np.random.default_rng(5)
    values, next_values, rewards = (generator.normal(size=(STEPS, AGENTS)) for _ in range(3))
    ended = terminated | truncated
    next_values[:-1] = np.where(ended[:-1], next_values[:-1], values[1:])
    advantages = generalized_advantage_estimate(
        *(torch.from_numpy(numbers) for numbers in (rewards * scale, values, next_values)),
        torch.from_numpy(terminated if bootstraps else ended),
        torch.from_numpy(truncated),
        GAMMA,
        gae_lambda,
    ).numpy()
    rollout = dataclasses.replace(
        Rollout.empty(STEPS, AGENTS, Spaces(2, 2)),
        rewards=rewards,
        terminated=terminated,
        truncated=truncated,
    )
    flat = values.ravel(), advantages.ravel(), (advantages + values).ravel()
    return EvaluatedRollout(rollout, np.zeros(STEPS * AGENTS), *flat), GAMMA * next_values


@pytest.mark.parametrize("gae_lambda", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("scale", [1.0, 0.125])
def test_both_targets_are_those_of_advantages_with_and_without_bootstrap(
    gae_lambda: float, scale: float
) -> None:
    truncated = ends((3, 0), (10, 0), (4, 1), (11, 2))
    terminated = ends((1, 2), (6, 2), (4, 1))
    given, bootstraps = evaluated(terminated, truncated, gae_lambda, scale)
    without, _ = evaluated(terminated, truncated, gae_lambda, scale, bootstraps=False)
    found = longest_cut_off_episode(given, GAMMA, gae_lambda, rewards_are_scaled=scale != 1.0)
    assert found is not None
    assert found.at_time_limit
    assert (found.agent, found.times.tolist()) == (0, list(range(4, 11))), "the longest, from its beginning"
    for numbers, column in (
        (found.values, given.values),
        (found.bootstrapped, given.value_targets),
        (found.not_bootstrapped, without.value_targets),
    ):
        np.testing.assert_allclose(numbers, column.reshape(STEPS, AGENTS)[4:11, 0], atol=1e-12)
    assert found.reward == pytest.approx(scale * given.rollout.rewards[10, 0])
    assert found.bootstrap == pytest.approx(bootstraps[10, 0])
    assert found.bootstrapped[-1] == pytest.approx(found.reward + found.bootstrap)
    assert found.not_bootstrapped[-1] == pytest.approx(found.reward)


def test_without_a_time_limit_the_rollout_is_what_cuts_off() -> None:
    terminated = ends((3, 0), (4, 1), (11, 2))
    given, bootstraps = evaluated(terminated, ends((4, 1)), 0.9, 1.0)
    found = longest_cut_off_episode(given, GAMMA, 0.9, rewards_are_scaled=False)
    assert found is not None
    assert (found.at_time_limit, found.agent, found.times.tolist()) == (False, 0, list(range(4, 12)))
    assert found.bootstrap == pytest.approx(bootstraps[11, 0])
    without, _ = evaluated(terminated, ends((4, 1), (11, 0)), 0.9, 1.0, bootstraps=False)
    np.testing.assert_allclose(
        found.not_bootstrapped, without.value_targets.reshape(STEPS, AGENTS)[4:, 0], atol=1e-12
    )


def test_where_all_episodes_end_by_themselves_there_is_none() -> None:
    given, _ = evaluated(ends((4, 1), (11, 0), (11, 1), (11, 2)), ends((4, 1)), 0.9, 1.0)
    assert longest_cut_off_episode(given, GAMMA, 0.9, rewards_are_scaled=False) is None
