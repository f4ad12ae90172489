"""Axes end and divide on round numbers, and widen only when they must."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.messages import grouped, three_digits
from ppo_desktop.ppo.quantities import BITS, NATS
from ppo_desktop.views.charts.scales import (
    LinearScale,
    LogScale,
    nice_end,
    shorten,
    ticks_between,
)
from ppo_desktop.views.plot_cards import (
    entropy_card,
    entropy_scale,
    return_scale,
    two_decimals,
    two_digits,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.25, "0.25"),
        (500, "500"),
        (-1800, "−1.8k"),
        (16_000, "16k"),
        (41_250, "41.25k"),
        (1_200_000, "1.2M"),
        (2e11, "200G"),
        (-3e14, "−3.0e14"),
        (1e-15, "0"),
        (0.0001, "0.0001"),
        (1.5e-5, "1.5e−5"),
        (-5e-6, "−5e−6"),
    ],
)
def test_axis_labels_are_short(value, text):
    assert shorten(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18.23, "18.2"),
        (0.01134, "0.0113"),
        (1240.4, "1 240"),
        (2.3e5, "2.3e5"),
        (-4.2e-6, "−4.2e−6"),
        (0, "0.0"),
    ],
)
def test_read_outs_have_three_digits(value, text):
    assert three_digits(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.178, "0.18"), (0.3, "0.30"), (4.46, "4.5"), (44.8, "45"), (1240, "1.2k"), (0.004, "4e−3")],
)
def test_gradient_norms_have_at_most_four_characters(value, text):
    assert two_digits(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.714, "0.71"), (-1.857, "−1.86"), (-123.4, "−120")])
def test_explained_variance_has_two_decimals(value, text):
    assert two_decimals(value) == text


def test_small_returns_have_two_decimals():
    assert return_scale("GridWorld-v0").text(0.957) == "0.96"
    assert return_scale("CartPole-v1").text(475.26) == "475.3"
    assert return_scale("Unknown-v0").text(0.957) == "1.0"


def test_what_is_drawn_at_the_floor_is_written_as_less_than_it():
    scale = LogScale(floor=1e-6)
    assert [scale.text(value) for value in (0.0, 5.2e-10, 4.2e-6)] == ["<1e−6", "<1e−6", "4.2e−6"]


def test_steps_are_grouped_in_thousands():
    assert grouped(12_800) == "12 800"


@given(st.floats(0, 1e9))
def test_the_steps_axis_ends_on_one_of_a_few_numbers(steps):
    end = nice_end(steps)
    assert max(steps, 1000) * (1 - 1e-9) <= end <= max(1000, 2.6 * steps)
    assert f"{end:e}"[0] in "125"
    assert nice_end(end) == end


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 8))
def test_ticks_are_few_and_inside(low, span, most):
    ticks = ticks_between(low, low + span, most)
    slack = 1e-6 * (abs(low) + span)
    assert len(ticks) <= most + 1
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=30))
def test_a_linear_range_holds_all_and_stays_until_it_is_left(values):
    scale, shown = LinearScale(), None
    for value in values:
        before = shown
        shown = scale.widened(shown, value, value)
        slack = 1e-6 * (shown[1] - shown[0])
        assert shown[0] - slack <= value <= shown[1] + slack
        if before is not None and before[0] <= value <= before[1]:
            assert shown == before


def test_a_range_widens_to_the_next_round_number():
    assert LinearScale().widened((0.0, 10.0), 0.0, 12.0) == (0.0, 15.0)
    assert LinearScale().widened((0.0, 500.0), 9.0, 500.0) == (0.0, 500.0)


def test_values_beyond_a_limit_are_drawn_at_the_limit():
    scale = LinearScale(limits=(-1.0, math.inf))
    assert scale.to_plot(np.array([-10.0, 0.5])).tolist() == [-1.0, 0.5]


def test_a_log_axis_has_a_floor_for_zero_and_whole_decades():
    scale = LogScale(floor=1e-6)
    assert scale.to_plot(np.array([0.0, 0.01])).tolist() == [-6, -2]
    assert scale.widened((-4.0, -1.0), -4.5, -2.0) == (-5, -1)
    assert scale.ticks((-5.0, -1.0), 2) == [(-5.0, "1e−5"), (-3.0, "0.001"), (-1.0, "0.1")]


def test_bits_are_nats_by_the_logarithm_of_two():
    assert entropy_card(BITS, 2).level == pytest.approx(1.0)
    assert entropy_card(BITS, 3).level == pytest.approx(1.585, abs=1e-3)
    assert entropy_card(NATS, 2).level == pytest.approx(math.log(2))
    assert entropy_card(BITS, 2).level_name == "max log₂|A| = 1.00"
    assert entropy_card(NATS, 2).level_name == "max ln|A| = 0.69"
    assert entropy_card(BITS, None).level is None


def test_an_entropy_is_written_with_its_share_of_the_ceiling():
    assert entropy_scale(BITS, 2).write(0.545) == "0.786 bits (79 % of max)"
    assert entropy_scale(NATS, None).write(-0.5) == "−0.500 nats"


def test_a_low_plot_has_two_labels_all_the_same():
    scale = LinearScale(unit=" %")
    assert [label for _, label in scale.ticks((0.0, 30.0), 1)] == ["0 %", "30 %"]
    assert [label for _, label in scale.ticks((0.0, 30.0), 3)] == ["0 %", "10 %", "20 %", "30 %"]
