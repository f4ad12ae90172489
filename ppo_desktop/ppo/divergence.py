"""What the user reads when learning has blown up."""

from __future__ import annotations

import math
from typing import NamedTuple

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters

_SUSPECTS = ("learning_rate", "clip_range", "entropy_coef")
"""Hyperparameters whose large values blow up learning; the first wins a draw.

Value coefficient and max gradient norm are not among them: Adam makes up for the scale of a gradient.
"""

TOO_LARGE = 1e12
"""Squares of numbers beyond this, summed over a rollout, come near the end of single precision."""


class LargestNumbers(NamedTuple):
    """The largest reward and the largest component of an observation in a rollout, without their signs."""

    reward: float = 0.0
    observation: float = 0.0


def likely_cause(
    hyperparameters: Hyperparameters,
    algorithm: Algorithm = Algorithm.PPO,
    largest: LargestNumbers = LargestNumbers(),  # noqa: B008  (it is immutable)
) -> str:
    """Return the field that most likely made learning diverge: the one furthest above its default.

    Distance is the logarithm of value over default; "off" counts as the top of the scale, and a
    default of zero as the bottom. What A2C has no use for cannot have been its downfall. Of rewards and
    observations too large for any network it is the switch that would have brought them to its scale.
    """
    if largest.reward > TOO_LARGE and not hyperparameters.normalize_rewards:
        return "normalize_rewards"
    if largest.observation > TOO_LARGE and not hyperparameters.normalize_observations:
        return "normalize_observations"
    suspects = [
        field for field in _SUSPECTS if algorithm is Algorithm.PPO or not DECLARATIONS[field].ppo_only
    ]
    return max(suspects, key=lambda field: _distance_above_default(hyperparameters, field))


def explain_divergence(hyperparameters: Hyperparameters, cause: str, largest: LargestNumbers) -> str:
    """Return one line that says what happened, what was kept and what to do about the likely cause."""
    declaration = DECLARATIONS[cause]
    match cause:
        case "normalize_rewards":
            found, remedy = f"rewards of {largest.reward:.0e}", f"Switch on {declaration.label}"
        case "normalize_observations":
            found, remedy = f"observations of {largest.observation:.0e}", f"Switch on {declaration.label}"
        case _:
            value = declaration.format(getattr(hyperparameters, cause))
            found, remedy = f"{declaration.label} {value}", "Lower it"
    return (
        "The numbers have grown beyond all bounds (nan); the last good weights are kept. "
        f"Likely cause: {found}. {remedy} and begin the run anew."
    )


def _distance_above_default(hyperparameters: Hyperparameters, field: str) -> float:
    declaration = DECLARATIONS[field]
    assert declaration.scale is not None
    value, default = getattr(hyperparameters, field), declaration.default
    assert isinstance(default, int | float)
    top = declaration.scale.high if value is None else value
    return math.log(max(top, declaration.scale.low) / max(default, declaration.scale.low))
