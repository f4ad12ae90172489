"""What a study says of itself, in the attributes that Optuna keeps with it: readable JSON, by our schemas.

Each has a version of its own. A study may come from anywhere: everything in it is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.presets import preset_named
from ppo_desktop.schema import (
    NOT_UNDERSTOOD,
    JsonObject,
    Schema,
    Unknown,
    UnusableFile,
    check_module,
    environment_id_from_json,
    fault_of,
    hyperparameters_from_json,
    number,
    one_of,
    refuse,
    text,
    whole,
)
from ppo_desktop.study.check import (
    FIRST_FRESH_SEED,
    Candidate,
    CandidateKind,
    CheckedCandidate,
    CheckResult,
    check_result,
)
from ppo_desktop.study.dimension import GRID_POINTS, MOST_POINTS, Dimension, InvalidStudy
from ppo_desktop.study.samplers import PRUNER_NAMES, SAMPLER_NAMES
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan

PLAN = "ppo_desktop"
"""Name of the study's attribute that holds its plan."""
STRATEGY = "ppo_desktop_strategy"
CHECK = "ppo_desktop_check"
_LARGEST_SEED = 2**31 - 1
_MOST_FRESH_SEEDS = 1_000


def _know_the_preset_by_its_id(check: JsonObject) -> JsonObject:
    """Version 1 called the preset by its name."""
    return {
        **check,
        "checked": [_with_preset_id(entry, check["environment_id"]) for entry in check["checked"]],
    }


def _with_preset_id(entry: JsonObject, environment_id: str) -> JsonObject:
    if "preset" not in entry:
        return entry
    preset = preset_named(environment_id, entry["preset"])
    return entry if preset is None else {**entry, "preset": preset.id}


_SCHEMAS = {PLAN: Schema(), STRATEGY: Schema(), CHECK: Schema((_know_the_preset_by_its_id,))}


def is_newer(attribute: str, kept: Any) -> bool:
    """Return whether a newer version has written an attribute of a study, which is then left as it is."""
    schema = _SCHEMAS[attribute]
    try:
        return schema.version_of(kept) > schema.version
    except NOT_UNDERSTOOD:
        return False


# ---- the plan ------------------------------------------------------------------------------------


def plan_to_json(plan: StudyPlan) -> JsonObject:
    """Return a plan as JSON can hold it."""
    return {
        "version": _SCHEMAS[PLAN].version,
        "environment_id": plan.environment_id,
        "algorithm": plan.algorithm.value,
        "objective": plan.objective.value,
        "total_steps": plan.total_steps,
        "n_seeds": plan.n_seeds,
        "space": [_dimension_to_json(dimension) for dimension in plan.space],
        "base": asdict(plan.base),
    }


def plan_from_json(values: Any, unknown: Unknown) -> StudyPlan:
    """Return the plan of a study; `unknown` notes what only a newer version knows. Nothing is imported.

    Raises:
        InvalidStudy: It is from a newer version, contradicts itself, cannot be trained, or its environment
            would run a module that was not named in this session. The message completes "X cannot be
            used: …".
    """
    try:
        plan = _plan(_SCHEMAS[PLAN].migrate(values), unknown)
        check_module(plan.environment_id)
        return plan
    except (InvalidStudy, InvalidHyperparameter, UnusableFile) as error:
        raise InvalidStudy(one_line(str(error))) from error
    except NOT_UNDERSTOOD as error:
        raise InvalidStudy(f"what it searches is {fault_of(error)}.") from error


def _plan(values: JsonObject, unknown: Unknown) -> StudyPlan:
    plan = StudyPlan(
        environment_id_from_json(values["environment_id"]),
        one_of(Algorithm, values["algorithm"], "algorithm"),
        hyperparameters_from_json(values["base"], unknown),
        tuple(_dimension(dimension, unknown) for dimension in values["space"]),
        one_of(Objective, values["objective"], "objective"),
        whole(values["total_steps"], 1),
        whole(values["n_seeds"], 1),
    )
    unknown.note("field", values, plan_to_json(plan))
    return plan


