"""Where a study is: a file of its own or of many studies, or a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ppo_desktop.ppo.messages import one_line

LONGEST_NAME = 100
"""Characters of a study's name."""
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):(.*)@(?=[^@]*$)")
_PASSWORD_OPTION = re.compile(r"(?<=[?&])(password=)[^&]*")
_SQLITE = re.compile(r"sqlite(\+\w+)?:///", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][\w+.-]*://")


class UnreadableStudy(ValueError):
    """A study that cannot be opened, or no longer be read or written; the message is one line."""


class StudyExists(UnreadableStudy):
    """There is a study, or a file, of that name already; the message is one line."""


class StudyInUse(UnreadableStudy):
    """Somebody has a study's file open, here or in another program; the message is one line."""


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        location: An SQLite file, or the URL of a database.
        name: The study's name there; empty for the only one there is.
    """

    location: Path | str
    name: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which can be copied, renamed and deleted."""
        return isinstance(self.location, Path)

    @property
    def label(self) -> str:
        """Where it is, for people: the file's name, or the URL without its password."""
        if isinstance(self.location, Path):
            return self.location.name
        return one_line(_PASSWORD_OPTION.sub(r"\1***", _PASSWORD.sub(r"\1@", self.location)))

    def without_password(self, message: str) -> str:
        """Return what somebody else has said of this place, on one line, with the password taken out."""
        if isinstance(self.location, str):
            message = message.replace(self.location, self.label)
            if password := _PASSWORD.search(self.location):
                for written in {password[2], unquote(password[2])} - {""}:
                    message = message.replace(written, "***")
        return one_line(message)


def place_of(storage: str, name: str = "") -> Place:
    """Return the place that somebody has typed: a path, or a URL as Optuna takes it.

    Args:
        storage: "study.db", "sqlite:///study.db", "postgresql://user:password@host/database".
        name: The study's name there; empty for the only one there is.
    """
    if sqlite := _SQLITE.match(storage):
        return Place(_path(unquote(storage[sqlite.end() :].partition("?")[0])), name)
    return Place(storage if _URL.match(storage) else _path(storage), name)


def check_name(name: str) -> None:
    """Raise UnreadableStudy unless a study can be called so."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise UnreadableStudy(f"A study needs a name of at most {LONGEST_NAME} characters, on one line.")


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()
