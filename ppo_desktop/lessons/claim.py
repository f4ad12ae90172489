"""What a lesson claims of its runs, as data, and what the runs of paired seeds say to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ppo_desktop.comparison.measures import MEASURES, Measure
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.comparison.statistics import Difference
from ppo_desktop.comparison.summary import RunRecords, difference, estimate
from ppo_desktop.ppo.labelled import Labelled

REFERENCE = 0
"""Number of the variant with the lesson's own settings, with which each change is compared."""


class Outcome(Labelled):
    """What the runs say to a claim."""

    HOLDS = "holds", "The runs agree"
    OPEN = "open", "With these seeds it cannot be told"
    CONTRADICTED = "contradicted", "The runs contradict it"


class Kind(Labelled):
    """What a claim says of a result beside that of the reference."""

    HIGHER = "higher", "higher"
    LOWER = "lower", "lower"
    SAME = "no difference", "no difference"


@dataclass(frozen=True)
class Claim:
    """A statement about the differences between runs with a change and those of the same seeds without it.

    Attributes:
        measure_name: Of which result it speaks, a name in `MEASURES`.
        kind: What it says of it.
        amount: By how much the mean difference is higher or lower at least, or how far the difference
            may be from 0 where it is to be none; in the unit of the result, a percentage as a share of 1.
        variant: Number of the variant of which it speaks; None for every change.
    """

    measure_name: str
    kind: Kind
    amount: float = 0.0
    variant: int | None = None

    @property
    def measure(self) -> Measure:
        """The result of which it speaks."""
        return MEASURES[self.measure_name]

    @property
    def words(self) -> str:
        """What it says of the result: "lower by 100 or more", "no difference beyond 8 percentage points"."""
        is_share = self.measure.quantity.percent
        amount = f"{100 * self.amount:g} percentage points" if is_share else f"{self.amount:g}"
        if self.kind is Kind.SAME:
            return f"no difference beyond {amount}" if self.amount else "no difference at all"
        return f"{self.kind.label} by {amount} or more" if self.amount else self.kind.label

    def variants(self, comparison: Comparison) -> list[int]:
        """Return the numbers of the variants of which it speaks."""
        others = [number for number in range(len(comparison.variants)) if number != REFERENCE]
        return others if self.variant is None else [self.variant]

    def differences(self, comparison: Comparison, records: RunRecords) -> Iterator[Difference]:
        """Yield the difference between each variant of which it speaks and the reference, at their ends.

        A run that failed is left out, with the other of its pair.
        """
        reference = estimate(comparison, records, REFERENCE, self.measure, N_BINS, with_interval=False)
        for variant in self.variants(comparison):
            other = estimate(comparison, records, variant, self.measure, N_BINS, with_interval=False)
            yield difference(other, reference)

    def outcome(self, comparison: Comparison, records: RunRecords) -> Outcome:
        """Return what these runs say to it; nothing while one of the comparison's runs has not ended.

        Of several variants all have to agree, and one is enough to contradict.
        """
        ends = [records[key].end if key in records else None for key in comparison.run_keys()]
        if None in ends:
            return Outcome.OPEN
        outcomes = {self._outcome_of(gap) for gap in self.differences(comparison, records)}
        if Outcome.CONTRADICTED in outcomes:
            return Outcome.CONTRADICTED
        return Outcome.OPEN if Outcome.OPEN in outcomes else Outcome.HOLDS

    def _outcome_of(self, gap: Difference) -> Outcome:
        if self.kind is Kind.SAME:
            return self._outcome_of_none(gap)
        sign = 1.0 if self.kind is Kind.HIGHER else -1.0
        is_so_much = self.amount == 0.0 or sign * gap.mean >= self.amount
        if gap.is_certain and sign * gap.direction > 0.0 and is_so_much:
            return Outcome.HOLDS
        most = sign * gap.mean + gap.half_width
        if (gap.is_certain and sign * gap.direction < 0.0) or most < self.amount or gap.is_none_at_all:
            return Outcome.CONTRADICTED
        return Outcome.OPEN

    def _outcome_of_none(self, gap: Difference) -> Outcome:
        """Return whether the whole 95 % interval lies within the amount, or all of it beyond."""
        if gap.is_none_at_all:
            return Outcome.HOLDS
        if not math.isfinite(gap.half_width):
            return Outcome.OPEN
        if abs(gap.mean) + gap.half_width <= self.amount:
            return Outcome.HOLDS
        is_beyond = abs(gap.mean) - gap.half_width > self.amount
        return Outcome.CONTRADICTED if is_beyond else Outcome.OPEN
