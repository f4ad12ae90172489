"""A sentence claims no more than the seeds show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.statistics import Difference, paired_difference
from ppo_desktop.comparison.words import difference_sentence, same_runs_sentence
from tests.comparisons import compared


def sentence(difference: Difference, measure: Measure = FINAL_RETURN) -> str:
    return difference_sentence(compared((0.2, 0.8), n_seeds=5), measure, 1, 0, difference)


def certain(mean: float) -> Difference:
    n_above = 5 if mean > 0 else 0
    return Difference(mean, abs(mean) / 2, 5, n_above, 5 - n_above)


def test_a_difference_beyond_its_interval_is_claimed_with_the_votes_of_the_seeds() -> None:
    assert sentence(Difference(-210.3, 60.2, 5, 0, 5)) == (
        "ε = 0.80 is worse than 0.20 by 210.3 ± 60.2 (5 of 5 seeds)"
    )
    assert sentence(Difference(210.3, 60.2, 5, 4, 1)) == (
        "ε = 0.80 is better than 0.20 by 210.3 ± 60.2 (4 of 5 seeds)"
    )


@pytest.mark.parametrize(
    ("measure", "above", "below"),
    [
        (FINAL_RETURN, "better than", "worse than"),
        (STEPS_TO_THRESHOLD, "worse than", "better than"),
        (COLLAPSED, "worse than", "better than"),
        (FINAL_ENTROPY, "higher than", "lower than"),
    ],
)
def test_only_where_an_end_is_better_a_value_is_called_better(
    measure: Measure, above: str, below: str
) -> None:
    assert f"is {above} 0.20 by" in sentence(certain(0.5), measure)
    assert f"is {below} 0.20 by" in sentence(certain(-0.5), measure)


def test_a_difference_within_its_interval_is_not_claimed() -> None:
    assert sentence(Difference(-12.0, 85.0, 3, 1, 2)) == (
        "no difference between ε = 0.80 and 0.20 can be seen with 3 seeds (−12.0 ± 85.0)"
    )


def test_seeds_that_agree_but_are_too_few_are_said_to_be_too_few() -> None:
    assert sentence(Difference(-150.0, 200.0, 3, 0, 3)) == (
        "ε = 0.80 was worse than 0.20 with each of 3 seeds, but so few cannot settle it (−150.0 ± 200.0)"
    )


def test_one_seed_proves_nothing() -> None:
    assert sentence(Difference(30.0, math.nan, 1, 1, 0)) == (
        "ε = 0.80 is better than 0.20 by 30.0 with one seed, which proves nothing"
    )


def test_equal_runs_did_exactly_the_same() -> None:
    same = paired_difference(np.ones(4), np.ones(4))
    assert sentence(same) == "ε = 0.80 and 0.20 have the same result with each of 4 seeds"
    assert sentence(Difference(0.0, math.nan, 1, 0, 0)).endswith("the same result with one seed")


def test_without_a_pair_there_is_nothing_to_say_yet() -> None:
    nothing = paired_difference(np.array([]), np.array([]))
    assert sentence(nothing) == "ε = 0.80: no seed to compare with 0.20 yet"


def test_any_value_can_be_the_reference() -> None:
    comparison = compared((0.2, 0.8), n_seeds=5)
    text = difference_sentence(comparison, FINAL_RETURN, 0, 1, certain(100))
    assert text == "ε = 0.20 is better than 0.80 by 100.0 ± 50.0 (5 of 5 seeds)"


def test_numbers_are_written_as_the_result_is_everywhere() -> None:
    assert "by 1 234 ± 617 (" in sentence(certain(1234), STEPS_TO_THRESHOLD)
    assert "by 40.0 % ± 20.0 % (" in sentence(certain(0.4), COLLAPSED)
    assert "by 0.123 ± 0.062 (" in sentence(certain(0.1234), FINAL_ENTROPY)


def test_equal_differences_of_few_seeds_settle_nothing() -> None:
    assert "so few cannot settle it (−100.0)" in sentence(Difference(-100.0, 0.0, 3, 0, 3))
    assert "is worse than" in sentence(Difference(-100.0, 0.0, 6, 0, 6))


def test_runs_that_are_the_same_are_not_merely_called_equal() -> None:
    plan = compared()
    assert same_runs_sentence(plan, 1, 0).endswith("are the very same runs: every weight is equal at the end")
