"""What runs say to a claim: it holds, is contradicted, or cannot be told; more than they show is not said."""

from __future__ import annotations

import pytest

from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.lessons.claim import Claim, Kind, Outcome
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import compared, ended_with, episode, record_of

LOWER, HIGHER = Claim("final_return", Kind.LOWER), Claim("final_return", Kind.HIGHER)
LOWER_BY_100 = Claim("final_return", Kind.LOWER, 100.0)
SAME = Claim("final_return", Kind.SAME, 20.0)


def outcome(claim: Claim, *returns: tuple[float, ...]) -> Outcome:
    """Return what runs with these returns say: of the reference, then of each change."""
    records = {
        RunKey(variant, seed): ended_with(value)
        for variant, values in enumerate(returns)
        for seed, value in enumerate(values, start=1)
    }
    return claim.outcome(compared((0.1, 0.2, 0.4)[: len(returns)], n_seeds=len(returns[0])), records)


@pytest.mark.parametrize(
    ("claim", "reference", "other", "expected"),
    [
        (LOWER, (400, 420, 410), (300, 310, 305), Outcome.HOLDS),
        (HIGHER, (400, 420, 410), (300, 310, 305), Outcome.CONTRADICTED),
        (LOWER, (400, 420, 410), (100, 430, 20), Outcome.OPEN),
        (HIGHER, (400, 420, 410), (100, 430, 20), Outcome.OPEN),
        (LOWER, (400, 420, 410), (400, 420, 410), Outcome.CONTRADICTED),
        (LOWER_BY_100, (400, 420, 410), (250, 260, 255), Outcome.HOLDS),
        (LOWER_BY_100, (400, 420, 410), (370, 392, 381), Outcome.CONTRADICTED),
        (LOWER_BY_100, (400, 420, 410), (310, 320, 325), Outcome.OPEN),
        (SAME, (400, 420, 410), (401, 418, 411), Outcome.HOLDS),
        (SAME, (400, 420, 410), (400, 420, 410), Outcome.HOLDS),
        (SAME, (400, 420, 410), (100, 430, 20), Outcome.OPEN),
        (SAME, (400, 420, 410), (300, 321, 310), Outcome.CONTRADICTED),
        (Claim("final_return", Kind.SAME), (400, 420, 410), (400, 420, 410), Outcome.HOLDS),
        (Claim("final_return", Kind.SAME), (400, 420, 410), (401, 419, 410), Outcome.OPEN),
    ],
)
def test_an_outcome_follows_from_the_interval_of_the_pairs(
    claim: Claim, reference: tuple[float, ...], other: tuple[float, ...], expected: Outcome
) -> None:
    assert outcome(claim, reference, other) is expected


def test_a_claim_of_every_change_holds_only_if_all_of_them_agree() -> None:
    reference, lower, higher, scattered = (400, 420, 410), (300, 310, 305), (500, 515, 506), (100, 430, 20)
    assert outcome(LOWER, reference, lower, lower) is Outcome.HOLDS
    assert outcome(LOWER, reference, lower, scattered) is Outcome.OPEN
    assert outcome(LOWER, reference, scattered, higher) is Outcome.CONTRADICTED
    assert outcome(Claim("final_return", Kind.LOWER, variant=1), reference, lower, higher) is Outcome.HOLDS


def test_nothing_is_said_before_all_runs_have_ended() -> None:
    comparison = compared((0.1, 0.2))
    records: dict[RunKey, RunRecord] = {
        key: ended_with(400.0 - 100 * key.variant + key.seed + key.variant * key.seed)
        for key in comparison.run_keys()
    }
    assert LOWER.outcome(comparison, records) is Outcome.HOLDS
    records[RunKey(1, 3)] = record_of([episode(10, 300)])
    assert LOWER.outcome(comparison, records) is Outcome.OPEN
    del records[RunKey(1, 3)]
    assert LOWER.outcome(comparison, records) is Outcome.OPEN


def test_runs_that_failed_say_nothing_and_runs_that_diverged_count() -> None:
    comparison = compared((0.1, 0.2))
    for reason, expected in ((FinishReason.FAILED, Outcome.OPEN), (FinishReason.DIVERGED, Outcome.HOLDS)):
        records = {
            key: ended_with(
                400.0 - 100 * key.variant + key.seed + key.variant * key.seed,
                reason if key.variant else FinishReason.COMPLETED,
            )
            for key in comparison.run_keys()
        }
        assert LOWER.outcome(comparison, records) is expected


def test_shares_are_said_in_the_unit_in_which_the_difference_is() -> None:
    assert "8 percentage points" in Claim("final_clip_fraction", Kind.HIGHER, 0.08).words
    assert "percent" not in Claim("final_entropy", Kind.LOWER, 0.15).words
