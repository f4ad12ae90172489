"""What all kept files have in common: a version, migrations, and values of which each is checked.

A file outlives versions. Whatever changes its meaning or its place in a file makes a new version of its
schema, with a migration from the one before. What is only added does not: where it is missing it has a
default, and what is not known here, because a later version has added it, stays in the file and is named
to the user. A file may come from anywhere: nothing is imported or executed for it, and everything in it
is of the right type and of a reasonable size, or refused.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from ppo_desktop.ppo.declaration import Before
from ppo_desktop.ppo.environment_ids import EnvironmentId
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import one_line

LONGEST_TEXT = 200
NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, RecursionError, OverflowError)
"""What reading raises where something was not written by us, or not to its end."""
_LONGEST_NAME = 50
_MOST_NAMED = 5

JsonObject = dict[str, Any]
Migration = Callable[[JsonObject], JsonObject]
Member = TypeVar("Member", bound=Enum)


class NotUnderstood(ValueError):
    """A value that is none of ours; the message completes "X is …"."""


class UnusableFile(ValueError):
    """What a file says is clear, but cannot be used; the message completes "X cannot be used: …"."""


@dataclass(frozen=True)
class Schema:
    """The versions in which objects of one kind have been written.

    Attributes:
        migrations: The first turns what version 1 has written into what version 2 writes, and so on. They
            raise one of `NOT_UNDERSTOOD` for what no version has written.
    """

    migrations: tuple[Migration, ...] = ()

    @property
    def version(self) -> int:
        """The version that is written now."""
        return len(self.migrations) + 1

    def version_of(self, values: Any, unsaid: int = 1) -> int:
        """Return by which version an object was written; one that does not say it, by `unsaid`."""
        if not isinstance(values, dict):
            refuse(values)
        return whole(values.get("version", unsaid), 1)

    def migrate(self, values: Any, unsaid: int = 1) -> JsonObject:
        """Return an object as this version would have written it; if it says no version, it is of `unsaid`.

        Raises:
            UnusableFile: A newer version has written it.
            ValueError: It is not understood, and likewise the others of `NOT_UNDERSTOOD`.
        """
        version = self.version_of(values, unsaid)
        if version > self.version:
            raise UnusableFile(
                "it was written by a newer version of PPO Desktop; update this one to open it."
            )
        for migration in self.migrations[version - 1 :]:
            values = migration(values)
        return dict(values)


@dataclass
class Unknown:
    """Collects what stands in a file and is not known to this version.

    Attributes:
        names: What it is, each once: "hyperparameter momentum".
        changes_training: Whether training depends on some of it: nothing can be added that is like what is
            there.
    """

    names: list[str] = field(default_factory=list)
    changes_training: bool = False

    def note(self, kind: str, found: Iterable[object], known: Container[object] = ()) -> None:
        """Take note of all of `found` that is not `known`; of a great many only of the first."""
        for name in found:
            if len(self.names) > _MOST_NAMED:
                return
            described = f"{kind} {text(str(name))[:_LONGEST_NAME]}"
            if name not in known and described not in self.names:
                self.names.append(described)

    def sentence(self, place: str) -> str:
        """Return the notice for the user, empty where all was known."""
        if not self.names:
            return ""
        names = ", ".join(self.names[:_MOST_NAMED]) + (" …" if len(self.names) > _MOST_NAMED else "")
        therefore = "this version does without it"
        if self.changes_training:
            therefore = "nothing can be added to what is there, for it would be trained without it"
        return one_line(f"Not known to this version: {names}. It is kept in {place}; {therefore}.")


# ---- single values; whatever is something else is refused with `NotUnderstood`, a ValueError -------------


def whole(value: Any, lowest: int) -> int:
    """Return a whole number of a reasonable size."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= 10**12:
        refuse(value)
    return int(value)


def number(value: Any) -> float:
    """Return a finite number, a whole one as such."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(value)
    return value


def text(value: Any) -> str:
    """Return a text on one line, cut where it is very long."""
    if not isinstance(value, str):
        refuse(value)
    return one_line(encodable(str(value)))[:LONGEST_TEXT]


def one_of(members: type[Member], value: Any, what: str) -> Member:
    """Return the member of an enumeration that has a text as its value.

    Without any it raises UnusableFile: only a newer version knows it.
    """
    try:
        return members(text(value))
    except NotUnderstood:
        raise
    except ValueError:
        raise UnusableFile(
            f"its {what} is {text(value)[:_LONGEST_NAME]}, which this version of PPO Desktop does not know."
        ) from None


def encodable(string: str) -> str:
    """Return a text without halves of surrogate pairs, which neither a file nor a window can take."""
    return string.encode("utf-8", "replace").decode("utf-8")


def refuse(value: object) -> NoReturn:
    """Raise NotUnderstood with the beginning of a value."""
    raise NotUnderstood(f"not understood: {value!r:.50}")


def fault_of(error: Exception) -> str:
    """Return what is wrong where reading has raised one of `NOT_UNDERSTOOD`: completes "X is …"."""
    if isinstance(error, KeyError):
        return "not complete"
    return str(error) if isinstance(error, NotUnderstood) else "not understood"


# ---- what several kinds of files have ------------------------------------------------------------


def newest_first(folder: Path, suffix: str) -> list[tuple[datetime, Path]]:
    """Return when each file of a kind in a folder was last changed, in local time, the newest first."""
    try:
        paths = [path for path in folder.glob(f"*{suffix}") if not path.name.startswith(".")]
    except OSError:
        return []
    changed = sorted(((_changed(path), path) for path in paths), reverse=True)
    return [(datetime.fromtimestamp(seconds), path) for seconds, path in changed]


def _changed(path: Path) -> float:
    moments = [0.0]
    for place in (path, path.with_name(f"{path.name}-wal")):  # where SQLite writes first
        with suppress(OSError):  # it has none, or another window has just deleted it
            moments.append(place.stat().st_mtime)
    return max(moments)


def environment_id_from_json(value: Any) -> str:
    """Return an environment's id as it stands there: cut or changed it would be another."""
    if not isinstance(value, str) or not value or not EnvironmentId.can_be_kept(value):
        refuse(value)
    return str(value)


def check_module(environment_id: str) -> None:
    """Raise UnusableFile where making an environment would import a module that a file names.

    What the user has typed in this session is imported already.
    """
    module = EnvironmentId.of(environment_id).module
    if module and module not in sys.modules:
        raise UnusableFile(
            f"its environment {environment_id} would run the module {module}. If you trust that module, "
            "type the id in Train first."
        )


def hyperparameters_from_json(values: Any, unknown: Unknown) -> Hyperparameters:
    """Return hyperparameters from {name: value}; those that did not exist then have the value of before.

    Raises:
        UnusableFile: One is missing that every version has written.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
    """
    if not isinstance(values, dict):
        refuse(values)
    unknown.note("hyperparameter", values, DECLARATIONS)
    unknown.changes_training |= not values.keys() <= DECLARATIONS.keys()
    known = {name: values.get(name, declaration.before) for name, declaration in DECLARATIONS.items()}
    if missing := [name for name, value in known.items() if value is Before.NEVER_MISSING]:
        raise UnusableFile(f"it lacks hyperparameters: {', '.join(missing)}")
    return Hyperparameters().changed(known)
