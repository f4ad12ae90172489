"""The plan of a study in JSON: what was written is read, and nothing else is believed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS, Hyperparameters
from ppo_desktop.schema import Unknown
from ppo_desktop.study.attributes import (
    changed_strategy_to_json,
    plan_from_json,
    plan_to_json,
    strategy_from_json,
    strategy_to_json,
)
from ppo_desktop.study.dimension import Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from tests.hyperparameters import any_hyperparameters
from tests.studies import PLAN

EVERYTHING = StudyPlan(
    "LunarLander-v3",
    Algorithm.A2C,
    Hyperparameters(),
    tuple(usual_dimension(field) for field in TRAINING_FIELDS),
    Objective.LEARNING_CURVE,
    total_steps=1_000_000,
    n_seeds=10,
)


def written(plan: StudyPlan) -> dict[str, Any]:
    """Return a plan as it comes back from a file."""
    values: dict[str, Any] = json.loads(json.dumps(plan_to_json(plan), allow_nan=False))
    return values


@pytest.mark.parametrize("plan", [PLAN, EVERYTHING], ids=["small", "everything"])
def test_what_was_written_is_read(plan: StudyPlan) -> None:
    assert plan_from_json(written(plan), Unknown()) == plan


@given(any_hyperparameters())
def test_whatever_is_not_searched_is_read_as_it_was_written(base: Hyperparameters) -> None:
    plan = replace(PLAN, base=base.changed({"n_minibatches": 1, "n_envs": 2}))
    assert plan_from_json(written(plan), Unknown()) == plan


@pytest.mark.parametrize("strategy", [Strategy(), Strategy("grid", "median", 7)])
def test_a_strategy_that_was_written_is_read(strategy: Strategy) -> None:
    assert strategy_from_json(json.loads(json.dumps(strategy_to_json(strategy))), Unknown()) == strategy


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
    assert plan_from_json(written(plan), Unknown()).space[0].points == 7


def read(values: dict[str, Any]) -> StudyPlan | str:
    """Return the plan, or why there is none."""
    try:
        return plan_from_json(values, Unknown())
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
        assert plan_from_json(written(outcome), Unknown()) == outcome
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
        plan_from_json(values, Unknown())
    assert strategy_from_json(values, Unknown()) == Strategy()


def test_what_only_a_newer_version_knows_of_a_plan_is_named() -> None:
    values, unknown = written(PLAN), Unknown()
    values["base"]["momentum"] = 0.9
    values["author"] = "somebody"
    values["space"][0]["prior"] = "beta"
    assert plan_from_json(values, unknown) == PLAN
    assert unknown.names == ["hyperparameter momentum", "field prior", "field author"]


def test_a_plan_that_searches_what_only_a_newer_version_knows_is_refused_by_its_name() -> None:
    values = written(PLAN)
    values["space"].append({"field": "momentum", "low": 0.0, "high": 1.0})
    assert read(values) == "it searches momentum, which this version of PPO Desktop does not know."


def test_a_hyperparameter_that_did_not_exist_yet_has_the_value_declared_for_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DECLARATIONS, "value_coef", replace(DECLARATIONS["value_coef"], before=0.25))
    values = written(PLAN)
    del values["base"]["value_coef"]
    assert plan_from_json(values, Unknown()).base == PLAN.base.changed({"value_coef": 0.25})


def test_only_what_is_changed_of_a_strategy_is_written_anew() -> None:
    kept = {"version": 1, "sampler": "oracle", "pruner": "none", "seed": 7, "restarts": 3}
    before = strategy_from_json(kept, Unknown())
    changed = changed_strategy_to_json(kept, before, replace(before, pruner="median"))
    assert changed == kept | {"pruner": "median"}
    assert changed_strategy_to_json(kept, before, replace(before, sampler="grid")) == kept | {
        "sampler": "grid"
    }


@pytest.mark.parametrize("kept", [None, [], {"version": "two"}])
def test_a_strategy_that_cannot_be_understood_is_replaced(kept: Any) -> None:
    after = Strategy("tpe", "median")
    assert changed_strategy_to_json(kept, Strategy(), after) == strategy_to_json(after)


@pytest.mark.parametrize(
    ("changes", "understood", "names"),
    [
        ({"sampler": "oracle"}, Strategy("tpe", "median", 7), ["sampler oracle"]),
        ({"pruner": "sybil"}, Strategy("grid", "none", 7), ["pruner sybil"]),
        ({"seed": 2**31}, Strategy("grid", "median", 1), ["seed 2147483648"]),
        ({"seed": True}, Strategy("grid", "median", 1), ["seed True"]),
        ({"restarts": 3}, Strategy("grid", "median", 7), ["field restarts"]),
        ({"version": 99}, Strategy(), ["strategy of a newer version"]),
    ],
)
def test_what_only_a_newer_version_knows_of_a_strategy_is_named_and_the_rest_understood(
    changes: dict[str, Any], understood: Strategy, names: list[str]
) -> None:
    unknown = Unknown()
    assert (
        strategy_from_json(strategy_to_json(Strategy("grid", "median", 7)) | changes, unknown) == understood
    )
    assert unknown.names == names


def test_values_named_one_by_one_are_kept() -> None:
    named = (Dimension("clip_range", values=(0.1, 0.4, None)), Dimension("anneal", values=(True, False)))
    plan = replace(PLAN, space=named)
    assert plan_from_json(written(plan), Unknown()) == plan


@pytest.mark.parametrize("values", [[], [0.1], "0.1, 0.2", [0.1, [0.2]], [0.1] * 101, [0.1, 7.0], {"a": 1}])
def test_values_that_are_none_are_refused_with_the_plan(values: Any) -> None:
    plan = written(replace(PLAN, space=(Dimension("clip_range", values=(0.1, 0.4)),)))
    plan["space"][0]["values"] = values
    assert isinstance(read(plan), str)
