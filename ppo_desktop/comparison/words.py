"""What can be said of a difference, in one sentence that claims no more than the seeds show."""

from __future__ import annotations

import math

from ppo_desktop.comparison.measures import Measure
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.statistics import Difference
from ppo_desktop.ppo.messages import counted


def difference_sentence(
    comparison: Comparison, measure: Measure, variant: int, reference: int, difference: Difference
) -> str:
    """Return what is known of a variant beside the reference.

    Examples: "ε = 0.8 is worse than 0.2 by 210 ± 60 (5 of 5 seeds)"; "no difference between ε = 0.1
    and 0.2 can be seen with 3 seeds (−12 ± 85)".
    """
    subject = comparison.variants[variant].label
    other = comparison.variants[reference].short_label
    seeds = counted(difference.n, "seed")
    if difference.n == 0 and measure.needs_threshold:
        return f"neither {subject} nor {other} has been solved"
    if difference.n == 0:
        return f"{subject}: no seed to compare with {other} yet"
    if difference.is_none_at_all:
        return f"{subject} and {other} have the same result with {_each_of(difference.n)}"
    amount = measure.write(abs(difference.mean), comparison.environment_id)
    word = _word(measure, difference.mean)
    votes = f"{max(difference.n_above, difference.n_below)} of {seeds}"
    if not math.isfinite(difference.half_width):
        return f"{subject} is {word} {other} by {amount} with one seed, which proves nothing"
    spread = measure.write(difference.half_width, comparison.environment_id)
    if difference.is_certain:
        return f"{subject} is {word} {other} by {amount} ± {spread} ({votes})"
    signed = measure.write(difference.mean, comparison.environment_id)
    if difference.is_unanimous:
        interval = f" ± {spread}" if difference.half_width > 0 else ""
        return (
            f"{subject} was {word} {other} with each of {seeds}, but so few cannot settle it "
            f"({signed}{interval})"
        )
    return f"no difference between {subject} and {other} can be seen with {seeds} ({signed} ± {spread})"


def same_runs_sentence(comparison: Comparison, variant: int, reference: int) -> str:
    """Return what is said of variants whose runs are the same to the last bit: ratio = 1, for instance."""
    subject, other = comparison.variants[variant].label, comparison.variants[reference].short_label
    return f"{subject} and {other} are the very same runs: every weight is equal at the end"


def _each_of(n_seeds: int) -> str:
    return "one seed" if n_seeds == 1 else f"each of {counted(n_seeds, 'seed')}"


def _word(measure: Measure, mean: float) -> str:
    if measure.higher_is_better is None:
        return "higher than" if mean > 0 else "lower than"
    return "better than" if (mean > 0) == measure.higher_is_better else "worse than"
