"""What the window remembers from one start to the next, in a file that may be damaged."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ppo_desktop.whole_files import put_in_place, write_whole

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preferences:
    """What is remembered; every field is text.

    Attributes:
        geometry: Place and size of the window, as Qt writes it, in base 64.
        columns: Widths of the columns, likewise.
        appearance: "system", "light" or "dark".
        entropy_unit: "bits" or "nats".
        environment_id: The environment last trained on.
        algorithm: "ppo" or "a2c".
        preset: Id of the preset last chosen; earlier versions wrote its name.
    """

    geometry: str = ""
    columns: str = ""
    appearance: str = "system"
    entropy_unit: str = "bits"
    environment_id: str = "CartPole-v1"
    algorithm: str = "ppo"
    preset: str = ""


def load_preferences(file: Path) -> tuple[Preferences, str]:
    """Return the preferences in `file` and a message for the user, empty if all is well.

    A file that cannot be understood is renamed, never deleted, and the defaults are used.
    """
    try:
        return _parse(file.read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return Preferences(), ""
    except (OSError, ValueError, RecursionError) as error:
        logger.warning("Settings file %s is damaged: %s", file, error)
        return Preferences(), _set_aside(file)


def save_preferences(file: Path, preferences: Preferences) -> None:
    """Write `preferences` so that a crash in the middle leaves the old file; a failure is logged."""
    try:
        write_whole(file, json.dumps(asdict(preferences), indent=2))
    except OSError:
        logger.exception("Settings could not be saved to %s", file)


def _parse(text: str) -> Preferences:
    """Raise ValueError unless `text` is a JSON object whose known fields are texts."""
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    known = {field.name for field in fields(Preferences)}
    wrong = [name for name, value in values.items() if name in known and not isinstance(value, str)]
    if wrong:
        raise ValueError(f"not a text: {', '.join(wrong)}")
    return Preferences(**{name: value for name, value in values.items() if name in known})


def _set_aside(file: Path) -> str:
    aside = file.with_name(f"{file.stem}.damaged{file.suffix}")
    try:
        put_in_place(file, aside)
    except OSError:
        return "The settings could not be read; defaults are used."
    return f"The settings file was damaged and is set aside as {aside.name}; defaults are used."
