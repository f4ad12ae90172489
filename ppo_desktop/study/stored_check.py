"""What fresh seeds have said, as a study keeps it; a study may come from anywhere: everything is checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ppo_desktop.comparison.json_values import refuse, text, whole
from ppo_desktop.comparison.plan import BUDGET_FIELDS
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.check import (
    BEST,
    FIRST_FRESH_SEED,
    PRESET,
    RUNNER_UP,
    START,
    Candidate,
    CheckedCandidate,
    CheckResult,
    Outcome,
    check_result,
)
from ppo_desktop.study.plan import StudyPlan

_MOST_SEEDS = 1_000


def to_json(result: CheckResult) -> dict[str, Any]:
    """Return a result as JSON can hold it; means and sentences come from its numbers and are not kept."""
    return {"n_seeds": result.n_seeds, "checked": [_candidate_values(checked) for checked in result.checked]}


def from_json(values: Any, plan: StudyPlan) -> CheckResult:
    """Return a result as it was kept with a study.

    Raises:
        json_values.NOT_UNDERSTOOD: Something in it is none of ours, or not of this plan.
    """
    n_seeds = whole(values["n_seeds"], 1)
    kept = values["checked"]
    if n_seeds > _MOST_SEEDS or not isinstance(kept, list) or not 1 <= len(kept) <= 3:
        refuse(values)
    checked = [(_candidate(entry, plan), _outcome(entry, n_seeds)) for entry in kept]
    names = [candidate.name for candidate, _ in checked]
    if names[0] != BEST or len(set(names)) < len(names):
        refuse(names)
    return check_result(plan, checked, n_seeds)


def _candidate_values(checked: CheckedCandidate) -> dict[str, Any]:
    candidate = checked.candidate
    return {
        "name": candidate.name,
        "trial": candidate.trial,
        "values": dict(candidate.values),
        "in_study": candidate.in_study,
        **({"preset": candidate.preset} if candidate.preset else {}),
        "objectives": [list(pair) for pair in checked.by_seed.items()],
        "failures": [list(pair) for pair in checked.failures.items()],
    }


def _candidate(entry: Any, plan: StudyPlan) -> Candidate:
    name, trial, in_study = entry["name"], entry["trial"], entry["in_study"]
    if name not in (BEST, RUNNER_UP, PRESET, START) or (trial is None) != (name in (PRESET, START)):
        refuse(name)
    is_preset = name == PRESET
    return Candidate(
        name,
        None if trial is None else whole(trial, 0),
        _values(entry["values"], plan, is_whole=is_preset),
        None if in_study is None else _number(in_study),
        text(entry["preset"]) if is_preset else "",
    )


def _values(kept: Any, plan: StudyPlan, *, is_whole: bool) -> dict[str, Value]:
    """Return the values of what is searched; where they are whole, of all else that is there, too."""
    allowed = set(DECLARATIONS).difference(BUDGET_FIELDS) if is_whole else set(plan.fields)
    if not isinstance(kept, Mapping) or not set(plan.fields) <= set(kept) <= allowed:
        refuse(kept)
    return {field: DECLARATIONS[field].check(kept[field]) for field in kept}


def _outcome(entry: Any, n_seeds: int) -> Outcome:
    objectives = {seed: _number(value) for seed, value in _by_seed(entry["objectives"], n_seeds)}
    failures = {seed: text(reason) for seed, reason in _by_seed(entry["failures"], n_seeds)}
    if objectives.keys() & failures.keys():
        refuse(entry)
    return Outcome(objectives, failures)


def _by_seed(pairs: Any, n_seeds: int) -> Iterable[tuple[int, Any]]:
    if not isinstance(pairs, list) or len(pairs) > n_seeds:
        refuse(pairs)
    for seed, value in pairs:
        if not whole(seed, FIRST_FRESH_SEED) < FIRST_FRESH_SEED + n_seeds:
            refuse(seed)
        yield seed, value


def _number(value: Any) -> float:
    """Return a number that a return can be."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(value)
    return float(value)
