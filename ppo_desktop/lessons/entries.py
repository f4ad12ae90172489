"""Single values of a lesson's file, each checked; what is wrong is said with the number of its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from ppo_desktop.comparison.plan import InvalidComparison
from ppo_desktop.lessons.blocks import Block, Entry, LessonError, quoted
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.labelled import Labelled

LONGEST_LINE = 200
"""Characters of a question, an answer or a title."""
_LONGEST_NUMBER = 12

Made = TypeVar("Made")
Member = TypeVar("Member", bound=Labelled)


class Fields:
    """The entries of a block by their keys, each once at the most, but for the key `several`.

    Attributes:
        several: The entries of that key, in their order.

    Raises:
        LessonError: A key is not among the `known`, is there twice, or nothing follows it.
    """

    def __init__(self, block: Block, known: Sequence[str], several: str = "") -> None:
        self.block = block
        self.several: list[Entry] = []
        self._entries: dict[str, Entry] = {}
        for entry in block.entries():
            self._take(entry, known, several)

    def _take(self, entry: Entry, known: Sequence[str], several: str) -> None:
        if entry.key not in known:
            keys = ", ".join(known) or "none"
            raise LessonError(
                entry.line, f"{self.block.title} has no {quoted(entry.key)}; there are: {keys}."
            )
        if not entry.value:
            raise LessonError(entry.line, f'nothing follows "{entry.key}:".')
        if entry.key == several:
            self.several.append(entry)
        elif entry.key in self._entries:
            raise LessonError(entry.line, f'"{entry.key}" is there twice; take one of them out.')
        else:
            self._entries[entry.key] = entry

    def find(self, key: str) -> Entry | None:
        """Return an entry, None where it is missing."""
        return self._entries.get(key)

    def need(self, key: str, example: str) -> Entry:
        """Return an entry without which there is no lesson."""
        entry = self._entries.get(key)
        if entry is None:
            raise LessonError(
                self.block.line, f'{self.block.title} lacks "{key}", such as "{key}: {example}".'
            )
        return entry


def told(entry: Entry, make: Callable[[], Made]) -> Made:
    """Return what is made of an entry; what is wrong with its values is said with its line."""
    try:
        return make()
    except (InvalidHyperparameter, InvalidComparison) as error:
        raise LessonError(entry.line, str(error)) from None


def known(entry: Entry, name: str, names: Sequence[str], what: str) -> str:
    """Return a name that has to be one of these."""
    if name not in names:
        raise LessonError(
            entry.line, f"{quoted(name)} is no {what}; there are: {', '.join(names) or 'none'}."
        )
    return name


def member(members: type[Member], entry: Entry) -> Member:
    """Return the choice whose id an entry has."""
    return members(known(entry, entry.value, [one.value for one in members], entry.key))


def pieces(entry: Entry) -> list[str]:
    """Return what stands between the commas."""
    found = [piece.strip() for piece in entry.value.split(",")]
    if not all(found):
        raise LessonError(entry.line, "there is nothing between two commas.")
    return found


def names(entry: Entry | None, of: Sequence[str], what: str) -> tuple[str, ...]:
    """Return a list of some of these names, each once; of a missing entry none."""
    found: list[str] = []
    for name in [] if entry is None else pieces(entry):
        assert entry is not None
        if known(entry, name, of, what) in found:
            raise LessonError(entry.line, f"{name} is there twice; take one of them out.")
        found.append(name)
    return tuple(found)


def short(entry: Entry) -> str:
    """Return a line of text."""
    return limited(entry.line, entry.value, LONGEST_LINE, f'"{entry.key}"')


def limited(line: int, text: str, most: int, what: str) -> str:
    """Return a text that has at most so many characters."""
    if len(text) > most:
        raise LessonError(line, f"{what} has {len(text)} characters; write at most {most}.")
    return text


def whole(entry: Entry, low: int, high: int) -> int:
    """Return a whole number in these bounds."""
    text = entry.value
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    if not is_number or not low <= int(text) <= high:
        raise LessonError(
            entry.line, f'"{entry.key}" is {quoted(text)}, but must be a whole number from {low} to {high}.'
        )
    return int(text)


def number(entry: Entry, written: str) -> float:
    """Return a finite number, with a point before its decimals."""
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LessonError(entry.line, f'{quoted(written)} is no number such as "20" or "0.05".')
    return value
