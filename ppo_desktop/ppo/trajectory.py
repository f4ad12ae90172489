"""Where an agent has been lately: read from the rollouts, so that it costs nothing until asked for."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.rollout import Rollout

PATH_STEPS = 200
"""Longest path, in steps of one agent."""

Path = tuple[NDArray[np.float32], ...]
"""Observations of consecutive states, (L, n_observations) for each episode, oldest first."""


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

    Args:
        rows: (S, n_observations), the states that were acted in.
        ends: {steps before now: final observation} of the episodes that ended.
        now: The state after the last step, or the first of the next episode.
    """
    episodes, begin = [], 0
    for steps_ago in sorted(ends, reverse=True):
        end = len(rows) - steps_ago
        episodes.append(np.vstack([rows[begin:end], ends[steps_ago]]))
        begin = end
    if 0 not in ends:
        episodes.append(np.vstack([rows[begin:], now]))
    return tuple(episodes)
