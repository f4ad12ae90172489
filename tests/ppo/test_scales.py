from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.scales import (
    Linear,
    Logarithmic,
    LogarithmicFromOne,
    Scale,
    ladder,
    round_to_significant_digits,
)

SCALES: list[Scale] = [declaration.scale for declaration in DECLARATIONS.values() if declaration.scale]
EVERY_SCALE = pytest.mark.parametrize("scale", SCALES, ids=repr)


@EVERY_SCALE
def test_stops_increase_from_one_end_to_the_other(scale: Scale) -> None:
    stops = scale.stops()
    assert all(lower < upper for lower, upper in pairwise(stops))
    assert (stops[0], stops[-1]) == (scale.low, scale.high)


@EVERY_SCALE
def test_positions_run_from_zero_to_one(scale: Scale) -> None:
    assert scale.position(scale.low) == pytest.approx(0)
    assert scale.position(scale.high) == pytest.approx(1)


@given(st.sampled_from(SCALES), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_value_never_lies_lower(scale: Scale, first: float, second: float) -> None:
    lower, upper = sorted(scale.low + share * (scale.high - scale.low) for share in (first, second))
    assert scale.position(lower) <= scale.position(upper)
    assert 0 <= scale.position(lower) <= scale.position(upper) <= 1 + 1e-12


def test_equal_factors_are_equal_distances_on_a_logarithmic_scale() -> None:
    scale = Logarithmic(1e-4, 1.0)
    assert [scale.position(value) for value in (1e-4, 1e-3, 1e-2, 1e-1, 1)] == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1]
    )


def test_nines_are_equal_distances_on_a_scale_logarithmic_from_one() -> None:
    scale = LogarithmicFromOne(0.0, 1.0)
    assert [scale.position(value) for value in (0, 0.9, 0.99, 0.999, 0.9999)] == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1]
    )


def test_values_between_two_rungs_lie_between_them() -> None:
    assert ladder(1, 2, 4, 8).position(3) == pytest.approx(0.5)


def test_linear_stops_are_tidy() -> None:
    assert Linear(0.0, 1.0).stops()[:4] == [0.0, 0.01, 0.02, 0.03]


@pytest.mark.parametrize(
    ("value", "digits", "rounded"), [(0.012345, 2, 0.012), (98765, 2, 99000), (1, 2, 1), (-0.0456, 1, -0.05)]
)
def test_rounding_keeps_significant_digits(value: float, digits: int, rounded: float) -> None:
    assert round_to_significant_digits(value, digits) == rounded


@EVERY_SCALE
@given(position=st.floats(0.0, 1.0))
def test_a_position_leads_to_a_value_and_the_value_back_to_the_position(
    scale: Scale, position: float
) -> None:
    value = scale.value(position)
    assert scale.low <= value <= scale.high * (1 + 1e-12)
    assert scale.position(value) == pytest.approx(position, abs=1e-6)


def test_tidy_numbers_are_easy_to_read() -> None:
    assert Logarithmic(0.01, 1.0).tidy_numbers() == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    assert LogarithmicFromOne(0.5, 1.0, nearest=0.01).tidy_numbers() == [0.5, 0.8, 0.9, 0.95, 0.98, 0.99]
    assert ladder(1, 2, 10).tidy_numbers() == [1, 2, 10]
