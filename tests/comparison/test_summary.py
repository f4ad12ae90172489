"""What a comparison says so far."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.comparison.measures import FINAL_RETURN, MEAN_RETURN, STEPS_TO_THRESHOLD
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import N_BINS, RunRecord
from ppo_desktop.comparison.statistics import Centre, bootstrap_interval
from ppo_desktop.comparison.summary import Estimate, bins_done, difference, estimate, usable
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import compared, ended_with, episode, finished, record_of, update

Records = dict[RunKey, RunRecord]


def results(*returns: tuple[float, ...]) -> Records:
    """Return the finished runs of some variants, with the return of each of their seeds."""
    return {
        RunKey(variant, seed): ended_with(value)
        for variant, values in enumerate(returns)
        for seed, value in enumerate(values, start=1)
    }


# ---- which runs take part


def test_runs_that_failed_have_not_begun_or_are_of_other_seeds_take_no_part() -> None:
    records = results((10, 20, 30, 40), (50,))
    records[RunKey(0, 2)] = ended_with(20, FinishReason.FAILED)
    records[RunKey(0, 3)] = ended_with(30, FinishReason.DIVERGED)
    assert list(usable(compared(n_seeds=3), records, 0)) == [1, 3]
    assert list(usable(compared(n_seeds=3), records, 1)) == [1]


def test_everything_can_be_compared_up_to_where_the_slowest_run_is() -> None:
    records = results((1, 1), ())
    records[RunKey(1, 1)] = record_of([update(455)])
    assert bins_done(compared(n_seeds=2), records) == 45


def test_seeds_added_later_wait_until_they_have_nearly_caught_up() -> None:
    records = results((1, 1), (1,))
    records[RunKey(1, 2)] = record_of([update(455)])
    assert bins_done(compared(n_seeds=2), records) == N_BINS
    assert list(usable(compared(n_seeds=2), records, 1)) == [1]
    records[RunKey(1, 2)] = record_of([update(905)])
    assert bins_done(compared(n_seeds=2), records) == 90
    assert list(usable(compared(n_seeds=2), records, 1)) == [1, 2]


def test_runs_that_diverged_early_do_not_let_the_others_wait() -> None:
    records = {RunKey(variant, 1): record_of([finished(110, FinishReason.DIVERGED)]) for variant in (0, 1)}
    records[RunKey(0, 2)] = record_of([update(455)])
    assert list(usable(compared(n_seeds=2), records, 0)) == [1, 2]


@pytest.mark.parametrize("reason", [FinishReason.DIVERGED, FinishReason.FAILED])
def test_seeds_added_later_wait_too_where_all_runs_of_a_variant_diverged_or_failed(
    reason: FinishReason,
) -> None:
    records = results((1, 1), ())
    for seed in (1, 2):
        records[RunKey(1, seed)] = record_of([update(100), finished(110, reason)])
    known = bins_done(compared(n_seeds=2), records)
    records[RunKey(0, 3)] = records[RunKey(1, 3)] = record_of([update(205)])
    assert bins_done(compared(n_seeds=3), records) == known == N_BINS
    assert list(usable(compared(n_seeds=3), records, 0)) == [1, 2]


def test_before_a_variant_has_ended_a_run_nobody_waits() -> None:
    records = results((1, 1), ())
    records[RunKey(1, 1)] = record_of([update(455)])
    assert bins_done(compared(n_seeds=3), records | {RunKey(0, 3): record_of([update(205)])}) == 20


def test_a_run_that_failed_or_diverged_holds_up_nobody() -> None:
    records = results((1, 1), (1, 1))
    records[RunKey(0, 1)] = record_of([update(100), finished(110, FinishReason.FAILED)])
    records[RunKey(1, 1)] = record_of([update(100), finished(110, FinishReason.DIVERGED)])
    assert bins_done(compared(n_seeds=2), records) == N_BINS


def test_before_any_run_has_begun_nothing_can_be_compared() -> None:
    assert bins_done(compared(), {}) == 0


# ---- results


def test_a_result_is_the_mean_over_seeds_with_an_interval_around_it() -> None:
    result = estimate(compared(), results((10, 20, 60)), 0, FINAL_RETURN, N_BINS)
    assert result.centre == 30
    assert result.samples == {1: 10, 2: 20, 3: 60}
    assert (result.low, result.high) == (10, 60)


def test_a_result_can_be_the_interquartile_mean() -> None:
    comparison, records = compared(n_seeds=4), results((0, 10, 20, 1000))
    result = estimate(comparison, records, 0, FINAL_RETURN, N_BINS, Centre.INTERQUARTILE_MEAN)
    assert result.centre == 15
    wanted = bootstrap_interval(np.array([0.0, 10, 20, 1000]), Centre.INTERQUARTILE_MEAN)
    assert (result.low, result.high) == wanted
    plain = estimate(comparison, records, 0, FINAL_RETURN, N_BINS)
    assert (plain.centre, plain.samples) == (257.5, result.samples)


def test_an_interval_nobody_needs_is_not_calculated() -> None:
    result = estimate(compared(), results((1, 2, 3)), 0, FINAL_RETURN, N_BINS, with_interval=False)
    assert result.centre == 2
    assert math.isnan(result.low)
    assert math.isnan(result.high)


def test_a_single_seed_has_a_result_but_no_interval() -> None:
    result = estimate(compared(n_seeds=1), results((10,)), 0, FINAL_RETURN, N_BINS)
    assert result.centre == 10
    assert math.isnan(result.low)
    assert math.isnan(result.high)


def test_failed_runs_and_those_without_a_number_are_in_no_result() -> None:
    records = results((10, 20, 900, 30))
    records[RunKey(0, 3)] = ended_with(900, FinishReason.FAILED)
    records[RunKey(0, 4)] = record_of([])
    result = estimate(compared(n_seeds=4), records, 0, FINAL_RETURN, N_BINS)
    assert result.centre == 15
    assert result.samples == {1: 10, 2: 20, 4: pytest.approx(math.nan, nan_ok=True)}
    assert result.low == 10


def test_a_run_that_diverged_is_in_the_result() -> None:
    records = results((10, 20))
    records[RunKey(0, 1)] = record_of([episode(100, 4), finished(110, FinishReason.DIVERGED)])
    assert estimate(compared(n_seeds=2), records, 0, FINAL_RETURN, N_BINS).centre == 12


def test_without_any_number_there_is_no_result() -> None:
    for records in ({}, {RunKey(0, 1): record_of([])}):
        result = estimate(compared(n_seeds=1), records, 0, FINAL_RETURN, N_BINS)
        assert math.isnan(result.centre)
        assert math.isnan(result.low)
        assert math.isnan(result.high)


def test_a_result_is_as_of_the_bins_that_count() -> None:
    records = {RunKey(0, 1): record_of([episode(10 * n, n) for n in range(1, 101)])}
    assert estimate(compared(n_seeds=1), records, 0, MEAN_RETURN, 3).centre == 2


def test_seeds_that_were_not_solved_by_then_are_known() -> None:
    early = [episode(1, 9, 9)] * 99
    records = {
        RunKey(0, 1): record_of([*early, episode(400, 500, 480)]),
        RunKey(0, 2): record_of([*early, episode(700, 500, 480)]),
        RunKey(0, 3): record_of(early),
    }
    result = estimate(compared(), records, 0, STEPS_TO_THRESHOLD, N_BINS)
    assert result.samples == {1: 400, 2: 700, 3: 1000}
    assert result.censored == {3}
    in_the_middle = estimate(compared(), records, 0, STEPS_TO_THRESHOLD, 50)
    assert in_the_middle.samples == {1: 400, 2: 500, 3: 500}
    assert in_the_middle.censored == {2, 3}
    assert not estimate(compared(), records, 0, FINAL_RETURN, N_BINS).censored


# ---- differences


def test_runs_of_the_same_seed_make_a_pair() -> None:
    value = Estimate(0, 0, 0, {1: 10.0, 3: 30.0, 4: 40.0}, frozenset())
    reference = Estimate(0, 0, 0, {4: 1.0, 2: 99.0, 1: 5.0}, frozenset())
    gap = difference(value, reference)
    assert gap.n == 2
    assert gap.mean == (5 + 39) / 2
    assert (gap.n_above, gap.n_below) == (2, 0)
    assert difference(reference, value).mean == -gap.mean


def test_a_seed_without_a_number_makes_no_pair() -> None:
    value = Estimate(0, 0, 0, {1: 10.0, 2: math.nan}, frozenset())
    assert difference(value, Estimate(0, 0, 0, {1: 7.0, 2: 7.0}, frozenset())).n == 1


def test_without_a_common_seed_there_is_no_difference() -> None:
    gap = difference(Estimate(0, 0, 0, {1: 1.0}, frozenset()), Estimate(0, 0, 0, {2: 1.0}, frozenset()))
    assert gap.n == 0


def test_seeds_that_are_not_solved_are_in_the_difference_as_what_they_are() -> None:
    first = Estimate(750.0, 500.0, 1000.0, {1: 500.0, 2: 1000.0, 3: 1000.0}, frozenset({2, 3}))
    second = Estimate(900.0, 800.0, 1000.0, {1: 800.0, 2: 900.0, 3: 1000.0}, frozenset({3}))
    gap = difference(first, second)
    assert (gap.n, gap.n_above, gap.n_below) == (3, 1, 1)
    assert (gap.n_bounds, gap.n_unknown) == (1, 1)
    assert math.isnan(gap.half_width)
