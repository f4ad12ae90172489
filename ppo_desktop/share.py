"""The state of Train as one readable line, to be passed on: `ppo:1:CartPole-v1?clip_range=0.1&seed=3`.

Of the hyperparameters those are in it that differ from the nearest preset. A line is data: nothing in it is
evaluated or imported, and it names no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, unquote

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.environment_ids import LONGEST_ID, EnvironmentId, InvalidId
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields
from ppo_desktop.ppo.messages import one_line, shortened
from ppo_desktop.ppo.presets import nearest_preset, preset_with_id, presets_for
from ppo_desktop.ppo.settings import FIRST_SEED, LARGEST_SEED, RunSettings
from ppo_desktop.runs.breakpoints import Breakpoint, InvalidBreakpoint

SCHEME = "ppo:"
"""With what every line begins."""
VERSION = 1
LONGEST_LINE = 1_500
"""Characters: as many as fit into a QR code that can be read from a projector."""
EXAMPLE = f"{SCHEME}{VERSION}:CartPole-v1?clip_range=0.1&seed=3"
BREAK = "\u200b"
"""Where a line that is shown may be broken; it says nothing."""
_PARTS = re.compile(r"ppo:(\d{1,6}):([^?]*)(?:\?(.*))?")
_REGISTERED = re.compile(r"(?:[\w-]+/)?[\w-][\w.-]*", re.ASCII)
_ARGUMENTS = re.compile(r"[\w.,=&()\[\]'\" +-]*", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MOST_SHOWN = 40


class InvalidLine(ValueError):
    """A line that says nothing that can be shown, or a state that no line can say; one line, what to do."""


@dataclass(frozen=True)
class SharedState:
    """What is passed on.

    Attributes:
        settings: Of the run.
        view: Name of the page or card that is shown whole, empty for Train as it is.
        locked: Names of controls that are hidden, in order of the alphabet.
        breakpoint: Where the run pauses by itself.
    """

    settings: RunSettings
    view: str = ""
    locked: tuple[str, ...] = ()
    breakpoint: Breakpoint | None = None


def written(state: SharedState) -> str:
    """Return a state as a line.

    Raises:
        InvalidLine: Its environment comes from a module, or a file, that only this computer has.
    """
    settings = state.settings
    _check_environment(settings.environment_id)
    preset, _ = nearest_preset(settings.environment_id, settings.hyperparameters)
    parts = {}
    if settings.algorithm is not Algorithm.PPO:
        parts["algorithm"] = settings.algorithm.value
    if preset is not presets_for(settings.environment_id)[0]:
        parts["preset"] = preset.id
    changed = changed_fields(preset.hyperparameters, settings.hyperparameters)
    parts |= {name: _written_value(new) for name, (_, new) in changed.items()}
    if settings.seed != FIRST_SEED:
        parts["seed"] = str(settings.seed)
    if state.breakpoint is not None:
        parts["pause"] = str(state.breakpoint)
    if state.view:
        parts["view"] = state.view
    if state.locked:
        parts["lock"] = ",".join(state.locked)
    line = f"{SCHEME}{VERSION}:{quote(settings.environment_id)}"
    pairs = "&".join(f"{name}={quote(text, safe=',<>=')}" for name, text in parts.items())
    line = f"{line}?{pairs}" if pairs else line
    if len(line) > LONGEST_LINE:
        raise InvalidLine(f"The line would have {len(line)} characters, more than {LONGEST_LINE}: lock less.")
    return line


def read(line: str) -> tuple[SharedState, list[str]]:
    """Return what a line says, and the names in it that are not known.

    Raises:
        InvalidLine: It is too long, of a newer version, or a part of it cannot be.
    """
    keys = _parts_of(line.replace(BREAK, "").strip())
    environment_id = keys.pop("", "")
    _check_environment(environment_id)
    state_keys = {key: keys.pop(key, "") for key in ("algorithm", "preset", "seed", "pause", "view", "lock")}
    values = {name: keys.pop(name) for name in DECLARATIONS if name in keys}
    locked = sorted({*filter(None, state_keys["lock"].split(","))})
    named = {*locked, *filter(None, (state_keys["view"],))}
    unknown = [*keys, *(name for name in sorted(named) if not _NAME.fullmatch(name))]
    try:
        settings = RunSettings(
            environment_id,
            _algorithm(state_keys["algorithm"]),
            _hyperparameters(environment_id, state_keys["preset"], values),
            _seed(state_keys["seed"]),
        )
        pause = Breakpoint.parse(state_keys["pause"]) if state_keys["pause"] else None
    except (InvalidHyperparameter, InvalidBreakpoint) as error:
        _refuse(str(error))
    view = state_keys["view"] if _NAME.fullmatch(state_keys["view"]) else ""
    names = tuple(name for name in locked if _NAME.fullmatch(name))
    return SharedState(settings, view, names, pause), [shown(name) for name in unknown]


def shown(text: str) -> str:
    """Return a part of a line as it is shown to the user: short, on one line."""
    return shortened(_printable(text), _MOST_SHOWN)


def _parts_of(line: str) -> dict[str, str]:
    """Return {key: text} of a line, each once; the environment's id has no key."""
    if not line.startswith(SCHEME):
        _refuse(f"That is no line of PPO Desktop, such as {EXAMPLE}.")
    if len(line) > LONGEST_LINE:
        _refuse(f"The line has {len(line)} characters, more than the {LONGEST_LINE} that are read.")
    if not line.isprintable():
        _refuse("The line is broken, or has characters that cannot be read: copy it whole, as one line.")
    parts = _PARTS.fullmatch(line)
    if parts is None:
        _refuse(f"The line “{shown(line)}” cannot be read: it is to look like {EXAMPLE}.")
    version, environment_id, query = parts.groups(default="")
    if int(version) != VERSION:
        _refuse(
            f"The line is of version {int(version)}, and this program reads version {VERSION}: "
            "install the newest one."
        )
    found = {"": unquote(environment_id)}
    for pair in filter(None, query.split("&")):
        key, _, text = pair.partition("=")
        key = unquote(key).strip()
        if not key or key in found:
            _refuse(f"{shown(key)} is in the line twice." if key else "A value in the line has no name.")
        found[key] = unquote(text).strip()
    return found


