"""What programs and libraries of Linux say about themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Needs:
    """What a set of programs and libraries needs of the system they run on.

    Attributes:
        libraries: The names of the libraries that none of them is.
        glibc: The oldest version of glibc, as numbers, that has every function they call.
    """

    libraries: frozenset[str]
    glibc: tuple[int, ...]


def needs_below(folder: Path) -> Needs:
    """Return what all programs and libraries below `folder` need from outside of it."""
    return needs_of([path for path in folder.rglob("*") if is_elf(path)])


def needs_of(files: Sequence[Path]) -> Needs:
    """Return what programs and libraries need that none of them is."""
    said = _readelf(files)
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", said))
    named = set(re.findall(r"\(SONAME\).*\[(.+)\]", said)) | {path.name for path in files}
    versions = re.findall(r"Name: GLIBC_([\d.]+)", said)
    return Needs(frozenset(needed - named), max(_numbers(version) for version in versions))


def is_elf(path: Path) -> bool:
    """Whether a file is a program or a library for Linux."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _readelf(files: Sequence[Path]) -> str:
    return "".join(
        subprocess.run(
            ["readelf", "--wide", "--dynamic", "--version-info", *some],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for some in _in_parts(files)
    )


def _in_parts(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), 200):
        yield files[start : start + 200]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
