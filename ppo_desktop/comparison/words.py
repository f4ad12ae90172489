"""What can be said of a difference, in one sentence that claims no more than the seeds show."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ppo_desktop.comparison.measures import Measure
from ppo_desktop.comparison.statistics import Centre, Difference
from ppo_desktop.comparison.summary import Estimate
from ppo_desktop.ppo.messages import counted


@dataclass(frozen=True)
class _Case:
    """What a sentence is about: a subject and the reference as they are called, and their difference.

    Attributes:
        of_means: Said after an amount where something else than the mean is shown.
    """

    subject: str
    other: str
    measure: Measure
    environment_id: str
    gap: Difference
    of_means: str

    @property
    def both(self) -> str:
        return f"{self.subject} and {self.other}"

    @property
    def word(self) -> str:
        """Which side the difference is on: "better than", or "higher than" where neither is better."""
        is_above = self.gap.direction > 0
        if self.measure.quantity.higher_is_better is None:
            return "higher than" if is_above else "lower than"
        return "better than" if is_above == self.measure.quantity.higher_is_better else "worse than"

    @property
    def votes(self) -> str:
        """How many of the seeds that both have point to that side."""
        return f"{self.gap.n_votes} of {counted(self.gap.n, 'seed')}"

    @property
    def is_so(self) -> str:
        """The claim that there is a difference."""
        return f"{self.subject} is {self.word} {self.other}"

    @property
    def was_so(self) -> str:
        """What happened to come out, which claims nothing."""
        return f"{self.subject} was {self.word} {self.other}"

    @property
    def bound(self) -> str:
        """How much it is at least, where all that is known is on one side; else empty."""
        if not self.gap.is_at_least_the_mean:
            return ""
        amount = self.measure.write_difference(abs(self.gap.mean), math.nan, self.environment_id)
        return f" by at least {amount}" if self.gap.n == 1 else f", on average by at least {amount}"

    def amount(self, value: float, half_width: float = math.nan) -> str:
        """Return how much it is, ± half of its interval."""
        return self.measure.write_difference(value, half_width, self.environment_id) + self.of_means


def difference_sentence(
    subject: str,
    other: str,
    measure: Measure,
    environment_id: str,
    difference: Difference,
    centre: Centre = Centre.MEAN,
) -> str:
    """Return what is known of anything beside anything else, both as they are called in the sentence.

    Examples: "ε = 0.8 is worse than 0.2 by 210 ± 60 (5 of 5 seeds)"; "no difference between ε = 0.1
    and 0.2 can be seen with 3 seeds (−12 ± 85)". Differences are of means, which is said where something
    else, `centre`, is shown of several seeds.
    """
    of_means = "" if centre is Centre.MEAN else " on the mean"
    return _sentence(_Case(subject, other, measure, environment_id, difference, of_means))


def same_runs_sentence(subject: str, other: str) -> str:
    """Return what is said of variants whose runs are the same to the last bit: ratio = 1, for instance."""
    return f"{subject} and {other} are the very same runs: every weight is equal at the end"


def standing_sentence(
    subject: str, other: str, measure: Measure, environment_id: str, result: Estimate, beside: Estimate
) -> str:
    """Return where a variant stands beside the reference while runs still learn, which claims nothing.

    Examples: "ε = 0.8 so far: 24.1, which is 4.2 below 0.2"; "ε = 0.8 so far: solved with 1 of 3 seeds,
    0.2 with 2 of 3".
    """
    if not math.isfinite(result.centre):
        return f"{subject}: no result yet"
    if measure.needs_threshold:
        solved = f"{result.n_solved} of {counted(len(result.samples), 'seed')}"
        return (
            f"{subject} so far: solved with {solved}, {other} with {beside.n_solved} of {len(beside.samples)}"
        )
    standing = f"{subject} so far: {measure.write(result.centre, environment_id)}"
    if not math.isfinite(beside.centre):
        return standing
    if math.isclose(result.centre, beside.centre, rel_tol=1e-9):
        return f"{standing}, the same as {other}"
    gap = measure.write_difference(abs(result.centre - beside.centre), math.nan, environment_id)
    return f"{standing}, which is {gap} {'above' if result.centre > beside.centre else 'below'} {other}"


def _sentence(case: _Case) -> str:
    difference = case.gap
    if difference.n == 0:
        return f"{case.subject}: no seed to compare with {case.other} yet"
    if difference.is_none_at_all:
        return f"{case.both} have the same result with {_each_of(difference.n)}"
    return _censored(case) if difference.is_censored else _measured(case)


def _measured(case: _Case) -> str:
    """Return what is said where every number is known."""
    gap = case.gap
    if gap.n == 1:
        return f"{case.is_so} by {case.amount(abs(gap.mean))} with one seed, which proves nothing"
    if gap.is_certain:
        return f"{case.is_so} by {case.amount(abs(gap.mean), gap.half_width)} ({case.votes})"
    amount = f"({case.amount(gap.mean, gap.half_width)})"
    if gap.is_unanimous:
        return f"{case.was_so} with {_each_of(gap.n)}, but so few cannot settle it {amount}"
    return f"no difference between {case.both} can be seen with {counted(gap.n, 'seed')} {amount}"


def _censored(case: _Case) -> str:
    """Return what is said where some numbers are bounds: which was ahead, and by how much at least."""
    gap = case.gap
    if gap.n_unknown == gap.n:
        return f"neither {case.subject} nor {case.other} has been solved"
    if gap.n == 1:
        return f"{case.is_so}{case.bound} with one seed, which proves nothing"
    if gap.is_certain:
        return f"{case.is_so} with {case.votes}{case.bound}"
    if gap.n_above == gap.n_below:
        return f"no difference between {case.both} can be seen with {counted(gap.n, 'seed')}"
    reason = "that" if min(gap.n_above, gap.n_below) else "so few"
    return f"{case.was_so} with {case.votes}{case.bound}, but {reason} cannot settle it"


def _each_of(n_seeds: int) -> str:
    return "one seed" if n_seeds == 1 else f"each of {counted(n_seeds, 'seed')}"
