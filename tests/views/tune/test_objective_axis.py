"""The axis of objectives: within what an environment allows, never empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ppo_desktop.views.plot_cards import solved_text
from ppo_desktop.views.tune.objective_axis import solved_objective, spread_range
from tests.shown_studies import PLAN


def test_where_all_are_equal_the_range_ends_where_the_environment_does() -> None:
    assert spread_range(PLAN, np.full(3, 500.0)) == (450.0, 500.0)
    low, high = spread_range(PLAN, np.zeros(3))
    assert low == 0.0 < high


def test_beyond_what_is_known_of_an_environment_it_goes_as_far_as_it_must() -> None:
    low, high = spread_range(PLAN, np.array([-10.0, 600.0]))
    assert low <= -10.0
    assert high >= 600.0


def test_a_negative_return_is_written_with_a_real_minus_sign() -> None:
    assert solved_text(-100.0) == "solved at −100"


def test_an_environment_of_gymnasium_has_its_threshold_as_the_line_of_solved() -> None:
    assert solved_objective(replace(PLAN, environment_id="FrozenLake-v1")) == 0.7
