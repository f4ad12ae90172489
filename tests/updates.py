"""Updates as a run tells them, in which nothing is remarkable; tests replace what they are about."""

from __future__ import annotations

from typing import Any

import numpy as np

from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.step_settings import StepSettings
from ppo_desktop.ppo.update_trace import EvaluatedRollout, GradientSteps, UpdateTrace

_QUANTITIES: dict[str, Any] = {
    "policy_entropy": 0.69,
    "clip_fraction": 0.066,
    "gradient_cut_fraction": 0.031,
    "approx_kl": 0.005,
    "explained_variance": 0.5,
    "return_spread": 20.0,
    "policy_loss": -0.01,
    "value_loss": 18.2,
    "gradient_norm": 30.0,
    "policy_gradient_norm": 0.2,
    "value_gradient_norm": 29.9,
    "max_ratio": 1.4,
    "min_ratio": 0.7,
    "epochs_run": 4,
}
UPDATE = UpdateFinished(
    update=1,
    steps=1024,
    mean_return_100=22.0,
    state_entropies=np.zeros(0, np.float32),
    **{**dict.fromkeys(UPDATE_QUANTITIES, 0.0), **_QUANTITIES},
)


def trace_of(*minibatches: MinibatchSamples, settings: StepSettings | None = None) -> UpdateTrace:
    """Return the update that has taken a gradient step on each minibatch; all are of one rollout."""
    first = minibatches[0]
    evaluated = EvaluatedRollout(first.rollout, *np.zeros((4, first.rollout.rewards.size), np.float32))
    for samples in minibatches:
        evaluated.log_probs[samples.indices] = samples.log_probs_old
        evaluated.advantages[samples.indices] = samples.raw_advantages
    evaluated.value_targets[:] = evaluated.values + evaluated.advantages
    steps = (
        GradientSteps(
            [samples.indices],
            samples.log_probs,
            samples.advantages,
            settings or StepSettings(Hyperparameters(), learning_rate=1e-3, clip_range=samples.clip_range),
            np.array([[float(-samples.objectives.mean()), 1.0, 0.0, 0.0, 0.0]]),
        )
        for samples in minibatches
    )
    return UpdateTrace(evaluated, tuple(steps))