def _check_environment(environment_id: str) -> None:
    """Raise InvalidLine for an id that imports a module or names a file, or is none."""
    parts = EnvironmentId.of(environment_id)
    if parts.module or ":" in environment_id:
        _refuse(
            f"A line names no module, as {shown(environment_id)} does: import that on each computer by hand."
        )
    if not _REGISTERED.fullmatch(parts.registered_id) or len(environment_id) > LONGEST_ID:
        what = f"“{shown(environment_id)}” is no environment" if environment_id else "No environment is named"
        _refuse(f"{what}: a line looks like {EXAMPLE}.")
    if parts.arguments is not None and not _ARGUMENTS.fullmatch(parts.arguments):
        _refuse(f"{parts.registered_id} is given what may be a path; a line names none.")
    try:
        arguments = parts.read_arguments()
    except InvalidId as error:
        _refuse(f"{parts.registered_id} cannot be made: {error}.")
    if any("." in text for value in arguments.values() for text in _texts_in(value)):
        _refuse(f"{parts.registered_id} is given what may be the name of a file; a line names none.")


def _texts_in(value: object) -> list[str]:
    """Return the texts that an argument is made of."""
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts_in(part)]
    return [value] if isinstance(value, str) else []


def _algorithm(text: str) -> Algorithm:
    if text and text not in [algorithm.value for algorithm in Algorithm]:
        _refuse(f"algorithm is {shown(text)}, but must be ppo or a2c.")
    return Algorithm(text) if text else Algorithm.PPO


def _seed(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_SEED))):
        _refuse(f"seed is {shown(text)}, but must be a whole number from 0 to {LARGEST_SEED}.")
    return int(text) if text else FIRST_SEED


def _hyperparameters(environment_id: str, preset_id: str, values: dict[str, str]) -> Hyperparameters:
    """Return the values of a preset, the first where none is named, with others in their place."""
    presets = presets_for(environment_id)
    preset = preset_with_id(environment_id, preset_id) if preset_id else presets[0]
    if preset is None:
        there_are = ", ".join(one.id for one in presets)
        _refuse(f"{environment_id} has no preset {shown(preset_id)}; it has {there_are}.")
    changed = {name: DECLARATIONS[name].parse(text) for name, text in values.items()}
    return preset.hyperparameters.changed(changed)


def _written_value(value: Value) -> str:
    """Return a value so that `Declaration.parse` gives the very same one."""
    if value is None:
        return "off"
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in one_line(text))


def _refuse(why: str) -> NoReturn:
    raise InvalidLine(_printable(why)) from None
