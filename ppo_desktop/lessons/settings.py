"""What runs in a lesson, as its file writes it: settings, and changes of them, which make a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    MOST_SEEDS,
    MOST_VARIANTS,
    PRESET,
    Comparison,
    Configuration,
    Variant,
    field_symbol,
    opposed,
    written,
)
from ppo_desktop.lessons.blocks import Entry, LessonError, quoted
from ppo_desktop.lessons.claim import REFERENCE
from ppo_desktop.lessons.entries import Fields, known, pieces, told, whole
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS, changed_fields
from ppo_desktop.ppo.messages import listed
from ppo_desktop.ppo.presets import preset_with_id, presets_for
from ppo_desktop.ppo.settings import RunSettings

FEWEST_SEEDS = 3
"""Fewer pairs show luck."""
SETTINGS_KEYS = ("environment", "algorithm", "settings")
"""The entries that say what learns."""
_OWN = "as in the lesson"
CHANGEABLE = (ALGORITHM, *TRAINING_FIELDS)
"""What a change may name."""

Change = dict[str, Value]
"""{hyperparameter, or `ALGORITHM`: its other value}."""


def read_settings(fields: Fields) -> tuple[str, Configuration]:
    """Return the environment, and what learns in it: a preset, the default one if none is named, and values.

    Only what is built in is taken: for any other environment code would have to be imported.
    """
    environment = fields.need("environment", "CartPole-v1")
    environment_id = known(
        environment, environment.value, list(KNOWN_ENVIRONMENTS), "environment that is built in"
    )
    chosen, settings = fields.find("algorithm"), fields.find("settings")
    algorithm = Algorithm.PPO if chosen is None else _algorithm(chosen, chosen.value)
    values = {} if settings is None else read_values(settings, (PRESET, *TRAINING_FIELDS))
    preset = presets_for(environment_id)[0]
    if settings is not None and (name := str(values.pop(PRESET, ""))):
        known(settings, name, [one.id for one in presets_for(environment_id)], f"preset of {environment_id}")
        preset = preset_with_id(environment_id, name) or preset
    entry = settings or environment
    hyperparameters = told(entry, lambda: preset.hyperparameters.changed(values))
    told(entry, lambda: RunSettings(environment_id, algorithm, hyperparameters, seed=1))
    return environment_id, Configuration(_OWN, algorithm, hyperparameters)


def read_comparison(
    fields: Fields, run_line: int, changes: Sequence[Entry]
) -> tuple[Comparison, list[Change]]:
    """Return what a lesson compares, its own settings first, and the changes that make the others.

    Args:
        fields: The lesson's head.
        run_line: The line of its run.
        changes: The lines that change something.
    """
    environment_id, own = read_settings(fields)
    n_seeds = whole(fields.need("seeds", "3"), FEWEST_SEEDS, MOST_SEEDS)
    steps = fields.need("steps", "49152")
    total_steps = whole(steps, 1, 10**9)
    told(steps, lambda: opposed(environment_id, [own], n_seeds, total_steps))
    if not 1 <= len(changes) < MOST_VARIANTS:
        raise LessonError(
            run_line, f'a run has 1 to {MOST_VARIANTS - 1} lines such as "change: clip_range=off".'
        )
    read: list[Change] = []
    sides = [own]
    for entry in changes:
        values = read_values(entry, CHANGEABLE)
        if values in read:
            raise LessonError(entry.line, "this change is there twice; take one of them out.")
        read.append(values)
        sides.append(_changed(own, entry, values))
        told(entry, lambda: opposed(environment_id, sides, n_seeds, total_steps))
    free = opposed(environment_id, sides, n_seeds, total_steps)
    return _called_by_values(free, read), read


def read_values(entry: Entry, names: Sequence[str], text: str = "") -> Change:
    """Return {name: value} of "name=value, name=value", which is the entry's value or `text`."""
    values: Change = {}
    for piece in pieces(Entry(entry.line, entry.key, text or entry.value)):
        name, equals, typed = (part.strip() for part in piece.partition("="))
        if not (name and equals and typed):
            raise LessonError(
                entry.line, f'values are written "clip_range=0.2, n_envs=8", not {quoted(piece)}.'
            )
        known(entry, name, names, "hyperparameter")
        if name in values:
            raise LessonError(entry.line, f"{name} is there twice; take one of them out.")
        values[name] = _value(entry, name, typed)
    return values


