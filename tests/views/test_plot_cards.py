"""Every number that a run tells can be seen: as a curve in Train and in Compare, and as a result there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.comparison.measures import MEASURES, Measure
from ppo_desktop.ppo.quantities import COMPARED, QUANTITIES, UPDATE_QUANTITIES, Quantity
from ppo_desktop.runs.history import COLUMNS
from ppo_desktop.views.charts.scales import LinearScale, LogScale
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.plot_cards import (
    CLIP_FRACTION_CARD,
    ENTROPY_CARD,
    KL_CARD,
    N_SMALL,
    RETURN_CARD,
    SMALL_CARDS,
    column_card,
    scale_of,
)
from tests.comparisons import compared


def test_train_has_a_plot_of_every_column_of_a_history() -> None:
    cards = (RETURN_CARD, ENTROPY_CARD, CLIP_FRACTION_CARD, *SMALL_CARDS.values())
    drawn = {series.key for card in cards for series in card.series}
    named = {card.explanation for card in cards}
    assert set(COLUMNS) <= drawn | named
    assert drawn <= set(COLUMNS)


def test_the_small_plots_shown_at_first_are_those_that_tell_most() -> None:
    shown = [card.explanation for card in SMALL_CARDS.values()][:N_SMALL]
    assert shown == ["approx_kl", "explained_variance", "value_loss", "gradient_norm"]


@pytest.mark.parametrize("quantity", COMPARED.values(), ids=COMPARED)
def test_compare_has_a_curve_of_everything_it_keeps(quantity: Quantity) -> None:
    for environment_id in ("CartPole-v1", "Pendulum-v1", "Elsewhere/Of-v0"):
        card = column_card(quantity.name, environment_id)
        assert quantity.title in card.titles[0]
        assert card.explanation == quantity.name
        assert quantity.unit.name in card.titles[-1]


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_every_result_has_an_axis_on_which_its_values_stand(measure: Measure) -> None:
    scale = value_scale(measure, compared())
    low, high = scale.to_plot(np.array([0.2, 0.9]))
    assert low < high
    shown = scale.widened(scale.first_range, float(low), float(high))
    assert len(scale.ticks(shown, 4)) >= 2


@pytest.mark.parametrize("quantity", UPDATE_QUANTITIES.values(), ids=UPDATE_QUANTITIES)
def test_an_axis_begins_with_the_range_declared(quantity: Quantity) -> None:
    scale = scale_of(quantity)
    assert isinstance(scale, LogScale if quantity.logarithmic else LinearScale)
    if quantity.first_range is not None:
        expected = np.array(quantity.first_range) / quantity.unit.factor
        assert scale.to_plot(expected) == pytest.approx(scale.first_range)


def test_a_number_is_drawn_no_further_than_its_limits_and_written_as_it_is() -> None:
    scale = scale_of(QUANTITIES["explained_variance"])
    assert scale.to_plot(np.array([-10.0, 0.5])).tolist() == [-1.0, 0.5]
    assert scale.text(-10.0) == "−10.00"
    assert KL_CARD.scale.to_plot(np.array([50.0])) == math.log10(10.0)
