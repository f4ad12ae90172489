"""What one gradient step is to do, and what is measured of it."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What one gradient step is to do; α and ε are annealed if so set, ε is None for no clipping."""

    hyperparameters: Hyperparameters
    learning_rate: float
    clip_range: float | None

    @property
    def annealed(self) -> float:
        """The part of α and ε that annealing has left, (0, 1]; 1 without it."""
        return self.learning_rate / self.hyperparameters.learning_rate if self.hyperparameters.anneal else 1.0


def step_settings(algorithm: Algorithm, hyperparameters: Hyperparameters, remaining: float) -> StepSettings:
    """Return what a gradient step of `algorithm` is to do; A2C knows no clip.

    With annealing, α and ε are those of the beginning times `remaining`, the part of the total
    steps still to come.
    """
    share = remaining if hyperparameters.anneal else 1.0
    clip_range = hyperparameters.clip_range if algorithm is Algorithm.PPO else None
    return StepSettings(
        hyperparameters,
        learning_rate=hyperparameters.learning_rate * share,
        clip_range=None if clip_range is None else clip_range * share,
    )


def remaining_fraction(first: Hyperparameters, in_force: Hyperparameters, steps: int) -> float:
    """Return the part of the total steps still to come when the rollout began that ends at `steps`, (0, 1].

    The total is that with which the run began, if it had one: when more steps are allowed later, nothing
    jumps. In these it stays as it was in the last rollout.
    """
    total = first.total_steps or in_force.total_steps
    if total is None:
        return 1.0
    samples = in_force.samples_per_rollout
    last_begins_at = (total - 1) // samples * samples
    return 1.0 - min(steps - samples, last_begins_at) / total


Measured = dict[str, float]
"""{name of a quantity: number}, of those in `quantities.UpdateQuantities`."""
STEP_QUANTITIES = (
    "policy_loss",
    "value_loss",
    "gradient_norm",
    "policy_gradient_norm",
    "value_gradient_norm",
)
"""What is measured at each gradient step, in the order of `update_trace.GradientSteps.numbers`."""
