"""The order in which a map is measured: every cell once, the whole before its details."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.study.map_order import disagreement, levels_of, next_cell, next_combination, reach_of
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.searches import planned

SHAPES = st.tuples(st.integers(2, 12), st.integers(2, 12))
NUMBERS = st.floats(-500, 500, allow_nan=False)


def visited(shape: tuple[int, int], worth: Doubles, n_at_once: int = 1) -> list[int]:
    """Measure a whole map of which so many cells are at work at a time, and return the order."""
    values, is_taken = np.full(shape, np.nan), np.zeros(shape, bool)
    order: list[int] = []
    while (cell := next_cell(values, is_taken)) is not None:
        order.append(cell)
        is_taken.flat[cell] = True
        for done in order[: len(order) - n_at_once + 1]:
            values.flat[done] = worth.flat[done]
    return order


@given(SHAPES, st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_cell_is_measured_once_and_coarse_levels_first(
    shape: tuple[int, int], n_at_once: int, dice: object
) -> None:
    worth = np.random.default_rng(dice.randrange(1000)).normal(size=shape)  # type: ignore[attr-defined]
    order = visited(shape, worth, n_at_once)
    assert sorted(order) == list(range(shape[0] * shape[1]))
    levels = levels_of(shape).flat
    assert [levels[cell] for cell in order] == sorted(levels)


@given(SHAPES)
def test_the_first_level_has_corners_and_middle_and_levels_end_at_the_whole(shape: tuple[int, int]) -> None:
    levels = levels_of(shape)
    assert {levels[row, column] for row in (0, -1) for column in (0, -1)} == {0}
    assert sorted(set(levels.flat)) == list(range(levels.max() + 1))


@pytest.mark.parametrize(("level", "side"), [(0, 3), (1, 5), (2, 9), (3, 17), (4, 20)])
def test_a_map_of_twenty_by_twenty_is_whole_at_each_level(level: int, side: int) -> None:
    is_in = levels_of((20, 20)) <= level
    rows, columns = np.flatnonzero(is_in.any(axis=1)), np.flatnonzero(is_in.any(axis=0))
    assert len(rows) == len(columns) == side
    assert is_in[np.ix_(rows, columns)].all()
    assert is_in.sum() == side**2
    assert np.ptp(np.diff(rows)) <= 1, "evenly spread"


@given(SHAPES, st.data())
def test_within_a_level_the_cell_whose_neighbours_disagree_most_comes_first(
    shape: tuple[int, int], data: st.DataObject
) -> None:
    n = shape[0] * shape[1]
    measured = data.draw(st.lists(st.integers(0, n - 1), unique=True, min_size=1, max_size=n - 1))
    values, is_taken = np.full(shape, np.nan), np.zeros(shape, bool)
    for cell in measured:
        values.flat[cell] = data.draw(NUMBERS)
        is_taken.flat[cell] = True
    chosen = next_cell(values, is_taken)
    assert chosen is not None
    level = levels_of(shape).flat[chosen]
    rivals = np.flatnonzero(~is_taken & (levels_of(shape) == level))
    scores = [_plainly(values, int(cell), reach_of(shape, int(level))) for cell in rivals]
    assert _plainly(values, chosen, reach_of(shape, int(level))) >= max(scores) - 1e-8


def _plainly(values: Doubles, cell: int, reach: tuple[int, int]) -> float:
    """Return how much the measured values around a cell differ, computed cell by cell."""
    n_rows, n_columns = values.shape
    row, column = divmod(cell, n_columns)
    around = [
        values[y, x]
        for y in range(max(0, row - reach[0]), min(n_rows, row + reach[0] + 1))
        for x in range(max(0, column - reach[1]), min(n_columns, column + reach[1] + 1))
        if not np.isnan(values[y, x])
    ]
    of_all = np.ptp(values[~np.isnan(values)])
    return float(np.ptp(around) / of_all) if around and of_all > 0 else 0.0


def test_an_edge_between_good_and_bad_is_refined_before_what_is_even() -> None:
    shape, worth = (9, 9), np.zeros((9, 9))
    worth[:, 5:] = 500.0
    order = visited(shape, worth)
    last = [cell for cell in order if levels_of(shape).flat[cell] == 2]
    first_half = [cell % 9 for cell in last[: len(last) // 4]]
    assert set(first_half) <= {3, 4, 5, 6}, "around the edge between columns 4 and 5"


def test_without_any_difference_it_goes_from_corners_and_middle_outwards() -> None:
    assert visited((3, 3), np.zeros((3, 3))) == [0, 2, 4, 6, 8, 1, 3, 5, 7]


def test_neighbours_are_no_farther_than_the_cells_of_the_level_before() -> None:
    values = np.full((9, 9), np.nan)
    values[0, 0], values[0, 8] = 0.0, 1.0
    assert reach_of((9, 9), 1) == (4, 4)
    assert disagreement(values, np.array([4, 3]), reach_of((9, 9), 1)).tolist() == [1.0, 0.0]


def _tried(number: int, cell: int, objective: float | None, state: TrialState) -> TrialRecord:
    return TrialRecord(number, state, {}, objective, combination=cell)


def test_what_is_running_or_interrupted_is_not_begun_again_and_a_failed_cell_is_as_bad_as_the_worst() -> None:
    plan = planned("clip_range=0.1:0.4:5,learning_rate=1e-4:1e-2:5")
    corners = [0, 4, 20, 24]
    trials = [_tried(number, cell, 100.0, TrialState.COMPLETE) for number, cell in enumerate(corners[1:])]
    trials += [_tried(3, 0, None, TrialState.FAILED), _tried(4, 12, None, TrialState.RUNNING)]
    trials += [_tried(5, 2, None, TrialState.INTERRUPTED), _tried(6, 2, None, TrialState.WAITING)]
    trials += [_tried(7, 22, 200.0, TrialState.COMPLETE), _tried(8, 10, 200.0, TrialState.COMPLETE)]
    assert next_combination(plan, trials) == 14, "the last of the first level"
    trials.append(_tried(9, 14, 200.0, TrialState.COMPLETE))
    assert next_combination(plan, trials) in (1, 5, 6), "beside the corner that failed"


def test_numbers_count_row_by_row_from_the_lowest_values() -> None:
    plan = planned("clip_range=0.1:0.4:3,learning_rate=1e-4:1e-2:2")
    found = [list(plan.combination_values(number).values()) for number in range(6)]
    assert found == [[x, y] for y in (1e-4, 1e-2) for x in (0.1, 0.2, 0.4)]
