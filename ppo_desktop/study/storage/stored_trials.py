"""Optuna's trials as records, and what is written in them; everything that is read is checked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.ppo.declaration import InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, Schema, encodable, refuse, text, whole
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.kept_runs import KeptRuns
from ppo_desktop.study.study_plan import MOST_SEEDS, REPORTS, StudyPlan
from ppo_desktop.study.trials import (
    COMBINATION,
    DIED,
    INTERRUPTED,
    RANDOM,
    REASON,
    WORKER,
    TrialRecord,
    TrialState,
)

SEED_OBJECTIVES = "seed_objectives"
"""User attribute of a trial: what is maximised, of each seed."""
CURVE = "curve"
"""Likewise: its learning curve so far, as `curve_values` writes it."""
RUNS = "runs"
"""Likewise: what its runs have recorded, as `kept_runs` writes it."""
MOST_DEATHS = 3
"""Programs that may die at the same values before these are given up for good."""

_CURVES = Schema()
_STEPS, _RETURNS = "steps", "mean_return"
_DEATHS = "deaths"
"""User attribute of a trial: how many programs have died at its values before."""
_HISTORY = "retry_history"
"""System attribute of Optuna: numbers of the trials that this one tries again, in order."""
_GRID_COMBINATION = "grid_id"
"""Likewise: which combination of the grid it is."""
_GIVEN = "fixed_params"
"""Likewise: the values a waiting trial is to have."""
_OF_THE_VALUES = (_GRID_COMBINATION, "search_space", _GIVEN, "failed_trial")
"""System attributes that belong to a trial's values; pruners keep there how far it has come."""


class _NotOurs(ValueError):
    """A trial's values are not of this study; the message says why, in one line."""


def read_trial(trial: FrozenTrial, plan: StudyPlan) -> TrialRecord:
    """Return the record of a trial; one that does not fit the plan has failed, and says why."""
    attributes = trial.user_attrs
    state = state_of(trial)
    curve = _curve(trial)
    objective = _objective(trial, state, curve)
    reason = ""
    if state in (TrialState.FAILED, TrialState.INTERRUPTED):
        reason = _why_it_has_no_value(trial)
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
        combination=combination_of(trial),
        kept=KeptRuns(attributes[RUNS], plan.total_steps) if RUNS in attributes else None,
    )


def state_of(trial: FrozenTrial) -> TrialState:
    """Return where a trial is; one that is interrupted is a failed one to Optuna."""
    if trial.state is not OptunaState.FAIL:
        return TrialState[trial.state.name]
    is_interrupted = trial.user_attrs.get(INTERRUPTED) is True or _was_cut_off(trial)
    return TrialState.INTERRUPTED if is_interrupted and not _is_given_up(trial) else TrialState.FAILED


def curve_values(points: Iterable[tuple[int, float]]) -> JsonObject:
    """Return a learning curve as JSON can hold it, in columns that are read by name."""
    steps, returns = zip(*points, strict=True)
    return {"version": _CURVES.version, _STEPS: list(steps), _RETURNS: list(returns)}


def retry_of(trial: FrozenTrial) -> FrozenTrial:
    """Return a trial that waits, with the values of an interrupted one and nothing of how far that came."""
    history = trial.system_attrs.get(_HISTORY)
    system = {key: trial.system_attrs[key] for key in _OF_THE_VALUES if key in trial.system_attrs}
    system.setdefault("failed_trial", trial.number)
    system[_HISTORY] = [*(history if isinstance(history, list) else []), trial.number]
    user = {key: trial.user_attrs[key] for key in (WORKER, RANDOM, COMBINATION) if key in trial.user_attrs}
    if deaths := _deaths(trial):
        user[_DEATHS] = deaths
    return optuna.create_trial(
        state=OptunaState.WAITING,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs=user,
        system_attrs=system,
    )


def enqueue_retry(study: optuna.Study, trial: FrozenTrial) -> None:
    """Have the values of a trial tried again that was interrupted; Optuna calls it for stale ones, too."""
    if state_of(trial) is TrialState.INTERRUPTED and is_chosen(trial):
        study.add_trial(retry_of(trial))


def has_values(trial: FrozenTrial) -> bool:
    """Return whether a trial's values have been chosen, or given."""
    return bool(trial.params or trial.system_attrs.get(_GIVEN))


def combination_of(trial: FrozenTrial) -> int | None:
    """Return which combination of a grid, or cell of a map, was chosen for a trial."""
    return _number_from_zero(trial.system_attrs.get(_GRID_COMBINATION, trial.user_attrs.get(COMBINATION)))


def is_chosen(trial: FrozenTrial) -> bool:
    """Return whether it is known which values a trial is to have: else it can be as well another."""
    return has_values(trial) or combination_of(trial) is not None


def _was_cut_off(trial: FrozenTrial) -> bool:
    """Return whether the program that was at a trial has died: it has failed, and does not say why."""
    return trial.state is OptunaState.FAIL and WORKER in trial.user_attrs and REASON not in trial.user_attrs


def _deaths(trial: FrozenTrial) -> int:
    """Return how many programs have died at a trial's values, at the trial itself included."""
    return (_number_from_zero(trial.user_attrs.get(_DEATHS)) or 0) + _was_cut_off(trial)


def _is_given_up(trial: FrozenTrial) -> bool:
    """Return whether a trial's values are tried no more, as too many programs have died at them."""
    return _was_cut_off(trial) and _deaths(trial) >= MOST_DEATHS


def _why_it_has_no_value(trial: FrozenTrial) -> str:
    if _is_given_up(trial):
        return f"{counted(_deaths(trial), 'program')} ended while at it; not tried again."
    return DIED if _was_cut_off(trial) else _text(trial.user_attrs.get(REASON))


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
        if dimension.is_between_ends:
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


def _curve(trial: FrozenTrial) -> tuple[tuple[int, float], ...]:
    """Return the points of its curve: all reports of earlier versions, later those that pruners want only."""
    reports = {**trial.intermediate_values, **_curve_points(trial.user_attrs.get(CURVE))}
    points = ((step, _finite(value)) for step, value in sorted(reports.items()))
    return tuple((step, value) for step, value in points if value is not None and step >= 0)


def _curve_points(curve: Any) -> dict[int, Any]:
    try:
        columns = _CURVES.migrate(curve)
        steps, returns = columns[_STEPS], columns[_RETURNS]
        if len(steps) > REPORTS:
            refuse(steps)
        return {whole(step, 0): value for step, value in zip(steps, returns, strict=True)}
    except NOT_UNDERSTOOD:
        return {}


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
