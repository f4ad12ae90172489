"""Intervals and differences, on data whose answers are known."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from ppo_desktop.comparison import statistics
from ppo_desktop.comparison.statistics import (
    Centre,
    Difference,
    Samples,
    bootstrap_interval,
    censored_difference,
    interquartile_mean,
    paired_difference,
    signs_are_certain,
)

EACH_CENTRE = pytest.mark.parametrize("centre", Centre)


def exact_interval(samples: list[float], centre: Centre) -> tuple[float, float]:
    """Return the percentile interval of all nⁿ resamples there are."""
    resamples = np.array(list(itertools.product(samples, repeat=len(samples))))
    low, high = np.quantile(centre.of(resamples), [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


def normal(rows: int, n: int) -> Samples:
    return np.random.default_rng(1).normal(size=(rows, n))


# ---- what stands for several seeds


def test_the_interquartile_mean_is_the_mean_of_the_middle_half() -> None:
    assert interquartile_mean(np.array([8.0, 1, 7, 2, 6, 3, 5, 100])) == (3 + 5 + 6 + 7) / 4
    assert interquartile_mean(np.array([0.0, 10, 20, 1000])) == 15
    assert interquartile_mean(np.array([-50.0, 1, 2, 6, 1000])) == 3, "of five, one at each end"


def test_of_fewer_than_four_samples_the_interquartile_mean_leaves_none_out() -> None:
    assert interquartile_mean(np.array([1.0, 2, 30])) == 11
    assert interquartile_mean(np.array([7.0])) == 7


def test_a_centre_is_taken_along_the_last_axis() -> None:
    samples = np.array([[[0.0, 10, 20, 1000], [4.0, 4, 4, 4]]])
    np.testing.assert_array_equal(Centre.MEAN.of(samples), [[257.5, 4.0]])
    np.testing.assert_array_equal(Centre.INTERQUARTILE_MEAN.of(samples), [[15.0, 4.0]])


# ---- the bootstrap


@EACH_CENTRE
def test_equal_samples_have_an_interval_without_width(centre: Centre) -> None:
    low, high = bootstrap_interval(np.array([0.1, 0.1, 0.1]), centre)
    assert low == high == 0.1


def test_the_interval_of_two_zeros_and_a_one_is_that_of_all_27_resamples() -> None:
    # Three ones are 1 of 27 resamples, 3.7 %: they are in an interval of 95 %, but not in one of 90 %.
    low, high = bootstrap_interval(np.array([0.0, 0, 1]))
    assert (low, high) == exact_interval([0, 0, 1], Centre.MEAN) == (0, 1)


@EACH_CENTRE
def test_the_interval_of_five_samples_is_nearly_that_of_all_3125_resamples(centre: Centre) -> None:
    samples = [1.0, 2, 4, 8, 16]
    interval = [float(end) for end in bootstrap_interval(np.array(samples), centre)]
    assert interval == pytest.approx(exact_interval(samples, centre), abs=0.5)


def test_the_interval_of_many_samples_is_that_of_the_normal_distribution() -> None:
    samples = np.random.default_rng(2).exponential(size=400)
    low, high = bootstrap_interval(samples)
    error = samples.std() / math.sqrt(400)
    assert low == pytest.approx(samples.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(samples.mean() + 1.96 * error, abs=0.2 * error)


@pytest.mark.parametrize(("n", "coverage"), [(3, 0.75), (10, 0.9)])
def test_the_interval_of_few_normal_samples_holds_the_mean_as_often_as_it_says(
    n: int, coverage: float
) -> None:
    low, high = bootstrap_interval(normal(3000, n))
    assert ((low <= 0) & (high >= 0)).mean() == pytest.approx(coverage, abs=0.025)


def test_the_same_samples_have_the_same_interval_whenever_and_beside_whatever_it_is_asked_for() -> None:
    samples = normal(200, 5)
    low, high = bootstrap_interval(samples)
    np.random.default_rng(0).normal(size=1000)
    again = bootstrap_interval(samples)
    np.testing.assert_array_equal(again, [low, high])
    assert bootstrap_interval(samples[150]) == (low[150], high[150])


@EACH_CENTRE
def test_every_row_has_an_interval_of_its_own(centre: Centre) -> None:
    samples = normal(6, 5).reshape(2, 3, 5)
    low, high = bootstrap_interval(samples, centre)
    assert low.shape == high.shape == (2, 3)
    assert (low < centre.of(samples)).all()
    assert (centre.of(samples) < high).all()
    np.testing.assert_allclose(bootstrap_interval(samples + 100, centre), [low + 100, high + 100])


@EACH_CENTRE
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 0), (3, 1)])
def test_fewer_than_two_samples_have_no_interval(shape: tuple[int, ...], centre: Centre) -> None:
    low, high = bootstrap_interval(np.ones(shape), centre)
    assert low.shape == high.shape == shape[:-1]
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 1), (0, 3)])
def test_no_rows_have_no_intervals(shape: tuple[int, ...]) -> None:
    low, high = bootstrap_interval(np.ones(shape))
    assert low.shape == high.shape == (0,)


def test_a_row_with_a_number_missing_has_no_interval_and_the_others_have_theirs() -> None:
    samples = np.array([[1.0, 2, 4], [1.0, math.nan, 4], [5.0, 5, 5]])
    low, high = bootstrap_interval(samples)
    assert math.isnan(low[1])
    assert math.isnan(high[1])
    assert (low[0], high[0]) == bootstrap_interval(samples[0])
    assert (low[2], high[2]) == (5, 5)


# ---- differences of pairs


def test_the_difference_of_five_pairs_is_that_of_a_calculation_by_hand() -> None:
    difference = paired_difference(np.array([11.0, 22, 33, 44, 55]), np.array([10.0, 20, 30, 40, 50]))
    assert difference.mean == 3
    # The differences 1 to 5 have a standard deviation of √2.5; t for 4 degrees of freedom is 2.776.
    assert difference.half_width == pytest.approx(2.776 * math.sqrt(2.5 / 5), abs=5e-4)
    assert (difference.n, difference.n_above, difference.n_below) == (5, 5, 0)


def test_the_difference_of_student_s_ten_sleepers_is_his() -> None:
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    difference = paired_difference(first, second)
    assert difference.mean == pytest.approx(-1.58)
    assert difference.mean - difference.half_width == pytest.approx(-2.4598858)
    assert difference.mean + difference.half_width == pytest.approx(-0.7001142)
    assert (difference.n, difference.n_above, difference.n_below) == (10, 0, 9), "one slept as long"
    assert difference.is_certain
    assert not difference.is_unanimous


@pytest.mark.parametrize("n", [3, 10])
def test_the_interval_of_a_difference_holds_the_true_one_in_95_of_100_cases(n: int) -> None:
    held = 0
    for gaps in normal(1500, n):
        difference = paired_difference(gaps + 7, np.zeros(n))
        held += abs(difference.mean - 7) <= difference.half_width
    assert held / 1500 == pytest.approx(0.95, abs=0.015)


def test_only_an_interval_without_zero_is_certain() -> None:
    certain = paired_difference(np.array([3.0, 4, 5]), np.zeros(3))
    uncertain = paired_difference(np.array([1.0, 4, 7]), np.zeros(3))
    assert certain.half_width < certain.mean
    assert certain.is_certain
    assert uncertain.half_width > uncertain.mean
    assert not uncertain.is_certain
    assert uncertain.is_unanimous
    assert paired_difference(np.array([-3.0, -4, -5]), np.zeros(3)).is_certain


def test_seeds_that_point_to_both_sides_are_not_unanimous() -> None:
    assert not paired_difference(np.array([-1.0, 5, 5]), np.zeros(3)).is_unanimous
    assert not paired_difference(np.array([0.0, 5, 5]), np.zeros(3)).is_unanimous
    assert paired_difference(np.array([-1.0, -5]), np.zeros(2)).is_unanimous


def test_a_single_pair_has_a_difference_but_no_interval() -> None:
    difference = paired_difference(np.array([5.0]), np.array([2.0]))
    assert (difference.mean, difference.n, difference.n_above) == (3, 1, 1)
    assert math.isnan(difference.half_width)
    assert not difference.is_certain
    assert not difference.is_unanimous


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_pairs_with_a_number_missing_are_left_out(missing: float) -> None:
    difference = paired_difference(np.array([1.0, missing, 3, 5]), np.array([0.0, 0, missing, 1]))
    assert (difference.mean, difference.n) == (2.5, 2)


def test_without_a_pair_there_is_no_difference() -> None:
    difference = paired_difference(np.array([]), np.array([]))
    assert (difference.n, difference.n_above, difference.n_below) == (0, 0, 0)
    assert math.isnan(difference.mean)
    assert not difference.is_none_at_all
    assert not difference.is_certain


def test_equal_runs_have_no_difference_at_all() -> None:
    difference = paired_difference(np.array([1.0, 2]), np.array([1.0, 2]))
    assert (difference.mean, difference.half_width) == (0, 0)
    assert difference.is_none_at_all
    assert not difference.is_certain
    assert not paired_difference(np.array([1.0, -1]), np.zeros(2)).is_none_at_all


@pytest.mark.parametrize(
    ("values", "reference"),
    [([0.1 + 0.2, 0.3, 0.3], [0.0, 0, 0]), ([0.3, 0.7], [0.1, 0.5]), ([500.3, 500.7], [500.1, 500.5])],
)
def test_differences_that_are_equal_but_for_rounding_are_equal(
    values: list[float], reference: list[float]
) -> None:
    difference = paired_difference(np.array(values), np.array(reference))
    assert difference.half_width == 0
    assert not difference.is_certain, "two or three pairs prove nothing"
    assert difference.is_unanimous


def test_numbers_that_are_equal_but_for_rounding_do_not_differ() -> None:
    difference = paired_difference(np.array([0.1 + 0.2] * 8), np.array([0.3] * 8))
    assert difference.is_none_at_all
    assert not difference.is_certain


# ---- where numbers are lower bounds


def with_bounds(gaps: str) -> Difference:
    """Return the difference of pairs: "+" and "-" are known, ">" and "<" have one bound, "?" has two."""
    steps = {"+": (700.0, 500.0), "-": (500.0, 700.0), ">": (1000.0, 600.0), "<": (600.0, 1000.0)}
    pairs = np.array([steps.get(gap, (1000.0, 1000.0)) for gap in gaps])
    bounds = np.array([[gap in ">?", gap in "<?"] for gap in gaps])
    return censored_difference(pairs[:, 0], pairs[:, 1], bounds[:, 0], bounds[:, 1])


def test_every_seed_has_a_vote_and_those_of_which_nothing_is_known_abstain() -> None:
    difference = with_bounds("+>>-<??")
    assert (difference.n, difference.n_above, difference.n_below) == (7, 3, 2)
    assert (difference.n_bounds, difference.n_unknown) == (3, 2)
    assert difference.mean == pytest.approx((200 + 400 + 400 - 200 - 400) / 5)
    assert math.isnan(difference.half_width)


def test_a_bound_that_is_as_large_as_what_it_is_compared_with_is_beyond_it() -> None:
    difference = censored_difference(
        np.array([1000.0]), np.array([1000.0]), np.array([True]), np.array([False])
    )
    assert (difference.n_above, difference.n_below) == (1, 0)
    assert not difference.is_at_least_the_mean, "nothing says by how much"


@pytest.mark.parametrize(
    ("gaps", "is_certain"),
    [
        (">>>??", False),
        (">>>>>", False),
        (">>>>>>", True),
        (">>>>>>??", True),
        ("+++>>>", True),
        ("<<<<<<", True),
        (">>>>>>><", False),
        (">>>>>>>><", True),
        ("????????????????????", False),
    ],
)
def test_among_bounds_only_the_signs_can_be_certain(gaps: str, is_certain: bool) -> None:
    assert with_bounds(gaps).is_certain is is_certain


@pytest.mark.parametrize("n", range(1, 21))
def test_signs_are_certain_where_the_two_sided_sign_test_says_so(n: int) -> None:
    for n_above in range(n + 1):
        assert signs_are_certain(n_above, n - n_above) == (binomtest(n_above, n).pvalue < 0.05)


def test_only_where_all_known_pairs_agree_the_mean_is_a_lower_bound() -> None:
    assert with_bounds(">>+?").is_at_least_the_mean
    assert not with_bounds(">>-").is_at_least_the_mean
    assert not with_bounds("??").is_at_least_the_mean
    assert not paired_difference(np.array([3.0, 4]), np.zeros(2)).is_at_least_the_mean


def test_the_side_is_that_of_the_votes_where_the_mean_is_not_known() -> None:
    assert with_bounds("+++<<").direction > 0 > with_bounds("+++<<").mean
    assert paired_difference(np.array([-1.0, -1, 9]), np.zeros(3)).direction > 0


SLOW_PYTORCH = """
import __main__
__main__.is_loading.set()
__main__.thread.join(0.5)
class Tensor: pass
"""
WHILE_PYTORCH_IS_LOADED = """
import threading
import numpy as np
from ppo_desktop.comparison import statistics
statistics.load_scipy()
is_loading = threading.Event()
def judge():
    is_loading.wait()
    for centre in statistics.Centre:
        low, high = statistics.bootstrap_interval(np.array([[1.0, 2.0, 4.0, 8.0]]), centre)
        print(bool(low < high))
thread = threading.Thread(target=judge)
thread.start()
import torch
thread.join()
"""


def test_intervals_can_be_computed_while_another_thread_loads_pytorch(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(SLOW_PYTORCH)
    root = Path(statistics.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WHILE_PYTORCH_IS_LOADED],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(root)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["True", "True"], done.stderr
