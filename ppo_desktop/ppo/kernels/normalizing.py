"""Bringing observations and rewards to a common scale; see `ppo.normalization`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Floats
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
