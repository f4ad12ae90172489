"""Where a study is: a file of its own or of many studies, or a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        location: An SQLite file, or the URL of a database.
        name: The study's name there.
    """

    location: Path | str
    name: str

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which can be copied, renamed and deleted."""
        return isinstance(self.location, Path)

    @property
    def label(self) -> str:
        """Where it is, for people: the file's name, or the URL without its password."""
        if isinstance(self.location, Path):
            return self.location.name
        return _PASSWORD.sub(r"\1@", self.location)
