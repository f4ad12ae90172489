from __future__ import annotations

import pytest

from ppo_desktop.ppo.declaration import Kind, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.study.dimension import Dimension, InvalidStudy, usual_dimension

EVERY_FIELD = pytest.mark.parametrize("field", TRAINING_FIELDS)


@EVERY_FIELD
def test_everything_searchable_has_a_usual_range_whose_values_are_allowed(field: str) -> None:
    dimension = usual_dimension(field)
    assert all(DECLARATIONS[field].check(value) == value for value in dimension.grid_values())


@EVERY_FIELD
def test_positions_run_from_zero_to_one_and_lead_back_to_their_values(field: str) -> None:
    dimension = usual_dimension(field)
    values = dimension.grid_values()
    positions = [dimension.position(value) for value in values]
    assert positions == sorted(positions)
    assert (positions[0], positions[-1]) == (0.0, 1.0)
    assert [dimension.value_at(position) for position in positions] == values


@EVERY_FIELD
def test_an_axis_is_marked_at_both_ends_and_between_in_order(field: str) -> None:
    ticks = usual_dimension(field).ticks()
    positions = [position for position, _ in ticks]
    assert positions == sorted(set(positions))
    assert (positions[0], positions[-1]) == (0.0, 1.0)


def test_the_budget_is_no_part_of_a_search() -> None:
    assert not {"total_steps", "stop_when_solved"} & set(TRAINING_FIELDS)
    with pytest.raises(InvalidStudy, match='"total_steps" cannot be searched'):
        Dimension("total_steps", 1_000, 2_000)
    with pytest.raises(InvalidStudy, match='"colour" cannot be searched'):
        usual_dimension("colour")


def test_a_logarithmic_range_is_cut_into_equal_factors() -> None:
    assert Dimension("learning_rate", 1e-4, 1e-2).grid_values() == [1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2]
    assert Dimension("clip_range", 0.1, 0.4, points=3).grid_values() == [0.1, 0.2, 0.4]


def test_a_range_of_whole_numbers_has_whole_numbers_only_each_once() -> None:
    values = Dimension("hidden_layers", 1, 2, points=5).grid_values()
    assert values == [1, 2]
    assert all(isinstance(value, int) for value in values)


def test_the_discount_is_searched_in_tidy_distances_to_one() -> None:
    dimension = Dimension("gamma", 0.9, 0.999)
    assert dimension.choices == (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
    assert dimension.position(0.99) == pytest.approx(0.5)
    assert not dimension.is_range


def test_the_ends_of_a_range_of_the_discount_are_among_its_values() -> None:
    assert Dimension("gamma", 0.93, 0.97).choices == (0.93, 0.95, 0.97)


def test_a_switch_and_a_choice_have_all_their_values() -> None:
    assert Dimension("anneal").choices == (False, True)
    assert Dimension("activation").choices == ("tanh", "relu")


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.2), (0.4, 0.1)])
def test_an_empty_range_is_refused(low: float, high: float) -> None:
    with pytest.raises(InvalidStudy, match=r"Clip range: the range from .* is empty"):
        Dimension("clip_range", low, high)


@pytest.mark.parametrize("end", [2.0, -1.0, float("nan"), float("inf")])
def test_a_range_that_leaves_what_is_allowed_is_refused_with_what_is(end: float) -> None:
    with pytest.raises(InvalidStudy, match=r"Clip range .* must be a number from 0\.01 to 1"):
        Dimension("clip_range", 0.1, end)


def test_a_logarithmic_range_cannot_begin_at_zero_though_zero_is_a_value() -> None:
    with pytest.raises(InvalidStudy, match=r"Entropy coefficient: a range begins at 1\.0e-4 or above"):
        Dimension("entropy_coef", 0.0, 0.1)


def test_ends_of_a_range_of_whole_numbers_are_whole() -> None:
    with pytest.raises(InvalidStudy, match="whole number"):
        Dimension("rollout_length", 16.5, 32)


@pytest.mark.parametrize("points", [1, 101])
def test_a_grid_takes_neither_one_value_nor_very_many(points: int) -> None:
    with pytest.raises(InvalidStudy, match="a grid takes from 2 to 100 values"):
        Dimension("clip_range", 0.1, 0.4, points)


def test_only_numbers_that_can_be_searched_have_a_declared_range() -> None:
    for field in TRAINING_FIELDS:
        declaration = DECLARATIONS[field]
        assert (declaration.search is not None) == (declaration.kind in (Kind.REAL, Kind.INTEGER))


def test_values_named_one_by_one_are_the_grid_evenly_spaced_in_their_order() -> None:
    dimension = Dimension("clip_range", values=(0.4, 0.1, None))
    assert dimension.grid_values() == [0.4, 0.1, None]
    assert [dimension.position(value) for value in dimension.values] == [0.0, 0.5, 1.0]
    assert [text for _, text in dimension.ticks()] == ["0.40", "0.10", "off"]
    assert not dimension.is_range
    assert not dimension.is_between_ends


@pytest.mark.parametrize(
    ("field", "values", "reason"),
    [
        ("clip_range", (0.1,), "give from 2 to 100 values"),
        ("clip_range", (0.1, 0.1), "there twice"),
        ("clip_range", (0.1, 7.0), "must be a number"),
        ("gamma", (0.9, None), "is None, but must be"),
        ("anneal", (True, 1), "must be on or off"),
        ("activation", ("tanh", "step"), "must be tanh or relu"),
        ("n_epochs", (1, 2.5), "must be a whole number"),
    ],
)
def test_values_that_are_none_are_refused(field: str, values: tuple[Value, ...], reason: str) -> None:
    with pytest.raises(InvalidStudy, match=reason):
        Dimension(field, values=values)
