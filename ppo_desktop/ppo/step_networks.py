"""The networks with which a gradient step began, and what they say of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ppo_desktop.ppo.actor_critic import ActorCritic
from ppo_desktop.ppo.arrays import Floats


@dataclass(frozen=True, eq=False)
class StepNetworks:
    """What is known of a gradient step that is looked at closely; all arrays are (B,), one number a sample.

    Attributes:
        old: The networks that collected the rollout.
        now: Those just before the step.
        observations: Those of the samples as the networks see them, (B, n_observations).
    """

    old: ActorCritic
    now: ActorCritic
    observations: Floats

    @cached_property
    def _outputs(self) -> Floats:
        return self.now.actor.perceptron(self.observations)

    @cached_property
    @np.errstate(all="ignore")
    def divergences(self) -> Floats:
        """KL(π_old ‖ π) in the state of each sample, exact, nats."""
        old = self.old.actor
        return old.divergence_to(old.perceptron(self.observations), self.now.actor, self._outputs)

    @cached_property
    @np.errstate(all="ignore")
    def entropies(self) -> Floats:
        """H(π) in the state of each sample, nats."""
        return self.now.actor.entropy(self._outputs)

    def work_out(self) -> None:
        """Find everything now, in this thread, so that nobody has to wait for it later."""
        _ = self.divergences, self.entropies
