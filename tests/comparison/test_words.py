"""A sentence claims no more than the seeds show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_CLIP_FRACTION,
    FINAL_ENTROPY,
    FINAL_RETURN,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.statistics import Centre, Difference, paired_difference
from ppo_desktop.comparison.words import difference_sentence, same_runs_sentence


def sentence(difference: Difference, measure: Measure = FINAL_RETURN) -> str:
    return difference_sentence("ε = 0.80", "0.20", measure, "CartPole-v1", difference)


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
    text = difference_sentence("ε = 0.20", "0.80", FINAL_RETURN, "CartPole-v1", certain(100))
    assert text == "ε = 0.20 is better than 0.80 by 100.0 ± 50.0 (5 of 5 seeds)"


def test_numbers_are_written_as_the_result_is_everywhere() -> None:
    assert "by 1 234 ± 617 (" in sentence(certain(1234), STEPS_TO_THRESHOLD)
    assert "by 0.123 ± 0.062 (" in sentence(certain(0.1234), FINAL_ENTROPY)


@pytest.mark.parametrize("measure", [COLLAPSED, FINAL_CLIP_FRACTION])
def test_differences_of_percentages_are_in_points_for_a_percentage_could_be_one_of_the_other(
    measure: Measure,
) -> None:
    assert "by 40.0 ± 20.0 percentage points (5 of" in sentence(certain(0.4), measure)
    assert sentence(Difference(-0.1, 0.2, 3, 1, 2), measure).endswith("(−10.0 ± 20.0 percentage points)")


def test_where_something_else_than_the_mean_is_shown_amounts_are_said_to_be_of_means() -> None:
    def beside_the_middle_half(gap: Difference) -> str:
        return difference_sentence("A", "B", FINAL_RETURN, "CartPole-v1", gap, Centre.INTERQUARTILE_MEAN)

    assert "by 210.3 ± 60.2 on the mean (5 of 5 seeds)" in beside_the_middle_half(
        Difference(-210.3, 60.2, 5, 0, 5)
    )
    assert beside_the_middle_half(Difference(-96.0, 267.0, 3, 1, 2)).endswith("(−96.0 ± 267.0 on the mean)")


# ---- where some seeds have not got there


def of_steps(mean: float, n: int, n_above: int, n_below: int, n_bounds: int, n_unknown: int = 0) -> str:
    gap = Difference(mean, math.nan, n, n_above, n_below, n_bounds, n_unknown)
    return sentence(gap, STEPS_TO_THRESHOLD)


def test_a_difference_to_seeds_that_are_not_solved_is_at_least_so_much_and_votes_are_of_all_seeds() -> None:
    assert of_steps(5800, n=5, n_above=3, n_below=0, n_bounds=3, n_unknown=2) == (
        "ε = 0.80 was worse than 0.20 with 3 of 5 seeds, on average by at least 5 800, "
        "but so few cannot settle it"
    )


def test_six_seeds_of_which_all_agree_settle_what_no_interval_can() -> None:
    assert of_steps(5800, n=8, n_above=6, n_below=0, n_bounds=6, n_unknown=2) == (
        "ε = 0.80 is worse than 0.20 with 6 of 8 seeds, on average by at least 5 800"
    )


def test_bounds_on_both_sides_say_who_was_ahead_but_not_by_how_much() -> None:
    assert of_steps(100, n=4, n_above=1, n_below=3, n_bounds=4) == (
        "ε = 0.80 was better than 0.20 with 3 of 4 seeds, but that cannot settle it"
    )
    assert of_steps(100, n=12, n_above=1, n_below=11, n_bounds=4) == (
        "ε = 0.80 is better than 0.20 with 11 of 12 seeds"
    )
    assert of_steps(100, n=4, n_above=2, n_below=2, n_bounds=4) == (
        "no difference between ε = 0.80 and 0.20 can be seen with 4 seeds"
    )


def test_one_seed_proves_nothing_about_one_that_is_not_solved() -> None:
    assert of_steps(500, n=1, n_above=1, n_below=0, n_bounds=1) == (
        "ε = 0.80 is worse than 0.20 by at least 500 with one seed, which proves nothing"
    )


def test_where_no_seed_is_solved_no_side_is_taken() -> None:
    assert of_steps(math.nan, n=3, n_above=0, n_below=0, n_bounds=0, n_unknown=3) == (
        "neither ε = 0.80 nor 0.20 has been solved"
    )


def test_equal_differences_of_few_seeds_settle_nothing() -> None:
    assert "so few cannot settle it (−100.0)" in sentence(Difference(-100.0, 0.0, 3, 0, 3))
    assert "is worse than" in sentence(Difference(-100.0, 0.0, 6, 0, 6))


def test_runs_that_are_the_same_are_not_merely_called_equal() -> None:
    assert same_runs_sentence("ε = 0.20", "0.10").endswith(
        "are the very same runs: every weight is equal at the end"
    )
