"""Axes of hyperparameters: their own scales, both ends, and no two texts that touch."""

from __future__ import annotations

import itertools

import pytest

from ppo_desktop.ppo.hyperparameters import TRAINING_FIELDS
from ppo_desktop.study.dimension import Dimension, usual_dimension
from ppo_desktop.views.charts.scales import Tick, fitting_ticks
from ppo_desktop.views.tune.dimension_scale import DimensionScale


def width(text: str) -> float:
    return 7.0 * len(text) + 8.0


def ticks_of(dimension: Dimension, length: float) -> list[Tick]:
    return fitting_ticks(DimensionScale(dimension), (0.0, 1.0), length, width)


def texts(dimension: Dimension, length: float) -> list[str]:
    return [text for _, text in ticks_of(dimension, length)]


@pytest.mark.parametrize("field", TRAINING_FIELDS)
@pytest.mark.parametrize("length", [60.0, 130.0, 300.0, 700.0])
def test_no_two_texts_touch_and_the_low_end_is_always_there(field: str, length: float) -> None:
    dimension = usual_dimension(field)
    ticks = ticks_of(dimension, length)
    assert ticks[0][0] == pytest.approx(0.0)
    for before, after in itertools.pairwise(ticks):
        assert (after[0] - before[0]) * length >= (width(before[1]) + width(after[1])) / 2


@pytest.mark.parametrize("field", TRAINING_FIELDS)
def test_with_some_room_both_ends_are_there(field: str) -> None:
    positions = [position for position, _ in ticks_of(usual_dimension(field), 300.0)]
    assert positions[0] == pytest.approx(0.0)
    assert positions[-1] == pytest.approx(1.0)


def test_of_a_logarithmic_scale_powers_of_ten_are_preferred() -> None:
    dimension = Dimension("learning_rate", 1e-5, 1e-2)
    assert texts(dimension, 300.0) == [dimension.format(number) for number in (1e-5, 1e-4, 1e-3, 1e-2)]


def test_with_much_room_there_are_twos_and_fives_too() -> None:
    dimension = Dimension("learning_rate", 1e-4, 1e-3)
    assert texts(dimension, 900.0) == [dimension.format(number) for number in (1e-4, 2e-4, 5e-4, 1e-3)]


def test_numbers_of_a_linear_scale_are_evenly_spaced() -> None:
    ticks = ticks_of(Dimension("gae_lambda", 0.8, 1.0), 260.0)
    gaps = {round(after[0] - before[0], 6) for before, after in itertools.pairwise(ticks)}
    assert len(ticks) > 2
    assert len(gaps) == 1


def test_all_choices_are_named_where_there_is_room() -> None:
    dimension = usual_dimension("activation")
    assert texts(dimension, 400.0) == [dimension.format(choice) for choice in dimension.choices]
