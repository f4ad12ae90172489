"""Products of small matrices, as fast as a tuned library has them, and without its calls' overhead.

Four rows and sixteen columns of a product are summed up at once, in registers; with AVX-512 64 columns. Every
number is the sum of its terms one after the other, in whichever part of a matrix it stands.
"""

from __future__ import annotations

import numpy as np

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.lanes import (
    N_LANES,
    add_products,
    lanes_at,
    no_tile,
    put_lanes,
    put_tile,
    tile_at,
)

_ONE, _FOUR = (0,), (0, 1, 2, 3)
"""How many rows, or blocks of columns beside each other, are summed up at once: as a tile has it."""
_BLOCKS = _FOUR if cache.target().has_512_bits else _ONE
"""Of four rows: so many that none of their sums has to wait for the one before it, and as few as find room in
the registers."""
_WIDTH = len(_BLOCKS) * N_LANES
_FAR_APART, _MANY_ROWS = 128, 16
"""From so many columns on, terms of a block can drive each other out of the nearest cache, as rows lie a
power of two apart; for so many rows it pays to have them side by side."""


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
    in_fours, in_four_blocks = n_rows - n_rows % 4, n_columns - n_columns % (4 * N_LANES)
    if n_columns >= _FAR_APART and n_rows >= _MANY_ROWS:
        block = np.empty((len(right), _WIDTH), np.float32)
        for column in range(0, n_columns, _WIDTH):
            width = min(_WIDTH, n_columns - column)
            for term in range(len(right)):
                for lane in range(0, width, N_LANES):
                    put_lanes(block, term, lane, lanes_at(right, term, column + lane))
            _multiply_fours(left, block[:, :width], added, total, in_fours, column)
    else:
        _multiply_fours(left, right[:, :n_columns], added, total, in_fours, 0)
    for row in range(in_fours, n_rows):
        for column in range(0, in_four_blocks, 4 * N_LANES):
            _sum_up(left, right, column, added, total, row, column, _ONE, _FOUR)
        for column in range(in_four_blocks, n_columns, N_LANES):
            _sum_up(left, right, column, added, total, row, column, _ONE, _ONE)


@kernel
def _multiply_fours(
    left: Floats, right: Floats, added: bool, total: Floats, n_rows: int, first_column: int
) -> None:
    """Write or add the first rows, a multiple of four, of the columns from the first one on."""
    n_columns = right.shape[1]
    n_wide = n_columns - n_columns % _WIDTH
    for at in range(0, n_wide, _WIDTH):
        for row in range(0, n_rows, 4):
            _sum_up(left, right, at, added, total, row, first_column + at, _FOUR, _BLOCKS)
    for at in range(n_wide, n_columns, N_LANES):
        for row in range(0, n_rows, 4):
            _sum_up(left, right, at, added, total, row, first_column + at, _FOUR, _ONE)


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
def _sum_up(
    left: Floats,
    right: Floats,
    at: int,
    added: bool,
    total: Floats,
    row: int,
    column: int,
    rows: tuple[int, ...],
    blocks: tuple[int, ...],
) -> None:
    """Write or add some rows of some blocks of columns, which begin `at` a column of `right`."""
    sums = tile_at(total, row, column, rows, blocks) if added else no_tile(rows, blocks)
    for term in range(len(right)):
        factors = tile_at(right, term, at, _ONE, blocks)
        sums = add_products(left, row, term, rows, factors, sums)
    put_tile(total, row, column, rows, blocks, sums)