def change_of(comparison: Comparison, number: int) -> Change:
    """Return all that a variant of a lesson's comparison has other than the lesson's own settings."""
    return _change_between(comparison.variants[REFERENCE], comparison.variants[number])


def names_of(comparison: Comparison, number: int) -> tuple[str, str]:
    """Return what the runs with a change and those without it are called, each by all that differs.

    Examples: "ε = off" and "ε = 0.20"; "T = 16 with Minibatches = 1" and "T = 128 with Minibatches = 4".
    """
    own, other = comparison.variants[REFERENCE], comparison.variants[number]
    return _in_words(_change_between(own, other)), _in_words(_change_between(other, own))


def _change_between(one: Variant, other: Variant) -> Change:
    """Return all that `other` has other than `one`, first what variants are called by."""
    changed = changed_fields(one.hyperparameters, other.hyperparameters)
    algorithm = {} if other.algorithm is one.algorithm else {ALGORITHM: other.algorithm.value}
    change = {**algorithm, **{name: value for name, (_, value) in changed.items()}}
    return dict(sorted(change.items(), key=lambda item: item[0] != other.field))


def _in_words(change: Change) -> str:
    """Return values as one name: "T = 16 with K = 1 and λ = 0"."""
    first, *others = (write_change({name: value}) for name, value in change.items())
    return f"{first} with {listed(others)}" if others else first


def write_change(change: Change) -> str:
    """Return a change in words: "ε = off", "T = 10, Minibatches = 1", "A2C"."""
    return ", ".join(
        written(name, value) if name == ALGORITHM else f"{field_symbol(name)} = {written(name, value)}"
        for name, value in change.items()
    )


def command_of(settings: RunSettings) -> str:
    """Return the command that lets such a run learn, with what is not as in the environment's preset."""
    preset = presets_for(settings.environment_id)[0].hyperparameters
    values = " ".join(
        f"{DECLARATIONS[name].flag}={_typed(name, new)}"
        for name, (_, new) in changed_fields(preset, settings.hyperparameters).items()
    )
    command = f"ppo-desktop train --env {settings.environment_id} --algorithm {settings.algorithm.value}"
    return f"{command} {values}".strip()


def _typed(name: str, value: Value) -> str:
    """Return a value as it is typed: with all digits, and no blanks between thousands."""
    return "".join(written(name, value).split())


def _algorithm(entry: Entry, typed: str) -> Algorithm:
    return Algorithm(known(entry, typed, [one.value for one in Algorithm], "algorithm"))


def _value(entry: Entry, name: str, typed: str) -> Value:
    if name == PRESET:
        return typed
    if name == ALGORITHM:
        return _algorithm(entry, typed).value
    return told(entry, lambda: DECLARATIONS[name].parse(typed))


def _changed(own: Configuration, entry: Entry, change: Change) -> Configuration:
    """Return the lesson's own settings with one line of changes."""
    values = {name: value for name, value in change.items() if name != ALGORITHM}
    algorithm = Algorithm(str(change.get(ALGORITHM, own.algorithm.value)))
    hyperparameters = told(entry, lambda: own.hyperparameters.changed(values))
    if algorithm is own.algorithm and hyperparameters == own.hyperparameters:
        raise LessonError(
            entry.line, "this changes nothing: it is what the settings of the lesson are already."
        )
    return Configuration(write_change(change), algorithm, hyperparameters)


def _called_by_values(free: Comparison, changes: Sequence[Change]) -> Comparison:
    """Return what is compared as values of what every change begins with, where there is such a thing.

    "ε = off" says more than "B: ε = off".
    """
    field = next(iter(changes[0]))
    variants = tuple(
        Variant(field, _value_of(one, field), one.algorithm, one.hyperparameters) for one in free.variants
    )
    values = [variant.value for variant in variants]
    is_one_thing = all(next(iter(change)) == field for change in changes)
    if not is_one_thing or any(value in values[:place] for place, value in enumerate(values)):
        return free
    return Comparison(free.title, free.environment_id, field, variants, free.n_seeds, free.total_steps)


def _value_of(variant: Variant, field: str) -> Value:
    value: Value = variant.algorithm.value if field == ALGORITHM else getattr(variant.hyperparameters, field)
    return value
