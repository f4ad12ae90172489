"""What a study says of itself, as Optuna keeps it: the plan and the strategy in readable JSON.

A study may come from anywhere: everything in it is checked.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from ppo_desktop.comparison.json_values import LONGEST_TEXT, NOT_UNDERSTOOD, refuse, whole
from ppo_desktop.comparison.plan import InvalidComparison
from ppo_desktop.comparison.reading_plan import check_module, read_environment_id, read_hyperparameters
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.study.dimension import GRID_POINTS, Dimension, InvalidStudy, searchable_fields
from ppo_desktop.study.plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.samplers import PRUNER_NAMES, SAMPLER_NAMES

PLAN = "ppo_desktop"
"""Name of the study's attribute that holds its plan."""
STRATEGY = "ppo_desktop_strategy"
CHECK = "ppo_desktop_check"
MARK = "mark"
"""Name of a trial's attribute that holds the mark of the process that is at it."""
VERSION = 1
_LARGEST_SEED = 2**31 - 1


def plan_values(plan: StudyPlan) -> dict[str, Any]:
    """Return a plan as JSON can hold it."""
    return {
        "version": VERSION,
        "environment_id": plan.environment_id,
        "algorithm": plan.algorithm.value,
        "objective": plan.objective.value,
        "total_steps": plan.total_steps,
        "n_seeds": plan.n_seeds,
        "space": [_dimension_values(dimension) for dimension in plan.space],
        "base": dataclasses.asdict(plan.base),
    }


def strategy_values(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy as JSON can hold it."""
    return dataclasses.asdict(strategy)


def read_plan(values: Any) -> StudyPlan:
    """Return the plan of a study; nothing is imported for it.

    Raises:
        InvalidStudy: It is from another version, contradicts itself, cannot be trained, or its environment
            would run a module that nobody has named in this session. The message completes "X cannot be
            used: …".
    """
    try:
        if whole(values["version"], 1) != VERSION:
            raise InvalidStudy("it comes from another version of PPO Desktop.")
        plan = _read_plan(values)
        check_module(plan.environment_id)
        return plan
    except (InvalidStudy, InvalidComparison, InvalidHyperparameter) as error:
        raise InvalidStudy(one_line(str(error))) from error
    except NOT_UNDERSTOOD as error:
        raise InvalidStudy("what it searches is not complete.") from error


def read_strategy(values: Any) -> Strategy:
    """Return the strategy of a study; of one that cannot be understood, the usual one.

    It may be changed at any time, so that a study is not lost by it.
    """
    try:
        sampler, pruner, seed = values["sampler"], values["pruner"], whole(values["seed"], 0)
        if sampler not in SAMPLER_NAMES or pruner not in PRUNER_NAMES or seed > _LARGEST_SEED:
            refuse(values)
        return Strategy(sampler, pruner, seed)
    except NOT_UNDERSTOOD:
        return Strategy()


def _read_plan(values: dict[str, Any]) -> StudyPlan:
    return StudyPlan(
        read_environment_id(values["environment_id"]),
        Algorithm(values["algorithm"]),
        read_hyperparameters(values["base"]),
        tuple(_read_dimension(dimension) for dimension in values["space"]),
        Objective(values["objective"]),
        whole(values["total_steps"], 1),
        whole(values["n_seeds"], 1),
    )


def _dimension_values(dimension: Dimension) -> dict[str, Any]:
    if not dimension.declaration.numeric:
        return {"field": dimension.field}
    values: dict[str, Any] = {"field": dimension.field, "low": dimension.low, "high": dimension.high}
    return values | {"points": dimension.points}


def _read_dimension(values: dict[str, Any]) -> Dimension:
    field = values["field"]
    if not isinstance(field, str) or len(field) > LONGEST_TEXT or field not in searchable_fields():
        refuse(field)
    if not DECLARATIONS[field].numeric:
        return Dimension(field)
    points = whole(values.get("points", GRID_POINTS), 1)
    return Dimension(field, _number(values["low"]), _number(values["high"]), points)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(value)
    return value
