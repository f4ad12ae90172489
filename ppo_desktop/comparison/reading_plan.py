"""What a file says is compared: read only where it makes sense, so that it can be gone on with."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from ppo_desktop.comparison.json_values import LONGEST_TEXT, refuse, text, whole
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    BUDGET_FIELDS,
    PRESET,
    SETTINGS,
    Comparison,
    InvalidComparison,
    RunKey,
    Variant,
    letter,
    with_budget,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import preset_named

_FIELDS = (ALGORITHM, PRESET, SETTINGS, *(name for name in DECLARATIONS if name not in BUDGET_FIELDS))


def read_comparison(values: dict[str, Any]) -> Comparison:
    """Return the comparison that the first line of a file describes; nothing is imported for it.

    Raises:
        InvalidComparison: It contradicts itself, or there is too much of it.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
        ValueError: Something is not what it should be, and likewise the others of `NOT_UNDERSTOOD`.
    """
    if values["field"] not in _FIELDS:
        refuse(values["field"])
    comparison = Comparison(
        text(values["title"]),
        read_environment_id(values["environment_id"]),
        values["field"],
        tuple(_variant(values, variant) for variant in values["variants"]),
        whole(values["n_seeds"], 1),
        whole(values["total_steps"], 1),
    )
    for number in range(len(comparison.variants)):
        _check(comparison, number)
    _check_they_differ(comparison.variants)
    return comparison


def check_module(environment_id: str) -> None:
    """Raise InvalidComparison where making an environment would import a module that a file names.

    What the user has typed in this session is imported already.
    """
    module = EnvironmentId.of(environment_id).module
    if module and module not in sys.modules:
        raise InvalidComparison(
            f"its environment {environment_id} would run the module {module}. If you trust that module, "
            "type the id in Train first."
        )


def read_environment_id(value: Any) -> str:
    """Return an environment's id as it stands there: cut or changed it would be another.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_TEXT:
        refuse(value)
    return str(value)


def _variant(comparison: dict[str, Any], values: dict[str, Any]) -> Variant:
    """Return a variant; a hyperparameter or an algorithm is not called as it was in an earlier version."""
    field, label, value = comparison["field"], text(values["label"]), values["value"]
    if not label or not isinstance(value, float | int | str | None):
        refuse(label)
    name = ""
    if field == SETTINGS:
        name = label.removeprefix(f"{value}: ")
    elif field == PRESET:  # earlier versions wrote its name
        preset = preset_named(str(comparison["environment_id"]), str(value))
        value, name = (value, label) if preset is None else (preset.id, preset.name)
    algorithm = Algorithm(values["algorithm"])
    return Variant(field, value, algorithm, read_hyperparameters(values["hyperparameters"]), name)


def read_hyperparameters(values: Any) -> Hyperparameters:
    """Return all hyperparameters from {name: value}.

    Raises:
        InvalidComparison: Some are missing, or are not known.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
        ValueError: They are not there at all.
    """
    if not isinstance(values, dict):
        refuse(values)
    unknown, missing = sorted({*values} - {*DECLARATIONS}), sorted({*DECLARATIONS} - {*values})
    if unknown:
        raise InvalidComparison(f"it has hyperparameters this version does not know: {', '.join(unknown)}")
    if missing:
        raise InvalidComparison(f"it lacks hyperparameters: {', '.join(missing)}")
    return Hyperparameters().changed(values)


def _check(comparison: Comparison, number: int) -> None:
    variant = comparison.variants[number]
    comparison.settings(RunKey(number, 1))  # raises where it cannot be trained
    if with_budget(variant.hyperparameters, comparison.total_steps) != variant.hyperparameters:
        raise InvalidComparison(f"{variant.label} would not learn for as many steps as the comparison has")
    own = _own_value(comparison.field, number, variant)
    if type(variant.value) is not type(own) or variant.value != own:  # True is not 1
        raise InvalidComparison(f"the value of {variant.label} is not the one it is trained with")


def _own_value(field: str, number: int, variant: Variant) -> Value:
    """Return the value that a variant must have, by all else that is said of it."""
    if field == ALGORITHM:
        return variant.algorithm.value
    if field == SETTINGS:
        return letter(number)
    if field == PRESET:  # any name: that of another version's preset may be gone, or stand for other values
        return text(variant.value) or None
    value: Value = getattr(variant.hyperparameters, field)
    return value


def _check_they_differ(variants: tuple[Variant, ...]) -> None:
    for first, second in itertools.combinations(variants, 2):
        if first.value == second.value:
            raise InvalidComparison(f"{first.label} and {second.label} have the same value")
