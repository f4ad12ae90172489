"""Running statistics that bring observations and rewards to a common scale."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LARGEST_NORMALIZED = 10.0
"""Normalised values are cut off at ± this, so that one freak observation cannot upset a network."""


_NOTHING = np.empty(0, np.float32)


class RunningStatistics:
    """Mean and variance of everything seen so far, column by column, in float64.

    Paper: Chan, Golub & LeVeque 1983, merging of two samples' moments.
    """

    def __init__(self, size: int) -> None:
        # Arrays are replaced, never written to, so that a shallow copy is a whole one.
        self.count = 0
        self.mean = np.zeros(size)
        self.variance = np.ones(size)

    def update(self, rows: NDArray[np.floating]) -> None:
        """Take in `rows` of shape (B, size)."""
        count, mean, variance = len(rows), rows.mean(axis=0, dtype=float), rows.var(axis=0, dtype=float)
        if self.count == 0:
            self.count, self.mean, self.variance = count, mean, variance
            return
        total = self.count + count
        shift = mean - self.mean
        squares = self.variance * self.count + variance * count + shift**2 * self.count * count / total
        self.mean = self.mean + shift * count / total
        self.variance = squares / total
        self.count = total


class ObservationNormalizer:
    """Brings each observation component to mean 0 and standard deviation 1.

    Statistics change only between rollouts (`update`), so that the policy that is optimised is
    exactly the one that acted.
    """

    def __init__(self, size: int, *, enabled: bool) -> None:
        self._enabled = enabled
        self._statistics = RunningStatistics(size)
        self._mean = np.zeros(size, dtype=np.float32)
        self._scale = np.ones(size, dtype=np.float32)

    def __call__(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `observations` (…, size) normalised; unchanged when switched off."""
        if not self._enabled:
            return observations
        normalized: NDArray[np.float32] = (observations - self._mean) * self._scale
        return normalized.clip(-LARGEST_NORMALIZED, LARGEST_NORMALIZED)

    @property
    def mean_and_scale(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is subtracted and what is then multiplied with, (size,) each; empty when switched off."""
        return (self._mean, self._scale) if self._enabled else (_NOTHING, _NOTHING)

    @property
    def statistics(self) -> RunningStatistics:
        """A copy of what has been seen so far."""
        return copy.copy(self._statistics)

    def restore(self, statistics: RunningStatistics) -> None:
        """Go back to what had been seen when `statistics` were copied."""
        self._statistics = copy.copy(statistics)
        self._apply()

    def update(self, observations: NDArray[np.float32]) -> None:
        """Take in `observations` of shape (B, size)."""
        if not self._enabled:
            return
        self._statistics.update(observations)
        self._apply()

    def _apply(self) -> None:
        if self._statistics.count < 2:  # a single observation says nothing of how far they lie apart
            self._mean, self._scale = np.zeros_like(self._mean), np.ones_like(self._scale)
            return
        self._mean = self._statistics.mean.astype(np.float32)
        self._scale = (1.0 / np.sqrt(self._statistics.variance + 1e-8)).astype(np.float32)


def discounted_sums(
    rewards: NDArray[np.float32],
    ended: NDArray[np.bool_],
    gamma: float,
    sums: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Follow R ← γR + r for each agent; after an end it starts anew.

    Args:
        rewards: (T, N).
        ended: (T, N).
        gamma: γ.
        sums: (N,), R before the first step; written: R after the last.

    Returns:
        R after each step, (T, N).
    """
    followed = np.empty(rewards.shape)
    for time in range(len(rewards)):
        sums[:] = gamma * sums + rewards[time]
        followed[time] = sums
        sums[ended[time]] = 0.0
    return followed


FollowSums = Callable[
    [NDArray[np.float32], NDArray[np.bool_], float, NDArray[np.float64]], NDArray[np.float64]
]


class RewardScaler:
    """Divides rewards by the standard deviation of the discounted return, without shifting them.

    The discounted sum of past rewards is followed for each agent, R ← γR + r, and starts anew with
    each episode, as in OpenAI Baselines' VecNormalize. A rollout's own rewards count before it is
    scaled.

    Args:
        n_envs: N.
        enabled: Whether to scale at all.
        follow: `discounted_sums`, or what computes the same faster.
    """

    def __init__(self, n_envs: int, *, enabled: bool, follow: FollowSums = discounted_sums) -> None:
        self._enabled = enabled
        self._follow = follow
        self._statistics = RunningStatistics(1)
        self._discounted = np.zeros(n_envs)

    def resize(self, n_envs: int) -> None:
        """Follow `n_envs` agents: new ones start at zero, surplus ones are dropped."""
        kept = self._discounted[:n_envs]
        self._discounted = np.concatenate([kept, np.zeros(n_envs - len(kept))])

    @property
    def statistics(self) -> RunningStatistics:
        """A copy of what has been seen so far."""
        return copy.copy(self._statistics)

    def restore(self, statistics: RunningStatistics) -> None:
        """Go back to what had been seen when `statistics` were copied.

        The discounted sums begin anew: they may hold the very rewards that blew up.
        """
        self._statistics = copy.copy(statistics)
        self._discounted = np.zeros_like(self._discounted)

    def __call__(
        self, rewards: NDArray[np.float32], ended: NDArray[np.bool_], gamma: float
    ) -> NDArray[np.float32]:
        """Take in `rewards` (T, N) with `ended` (T, N) and return them scaled."""
        if not self._enabled:
            return rewards
        self._statistics.update(self._follow(rewards, ended, float(gamma), self._discounted).reshape(-1, 1))
        if self._statistics.count < 2:
            return rewards
        deviation = np.sqrt(self._statistics.variance[0] + 1e-8)
        scaled: NDArray[np.float32] = (rewards / deviation).astype(np.float32)
        return scaled.clip(-LARGEST_NORMALIZED, LARGEST_NORMALIZED)
