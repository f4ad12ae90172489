"""Products of matrices of any shape against NumPy's, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.kernels.products import add_product, multiply

Floats = NDArray[np.float32]


def matrices(n_rows: int, n_terms: int, n_columns: int) -> tuple[Floats, Floats, Floats]:
    """Return two factors, and what is there before they are multiplied."""
    generator = np.random.default_rng(1)
    shapes = ((n_rows, n_terms), (n_terms, n_columns), (n_rows + 1, n_columns))
    left, right, before = (generator.normal(size=shape).astype(np.float32) for shape in shapes)
    return left, right, before


@pytest.mark.parametrize("n_columns", [1, 2, 15, 16, 17, 33, 64, 80, 145])
@pytest.mark.parametrize("n_terms", [1, 4, 65])
@pytest.mark.parametrize("n_rows", [1, 3, 4, 8, 11, 18])
@pytest.mark.parametrize("is_transposed", [False, True], ids=["as it is", "transposed"])
def test_products_are_those_of_numpy(n_rows: int, n_terms: int, n_columns: int, is_transposed: bool) -> None:
    left, right, total = matrices(n_rows, n_terms, n_columns)
    before = total.copy()
    given = left.T.copy().T if is_transposed else left
    expected = left.astype(float) @ right.astype(float)
    add_product(given, right, total[:n_rows])
    np.testing.assert_allclose(total[:n_rows], before[:n_rows] + expected, rtol=1e-5, atol=1e-5)
    total[:n_rows] = np.nan
    multiply(given, right, total[:n_rows])
    np.testing.assert_allclose(total[:n_rows], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(total[n_rows:], before[n_rows:], "what stands behind it")


@pytest.mark.parametrize("n_columns", [9, 16, 64, 80])
def test_a_row_has_the_same_numbers_wherever_it_stands(n_columns: int) -> None:
    """So the ratio of a sample before the first gradient step is 1, whichever minibatch it comes in."""
    left, right, _ = matrices(7, 40, n_columns)
    left[:] = left[0]
    product = np.empty((7, n_columns), np.float32)
    multiply(left, right, product)
    assert (product == product[0]).all()
