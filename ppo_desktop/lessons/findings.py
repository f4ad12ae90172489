"""What the runs of a lesson say to each of its claims: the pairs, a sentence, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.summary import RunRecords, estimate
from ppo_desktop.comparison.words import difference_sentence
from ppo_desktop.lessons.claim import REFERENCE, Claim, Outcome
from ppo_desktop.lessons.lesson import Lesson
from ppo_desktop.lessons.settings import names_of


@dataclass(frozen=True)
class Pair:
    """The results of two runs of one seed.

    Attributes:
        variant: Number of the variant with the change.
        before: The result with the lesson's own settings.
        after: The result with the change.
    """

    variant: int
    seed: int
    before: float
    after: float


@dataclass(frozen=True)
class Finding:
    """What the runs say to one claim.

    Attributes:
        outcome: Whether it holds.
        sentences: The difference of each change, in words.
        pairs: The results, of one change after the other.
    """

    claim: Claim
    outcome: Outcome
    sentences: tuple[str, ...]
    pairs: tuple[Pair, ...]


def findings(lesson: Lesson, records: RunRecords) -> tuple[Finding, ...]:
    """Return what runs, all of which have ended, say to the claims of a lesson; nothing before that."""
    comparison = lesson.comparison
    if not all(key in records and records[key].end is not None for key in comparison.run_keys()):
        return ()
    return tuple(
        Finding(
            claim,
            claim.outcome(comparison, records),
            tuple(_sentences(claim, comparison, records)),
            tuple(_pairs(claim, comparison, records)),
        )
        for claim in lesson.claims
    )


def _sentences(claim: Claim, comparison: Comparison, records: RunRecords) -> Iterator[str]:
    gaps = claim.differences(comparison, records)
    for variant, gap in zip(claim.variants(comparison), gaps, strict=True):
        changed, own = names_of(comparison, variant)
        where = comparison.environment_id
        yield difference_sentence(changed, own, claim.measure, where, gap, Centre.MEAN)


def _pairs(claim: Claim, comparison: Comparison, records: RunRecords) -> Iterator[Pair]:
    before = estimate(comparison, records, REFERENCE, claim.measure, N_BINS, with_interval=False).samples
    for variant in claim.variants(comparison):
        after = estimate(comparison, records, variant, claim.measure, N_BINS, with_interval=False).samples
        for seed in before:
            if seed in after:
                yield Pair(variant, seed, before[seed], after[seed])
