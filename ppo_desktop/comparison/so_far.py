"""What is seen while runs still learn: numbers and how far they are, without any verdict."""

from __future__ import annotations

import math

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import COLLAPSED
from ppo_desktop.ppo.messages import counted, grouped


def progress(digest: Digest) -> str:
    """Return by how much of the budget a provisional digest is: "after 12 % of the steps"."""
    comparison = digest.comparison
    if digest.steps < comparison.total_steps:
        return f"after {100 * digest.steps // comparison.total_steps} % of the steps"
    return f"with {grouped(digest.runs_done)} of {counted(comparison.n_runs, 'run')} done"


def seen_so_far(digest: Digest) -> str:
    """Return which variants stand highest and lowest by now; empty before there is anything.

    Example: "Return, last 20 %, after 12 % of the steps: highest ε = 0.20 (28.3), lowest off (9.1)."
    """
    question, variants = digest.question, digest.comparison.variants
    measure = question.measure
    centres = {
        variant: estimate.centre
        for variant, estimate in enumerate(digest.estimates.get(measure.name, ()))
        if math.isfinite(estimate.centre)
    }
    if len(centres) < 2 or not digest.steps or measure.name == COLLAPSED.name:
        return ""
    if measure.needs_threshold:
        return _solved(digest)
    highest, lowest = max(centres, key=centres.__getitem__), min(centres, key=centres.__getitem__)
    what = f"{measure.header}, {progress(digest)}"
    values = [
        measure.write(centres[variant], digest.comparison.environment_id) for variant in (highest, lowest)
    ]
    if math.isclose(centres[highest], centres[lowest], rel_tol=1e-9):
        return f"{what}: {values[0]} everywhere."
    return (
        f"{what}: highest {variants[highest].label} ({values[0]}), "
        f"lowest {variants[lowest].short_label} ({values[1]})."
    )


def _solved(digest: Digest) -> str:
    """Return with how many seeds each variant has been solved by now."""
    results = digest.estimates[digest.question.measure.name]
    if not any(result.n_solved for result in results):
        return f"No seed has solved it {progress(digest)}."
    counts = [
        f"{variant.label if number == 0 else variant.short_label} with {result.n_solved} of "
        f"{counted(len(result.samples), 'seed') if number == 0 else len(result.samples)}"
        for number, (variant, result) in enumerate(zip(digest.comparison.variants, results, strict=True))
    ]
    return f"Solved {progress(digest)}: {', '.join(counts)}."
