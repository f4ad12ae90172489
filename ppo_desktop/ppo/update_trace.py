"""An update as far as it has got: the rollout as it was evaluated, and every gradient step on it so far.

Engines keep what they have computed anyway; what follows from it is found when it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.step_settings import STEP_QUANTITIES, Measured, StepSettings


@dataclass(frozen=True, eq=False)
class EvaluatedRollout:
    """A full rollout and what the networks that collected it made of it; all arrays are (T·N,), t·N + agent.

    Attributes:
        rollout: What was seen, done and got.
        log_probs: log π_old(a|s), nats.
        values: V(s).
        advantages: Â before normalisation.
        value_targets: R = Â + V(s), what the critic learns.
    """

    rollout: Rollout
    log_probs: Floats
    values: Floats
    advantages: Floats
    value_targets: Floats


@dataclass(frozen=True, eq=False)
class GradientSteps:
    """Gradient steps that were taken one after the other in one go.

    Attributes:
        minibatches: The samples of each, indices into the rollout.
        log_probs: log π(a|s) of each sample just before its step, one minibatch after the other, nats.
        advantages: Â as used in the loss, likewise.
        settings: What each step was to do.
        numbers: What was measured at each, (steps, 5 or more): `STEP_QUANTITIES`, then what an engine counts.
    """

    minibatches: Sequence[NDArray[np.int64]]
    log_probs: Floats
    advantages: Floats
    settings: StepSettings
    numbers: Doubles

    @property
    def measured(self) -> list[Measured]:
        """What was measured at each, by name."""
        return [dict(zip(STEP_QUANTITIES, row, strict=False)) for row in self.numbers.tolist()]


class Passage(NamedTuple):
    """One sample at one of the gradient steps that it was in.

    Attributes:
        step: Number of the gradient step in the update, from 0.
        samples: Its minibatch.
        row: Where in that it is.
    """

    step: int
    samples: MinibatchSamples
    row: int


@dataclass(frozen=True, eq=False)
class UpdateTrace:
    """An update as far as it has got.

    Attributes:
        evaluated: What it learns from.
        parts: Its gradient steps so far, at least one.
    """

    evaluated: EvaluatedRollout
    parts: tuple[GradientSteps, ...]

    @cached_property
    def _places(self) -> list[tuple[GradientSteps, NDArray[np.int64], int]]:
        """Of every gradient step: its part, its minibatch, and where that begins in the part's arrays."""
        return [
            (part, minibatch, begin)
            for part in self.parts
            for minibatch, begin in zip(
                part.minibatches, accumulate(map(len, part.minibatches), initial=0), strict=False
            )
        ]

    def __len__(self) -> int:
        """Return how many gradient steps have been taken."""
        return sum(len(part.minibatches) for part in self.parts)

    @cached_property
    def latest(self) -> MinibatchSamples:
        """The samples of the last gradient step."""
        part = self.parts[-1]
        indices = part.minibatches[-1]
        return self._samples(part, indices, len(part.log_probs) - len(indices))

    @property
    def settings(self) -> StepSettings:
        """What the last gradient step was to do."""
        return self.parts[-1].settings

    def samples_at(self, step: int) -> MinibatchSamples:
        """Return the samples of a gradient step, from 0."""
        return self.latest if step == len(self) - 1 else self._samples(*self._places[step])

    @property
    def minibatches(self) -> tuple[MinibatchSamples, ...]:
        """The samples of every gradient step, in order."""
        return tuple(map(self.samples_at, range(len(self))))

    @property
    def measured(self) -> list[Measured]:
        """What was measured at every gradient step, in order."""
        return [measured for part in self.parts for measured in part.measured]

    @np.errstate(all="ignore")
    def log_ratios_of(self, steps: slice) -> Floats:
        """Return ln r of each sample just before its gradient step, of several steps at once."""
        places = self._places[steps]
        indices = np.concatenate([minibatch for _, minibatch, _ in places])
        log_probs = [part.log_probs[begin : begin + len(minibatch)] for part, minibatch, begin in places]
        log_ratios: Floats = np.concatenate(log_probs) - self.evaluated.log_probs[indices]
        return log_ratios

    def passages_of(self, sample: int) -> list[Passage]:
        """Return every gradient step that a sample, an index into the rollout, has been in so far."""
        return [
            Passage(step, self.samples_at(step), int(row))
            for step, (_, minibatch, _) in enumerate(self._places)
            for row in np.flatnonzero(minibatch == sample)
        ]

    def _samples(self, part: GradientSteps, indices: NDArray[np.int64], begin: int) -> MinibatchSamples:
        evaluated, rows = self.evaluated, slice(begin, begin + len(indices))
        return MinibatchSamples(
            rollout=evaluated.rollout,
            indices=indices,
            log_probs_old=evaluated.log_probs[indices],
            log_probs=part.log_probs[rows],
            raw_advantages=evaluated.advantages[indices],
            advantages=part.advantages[rows],
            clip_range=part.settings.clip_range,
        )
