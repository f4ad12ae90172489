"""The samples of one gradient step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ppo_desktop.ppo.objective import (
    calculate_ratios,
    clip_fraction,
    clipped_surrogate_objective,
    gradient_cut_fraction,
    gradient_is_cut,
)
from ppo_desktop.ppo.rollout import Rollout

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MinibatchSamples:
    """What a gradient step knew of its samples just before it was taken; all arrays are (B,).

    What follows from the data is computed when somebody asks: at full speed nobody looks at most
    minibatches.

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
    def ratios(self) -> Floats:
        """Probability ratio of each sample."""
        return self._ratio_and_clipped[0].numpy()

    @cached_property
    def clipped_ratios(self) -> Floats:
        """clip(r, 1−ε, 1+ε) of each sample."""
        return self._ratio_and_clipped[1].numpy()

    @cached_property
    def objectives(self) -> Floats:
        """min(r·Â, clip(r)·Â) of each sample."""
        return clipped_surrogate_objective(*self._ratio_and_clipped, self._advantages).numpy()

    @cached_property
    def gradient_cut(self) -> NDArray[np.bool_]:
        """Whether the clip removed the sample's gradient."""
        return gradient_is_cut(self._ratio_and_clipped[0], self._advantages, self.clip_range).numpy()

    @cached_property
    def _ratio_and_clipped(self) -> tuple[Tensor, Tensor]:
        new, old = torch.from_numpy(self.log_probs), torch.from_numpy(self.log_probs_old)
        return calculate_ratios(new, old, self.clip_range)

    @property
    def _advantages(self) -> Tensor:
        return torch.from_numpy(self.advantages)


def fractions_clipped_and_cut(minibatches: Sequence[MinibatchSamples]) -> tuple[float, float]:
    """Return clip fraction and gradient-cut fraction over all samples of all `minibatches`."""
    clipped = cut = 0.0
    for epsilon, same in groupby(minibatches, key=lambda samples: samples.clip_range):
        ratio, advantage = _ratios_and_advantages(list(same))
        clipped += clip_fraction(ratio, epsilon).item() * len(ratio)
        cut += gradient_cut_fraction(ratio, advantage, epsilon).item() * len(ratio)
    total = sum(map(len, minibatches))
    return clipped / total, cut / total


def _ratios_and_advantages(minibatches: list[MinibatchSamples]) -> tuple[Tensor, Tensor]:
    """Return ratios and advantages of many minibatches one after the other, (B,) each."""
    new, old, advantages = (
        torch.from_numpy(np.concatenate([getattr(samples, name) for samples in minibatches]))
        for name in ("log_probs", "log_probs_old", "advantages")
    )
    return calculate_ratios(new, old, None)[0], advantages
