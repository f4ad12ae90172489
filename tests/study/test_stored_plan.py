"""The plan of a study in JSON: what was written is read, and nothing else is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.study.dimension import Dimension, InvalidStudy, searchable_fields, usual_dimension
from ppo_desktop.study.plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.stored_plan import plan_values, read_plan, read_strategy, strategy_values
from tests.studies import PLAN

EVERYTHING = StudyPlan(
    "LunarLander-v3",
    Algorithm.A2C,
    Hyperparameters(),
    tuple(usual_dimension(field) for field in searchable_fields()),
    Objective.LEARNING_CURVE,
    total_steps=1_000_000,
    n_seeds=10,
)


def written(plan: StudyPlan) -> dict[str, Any]:
    """Return a plan as it comes back from a file."""
    values: dict[str, Any] = json.loads(json.dumps(plan_values(plan), allow_nan=False))
    return values


@pytest.mark.parametrize("plan", [PLAN, EVERYTHING], ids=["small", "everything"])
def test_what_was_written_is_read(plan: StudyPlan) -> None:
    assert read_plan(written(plan)) == plan


@pytest.mark.parametrize("strategy", [Strategy(), Strategy("grid", "median", 7)])
def test_a_strategy_that_was_written_is_read(strategy: Strategy) -> None:
    assert read_strategy(json.loads(json.dumps(strategy_values(strategy)))) == strategy


def test_the_number_of_grid_points_is_kept() -> None:
    plan = StudyPlan(
        PLAN.environment_id,
        PLAN.algorithm,
        PLAN.base,
        (Dimension("clip_range", 0.1, 0.4, points=7),),
        PLAN.objective,
        PLAN.total_steps,
        PLAN.n_seeds,
    )
    assert read_plan(written(plan)).space[0].points == 7


def read(values: dict[str, Any]) -> StudyPlan | str:
    """Return the plan, or why there is none."""
    try:
        return read_plan(values)
    except InvalidStudy as error:
        return str(error)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def places(values: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where there is something in nested JSON, as keys from the outside in."""
    keys = list(values) if isinstance(values, dict) else list(range(len(values)))
    found = []
    for key in keys:
        found.append((*path, key))
        if isinstance(values[key], dict | list):
            found += places(values[key], (*path, key))
    return found


@given(place=st.sampled_from(places(written(PLAN))), value=ANYTHING)
def test_whatever_stands_in_one_place_is_refused_in_a_line_or_makes_a_plan(
    place: tuple[Any, ...], value: Any
) -> None:
    values = written(PLAN)
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    outcome = read(values)
    if isinstance(outcome, StudyPlan):
        assert read_plan(written(outcome)) == outcome
    else:
        assert "\n" not in outcome


@given(place=st.sampled_from(places(written(PLAN))))
def test_whatever_is_missing_is_refused_or_has_its_usual_value(place: tuple[Any, ...]) -> None:
    values = written(PLAN)
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    outcome = read(values)
    assert not isinstance(outcome, str) or "\n" not in outcome


@given(ANYTHING)
def test_whatever_stands_for_all_of_it_is_refused(values: Any) -> None:
    with pytest.raises(InvalidStudy):
        read_plan(values)
    assert read_strategy(values) == Strategy()
