"""How long a comparison will take, before it has begun."""

from __future__ import annotations

import os

from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.hyperparameters import Hyperparameters

STEP_SECONDS = 1.0e-6
"""Of the fast engine: an environment step, and acting in it."""
SAMPLE_SECONDS = 0.5e-6
"""A sample's share of a gradient step, of two networks with two layers of 64 units."""
UPDATE_SECONDS = 350e-6
"""What an update costs beside its samples."""
GRADIENT_STEP_SECONDS = 20e-6
"""What a gradient step costs beside its samples."""
THREADS_GAIN = 0.86
"""What a second processor brings of what it could."""
PYTORCH_FACTOR = 8.0
"""How much longer the PyTorch engine takes."""
_USUAL_WEIGHTS = 64 * 64


def estimated_seconds(comparison: Comparison, *, fast: bool) -> float:
    """Return about how many seconds all runs take together, on a machine like the one it was measured on.

    Args:
        comparison: What is to be compared.
        fast: Whether the fast engine does it; the PyTorch engine has one thread only.
    """
    alone = comparison.n_seeds * sum(
        comparison.steps_of(number) * seconds_per_step(variant.algorithm, variant.hyperparameters)
        for number, variant in enumerate(comparison.variants)
    )
    return side_by_side(alone, comparison.n_runs, fast=fast)


def side_by_side(alone: float, n_runs: int, *, fast: bool) -> float:
    """Return how long runs take together.

    Args:
        alone: Seconds that all of them take one after the other, on the fast engine.
        n_runs: How many could go on at a time.
        fast: Whether the fast engine does it; the PyTorch engine has one thread only.
    """
    if not fast:
        return alone * PYTORCH_FACTOR
    threads = min(os.cpu_count() or 1, n_runs)
    return alone / (1 + THREADS_GAIN * (threads - 1))


def seconds_per_step(algorithm: Algorithm, values: Hyperparameters) -> float:
    """Return about how long one environment step takes alone on the fast engine, learning included."""
    plan = update_plan(algorithm, values)
    weights = values.hidden_units**2 * max(1, values.hidden_layers - 1) / _USUAL_WEIGHTS
    of_an_update = UPDATE_SECONDS + plan.gradient_steps * GRADIENT_STEP_SECONDS
    return STEP_SECONDS + plan.n_epochs * SAMPLE_SECONDS * (0.3 + 0.7 * weights) + of_an_update / plan.samples


def duration(seconds: float) -> str:
    """Return a time as it is written everywhere: "12 s", "4 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
