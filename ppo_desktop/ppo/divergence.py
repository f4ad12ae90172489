"""What to tell the user when learning has blown up."""

from __future__ import annotations

import math

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters

_SUSPECTS = ("learning_rate", "clip_range", "entropy_coef")
"""Hyperparameters whose large values blow up learning; the first wins a draw.

Value coefficient and max gradient norm are not among them: Adam makes up for the scale of a gradient.
"""


def likely_cause(hyperparameters: Hyperparameters, algorithm: Algorithm = Algorithm.PPO) -> str:
    """Return the field that most likely made learning diverge: the one furthest above its default.

    Distance is the logarithm of value over default; "off" counts as the top of the scale, and a
    default of zero as the bottom. What A2C has no use for cannot have been its downfall.
    """
    suspects = [
        field for field in _SUSPECTS if algorithm is Algorithm.PPO or not DECLARATIONS[field].ppo_only
    ]
    return max(suspects, key=lambda field: _distance_above_default(hyperparameters, field))


def explain_divergence(hyperparameters: Hyperparameters, algorithm: Algorithm = Algorithm.PPO) -> str:
    """Return one line that says what happened, what was kept and what to lower."""
    field = likely_cause(hyperparameters, algorithm)
    declaration = DECLARATIONS[field]
    value = declaration.format(getattr(hyperparameters, field))
    return (
        "The numbers have grown beyond all bounds (nan); the last good weights are kept. "
        f"Likely cause: {declaration.label} {value}. Lower it and press Reset."
    )


def _distance_above_default(hyperparameters: Hyperparameters, field: str) -> float:
    declaration = DECLARATIONS[field]
    assert declaration.scale is not None
    value, default = getattr(hyperparameters, field), declaration.default
    assert isinstance(default, int | float)
    top = declaration.scale.high if value is None else value
    return math.log(max(top, declaration.scale.low) / max(default, declaration.scale.low))
