"""Products of small matrices, as fast as a tuned library has them, and without its calls' overhead.

Four rows and sixteen columns of a product are summed up at once, in registers; with AVX-512 32 columns. Every
number is the sum of its terms one after the other, in whichever part of a matrix it stands.
"""

from __future__ import annotations

import numpy as np

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.lanes import N_LANES, Lanes, lanes_at, multiply_add, no_lanes, put_lanes

_ROWS, _BLOCKS = 4, 4
_FAR_APART, _MANY_ROWS = 128, 16
"""From so many columns on, terms of a block can drive each other out of the nearest cache, as rows lie a
power of two apart; for so many rows it pays to have them side by side."""
_AT_ONCE = 2 * N_LANES if cache.target().has_512_bits else N_LANES
"""Columns of four rows that are summed up at once: so many that none of their sums has to wait for the one
before it, and as few as find room in the registers."""


@kernel
def multiply(left: Floats, right: Floats, product: Floats) -> None:
    """Write left·right, (R, K)·(K, C) → (R, C); the rows of `right` and of the product are contiguous."""
    _multiply(left, right, False, product)


@kernel
def add_product(left: Floats, right: Floats, total: Floats) -> None:
    """Add left·right to `total` likewise."""
    _multiply(left, right, True, total)


@kernel
def _multiply(left: Floats, right: Floats, added: bool, total: Floats) -> None:
    n_columns = total.shape[1]
    in_lanes = n_columns - n_columns % N_LANES
    _multiply_in_lanes(left, right, added, total, in_lanes)
    if in_lanes < n_columns:
        _multiply_rest(left, right, added, total, in_lanes)


@kernel
def _multiply_in_lanes(left: Floats, right: Floats, added: bool, total: Floats, n_columns: int) -> None:
    """Write or add the first columns, which fill lanes."""
    n_rows = len(total)
    in_fours, wide = n_rows - n_rows % _ROWS, n_columns - n_columns % (_BLOCKS * N_LANES)
    if n_columns >= _FAR_APART and n_rows >= _MANY_ROWS:
        block = np.empty((len(right), _AT_ONCE), np.float32)
        for column in range(0, n_columns, _AT_ONCE):
            width = min(_AT_ONCE, n_columns - column)
            for term in range(len(right)):
                for lane in range(0, width, N_LANES):
                    put_lanes(block, term, lane, lanes_at(right, term, column + lane))
            _multiply_fours(left, block[:, :width], added, total, in_fours, column)
    else:
        _multiply_fours(left, right[:, :n_columns], added, total, in_fours, 0)
    for row in range(in_fours, n_rows):
        for column in range(0, wide, _BLOCKS * N_LANES):
            _four_blocks(left, right, added, total, row, column)
        for column in range(wide, n_columns, N_LANES):
            _one_block(left, right, added, total, row, column)


@kernel
def _multiply_fours(
    left: Floats, right: Floats, added: bool, total: Floats, n_rows: int, first_column: int
) -> None:
    """Write or add the first rows, a multiple of four, of the columns from the first one on."""
    n_columns = right.shape[1]
    in_pairs = n_columns - n_columns % _AT_ONCE if _AT_ONCE > N_LANES else 0
    for at in range(0, in_pairs, _AT_ONCE):
        for row in range(0, n_rows, _ROWS):
            _four_rows_of_two_blocks(left, right, at, added, total, row, first_column + at)
    for at in range(in_pairs, n_columns, N_LANES):
        for row in range(0, n_rows, _ROWS):
            _four_rows(left, right, at, added, total, row, first_column + at)


@kernel
def _multiply_rest(left: Floats, right: Floats, added: bool, total: Floats, begin: int) -> None:
    """Write or add the columns from `begin` on, fewer than lanes: beside others, which are left out again."""
    n_rest = total.shape[1] - begin
    factor = np.zeros((len(right), N_LANES), np.float32)
    sums = np.zeros((len(total), N_LANES), np.float32)
    for term in range(len(right)):
        for column in range(n_rest):
            factor[term, column] = right[term, begin + column]
    if added:
        for row in range(len(total)):
            for column in range(n_rest):
                sums[row, column] = total[row, begin + column]
    _multiply_in_lanes(left, factor, added, sums, N_LANES)
    for row in range(len(total)):
        for column in range(n_rest):
            total[row, begin + column] = sums[row, column]


