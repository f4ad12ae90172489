"""How much there is to be done, in one line; and how long it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trial_cost import describe_work
from tests.tuning import PLAN


def plan(total_steps: int = 50_000, n_seeds: int = 2, *points: int) -> StudyPlan:
    ranges = (("clip_range", 0.1, 0.4), ("learning_rate", 1e-3, 1e-2))
    space = tuple(Dimension(*ends, number) for ends, number in zip(ranges, points or (5, 5), strict=False))
    return replace(PLAN, total_steps=total_steps, n_seeds=n_seeds, space=space)


@pytest.mark.parametrize(
    ("n_trials", "seconds", "is_grid", "text"),
    [
        (60, 0.8, False, "60 trials × 2 seeds × 50 000 steps = 6 000 000 steps · about 48 s"),
        (1, 0.8, False, "1 trial × 2 seeds × 50 000 steps = 100 000 steps · about 1 s"),
        (None, 0.84, False, "Until stopped: each trial 2 seeds × 50 000 steps · about 0.8 s"),
        (None, 40, False, "Until stopped: each trial 2 seeds × 50 000 steps · about 40 s"),
        (10, 1, True, "5 × 5 = 25 combinations, 10 of them now · 1 000 000 steps · about 10 s"),
        (60, 1, True, "5 × 5 = 25 combinations · 2 500 000 steps · about 25 s"),
        (None, 1, True, "5 × 5 = 25 combinations · 2 500 000 steps · about 25 s"),
    ],
)
def test_trials_work_and_time_are_told(
    n_trials: int | None, seconds: float, is_grid: bool, text: str
) -> None:
    assert describe_work(plan(), n_trials, seconds, is_grid=is_grid) == text


@pytest.mark.parametrize(
    ("n_trials", "n_left", "text"),
    [
        (None, 3, "5 × 5 = 25 combinations, 3 of them still to be tried · 300 000 steps · about 3 s"),
        (
            2,
            3,
            "5 × 5 = 25 combinations, 3 of them still to be tried, 2 of them now · 200 000 steps · about 2 s",
        ),
        (60, 0, "5 × 5 = 25 combinations · nothing is left to try"),
    ],
)
def test_of_a_grid_only_what_is_left_counts(n_trials: int | None, n_left: int, text: str) -> None:
    assert describe_work(plan(), n_trials, 1, is_grid=True, n_left=n_left) == text


def test_combinations_of_a_map_are_called_cells() -> None:
    words = describe_work(plan(), None, 1, is_grid=True, n_left=3, combination="cell")
    assert words.startswith("5 × 5 = 25 cells, 3 of them still to be tried")


def test_a_grid_of_one_hyperparameter_is_no_product() -> None:
    one = replace(plan(), space=(Dimension("clip_range", 0.1, 0.4, 3),))
    assert describe_work(one, None, 1, is_grid=True).startswith("3 combinations · 300 000 steps")


@pytest.mark.parametrize("n_trials", [60, None])
def test_a_time_nobody_knows_is_not_made_up(n_trials: int | None) -> None:
    assert describe_work(plan(), n_trials, None, is_grid=False).endswith(" · time not known yet")
    assert describe_work(plan(), n_trials, None, is_grid=False, with_time=False).endswith("steps")
