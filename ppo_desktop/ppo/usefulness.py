"""Whether a hyperparameter changes anything with an algorithm in an environment."""

from __future__ import annotations

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS


def why_of_no_use(field: str, algorithm: Algorithm, *, is_discrete: bool | None) -> str:
    """Return why a hyperparameter would change nothing, in a sentence; empty if it would.

    Args:
        field: Its name.
        algorithm: The algorithm.
        is_discrete: Whether the environment has discrete actions; None if that is not known.
    """
    if DECLARATIONS[field].ppo_only and algorithm is Algorithm.A2C:
        return "A2C has no use for it."
    if field == "initial_log_std" and is_discrete:
        return "Discrete actions have no standard deviation."
    return ""
