"""The samples of one gradient step, and in which of six situations the clip finds each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.rollout import Rollout


class Situation(Labelled):
    """Where the ratio of a sample is, and to which side its advantage pushes it; Â = 0 counts with Â > 0."""

    BELOW_POSITIVE = "below_positive", "below, Â > 0"
    INSIDE_POSITIVE = "inside_positive", "inside, Â > 0"
    ABOVE_POSITIVE = "above_positive", "above, Â > 0"
    BELOW_NEGATIVE = "below_negative", "below, Â < 0"
    INSIDE_NEGATIVE = "inside_negative", "inside, Â < 0"
    ABOVE_NEGATIVE = "above_negative", "above, Â < 0"

    @property
    def is_cut(self) -> bool:
        """Whether the clip removes the gradient there."""
        return self in (Situation.ABOVE_POSITIVE, Situation.BELOW_NEGATIVE)


SITUATIONS = tuple(Situation)
"""In the order in which `MinibatchSamples.situations` numbers them."""


@dataclass(frozen=True, eq=False)
class MinibatchSamples:
    """What a gradient step knew of its samples just before it was taken; all arrays are (B,).

    What follows from the data is computed on demand: at full speed most minibatches are not looked at.
    It is computed in NumPy, so that the window need not load PyTorch to show it.

    Attributes:
        rollout: Where they come from.
        indices: Position t·N + agent of each sample in the rollout.
        log_probs_old: log π_old(a|s), nats.
        log_probs: log π(a|s), nats.
        raw_advantages: Â as estimated.
        advantages: Â as used in the loss, normalised if so set.
        clip_range: ε that was in force, None for no clipping.
    """

    rollout: Rollout
    indices: NDArray[np.int64]
    log_probs_old: Floats
    log_probs: Floats
    raw_advantages: Floats
    advantages: Floats
    clip_range: float | None

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def times(self) -> NDArray[np.int64]:
        """Time step t in the rollout, 0…T−1."""
        return self.indices // self.rollout.n_envs

    @property
    def agents(self) -> NDArray[np.int64]:
        """Index of the agent, 0…N−1."""
        return self.indices % self.rollout.n_envs

    @property
    def observations(self) -> Floats:
        """What the agent saw, (B, n_observations), as the environment gave it."""
        return self.rollout.observations[self.times, self.agents]

    @property
    def actions(self) -> NDArray[np.generic]:
        """What the agent did, (B,) integers counted from 0 or (B, D) real numbers, not clipped.

        Real numbers are in the environment's units.
        """
        return self.rollout.spaces.in_environment_units(self.rollout.actions[self.times, self.agents])

    @cached_property
    @np.errstate(all="ignore")
    def ratios(self) -> Floats:
        """Probability ratio of each sample, as `objective.calculate_ratios` defines it."""
        ratios: Floats = np.exp(self.log_probs - self.log_probs_old)
        return ratios

    @cached_property
    def clipped_ratios(self) -> Floats:
        """clip(r, 1−ε, 1+ε) of each sample."""
        if self.clip_range is None:
            return self.ratios
        return self.ratios.clip(1 - self.clip_range, 1 + self.clip_range)

    @cached_property
    @np.errstate(all="ignore")
    def objectives(self) -> Floats:
        """min(r·Â, clip(r)·Â) of each sample, as `objective.clipped_surrogate_objective` defines it."""
        objectives: Floats = np.minimum(self.ratios * self.advantages, self.clipped_ratios * self.advantages)
        return objectives

    @cached_property
    def gradient_cut(self) -> NDArray[np.bool_]:
        """Whether the clip removed the sample's gradient, as `objective.gradient_is_cut` defines it."""
        pushed_up = (self.ratios > self.clipped_ratios) & (self.advantages > 0)
        pushed_down = (self.ratios < self.clipped_ratios) & (self.advantages < 0)
        return pushed_up | pushed_down

    @cached_property
    def gradient_alive(self) -> NDArray[np.bool_]:
        """Whether the sample has a gradient: it is not cut, and its advantage is not 0."""
        alive: NDArray[np.bool_] = ~self.gradient_cut & (self.advantages != 0)
        return alive

    @cached_property
    def situations(self) -> NDArray[np.intp]:
        """Which of `SITUATIONS` each sample is in; without clipping every ratio is inside."""
        side = 1 + (self.ratios > self.clipped_ratios).astype(np.intp) - (self.ratios < self.clipped_ratios)
        return side + 3 * (self.advantages < 0)
