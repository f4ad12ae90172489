"""How messages and numbers are written for the user: on one line, thousands set apart."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence, Sized
from numbers import Number
from typing import Any

LONGEST_MESSAGE = 300
"""Characters; what is longer is cut."""
LONGEST_WORD = 120
"""Likewise; a number of 5000 digits must not hide what is said of it."""
UNKNOWN_TIME = "time not known yet"
"""What stands in the place of a time before there is an estimate."""
_GROUP_GAP = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
"""Between the thousands of a grouped number."""


def one_line(text: str) -> str:
    """Return `text` with its line breaks and runs of blanks as single blanks, cut where it is very long."""
    words = " ".join(shortened(word, LONGEST_WORD) for word in text.split())
    if len(words) <= LONGEST_MESSAGE:
        return words
    return textwrap.shorten(words, LONGEST_MESSAGE, placeholder=" …")


def shortened(name: str, most: int) -> str:
    """Return at most so many characters of a name, the last one … where it is longer."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def grouped(number: float, decimals: int = 0) -> str:
    """Return a number with its thousands set apart: "12 800", or "1 204.3" with one decimal."""
    return f"{number:,.{decimals}f}".replace(",", " ")


def unbreakable(text: str) -> str:
    """Return a text that wraps nowhere inside a grouped number: its groups are set apart by U+00A0."""
    return _GROUP_GAP.sub("\u00a0", text)


def signed(text: str) -> str:
    """Return a formatted number with a real minus sign."""
    return text.replace("-", "−")


def three_digits(value: float) -> str:
    """Return a number with three significant digits: "18.2", "0.0113", "1 240", "2.3e5"."""
    if value != 0 and not 1e-4 <= abs(value) < 99_999.5:
        mantissa, exponent = f"{value:.1e}".split("e")
        return signed(f"{mantissa}e{int(exponent)}")
    if abs(value) >= 99.95:
        return signed(grouped(value))
    decimals = 2 - math.floor(math.log10(abs(value))) if value else 1
    return signed(f"{value:.{max(0, min(decimals, 4))}f}")


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number with what it counts: "1 agent", "1 024 samples", "4 minibatches"."""
    return f"{grouped(number)} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Sequence[str]) -> str:
    """Return several names in words: "0.10", "0.10 and 0.20", "0.10, 0.20 and 0.40"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def duration(seconds: float) -> str:
    """Return a time as it is written everywhere: "12 s", "4 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def what_went_wrong(error: BaseException) -> str:
    """Return the kind of an error from outside and what it says, on one line."""
    kind = type(error).__name__
    try:
        text = str(error)
    except BaseException:  # a class from outside may fail at saying what it is
        text = ""
    return one_line(f"{kind}: {text}" if text else kind)


def description_of(value: Any) -> str:
    """Return what a value from outside is: "None", "nan", "an array of shape (3,) and type float64"."""
    if value is None or isinstance(value, Number):
        return one_line(str(value))
    if isinstance(value, str | bytes):
        return one_line(f"the text {value!r}")
    kind, shape = type(value).__name__, getattr(value, "shape", None)
    if isinstance(shape, tuple) and not shape:
        return description_of(value.item())
    if isinstance(shape, tuple):
        whole = "an array" if kind == "ndarray" else f"a {kind}"
        return one_line(f"{whole} of shape {tuple(shape)} and type {value.dtype}")
    if isinstance(value, Sequence) and value:
        return one_line(f"a {kind} of {len(value)} that begins with {description_of(value[0])}")
    return one_line(f"a {kind} of {len(value)}" if isinstance(value, Sized) else f"an object of type {kind}")
