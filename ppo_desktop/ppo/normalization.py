"""Running statistics that bring observations and rewards to a common scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST_NORMALIZED = 10.0
"""Normalised values are cut off at ± this, so that one freak observation cannot upset a network."""


_NOTHING = np.empty(0, np.float32)


@dataclass(frozen=True, eq=False)
class RunningStatistics:
    """Mean and variance (size,) of the `count` rows seen so far, in float64; never changed.

    Paper: Chan, Golub & LeVeque 1983, merging of two samples' moments.
    """

    count: int
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]

    @classmethod
    def of_nothing(cls, size: int) -> RunningStatistics:
        """Return the statistics before anything was seen."""
        return cls(0, np.zeros(size), np.ones(size))

    def including(self, rows: NDArray[np.floating]) -> RunningStatistics:
        """Return the statistics of what was seen and `rows` of shape (B, size)."""
        count, mean, variance = len(rows), rows.mean(axis=0, dtype=float), rows.var(axis=0, dtype=float)
        if self.count == 0:
            return RunningStatistics(count, mean, variance)
        total = self.count + count
        shift = mean - self.mean
        squares = self.variance * self.count + variance * count + shift**2 * self.count * count / total
        return RunningStatistics(total, self.mean + shift * count / total, squares / total)


def mean_and_scale(statistics: RunningStatistics) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what is subtracted from observations and what they are then multiplied with, (size,) each."""
    if statistics.count == 1:  # a single observation says nothing of how far they lie apart
        return np.zeros_like(statistics.mean, np.float32), np.ones_like(statistics.mean, np.float32)
    return statistics.mean.astype(np.float32), (1.0 / np.sqrt(statistics.variance + 1e-8)).astype(np.float32)


def normalize_observations(
    observations: NDArray[np.float32], mean: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (s − mean)·scale of observations (…, size), cut off at ±10."""
    return ((observations - mean) * scale).clip(-LARGEST_NORMALIZED, LARGEST_NORMALIZED)


class ObservationNormalizer:
    """Brings each observation component to mean 0 and standard deviation 1.

    Statistics change only between rollouts (`update`), so that the policy that is optimised is
    exactly the one that acted.
    """

    def __init__(self, size: int, *, enabled: bool) -> None:
        self._enabled = enabled
        self.restore(RunningStatistics.of_nothing(size))

    def __call__(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `observations` (…, size) normalised; unchanged when switched off."""
        if not self._enabled:
            return observations
        return normalize_observations(observations, self._mean, self._scale)

    @property
    def mean_and_scale(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is subtracted and what is then multiplied with, (size,) each; empty when switched off."""
        return (self._mean, self._scale) if self._enabled else (_NOTHING, _NOTHING)

    def restore(self, statistics: RunningStatistics) -> None:
        """Go back to an earlier state of the `statistics`."""
        self.statistics = statistics
        self._mean, self._scale = mean_and_scale(statistics)

    def update(self, observations: NDArray[np.float32]) -> None:
        """Take in `observations` of shape (B, size)."""
        if self._enabled:
            self.restore(self.statistics.including(observations))


def discounted_sums(
    rewards: NDArray[np.float32], ended: NDArray[np.bool_], gamma: float, sums: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Follow R ← γR + r for each agent, (T, N); after an end it starts anew.

    `sums` (N,) goes on from R before the first step, and becomes R after the last.
    """
    followed = np.empty(rewards.shape)
    for time in range(len(rewards)):
        sums[:] = gamma * sums + rewards[time]
        followed[time] = sums
        sums[ended[time]] = 0.0
    return followed


def scale_rewards(rewards: NDArray[np.float32], statistics: RunningStatistics) -> NDArray[np.float32]:
    """Return rewards divided by the standard deviation of the discounted sums, cut off at ±10."""
    if statistics.count == 1:
        return rewards
    return np.float32(rewards / np.sqrt(statistics.variance[0] + 1e-8)).clip(
        -LARGEST_NORMALIZED, LARGEST_NORMALIZED
    )


class RewardScaler:
    """Divides rewards by the standard deviation of the discounted return, without shifting them.

    The discounted sum of past rewards is followed for each agent, R ← γR + r, and starts anew with
    each episode, as in OpenAI Baselines' VecNormalize. A rollout's own rewards count before it is
    scaled.
    """

    def __init__(self, n_envs: int, *, enabled: bool) -> None:
        self._enabled = enabled
        self.statistics = RunningStatistics.of_nothing(1)
        self._discounted = np.zeros(n_envs)

    def resize(self, n_envs: int) -> None:
        """Follow `n_envs` agents: new ones start at zero, surplus ones are dropped."""
        kept = self._discounted[:n_envs]
        self._discounted = np.concatenate([kept, np.zeros(n_envs - len(kept))])

    def restore(self, statistics: RunningStatistics) -> None:
        """Go back to an earlier state of the `statistics`.

        The discounted sums begin anew: they may hold the very rewards that blew up.
        """
        self.statistics = statistics
        self._discounted = np.zeros_like(self._discounted)

    @property
    def discounted(self) -> NDArray[np.float64]:
        """Each agent's discounted sum of rewards, (N,)."""
        return self._discounted

    def resume(self, discounted: NDArray[np.float64]) -> None:
        """Go on with discounted sums of as many agents."""
        self._discounted = discounted.astype(float)

    @property
    def moments(self) -> NDArray[np.float64]:
        """Count, mean and variance of the sums so far, (3,); empty when switched off."""
        known = self.statistics
        return np.array([known.count, known.mean[0], known.variance[0]] if self._enabled else [])

    def take_over(self, moments: NDArray[np.float64]) -> None:
        """Go on from `moments` that a kernel has added to; it has changed `discounted` in place."""
        if self._enabled:
            count, mean, variance = moments.tolist()
            self.statistics = RunningStatistics(int(count), np.array([mean]), np.array([variance]))

    def __call__(
        self, rewards: NDArray[np.float32], ended: NDArray[np.bool_], gamma: float
    ) -> NDArray[np.float32]:
        """Take in `rewards` (T, N) with `ended` (T, N) and return them scaled."""
        if not self._enabled:
            return rewards
        sums = discounted_sums(rewards, ended, float(gamma), self._discounted)
        self.statistics = self.statistics.including(sums.reshape(-1, 1))
        return scale_rewards(rewards, self.statistics)
