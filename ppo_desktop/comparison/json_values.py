"""Single values from a file that anybody may have written: of the right type and size, or refused."""

from __future__ import annotations

from typing import Any, NoReturn

from ppo_desktop.ppo.messages import one_line

LONGEST_TEXT = 200
NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, RecursionError, OverflowError)
"""What reading a line raises that was not written by us, or not to its end."""


def whole(value: Any, lowest: int) -> int:
    """Return a whole number of a reasonable size.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= 10**12:
        refuse(value)
    return int(value)


def text(value: Any) -> str:
    """Return a text on one line, cut where it is very long.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str):
        refuse(value)
    return one_line(encodable(str(value)))[:LONGEST_TEXT]


def encodable(string: str) -> str:
    """Return a text without halves of surrogate pairs, which neither a file nor a window can take."""
    return string.encode("utf-8", "replace").decode("utf-8")


def refuse(value: object) -> NoReturn:
    """Raise ValueError with the beginning of what was not understood."""
    raise ValueError(f"not understood: {value!r:.50}")