def _dimension_to_json(dimension: Dimension) -> JsonObject:
    if dimension.values:
        return {"field": dimension.field, "values": list(dimension.values)}
    if not dimension.is_between_ends:
        return {"field": dimension.field}
    values: JsonObject = {"field": dimension.field, "low": dimension.low, "high": dimension.high}
    return values | {"points": dimension.points}


def _dimension(values: JsonObject, unknown: Unknown) -> Dimension:
    field = text(values["field"])
    if field not in DECLARATIONS:
        raise UnusableFile(f"it searches {field}, which this version of PPO Desktop does not know.")
    if field not in TRAINING_FIELDS:
        refuse(field)
    if "values" in values:
        dimension = Dimension(field, values=_named_values(values["values"]))
    elif DECLARATIONS[field].numeric:
        points = whole(values.get("points", GRID_POINTS), 1)
        dimension = Dimension(field, number(values["low"]), number(values["high"]), points)
    else:
        dimension = Dimension(field)
    unknown.note("field", values, _dimension_to_json(dimension))
    return dimension


def _named_values(values: Any) -> tuple[Value, ...]:
    """Return values that a dimension has one by one; whether it can have them, it says itself."""
    if not isinstance(values, list) or not 2 <= len(values) <= MOST_POINTS:
        refuse(values)
    if not all(value is None or isinstance(value, float | int | str) for value in values):
        refuse(values)
    return tuple(values)


# ---- the strategy --------------------------------------------------------------------------------


def strategy_to_json(strategy: Strategy) -> JsonObject:
    """Return a strategy as JSON can hold it."""
    return {"version": _SCHEMAS[STRATEGY].version, **asdict(strategy)}


def changed_strategy_to_json(kept: Any, before: Strategy, after: Strategy) -> JsonObject:
    """Return what a study keeps of its strategy, with what was changed in it and nothing else written anew.

    Args:
        kept: What the study has kept; not of a newer version.
        before: What was understood of that.
        after: The strategy from now on.
    """
    old, new = strategy_to_json(before), strategy_to_json(after)
    try:
        kept = _SCHEMAS[STRATEGY].migrate(kept)
    except NOT_UNDERSTOOD:
        return new
    changed = {name: value for name, value in new.items() if value != old[name]}
    return {**new, **kept, **changed, "version": new["version"]}


def strategy_from_json(values: Any, unknown: Unknown) -> Strategy:
    """Return the strategy of a study, with what is usual in place of what cannot be understood.

    It may be changed at any time, so that a study is not lost by it.
    """
    usual = Strategy()
    try:
        values = strategy_to_json(usual) | _SCHEMAS[STRATEGY].migrate(values)
    except UnusableFile:
        unknown.note("strategy", ["of a newer version"])
        return usual
    except NOT_UNDERSTOOD:
        return usual
    unknown.note("field", values, strategy_to_json(usual))
    understood: dict[str, Any] = {}
    for name, is_known in _KNOWN_OF_STRATEGIES.items():
        if is_known(values[name]):
            understood[name] = values[name]
        else:
            unknown.note(name, [values[name]])
    return replace(usual, **understood)


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_SEED


_KNOWN_OF_STRATEGIES: dict[str, Callable[[Any], bool]] = {
    "sampler": SAMPLER_NAMES.__contains__,
    "pruner": PRUNER_NAMES.__contains__,
    "seed": _is_seed,
}


# ---- what fresh seeds have said ------------------------------------------------------------------


def check_to_json(result: CheckResult) -> JsonObject:
    """Return a result as JSON can hold it; means and sentences come from its numbers and are not kept."""
    return {
        "version": _SCHEMAS[CHECK].version,
        "n_seeds": result.n_seeds,
        "checked": [_candidate_to_json(checked) for checked in result.checked],
    }


