"""A curve is bounded, keeps every peak, and is exact as long as it can be."""

import math
from itertools import groupby
from operator import itemgetter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.runs.curve import CAPACITY, Curve

finite = st.floats(-1e9, 1e9)
values_of_any_length = st.one_of(
    st.lists(finite, max_size=50),
    st.integers(0, 2**32 - 1).map(lambda seed: random_values(seed)),
)


def random_values(seed):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal(generator.integers(1, 6 * CAPACITY)) * 100).tolist()


def random_steps(count, seed):
    """Steps that stand still, go on and leap, as episodes of several agents do."""
    leaps = np.random.default_rng(seed).choice([0, 0, 1, 7, 500, 20_000], size=count)
    return np.cumsum(leaps).tolist()


def make_curve(values, steps=None):
    curve = Curve()
    for at, value in zip(range(len(values)) if steps is None else steps, values, strict=True):
        curve.append(at, value)
    return curve


def as_lists(points):
    return [column.tolist() for column in points]


def test_an_empty_curve_has_nothing_to_say():
    curve = Curve()
    assert len(curve) == 0
    assert (curve.last, curve.minimum, curve.maximum, curve.value_near(5)) == (None, None, None, None)
    assert as_lists(curve.extremes()) == as_lists(curve.means()) == as_lists(curve.samples()) == [[], []]
    assert as_lists(curve.ranges(10)) == [[], [], []]


@pytest.mark.parametrize("count", [1, 2, 3, CAPACITY])
def test_few_samples_are_kept_exactly(count):
    values = random_values(3)[:1] * count + list(range(count))
    curve = make_curve(values[:count])
    expected = [list(range(count)), values[:count]]
    assert as_lists(curve.extremes()) == as_lists(curve.means()) == as_lists(curve.samples()) == expected
    assert curve.bin_width == 0


def test_too_many_samples_are_joined_in_bins_of_equal_length():
    curve = make_curve([float(at % 4) for at in range(CAPACITY + 1)])
    x, y = curve.means()
    assert curve.bin_width == 2
    assert x[:3].tolist() == [0.5, 2.5, 4.5]
    assert y[:3].tolist() == [0.5, 2.5, 0.5]
    assert as_lists(curve.extremes())[1][:4] == [0, 1, 2, 3]


@given(values_of_any_length, st.integers(0, 1000))
def test_no_peak_is_ever_lost(values, seed):
    curve = make_curve(values, random_steps(len(values), seed))
    if values:
        _, y = curve.extremes()
        assert (y.min(), y.max()) == (min(values), max(values)) == (curve.minimum, curve.maximum)
        assert curve.last == values[-1]


@given(values_of_any_length, st.integers(0, 1000))
def test_every_extreme_is_a_sample_and_steps_never_go_back(values, seed):
    steps = random_steps(len(values), seed)
    curve = make_curve(values, steps)
    for x, y in (curve.extremes(), curve.samples()):
        assert np.all(np.diff(x) >= 0)
        assert set(zip(x.tolist(), y.tolist(), strict=True)) <= set(zip(steps, values, strict=True))


@given(values_of_any_length, st.integers(0, 1000))
def test_size_is_bounded(values, seed):
    curve = make_curve(values, random_steps(len(values), seed))
    assert len(curve.means()[0]) <= CAPACITY
    assert len(curve.extremes()[0]) <= 2 * CAPACITY
    assert len(curve.samples()[0]) <= 2 * CAPACITY
    assert len(curve) == len(values)


@given(values_of_any_length, st.integers(0, 1000))
def test_every_mean_is_that_of_its_bin(values, seed):
    steps = random_steps(len(values), seed)
    curve = make_curve(values, steps)
    cells = [at // curve.bin_width if curve.bin_width else number for number, at in enumerate(steps)]
    bins = [list(of_cell) for _, of_cell in groupby(zip(cells, values, strict=True), itemgetter(0))]
    expected = [math.fsum(value for _, value in bin) / len(bin) for bin in bins]
    assert curve.means()[1].tolist() == pytest.approx(expected, rel=1e-9, abs=1e-3)


@given(values_of_any_length, st.integers(0, 1000))
def test_adding_samples_at_once_or_one_by_one_is_the_same(values, seed):
    steps = random_steps(len(values), seed)
    at_once = Curve()
    at_once.extend(np.array(steps, dtype=float), np.array(values, dtype=float))
    one_by_one = make_curve(values, steps)
    assert as_lists(at_once.extremes()) == as_lists(one_by_one.extremes())
    assert as_lists(at_once.samples()) == as_lists(one_by_one.samples())
    assert np.allclose(at_once.means(), one_by_one.means(), atol=1e-6)


@given(values_of_any_length, st.integers(0, 1000))
def test_ranges_hold_every_value_of_their_part_of_the_run(values, seed):
    curve = make_curve(values, random_steps(len(values), seed))
    edges, lowest, highest = curve.ranges(10)
    assert len(lowest) == len(highest) <= 10
    if values:
        assert len(edges) == len(lowest) + 1
        assert (lowest.min(), highest.max()) == (min(values), max(values))
        assert np.all(np.diff(edges) >= 0)


def test_values_that_are_not_finite_are_left_out():
    curve = make_curve([1.0, math.nan, 3.0, math.inf, math.nan])
    assert as_lists(curve.extremes()) == [[0, 2], [1, 3]]
    assert (len(curve), curve.last, curve.maximum) == (2, 3.0, 3.0)


def test_a_constant_curve_reaches_to_its_last_sample():
    curve = make_curve([7.0] * 3 * CAPACITY)
    x, y = curve.extremes()
    assert (x[0], x[-1]) == (0, 3 * CAPACITY - 1)
    assert set(y) == {7.0}


def test_a_part_with_few_samples_keeps_its_share_of_the_picture():
    """A thousand long episodes, then a hundred thousand short ones after a collapse."""
    steps = [*range(0, 100_000, 100), *range(100_000, 1_000_000, 9)]
    curve = make_curve([500.0] * 1000 + [9.0] * (len(steps) - 1000), steps)
    for x, _ in (curve.extremes(), curve.means(), curve.samples()):
        assert 0.05 < np.mean(x < 100_000) < 0.2


def test_the_value_near_a_step_is_the_nearest_sample():
    curve = make_curve([10.0, 20.0, 30.0], [100, 200, 400])
    asked = [-5, 100, 149, 151, 299, 301, 10_000]
    assert [curve.value_near(steps) for steps in asked] == [10, 10, 10, 20, 20, 30, 30]


def test_samples_only_grow_at_the_end_until_the_bin_changes():
    curve, before, bin = Curve(), np.zeros(0), 0.0
    for at in range(5 * CAPACITY):
        curve.append(at, float(at))
        x, _ = curve.samples()
        if curve.samples_bin_width == bin:
            assert x[: len(before)].tolist() == before.tolist()
        before, bin = x, curve.samples_bin_width
    assert bin > 0
