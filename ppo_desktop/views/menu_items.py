"""How the items of long menus are written: a name, and what is to be known of it in a second column."""

from __future__ import annotations

import textwrap

LONGEST_NAME = 60
"""Characters; a longer name is cut."""


def two_columns(name: str, note: str = "") -> str:
    """Return the text of an item with a name and a note."""
    columns = [textwrap.shorten(name, LONGEST_NAME, placeholder=" …"), *([note] if note else [])]
    return "\t".join(columns).replace("&", "&&")  # a single one would mark a key
