"""Numbers as people type them: a point or a comma before decimals, thousands set apart; none is guessed."""

from __future__ import annotations

import re

_BY_BLANKS = re.compile(r"[+-]?\d{1,3}(\s\d{3})+(?!\d)")
_BY_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_ONE_POINT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_ONE_COMMA = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class AmbiguousNumber(ValueError):
    """A number that means one thing in some countries and another in others; the message names both."""


def parse_whole(text: str) -> float:
    """Return the number in `text`, where a whole one is expected: "2048", "1 024", "100,000", "1e6".

    Raises AmbiguousNumber for one like "100.000", ValueError for none.
    """
    text = _without_blanks(text)
    if _ONE_POINT.fullmatch(text):
        raise _ambiguous(text, text.partition(".")[0])
    return float(text.replace(",", "") if _BY_COMMAS.fullmatch(text) else text)


def parse_real(text: str) -> float:
    """Return the number in `text`, where a real one is expected: "0.2", "0,2", "3e-4".

    Raises AmbiguousNumber for one like "1,500", ValueError for none.
    """
    text = _without_blanks(text)
    if _ONE_COMMA.fullmatch(text):
        raise _ambiguous(text, text.replace(",", "."))
    return float(text.replace(",", "."))


def _without_blanks(text: str) -> str:
    """Remove the blanks between thousands; "10 20" is not one number."""
    text = text.strip()
    grouped = _BY_BLANKS.match(text)
    end = grouped.end() if grouped else 0
    return re.sub(r"\s", "", text[:end]) + text[end:]


def _ambiguous(text: str, with_decimals: str) -> AmbiguousNumber:
    return AmbiguousNumber(f"{text} can be read as {with_decimals} or as {re.sub('[.,]', '', text)}")
