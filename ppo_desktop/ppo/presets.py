"""Settings known to learn, per environment. The first of an environment is its default."""

from __future__ import annotations

from collections.abc import Collection

from ppo_desktop.ppo.catalogue import GENERAL_PRESET, KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import Preset
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, Hyperparameters, changed_fields


def presets_for(environment_id: str) -> tuple[Preset, ...]:
    """Return the presets of an environment, whatever its arguments; a general one for one that is unknown."""
    parts = EnvironmentId.of(environment_id)
    known = KNOWN_ENVIRONMENTS.get(environment_id if parts.arguments is None else parts.registered_id)
    return (GENERAL_PRESET,) if known is None else known.presets


def preset_with_id(environment_id: str, preset_id: str) -> Preset | None:
    """Return the preset of an environment that has this id; None without one."""
    return next((one for one in presets_for(environment_id) if one.id == preset_id), None)


def preset_named(environment_id: str, name: str) -> Preset | None:
    """Return the preset of an environment that has this id or name, or once had it; None without one."""
    presets = presets_for(environment_id)
    return next((one for one in presets if name and name in (one.id, one.name, one.former_name)), None)


def preset_of(environment_id: str, hyperparameters: Hyperparameters) -> Preset | None:
    """Return the preset that values are, whatever their budget; None where they are no preset's."""
    nearest, differing = nearest_preset(environment_id, hyperparameters, BUDGET_FIELDS)
    return None if differing else nearest


def uncounted_fields(hyperparameters: Hyperparameters) -> tuple[str, ...]:
    """Return what is no change of settings: when a run ends, but for the total to which α and ε fall."""
    return tuple(name for name in BUDGET_FIELDS if name != "total_steps" or not hyperparameters.anneal)


def nearest_preset(
    environment_id: str, hyperparameters: Hyperparameters, ignored: Collection[str] = ()
) -> tuple[Preset, str]:
    """Return the preset nearest to settings, and what differs from it in words, but what is ignored.

    Examples of what differs: "", "ε = off, γ = 0.99".
    """
    found = [
        (
            preset,
            [name for name in changed_fields(preset.hyperparameters, hyperparameters) if name not in ignored],
        )
        for preset in presets_for(environment_id)
    ]
    nearest, names = min(found, key=lambda preset_and_names: len(preset_and_names[1]))
    differing = ", ".join(
        f"{DECLARATIONS[name].short_name} = {DECLARATIONS[name].format(getattr(hyperparameters, name))}"
        for name in names
    )
    return nearest, differing


def described(environment_id: str, hyperparameters: Hyperparameters, ignored: Collection[str] = ()) -> str:
    """Return settings in words: the preset nearest to them, and what differs from it, but what is ignored.

    Examples: "Demonstration"; "Demonstration with ε = off, γ = 0.99".
    """
    nearest, differing = nearest_preset(environment_id, hyperparameters, ignored)
    return f"{nearest.name} with {differing}" if differing else nearest.name