@kernel
def _begin(total: Floats, added: bool, row: int, column: int) -> Lanes:
    """Return what a sum begins with."""
    return lanes_at(total, row, column) if added else no_lanes()


@kernel
def _four_rows(
    left: Floats, right: Floats, at: int, added: bool, total: Floats, row: int, column: int
) -> None:
    """Sum up four rows of one block of columns, which begins `at` a column of `right`."""
    first, second = _begin(total, added, row, column), _begin(total, added, row + 1, column)
    third, fourth = _begin(total, added, row + 2, column), _begin(total, added, row + 3, column)
    for term in range(len(right)):
        lanes = lanes_at(right, term, at)
        first = multiply_add(left, row, term, lanes, first)
        second = multiply_add(left, row + 1, term, lanes, second)
        third = multiply_add(left, row + 2, term, lanes, third)
        fourth = multiply_add(left, row + 3, term, lanes, fourth)
    put_lanes(total, row, column, first)
    put_lanes(total, row + 1, column, second)
    put_lanes(total, row + 2, column, third)
    put_lanes(total, row + 3, column, fourth)


@kernel
def _four_rows_of_two_blocks(
    left: Floats, right: Floats, at: int, added: bool, total: Floats, row: int, column: int
) -> None:
    """Sum up four rows of two blocks of columns likewise."""
    next_column = column + N_LANES
    first, first_next = _begin(total, added, row, column), _begin(total, added, row, next_column)
    second, second_next = _begin(total, added, row + 1, column), _begin(total, added, row + 1, next_column)
    third, third_next = _begin(total, added, row + 2, column), _begin(total, added, row + 2, next_column)
    fourth, fourth_next = _begin(total, added, row + 3, column), _begin(total, added, row + 3, next_column)
    for term in range(len(right)):
        lanes, next_lanes = lanes_at(right, term, at), lanes_at(right, term, at + N_LANES)
        first = multiply_add(left, row, term, lanes, first)
        first_next = multiply_add(left, row, term, next_lanes, first_next)
        second = multiply_add(left, row + 1, term, lanes, second)
        second_next = multiply_add(left, row + 1, term, next_lanes, second_next)
        third = multiply_add(left, row + 2, term, lanes, third)
        third_next = multiply_add(left, row + 2, term, next_lanes, third_next)
        fourth = multiply_add(left, row + 3, term, lanes, fourth)
        fourth_next = multiply_add(left, row + 3, term, next_lanes, fourth_next)
    put_lanes(total, row, column, first)
    put_lanes(total, row, next_column, first_next)
    put_lanes(total, row + 1, column, second)
    put_lanes(total, row + 1, next_column, second_next)
    put_lanes(total, row + 2, column, third)
    put_lanes(total, row + 2, next_column, third_next)
    put_lanes(total, row + 3, column, fourth)
    put_lanes(total, row + 3, next_column, fourth_next)


@kernel
def _four_blocks(left: Floats, right: Floats, added: bool, total: Floats, row: int, column: int) -> None:
    """Sum up one row of four blocks of columns."""
    at_1, at_2, at_3 = column + N_LANES, column + 2 * N_LANES, column + 3 * N_LANES
    first, second = _begin(total, added, row, column), _begin(total, added, row, at_1)
    third, fourth = _begin(total, added, row, at_2), _begin(total, added, row, at_3)
    for term in range(len(right)):
        first = multiply_add(left, row, term, lanes_at(right, term, column), first)
        second = multiply_add(left, row, term, lanes_at(right, term, at_1), second)
        third = multiply_add(left, row, term, lanes_at(right, term, at_2), third)
        fourth = multiply_add(left, row, term, lanes_at(right, term, at_3), fourth)
    put_lanes(total, row, column, first)
    put_lanes(total, row, at_1, second)
    put_lanes(total, row, at_2, third)
    put_lanes(total, row, at_3, fourth)


@kernel
def _one_block(left: Floats, right: Floats, added: bool, total: Floats, row: int, column: int) -> None:
    """Sum up one row of one block of columns."""
    sums = _begin(total, added, row, column)
    for term in range(len(right)):
        sums = multiply_add(left, row, term, lanes_at(right, term, column), sums)
    put_lanes(total, row, column, sums)
