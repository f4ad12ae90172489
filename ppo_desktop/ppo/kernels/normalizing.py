"""Bringing observations and rewards to a common scale; see `ppo.normalization`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED

_LARGEST = np.float32(LARGEST_NORMALIZED)


@kernel
def normalize(observations: Floats, mean: Floats, scale: Floats, normalized: Floats) -> None:
    """Write (observation − mean)·scale, cut off at ±10; without a scale, observations as they are.

    Reference: `normalization.ObservationNormalizer`.
    """
    for row in range(len(observations)):
        for component in range(observations.shape[1]):
            value = observations[row, component]
            if len(scale) > 0:
                value = (value - mean[component]) * scale[component]
                value = min(max(value, -_LARGEST), _LARGEST)
            normalized[row, component] = value


@kernel
def discounted_sums(
    rewards: Floats, ended: NDArray[np.bool_], gamma: float, sums: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Follow R ← γR + r for each agent, (T, N); `sums` (N,) goes on from where it is, and is written.

    Reference: `normalization.discounted_sums`.
    """
    followed = np.empty(rewards.shape)
    for time in range(len(rewards)):
        for agent in range(len(sums)):
            sums[agent] = gamma * sums[agent] + rewards[time, agent]
            followed[time, agent] = sums[agent]
            if ended[time, agent]:
                sums[agent] = 0.0
    return followed


@kernel
def scale_rewards(
    rewards: Floats, ended: NDArray[np.bool_], gamma: float, sums: Doubles, moments: Doubles
) -> Floats:
    """Return rewards (T, N) divided by the standard deviation of their discounted sums, cut off at ±10.

    Taken in before are all sums of these rewards: `sums` (N,) go on from where they are, and so do count,
    mean and variance of all so far, `moments` (3,).

    Reference: `normalization.RewardScaler`, `normalization.RunningStatistics`.
    """
    followed = discounted_sums(rewards, ended, gamma, sums)
    count, mean = float(followed.size), followed.mean()
    variance = ((followed - mean) ** 2).mean()
    count_before, mean_before, variance_before = moments[0], moments[1], moments[2]
    total, shift = count_before + count, mean - mean_before
    squares = variance_before * count_before + variance * count + shift**2 * count_before * count / total
    moments[0], moments[1], moments[2] = total, mean_before + shift * count / total, squares / total
    if total == 1:  # a single sum says nothing of how far they lie apart
        return rewards.copy()
    scaled = np.empty_like(rewards)
    deviation = math.sqrt(moments[2] + 1e-8)
    for time in range(len(rewards)):
        for agent in range(len(sums)):
            scaled[time, agent] = min(max(np.float32(rewards[time, agent] / deviation), -_LARGEST), _LARGEST)
    return scaled
