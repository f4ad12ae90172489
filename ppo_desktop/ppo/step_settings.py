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


Measured = dict[str, float]
"""{name of a quantity: number}, of those in `quantities.UpdateQuantities`."""
