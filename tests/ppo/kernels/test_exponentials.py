"""tanh and the exponential function against NumPy's in double precision, of single numbers and of lanes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.exponentials import exp, tanh
from ppo_desktop.ppo.kernels.lanes import N_LANES, lanes_at, put_lanes

Floats = NDArray[np.float32]
AROUND_CHANGES_OF_EXPONENT = (np.arange(-29, 30)[:, np.newaxis] * math.log(2) / 4 + [-1e-6, 0, 1e-6]).ravel()
SPECIAL = np.array([0.0, 1e-45, -1e-40, 1.2e-38, 9.1, -10, 88, -1e4, 1e38, math.inf, -math.inf, math.nan])


@kernel
def tanh_of_lanes(numbers: Floats, results: Floats) -> None:
    for row in range(len(numbers)):
        put_lanes(results, row, 0, tanh(lanes_at(numbers, row, 0)))


def test_lanes_have_the_tanh_of_their_numbers() -> None:
    generator = np.random.default_rng(1)
    numbers = np.concatenate([SPECIAL, AROUND_CHANGES_OF_EXPONENT, generator.normal(0, 3, 1000)])
    rows = np.resize(numbers, (len(numbers) // N_LANES + 1, N_LANES)).astype(np.float32)
    results = np.empty_like(rows)
    tanh_of_lanes(rows, results)
    expected = np.array([tanh(number) for number in rows.flat]).reshape(rows.shape)
    np.testing.assert_allclose(results, expected, rtol=1.2e-7, atol=0)
    assert np.isnan(results).sum() == np.isnan(rows).sum() > 0


def test_tanh_is_accurate_to_a_few_units_in_the_last_place() -> None:
    generator = np.random.default_rng(1)
    numbers = np.concatenate([generator.normal(0, size, 20_000) for size in (1e-30, 1e-6, 1e-2, 0.3, 1, 5)])
    numbers = np.append(numbers, AROUND_CHANGES_OF_EXPONENT).astype(np.float32)
    ours = np.array([tanh(x) for x in numbers], float)
    np.testing.assert_allclose(ours, np.tanh(numbers.astype(float)), rtol=2e-7, atol=0)
    assert np.abs(ours).max() == 1


@pytest.mark.parametrize("x", [9.1, 10, 11, 88, 1e4, 1e38, math.inf])
def test_tanh_of_a_large_number_is_one(x: float) -> None:
    assert (tanh(np.float32(x)), tanh(np.float32(-x))) == (1, -1)


@pytest.mark.parametrize("x", [0.0, 1e-45, 1e-40, 1.2e-38])
def test_tanh_of_nearly_nothing_is_that(x: float) -> None:
    assert tanh(np.float32(x)) == np.float32(x)
    assert tanh(np.float32(-x)) == np.float32(-x)


def test_tanh_hides_no_nan() -> None:
    assert math.isnan(tanh(np.float32(math.nan)))


# ---- eˣ


def test_the_exponential_function_is_accurate_to_a_few_units_in_the_last_place() -> None:
    generator = np.random.default_rng(1)
    numbers = np.concatenate([generator.normal(0, size, 20_000) for size in (1e-6, 1e-2, 0.3, 1, 5)])
    numbers = np.concatenate([numbers, generator.uniform(-87, 88, 20_000), AROUND_CHANGES_OF_EXPONENT])
    numbers = numbers.astype(np.float32)
    ours = np.array([exp(x) for x in numbers], float)
    np.testing.assert_allclose(ours, np.exp(numbers.astype(float)), rtol=2e-7, atol=0)


def test_the_exponential_function_of_nothing_is_one() -> None:
    """So the ratio of equal policies is."""
    assert exp(np.float32(0)) == exp(np.float32(-0.0)) == 1


@pytest.mark.parametrize("x", [89, 1e4, 1e38, math.inf])
def test_the_exponential_function_is_infinite_beyond_single_precision(x: float) -> None:
    assert exp(np.float32(x)) == math.inf
    assert 0 < exp(np.float32(-x)) < 2e-38


def test_the_exponential_function_hides_no_nan() -> None:
    assert math.isnan(exp(np.float32(math.nan)))
