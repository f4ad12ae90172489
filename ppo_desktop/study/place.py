"""Where a study is: a file of its own or of many studies, or a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_plus

from ppo_desktop.ppo.messages import one_line
from ppo_desktop.user_files import is_utf8

LONGEST_NAME = 100
"""Characters of a study's name."""
_PARTS = re.compile(
    r"(?P<kind>[A-Za-z][\w+.-]*://)"
    r"((?P<user>[^:/?#]*)(:(?P<password>[^@]*))?@)?"
    r"(?P<host>[\w.,-]*|\[[\da-fA-F:.]+\])(?P<port>:\d*)?"
    r"(?P<database>/[^/?#@:]*)?"
    r"(\?(?P<query>[^@]*))?"
)
"""A URL that can be read in one way only, as SQLAlchemy does."""
_SECRET_OPTION = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
_SQLITE = re.compile(r"sqlite(\+\w+)?:///", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][\w+.-]*://")


class UnreadableStudy(ValueError):
    """A study that cannot be opened, or no longer be read or written; the message is one line."""


class StudyExists(UnreadableStudy):
    """There is a study, or a file, of that name already; the message is one line."""


class StudyInUse(UnreadableStudy):
    """A study's file is open, here or in another program; the message is one line."""


@dataclass(frozen=True)
class Place:
    """Where a study is kept: an SQLite file, or the URL of a database, and its name there.

    The name is empty for the only one there is.
    """

    location: Path | str
    name: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which can be copied, renamed and deleted."""
        return isinstance(self.location, Path)

    @property
    def label(self) -> str:
        """Where it is, for people: the file's name, or a database's user, host, port and name.

        All else of a URL may be secret; of one that can be misunderstood only the kind is shown.
        """
        if isinstance(self.location, Path):
            return self.location.name
        if not (parts := _PARTS.fullmatch(self.location)):
            return one_line(f"{self.location.partition('://')[0]}://…" if "://" in self.location else "…")
        user = f"{parts['user']}@" if parts["user"] else ""
        return one_line(f"{parts['kind']}{user}{parts['host']}{parts['port'] or ''}{parts['database'] or ''}")

    def may_show(self, message: str) -> bool:
        """Return whether a foreign message about this place holds none of its passwords."""
        if isinstance(self.location, Path):
            return True
        parts = _PARTS.fullmatch(self.location)
        if parts is None:
            return False
        options = (option.partition("=") for option in (parts["query"] or "").split("&"))
        secrets = [value for name, _, value in options if _SECRET_OPTION.search(unquote(name))]
        return not any(
            written in message
            for secret in [parts["password"] or "", *secrets]
            for written in _ways_to_write(secret)
        )


def _ways_to_write(secret: str) -> set[str]:
    """Return how a driver may write what was given in a URL."""
    plain = {secret, unquote(secret), unquote_plus(secret)}
    escaped = {written.replace("\\", "\\\\").replace("'", "\\'") for written in plain}
    return (plain | escaped | {repr(written)[1:-1] for written in plain}) - {""}


def place_of(storage: str, name: str = "") -> Place:
    """Return the place that was typed: a path, or a URL as Optuna takes it, and a name or none.

    UnreadableStudy says that something is not UTF-8, which no database could keep.
    """
    for text in (storage, name):
        if not is_utf8(text):
            raise UnreadableStudy(one_line(f"{text!a} is not UTF-8; choose another name."))
    if sqlite := _SQLITE.match(storage):
        return Place(_path(unquote(storage[sqlite.end() :].partition("?")[0])), name)
    return Place(storage if _URL.match(storage) else _path(storage), name)


def check_name(name: str) -> None:
    """Raise UnreadableStudy unless a study can be called so."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise UnreadableStudy(f"A study needs a name of at most {LONGEST_NAME} characters, on one line.")


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()
