from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.ppo.kernels.elementary import tanh


def test_tanh_is_accurate_to_a_few_units_in_the_last_place() -> None:
    generator = np.random.default_rng(1)
    numbers = np.concatenate([generator.normal(0, size, 20_000) for size in (1e-30, 1e-6, 1e-2, 0.3, 1, 5)])
    around_a_change_of_exponent = np.arange(-29, 30)[:, np.newaxis] * math.log(2) / 4 + [-1e-6, 0, 1e-6]
    numbers = np.append(numbers, around_a_change_of_exponent).astype(np.float32)
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
