"""What the window remembers from one start to the next, in a file that may be damaged."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ppo_desktop.ppo.presets import preset_named
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, Schema, Unknown, UnusableFile, refuse
from ppo_desktop.whole_files import put_aside, write_whole

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preferences:
    """What is remembered; every field is text.

    Attributes:
        geometry: Place and size of the window, as Qt writes it, in base 64.
        columns: Widths of the columns, likewise.
        appearance: "system", "light" or "dark".
        entropy_unit: "bits" or "nats".
        ratio_axis: "fitted" to the band of ε, or "fixed" from 0 to 2.
        small_plots: Names of Train's small plots, in their order.
        runs_columns: How the columns of the table of runs are arranged.
        environment_id: The environment last trained on.
        algorithm: "ppo" or "a2c".
        preset: Id of the preset last chosen.
        hyperparameters: The values last set, as JSON; empty for those of the preset.
        seed: The seed last used.
        page: Id of the page last shown.
        run: Id of the kept run last shown, empty for none.
        update: At whose end that was shown, empty for where it was last.
        most_gigabytes: How much room kept runs may take; empty for the usual limit.
        film: How the film last chosen is to be, as JSON; empty for the usual one.
    """

    geometry: str = ""
    columns: str = ""
    appearance: str = "system"
    entropy_unit: str = "bits"
    ratio_axis: str = "fitted"
    small_plots: str = ""
    runs_columns: str = ""
    environment_id: str = "CartPole-v1"
    algorithm: str = "ppo"
    preset: str = ""
    hyperparameters: str = ""
    seed: str = ""
    page: str = ""
    run: str = ""
    update: str = ""
    most_gigabytes: str = ""
    film: str = ""


def _know_the_preset_by_its_id(values: JsonObject) -> JsonObject:
    """Version 1 wrote the preset's name."""
    if not isinstance(values.get("preset", ""), str):
        refuse(values["preset"])
    environment_id = str(values.get("environment_id", Preferences.environment_id))
    preset = preset_named(environment_id, values.get("preset", ""))
    return {**values, "preset": "" if preset is None else preset.id}


SCHEMA = Schema((_know_the_preset_by_its_id,))


def load_preferences(file: Path) -> tuple[Preferences, str]:
    """Return the preferences in `file` and a message for the user, empty if all is well and known.

    A file that cannot be used is renamed, never deleted, and the defaults are used.
    """
    try:
        values = SCHEMA.migrate(json.loads(file.read_text(encoding="utf-8")))
        return _from_json(values), _remark(file, values)
    except FileNotFoundError:
        return Preferences(), ""
    except UnusableFile as error:
        logger.warning("Settings file %s: %s", file, error)
        return Preferences(), _set_aside(file, "newer", "comes from a newer version of PPO Desktop")
    except (OSError, *NOT_UNDERSTOOD) as error:
        logger.warning("Settings file %s is damaged: %s", file, error)
        return Preferences(), _set_aside(file, "damaged", "was damaged")


def save_preferences(file: Path, preferences: Preferences) -> None:
    """Write `preferences` so that a crash in the middle leaves the old file; a failure is logged.

    What only a newer version knows stays in the file.
    """
    values = {**_unknown(file), "version": SCHEMA.version, **asdict(preferences)}
    try:
        write_whole(file, json.dumps(values, indent=2))
    except OSError:
        logger.exception("Settings could not be saved to %s", file)


def _from_json(values: JsonObject) -> Preferences:
    known = {field.name: values[field.name] for field in fields(Preferences) if field.name in values}
    for value in known.values():
        if not isinstance(value, str):
            refuse(value)
    return Preferences(**known)


def _remark(file: Path, values: JsonObject) -> str:
    """Return the notice that names what only a newer version knows; empty where all is known."""
    unknown = Unknown()
    unknown.note("setting", values, {"version", *asdict(Preferences())})
    return unknown.sentence(file.name)


def _unknown(file: Path) -> JsonObject:
    """Return what a newer version has written into the file beside what this one knows."""
    try:
        values = SCHEMA.migrate(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, *NOT_UNDERSTOOD):
        return {}
    return {name: value for name, value in values.items() if name not in asdict(Preferences())}


def _set_aside(file: Path, why: str, what: str) -> str:
    aside = put_aside(file, why)
    if aside is None:
        return "The settings could not be read; defaults are used."
    return f"The settings file {what} and is set aside as {aside.name}; defaults are used."
