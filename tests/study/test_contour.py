"""The map is that of a known function where trials are, and empty where none is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.study.contour import CELLS, FEWEST_TRIALS, cell_positions, contour
from tests.judged_trials import complete, drawn, searched

PLAN = searched("clip_range", "learning_rate", "activation")
FIELDS = ("clip_range", "learning_rate")
POSITIONS = cell_positions()


def levels(trials: object, fields: tuple[str, str] = FIELDS) -> Doubles:
    found = contour(PLAN, trials, fields)  # type: ignore[arg-type]
    assert found is not None
    assert found.levels.shape == (CELLS, CELLS)
    return found.levels


def hill(horizontal: Doubles | float, vertical: Doubles | float) -> Doubles | float:
    return 100 - 200 * (horizontal - 0.3) ** 2 - 100 * (vertical - 0.6) ** 2


def test_a_known_function_is_recovered_on_the_scales_of_its_hyperparameters() -> None:
    trials = drawn(PLAN, 300, lambda at: float(hill(at["clip_range"], at["learning_rate"])), noise=2.0)
    truth = hill(POSITIONS[:, None], POSITIONS[None, :])
    found = levels(trials)
    assert np.abs(found - truth)[2:-2, 2:-2].max() < 0.1 * np.ptp(truth)
    highest = np.unravel_index(np.argmax(found), found.shape)
    assert (POSITIONS[highest[0]], POSITIONS[highest[1]]) == pytest.approx((0.3, 0.6), abs=0.1)


def test_a_slope_is_not_flattened_at_the_edges() -> None:
    found = levels(drawn(PLAN, 300, lambda at: 100 * at["clip_range"]))
    assert found[0].mean() == pytest.approx(100 * POSITIONS[0], abs=3)
    assert found[-1].mean() == pytest.approx(100 * POSITIONS[-1], abs=3)


def test_what_the_map_does_not_show_is_averaged_over() -> None:
    found = levels(drawn(PLAN, 500, lambda at: 10.0 * (at["activation"] > 0.5)))
    assert found.mean() == pytest.approx(5.0, abs=1.0)


def test_the_map_is_empty_where_no_trial_is_near() -> None:
    random = np.random.default_rng(0)
    corner = [complete(PLAN, number, (*random.uniform(0, 0.3, 2), 0), number) for number in range(30)]
    found = levels(corner)
    assert np.isfinite(found[:8, :8]).all()
    assert np.isnan(found[-8:]).all()
    assert np.isnan(found[:, -8:]).all()


def test_the_map_stays_between_the_lowest_and_the_highest_trial() -> None:
    found = levels(drawn(PLAN, 12, lambda at: 100 * at["clip_range"] * at["learning_rate"], noise=30.0))
    objectives = [
        trial.objective
        for trial in drawn(PLAN, 12, lambda at: 100 * at["clip_range"] * at["learning_rate"], noise=30.0)
    ]
    assert np.nanmin(found) >= min(filter(None, objectives))
    assert np.nanmax(found) <= max(filter(None, objectives))


def test_the_values_of_a_choice_are_bands_that_do_not_run_into_each_other() -> None:
    trials = drawn(PLAN, 60, lambda at: 10.0 * (at["activation"] > 0.5))
    found = levels(trials, ("activation", "clip_range"))
    assert found[: CELLS // 2] == pytest.approx(np.zeros((CELLS // 2, CELLS)), abs=1e-6)
    assert found[CELLS // 2 :] == pytest.approx(np.full((CELLS // 2, CELLS), 10.0), abs=1e-6)


def test_a_choice_nobody_has_tried_is_empty() -> None:
    tried = [
        replace(trial, values={**trial.values, "activation": "relu"})
        for trial in drawn(PLAN, 20, lambda at: at["clip_range"])
    ]
    columns = np.isnan(levels(tried, ("activation", "clip_range"))).all(axis=1)
    place = PLAN.dimension("activation").choices.index("relu")
    assert columns.tolist() == [(index < CELLS // 2) == bool(place) for index in range(CELLS)]


def test_trials_in_one_and_the_same_place_are_averaged() -> None:
    same = [complete(PLAN, number, (0.5, 0.5, 0), float(number % 2)) for number in range(20)]
    found = levels(same)
    assert found[CELLS // 2, CELLS // 2] == pytest.approx(0.5)
    assert np.isnan(found[0, 0])


def test_trials_in_a_row_make_a_map_around_that_row() -> None:
    row = [complete(PLAN, number, (number / 19, 0.5, 0), number / 19) for number in range(20)]
    found = levels(row)[:, CELLS // 2]
    assert found[4:-4] == pytest.approx(POSITIONS[4:-4], abs=0.05)


def test_there_is_no_map_of_too_few_trials_or_of_what_is_not_searched() -> None:
    trials = drawn(PLAN, FEWEST_TRIALS, lambda at: at["clip_range"])
    assert contour(PLAN, trials[:-1], FIELDS) is None
    assert contour(PLAN, trials, FIELDS) is not None
    assert contour(PLAN, trials, ("clip_range", "gamma")) is None