def check_from_json(
    values: Any, plan: StudyPlan, unknown: Unknown, *, are_cells: bool = False
) -> CheckResult | None:
    """Return a result as it was kept with a study of this plan; None where some of it is none of ours.

    The study says whether its trials `are_cells` of a map.
    """
    try:
        values = _SCHEMAS[CHECK].migrate({**values, "environment_id": plan.environment_id})
        n_seeds = whole(values["n_seeds"], 1)
        kept = values["checked"]
        if n_seeds > _MOST_FRESH_SEEDS or not isinstance(kept, list) or not 1 <= len(kept) <= 3:
            refuse(values)
        checked = [_checked(entry, plan, n_seeds, unknown, are_cells=are_cells) for entry in kept]
        kinds = [one.candidate.kind for one in checked]
        if kinds[0] is not CandidateKind.BEST or len(set(kinds)) < len(kinds):
            refuse(kinds)
        return check_result(plan, checked, n_seeds)
    except UnusableFile:
        unknown.note("check", ["of a newer version"])
        return None
    except NOT_UNDERSTOOD:
        return None


def _candidate_to_json(checked: CheckedCandidate) -> JsonObject:
    candidate = checked.candidate
    return {
        "name": candidate.kind.value,
        "trial": candidate.trial,
        "values": dict(candidate.values),
        "in_study": candidate.in_study,
        **({"preset": candidate.preset} if candidate.preset else {}),
        "objectives": [list(pair) for pair in checked.by_seed.items()],
        "failures": [list(pair) for pair in checked.failures.items()],
    }


def _candidate(entry: Any, plan: StudyPlan, unknown: Unknown, *, are_cells: bool) -> Candidate:
    kind, trial, in_study = CandidateKind(entry["name"]), entry["trial"], entry["in_study"]
    if (trial is None) != (kind in (CandidateKind.PRESET, CandidateKind.START)):
        refuse(entry["name"])
    is_preset = kind is CandidateKind.PRESET
    if is_preset:
        unknown.note("hyperparameter", entry["values"], DECLARATIONS)
    return Candidate(
        kind,
        None if trial is None else whole(trial, 0),
        _values(entry["values"], plan, is_whole=is_preset),
        None if in_study is None else number(in_study),
        text(entry["preset"]) if is_preset else "",
        is_cell=are_cells and trial is not None,
    )


def _values(kept: Any, plan: StudyPlan, *, is_whole: bool) -> dict[str, Value]:
    """Return the values of what is searched; where they are whole, of all else that is known, too."""
    if not isinstance(kept, Mapping):
        refuse(kept)
    known = set(kept).intersection(DECLARATIONS) if is_whole else set(kept)
    allowed = set(TRAINING_FIELDS) if is_whole else set(plan.fields)
    if not set(plan.fields) <= known <= allowed:
        refuse(kept)
    return {field: DECLARATIONS[field].check(kept[field]) for field in kept if field in known}


def _checked(
    entry: Any, plan: StudyPlan, n_seeds: int, unknown: Unknown, *, are_cells: bool
) -> CheckedCandidate:
    candidate = _candidate(entry, plan, unknown, are_cells=are_cells)
    objectives = {seed: float(number(value)) for seed, value in _by_seed(entry["objectives"], n_seeds)}
    failures = {seed: text(reason) for seed, reason in _by_seed(entry["failures"], n_seeds)}
    if objectives.keys() & failures.keys():
        refuse(entry)
    return CheckedCandidate(candidate, objectives, failures)


def _by_seed(pairs: Any, n_seeds: int) -> Iterable[tuple[int, Any]]:
    if not isinstance(pairs, list) or len(pairs) > n_seeds:
        refuse(pairs)
    for seed, value in pairs:
        if not whole(seed, FIRST_FRESH_SEED) < FIRST_FRESH_SEED + n_seeds:
            refuse(seed)
        yield seed, value
