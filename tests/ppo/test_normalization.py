from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ppo_desktop.ppo.normalization import (
    LARGEST_NORMALIZED,
    ObservationNormalizer,
    RewardScaler,
    RunningStatistics,
)

Floats = NDArray[np.float32]


@given(
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=8),
    seed=st.integers(0, 2**32),
    level=st.sampled_from([0.0, 1e3, 1e6]),
)
def test_running_statistics_are_those_of_all_rows_at_once(sizes: list[int], seed: int, level: float) -> None:
    random = np.random.default_rng(seed)
    parts = [level + random.normal(size=(size, 3)) * [0.1, 1, 10] for size in sizes]
    statistics = RunningStatistics.of_nothing(3)
    for part in parts:
        statistics = statistics.including(part)
    everything = np.concatenate(parts)
    assert statistics.count == len(everything)
    np.testing.assert_allclose(statistics.mean, everything.mean(axis=0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(statistics.variance, everything.var(axis=0), rtol=1e-6, atol=1e-9)


def test_a_switched_off_normaliser_hands_observations_through() -> None:
    normalizer = ObservationNormalizer(2, enabled=False)
    observations = np.array([[1, 200]], dtype=np.float32)
    normalizer.update(observations)
    assert normalizer(observations) is observations


def test_observations_are_unchanged_until_the_first_update() -> None:
    normalizer = ObservationNormalizer(2, enabled=True)
    observations = np.array([[1, -2]], dtype=np.float32)
    assert np.array_equal(normalizer(observations), observations)


def test_observations_are_unchanged_until_two_have_been_seen() -> None:
    normalizer = ObservationNormalizer(1, enabled=True)
    probe = np.array([[3.5]], dtype=np.float32)
    normalizer.update(np.array([[5]], dtype=np.float32))
    assert normalizer(probe).item() == 3.5
    normalizer.update(np.array([[9]], dtype=np.float32))  # mean 7, deviation 2
    assert normalizer(probe).item() == pytest.approx(-1.75)


def test_after_an_update_components_have_mean_zero_and_deviation_one() -> None:
    observations = np.random.default_rng(1).normal([5, -3], [0.1, 20], (1000, 2)).astype(np.float32)
    normalizer = ObservationNormalizer(2, enabled=True)
    normalizer.update(observations)
    normalized = normalizer(observations)
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(normalized.std(axis=0), 1, atol=1e-3)


def test_looking_at_observations_does_not_change_the_statistics() -> None:
    normalizer = ObservationNormalizer(1, enabled=True)
    normalizer.update(np.array([[0], [2]], dtype=np.float32))
    probe = np.array([[1.5]], dtype=np.float32)
    before = normalizer(probe)
    normalizer(np.full((100, 1), 1e6, dtype=np.float32))
    assert np.array_equal(normalizer(probe), before)


@pytest.mark.parametrize(("freak", "limit"), [(1e9, LARGEST_NORMALIZED), (-1e9, -LARGEST_NORMALIZED)])
def test_freak_observations_are_cut_off(freak: float, limit: float) -> None:
    normalizer = ObservationNormalizer(1, enabled=True)
    normalizer.update(np.array([[0], [2]], dtype=np.float32))
    assert normalizer(np.array([[freak]], dtype=np.float32)).item() == limit


def test_a_component_that_never_varies_becomes_zero() -> None:
    normalizer = ObservationNormalizer(1, enabled=True)
    constant = np.full((100, 1), 0.1, dtype=np.float32)
    normalizer.update(constant)
    np.testing.assert_allclose(normalizer(constant), 0, atol=1e-3)


# ---- rewards


def plain_scaled(rollouts: list[tuple[Floats, NDArray[np.bool_]]], gamma: float) -> list[Floats]:
    """Every agent on its own, step by step; the deviation is that of all discounted returns so far."""
    returns: list[float] = []
    running: dict[int, float] = {}
    scaled = []
    for rewards, ended in rollouts:
        running = {agent: running.get(agent, 0.0) for agent in range(rewards.shape[1])}
        for time in range(len(rewards)):
            for agent in range(rewards.shape[1]):
                running[agent] = gamma * running[agent] + float(rewards[time, agent])
                returns.append(running[agent])
                if ended[time, agent]:
                    running[agent] = 0.0
        scaled.append(rewards / np.sqrt(np.var(returns) + 1e-8))
    return scaled


def a_rollout(seed: int, *shape: int) -> tuple[Floats, NDArray[np.bool_]]:
    random = np.random.default_rng(seed)
    return random.normal(1, 2, shape).astype(np.float32), random.random(shape) < 0.2


@pytest.mark.parametrize(
    "agents", [(3, 3, 3), (3, 1, 1), (1, 3, 3), (4, 2, 4)], ids=["same", "fewer", "more", "fewer then more"]
)
def test_rewards_are_divided_by_the_deviation_of_each_agents_discounted_return(
    agents: tuple[int, ...],
) -> None:
    rollouts = [a_rollout(seed, 20, n_envs) for seed, n_envs in enumerate(agents)]
    scaler = RewardScaler(agents[0], enabled=True)
    for (rewards, ended), expected in zip(rollouts, plain_scaled(rollouts, 0.9), strict=True):
        scaler.resize(rewards.shape[1])
        np.testing.assert_allclose(scaler(rewards, ended, 0.9), expected, rtol=1e-5)


def test_scaling_never_changes_the_sign_of_a_reward() -> None:
    rewards, ended = a_rollout(1, 50, 2)
    assert np.array_equal(np.sign(RewardScaler(2, enabled=True)(rewards, ended, 0.99)), np.sign(rewards))


def test_rewards_are_unchanged_until_two_have_been_seen() -> None:
    scaler = RewardScaler(1, enabled=True)
    one, over = np.array([[5]], dtype=np.float32), np.array([[True]])
    assert scaler(one, over, 0.9).item() == 5
    assert scaler(one + 4, over, 0.9).item() == pytest.approx(9 / 2)  # 5 and 9 have a deviation of 2


def test_a_switched_off_scaler_hands_rewards_through() -> None:
    rewards, ended = a_rollout(1, 50, 2)
    assert RewardScaler(2, enabled=False)(rewards, ended, 0.99) is rewards
