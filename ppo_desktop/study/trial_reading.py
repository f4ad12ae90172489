"""Optuna's trials as records; whoever has written them, everything in them is checked."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.ppo.declaration import InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.schema import encodable, text
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.plan import MOST_SEEDS, StudyPlan
from ppo_desktop.study.trials import INTERRUPTED, TrialRecord, TrialState

WORKER = "worker"
"""User attribute of a trial: who is at it, "host:process"."""
RANDOM = "random"
"""Likewise: whether its values were drawn at random."""
REASON = "reason"
"""Likewise: why it has no value."""
SEED_OBJECTIVES = "seed_objectives"
"""Likewise: what is maximised, of each seed."""

_HISTORY = "retry_history"
"""System attribute of Optuna: numbers of the trials that this one tries again, in order."""
_COMBINATION = "grid_id"
"""Likewise: which combination of the grid it is."""
_GIVEN = "fixed_params"
"""System attribute of Optuna: the values a waiting trial is to have."""
_STATES = {
    OptunaState.WAITING: TrialState.WAITING,
    OptunaState.RUNNING: TrialState.RUNNING,
    OptunaState.COMPLETE: TrialState.COMPLETE,
    OptunaState.PRUNED: TrialState.PRUNED,
    OptunaState.FAIL: TrialState.FAILED,
}


class _NotOurs(ValueError):
    """A trial's values are not of this study; the message says why, in one line."""


def read_trial(trial: FrozenTrial, plan: StudyPlan) -> TrialRecord:
    """Return the record of a trial; one that does not fit the plan has failed, and says why."""
    attributes = trial.user_attrs
    state = _STATES[trial.state]
    if state is TrialState.FAILED and attributes.get(INTERRUPTED) is True:
        state = TrialState.INTERRUPTED
    curve = _curve(trial.intermediate_values)
    objective = _objective(trial, state, curve)
    reason = "" if state in (TrialState.WAITING, TrialState.RUNNING) else _text(attributes.get(REASON))
    try:
        values = _values(trial, plan, must_be_whole=state in (TrialState.COMPLETE, TrialState.PRUNED))
        if state is TrialState.COMPLETE and objective is None:
            raise _NotOurs("Its value is no number.")
    except _NotOurs as error:
        state, values, objective, reason = TrialState.FAILED, {}, None, str(error)
    is_begun = state is not TrialState.WAITING
    return TrialRecord(
        number=trial.number,
        state=state,
        values=values,
        objective=objective,
        curve=curve,
        seed_objectives=_seed_objectives(attributes.get(SEED_OBJECTIVES)),
        begun=_time(trial.datetime_start) if is_begun else None,
        ended=_time(trial.datetime_complete) if state.is_finished else None,
        worker=_text(attributes.get(WORKER)) if is_begun else "",
        is_random=attributes.get(RANDOM) is True,
        reason=reason,
        retry_of=_retry_of(trial.system_attrs.get(_HISTORY)),
        combination=_number_from_zero(trial.system_attrs.get(_COMBINATION)),
    )


def _values(trial: FrozenTrial, plan: StudyPlan, *, must_be_whole: bool) -> dict[str, Value]:
    given = trial.system_attrs.get(_GIVEN)
    found: dict[str, Any] = {**(given if isinstance(given, dict) else {}), **trial.params}
    if unknown := sorted(name for name in map(str, found) if name not in plan.fields):
        raise _NotOurs(one_line(encodable(f"It has values that this study does not search: {unknown[0]}")))
    missing = [dimension.label for dimension in plan.space if dimension.field not in found]
    if missing and must_be_whole:
        raise _NotOurs(f"It has no value of {missing[0]}.")
    return {
        dimension.field: _value(found[dimension.field], dimension)
        for dimension in plan.space
        if dimension.field in found
    }


def _value(value: Any, dimension: Dimension) -> Value:
    """Return a value of a hyperparameter in its own type, if it has a place on the dimension."""
    try:
        if dimension.declaration.numeric:
            return _number(value, dimension)
        if any(type(choice) is type(value) and choice == value for choice in dimension.choices):
            return dimension.declaration.check(value)
    except (InvalidHyperparameter, TypeError, OverflowError):
        pass
    raise _NotOurs(one_line(encodable(f"{dimension.label} cannot be {value!r:.50}.")))


def _number(value: Any, dimension: Dimension) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if dimension.declaration.kind is Kind.INTEGER and float(value).is_integer():
        value = int(value)
    scale = dimension.declaration.scale
    assert scale is not None
    if not scale.low <= value <= scale.high:
        raise TypeError
    return dimension.declaration.check(value)


def _objective(trial: FrozenTrial, state: TrialState, curve: tuple[tuple[int, float], ...]) -> float | None:
    if state is TrialState.COMPLETE:
        return _finite(trial.values[0]) if trial.values else None
    if state is TrialState.PRUNED and curve:
        return curve[-1][1]
    return None


def _curve(reports: dict[int, float]) -> tuple[tuple[int, float], ...]:
    points = ((step, _finite(value)) for step, value in sorted(reports.items()))
    return tuple((step, value) for step, value in points if value is not None and step >= 0)


def _seed_objectives(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > MOST_SEEDS:
        return ()
    numbers = [_finite(value) for value in values]
    return tuple(number for number in numbers if number is not None) if None not in numbers else ()


def _retry_of(history: Any) -> int | None:
    if not isinstance(history, list) or not history:
        return None
    return _number_from_zero(history[-1])


def _number_from_zero(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _text(value: Any) -> str:
    return text(value) if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None
