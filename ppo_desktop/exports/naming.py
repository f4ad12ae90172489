"""What exported files are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ppo_desktop.ppo.messages import shortened

if TYPE_CHECKING:
    from ppo_desktop.ppo.settings import RunSettings

_LONGEST_NAME, _LONGEST = 80, 100
"""Characters; some file systems take 255 bytes."""
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever is added after a dot."""


def file_name(title: str, otherwise: str) -> str:
    """Return a title as every file system takes it; what it is in a word where nothing is left of it."""
    words = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title).split()
    name = " ".join(words)[:_LONGEST].strip(" .") or otherwise
    return f"_{name}" if _DEVICE.match(name) else name


def different(names: Sequence[str], marks: Sequence[Sequence[str]]) -> list[str]:
    """Return names of which no two are the same, also where capitals do not count.

    Args:
        names: What each is called.
        marks: What tells each from others of its name, of all in the same order: "seed 1", then its id. The
            first that differs in all of them is added to the name; where none does, a number: "run (2)".
    """
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        alike.setdefault(name.casefold(), []).append(place)
    told_apart = list(names)
    for places in alike.values():
        of_each = zip(*(marks[place] for place in places), strict=False)
        telling = next((marks for marks in of_each if len(set(marks)) == len(places) > 1), ())
        for place, mark in zip(places, telling, strict=False):
            told_apart[place] += f" {mark}"
    return _numbered(told_apart)


def _numbered(names: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        fresh, number = name, 1
        while fresh.casefold() in found:
            number += 1
            fresh = f"{name} ({number})"
        found[fresh.casefold()] = fresh
    return list(found.values())


def run_title(own_name: str, settings: RunSettings, update: int | None) -> str:
    """Return what a run at a moment is called: its own name, else what it learns with.

    Args:
        own_name: What the user calls it; empty where nobody has said.
        settings: What made it.
        update: After which it is meant; None for its last.
    """
    name = own_name or f"{settings.environment_id} {settings.algorithm.label} seed {settings.seed}"
    return moment_title(name, update)


def moment_title(name: str, update: int | None) -> str:
    """Return what a run with a name is called after an update, None for its last; a long name is cut."""
    name = shortened(name, _LONGEST_NAME)
    return name if update is None else f"{name} update {update}"
