"""Choices that are known by an id and called by a label."""

from __future__ import annotations

import enum
from typing import NamedTuple, Self


class Labelled(enum.Enum):
    """A choice whose value is its id, which never changes, and whose label is what is shown.

    Members are declared as `MEMBER = id, label`.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:  # the default is for looking a member up
        """Make a member of its id and its label."""
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member

    @enum.property
    def value(self) -> str:
        """What files and scripts know it by."""
        return str(self._value_)


class Option(NamedTuple):
    """What there is to say about something that may be chosen.

    Attributes:
        label: What it is called.
        meaning: What it does, in a sentence or two; possibly empty.
        unavailable: Why it cannot be chosen here; empty where it can.
    """

    label: str
    meaning: str = ""
    unavailable: str = ""
