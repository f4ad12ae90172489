"""Choices that are known by an id and called by a label."""

from __future__ import annotations

import enum
from typing import Self


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
