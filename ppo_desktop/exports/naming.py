"""What exported files are called."""

from __future__ import annotations

import re

_LONGEST = 100
"""Characters; some file systems take 255 bytes."""


def file_name(title: str, otherwise: str) -> str:
    """Return a title as every file system takes it; what it is in a word where nothing is left of it."""
    words = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title).split()
    return " ".join(words)[:_LONGEST].strip(" .") or otherwise
