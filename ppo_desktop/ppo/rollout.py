"""The data of one rollout, T steps of N agents, and how it is cut into minibatches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.environments import Spaces


@dataclass(frozen=True, eq=False)
class Rollout:
    """What N agents saw, did and got in T steps; filled step by step.

    Attributes:
        spaces: Sizes and units of observations and actions.
        observations: (T + 1, N, n_observations); row T is what follows the last step. Where an
            episode ended, the next row holds the first observation of the new episode.
        actions: (T, N) integers counted from 0, or (T, N, D) real numbers as drawn: not clipped, and in
            the policy's units.
        rewards: (T, N), the environment's own.
        terminated: (T, N), whether the episode ended by itself.
        truncated: (T, N), whether the episode was stopped, by its time limit as a rule.
        final_observations: (T, N, n_observations), the last observation where an episode ended; else 0.
    """

    spaces: Spaces
    observations: NDArray[np.float32]
    actions: NDArray[np.int64] | NDArray[np.float32]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_observations: NDArray[np.float32]

    @classmethod
    def empty(cls, rollout_length: int, n_envs: int, spaces: Spaces) -> Rollout:
        """Return a rollout of T = `rollout_length` steps of N = `n_envs` agents, not yet filled."""
        shape = (rollout_length, n_envs)
        discrete = spaces.n_actions is not None
        return cls(
            spaces,
            observations=np.zeros((rollout_length + 1, n_envs, spaces.n_observations), dtype=np.float32),
            actions=np.zeros(shape, dtype=np.int64)
            if discrete
            else np.zeros((*shape, len(spaces.action_low)), dtype=np.float32),
            rewards=np.zeros(shape, dtype=np.float32),
            terminated=np.zeros(shape, dtype=bool),
            truncated=np.zeros(shape, dtype=bool),
            final_observations=np.zeros((*shape, spaces.n_observations), dtype=np.float32),
        )

    @property
    def length(self) -> int:
        """T."""
        return int(self.rewards.shape[0])

    @property
    def n_envs(self) -> int:
        """N."""
        return int(self.rewards.shape[1])

    @property
    def choices_and_draws(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The actions as (T, N) integers and as (T, N, D) real numbers; one of both is empty."""
        actions: Any = self.actions
        if actions.ndim == 2:
            return actions, np.empty((0, 0, 0), np.float32)
        return np.empty((0, 0), np.int64), actions

    @property
    def ended(self) -> NDArray[np.bool_]:
        """(T, N), whether an episode ended at this step for either reason."""
        return self.terminated | self.truncated


def shuffled_minibatches(
    samples: int, n_minibatches: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return the indices of a rollout's samples in a new order, cut into parts.

    Every sample is in exactly one part, and the parts' sizes differ by one at most. A rollout that
    is not cut keeps its own order: its first ratios are then exactly 1.
    """
    if n_minibatches == 1:
        return [np.arange(samples)]
    order = generator.permutation(samples)
    size, longer = divmod(samples, n_minibatches)
    ends = [number * size + min(number, longer) for number in range(n_minibatches + 1)]
    return [order[begin:end] for begin, end in pairwise(ends)]
