"""The command that begins the same run."""

from __future__ import annotations

import shlex

from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, changed_fields
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings


def train_command(settings: RunSettings, engine: str, steps: int) -> str:
    """Return the command that trains with these settings: what is not said is the environment's preset.

    Numbers have all their digits, so that it is the same run, up to so many environment steps; of one that
    anneals, whose budget decides how it goes, to the end of its budget.
    """
    preset, own = presets_for(settings.environment_id)[0].hyperparameters, settings.hyperparameters
    total_steps = own.total_steps if own.anneal and own.total_steps is not None else steps
    changed = changed_fields(preset, own.changed({"total_steps": total_steps}))
    return shlex.join(
        (
            *("ppo-desktop", "train", "--env", settings.environment_id),
            *("--algorithm", settings.algorithm.value, "--engine", engine, "--seed", str(settings.seed)),
            *(f"{DECLARATIONS[name].flag}={_value(value)}" for name, (_, value) in changed.items()),
        )
    )


def _value(value: Value) -> str:
    """Return a value as a flag takes it."""
    match value:
        case None:
            return "off"
        case bool():
            return "on" if value else "off"
        case float():
            return repr(value)
        case _:
            return str(value)
