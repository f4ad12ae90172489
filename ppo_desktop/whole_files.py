"""Files and folders that are put in their place when they are whole."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

_PATIENCE = 0.5
"""Seconds that another program may look into a file that is to be renamed."""
_PAUSE = 0.02


def write_whole(file: Path, text: str) -> None:
    """Write a file, and the folders above it, so that a crash in the middle leaves the old file.

    Raises:
        OSError: It cannot be written; the old file is as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        put_in_place(fresh, file)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def put_in_place(fresh: Path, place: Path) -> None:
    """Give a file or a folder its name, be there a file of that name or not.

    Windows refuses it while anybody has one of the files open, and virus scanners open every new file for a
    moment: then it is tried again.

    Raises:
        OSError: It cannot be renamed.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fresh.replace(place)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
        time.sleep(_PAUSE)
