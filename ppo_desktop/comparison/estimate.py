"""How long a comparison will take, before it has begun."""

from __future__ import annotations

import os

from ppo_desktop.comparison.plan import Comparison, Variant
from ppo_desktop.ppo.algorithms import update_plan

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
        comparison.steps_of(number) * _seconds_per_step(variant)
        for number, variant in enumerate(comparison.variants)
    )
    if not fast:
        return alone * PYTORCH_FACTOR
    threads = min(os.cpu_count() or 1, comparison.n_runs)
    return alone / (1 + THREADS_GAIN * (threads - 1))


def _seconds_per_step(variant: Variant) -> float:
    values = variant.hyperparameters
    plan = update_plan(variant.algorithm, values)
    weights = values.hidden_units**2 * max(1, values.hidden_layers - 1) / _USUAL_WEIGHTS
    of_an_update = UPDATE_SECONDS + plan.gradient_steps * GRADIENT_STEP_SECONDS
    return STEP_SECONDS + plan.n_epochs * SAMPLE_SECONDS * (0.3 + 0.7 * weights) + of_an_update / plan.samples


def duration(seconds: float) -> str:
    """Return a time as it is written everywhere: "12 s", "4 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
