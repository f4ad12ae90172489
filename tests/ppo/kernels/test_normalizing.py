from __future__ import annotations

import numpy as np
import pytest

from ppo_desktop.ppo.kernels.normalizing import discounted_sums, normalize, scale_rewards
from ppo_desktop.ppo.normalization import ObservationNormalizer, RewardScaler
from ppo_desktop.ppo.normalization import discounted_sums as readable_sums


@pytest.mark.parametrize("enabled", [False, True], ids=["raw", "normalised"])
def test_observations_are_normalised_as_by_the_readable_one(enabled: bool) -> None:
    generator = np.random.default_rng(1)
    normalizer = ObservationNormalizer(3, enabled=enabled)
    normalizer.update((generator.normal(size=(200, 3)) * [1, 100, 1e-3] + [0, 50, 0]).astype(np.float32))
    observations = (generator.normal(size=(500, 3)) * [5, 500, 5e-3]).astype(np.float32)
    expected = normalizer(observations)
    assert bool((np.abs(expected) == 10).any()) is enabled, "some are cut off"
    normalized = np.full_like(observations, np.nan)
    normalize(observations, *normalizer.mean_and_scale, normalized)
    # An observation close to the mean loses digits, and Numba may fuse a product and a sum.
    np.testing.assert_allclose(normalized, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (40, 1), (1, 5), (40, 5)], ids=str)
def test_discounted_sums_are_those_of_the_readable_one(shape: tuple[int, int], gamma: float) -> None:
    generator = np.random.default_rng(1)
    sums, expected_sums = np.arange(1.0, shape[1] + 1), np.arange(1.0, shape[1] + 1)
    for _ in range(2):
        rewards = generator.normal(size=shape).astype(np.float32)
        ended = generator.random(shape) < 0.2
        expected = readable_sums(rewards, ended, gamma, expected_sums)
        np.testing.assert_allclose(
            discounted_sums(rewards, ended, gamma, sums), expected, rtol=1e-12, atol=1e-13
        )
        np.testing.assert_allclose(sums, expected_sums, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", [(1, 1), (40, 1), (1, 5), (40, 5)], ids=str)
def test_rewards_are_scaled_as_by_the_readable_one(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(1)
    ours, theirs = RewardScaler(shape[1], enabled=True), RewardScaler(shape[1], enabled=True)
    for spread in (1.0, 1.0, 100.0):
        rewards = (spread * generator.normal(size=shape) + 3).astype(np.float32)
        ended = generator.random(shape) < 0.2
        moments = ours.moments
        scaled = scale_rewards(rewards, ended, 0.9, ours.discounted, moments)
        ours.take_over(moments)
        np.testing.assert_allclose(scaled, theirs(rewards, ended, 0.9), rtol=1e-6)
        np.testing.assert_allclose(ours.discounted, theirs.discounted, rtol=1e-12, atol=1e-13)
        assert ours.statistics.count == theirs.statistics.count
        np.testing.assert_allclose(ours.statistics.mean, theirs.statistics.mean, rtol=1e-12)
        np.testing.assert_allclose(ours.statistics.variance, theirs.statistics.variance, rtol=1e-12)
    assert RewardScaler(2, enabled=False).moments.size == 0
