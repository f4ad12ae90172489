"""The data of one rollout, T steps of N agents, how it is cut into minibatches; the path of an agent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.environments import Spaces

PATH_STEPS = 200
"""Longest path, in steps of one agent."""

Path = tuple[NDArray[np.float32], ...]
"""Observations of consecutive states, (L, n_observations) for each episode, oldest first."""


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
    if samples % n_minibatches == 0:  # NumPy is much slower at cutting unequal parts
        return list(generator.permutation(samples).reshape(n_minibatches, -1))
    return np.array_split(generator.permutation(samples), n_minibatches)


# ---- where an agent has been lately: read from the rollouts, so that it costs nothing until asked for ------


class RecentRollouts:
    """The present rollout and as many before it as hold `PATH_STEPS` steps."""

    def __init__(self) -> None:
        self._rollouts: deque[Rollout] = deque()
        self._steps_before = 0

    def begin(self, rollout: Rollout) -> None:
        """Take in a rollout that is to be filled now; the one before it is full."""
        if self._rollouts:
            self._steps_before += self._rollouts[-1].length
        self._rollouts.append(rollout)
        while len(self._rollouts) > 1 and self._steps_before - self._rollouts[0].length >= PATH_STEPS:
            self._steps_before -= self._rollouts.popleft().length

    def path(self, agent: int, time: int) -> Path:
        """Return the last `PATH_STEPS` steps of an agent, up to where it is at this time of the rollout.

        An episode that has just ended is the last one of the path: its final observation is where the
        agent is, until it takes the first step of the next.
        """
        wanted, seen = PATH_STEPS, 0
        rows: list[NDArray[np.float32]] = []
        ends: dict[int, NDArray[np.float32]] = {}
        present = self._rollouts[-1] if self._rollouts else None
        for rollout in reversed(self._rollouts):
            if agent >= rollout.n_envs or wanted == 0:
                break  # before this, another agent had the number
            taken = time if rollout is present else rollout.length
            first = max(0, taken - wanted)
            rows.append(rollout.observations[first:taken, agent][::-1])
            for step in np.flatnonzero(rollout.ended[first:taken, agent]) + first:
                # Steps counted back from now, 0 for the last one.
                ends[seen + taken - 1 - int(step)] = rollout.final_observations[int(step), agent]
            seen += taken - first
            wanted -= taken - first
        if present is None or agent >= present.n_envs:
            return ()
        return _cut(np.concatenate(rows)[::-1], ends, present.observations[time, agent])


def _cut(rows: NDArray[np.float32], ends: dict[int, NDArray[np.float32]], now: NDArray[np.float32]) -> Path:
    """Return the states as one array per episode.

    Given are those that were acted in, {steps before now: final observation} of the episodes that ended, and
    the one after the last step, or the first of the next episode.
    """
    episodes, begin = [], 0
    for steps_ago in sorted(ends, reverse=True):
        end = len(rows) - steps_ago
        episodes.append(np.vstack([rows[begin:end], ends[steps_ago]]))
        begin = end
    if 0 not in ends:
        episodes.append(np.vstack([rows[begin:], now]))
    return tuple(episodes)
