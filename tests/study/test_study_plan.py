from __future__ import annotations

from dataclasses import replace

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.study.dimension import Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.study_plan import Objective, StudyPlan

PLAN = StudyPlan(
    "CartPole-v1",
    Algorithm.PPO,
    Hyperparameters(rollout_length=32, n_envs=8, n_minibatches=4, stop_when_solved=True),
    (usual_dimension("clip_range"), usual_dimension("learning_rate")),
    Objective.EVALUATION,
    total_steps=10_000,
    n_seeds=2,
)


def test_a_trial_trains_its_values_in_the_place_of_the_base_for_the_whole_budget() -> None:
    settings = PLAN.settings({"clip_range": 0.3, "learning_rate": 1e-3}, seed=2)
    assert settings.seed == 2
    values = settings.hyperparameters
    assert (values.clip_range, values.learning_rate, values.rollout_length) == (0.3, 1e-3, 32)
    assert (values.total_steps, values.stop_when_solved) == (10_000, False)


def test_a_study_begins_with_what_the_base_has_of_what_is_searched() -> None:
    assert PLAN.base_values == {"clip_range": 0.2, "learning_rate": 3e-4}


def test_a_full_grid_has_every_combination() -> None:
    assert PLAN.combinations == 5 * 5
    space = (Dimension("clip_range", 0.1, 0.4, points=3), Dimension("activation"), usual_dimension("gamma"))
    assert replace(PLAN, space=space).combinations == 3 * 2 * 7


def test_a_search_of_nothing_or_of_one_thing_twice_is_refused() -> None:
    with pytest.raises(InvalidStudy, match="tick at least one"):
        replace(PLAN, space=())
    with pytest.raises(InvalidStudy, match="Clip range is searched twice"):
        replace(PLAN, space=(usual_dimension("clip_range"), Dimension("clip_range", 0.1, 0.2)))


@pytest.mark.parametrize(
    ("change", "message"), [({"n_seeds": 0}, "Seeds is 0"), ({"n_seeds": 11}, "Seeds is 11")]
)
def test_a_trial_has_some_seeds_and_not_too_many(change: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidStudy, match=message):
        replace(PLAN, **change)


@pytest.mark.parametrize("total_steps", [999, 10_000_001])
def test_a_run_has_a_budget_within_reason(total_steps: int) -> None:
    with pytest.raises(InvalidStudy, match="Steps is"):
        replace(PLAN, total_steps=total_steps)


def test_a_space_with_more_minibatches_than_samples_in_a_corner_is_refused() -> None:
    space = (Dimension("rollout_length", 1, 64), Dimension("n_minibatches", 1, 16))
    with pytest.raises(InvalidStudy, match=r"At the ends of the ranges: .*16"):
        replace(PLAN, space=space)
    replace(PLAN, space=(Dimension("rollout_length", 2, 64), Dimension("n_minibatches", 1, 16)))


def test_rollouts_longer_than_the_budget_are_refused() -> None:
    with pytest.raises(InvalidStudy, match="A rollout may have 16 384 samples, more than the 10 000 steps"):
        replace(PLAN, space=(Dimension("rollout_length", 16, 2048),))
