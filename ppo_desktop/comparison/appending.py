"""Lines at the end of a file: all of them or none, also on a full disk and beside other writers."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
"""Windows would write its own line ends without the last."""


def append(path: Path, lines: bytes, first: bytes) -> None:
    """Append whole lines in one go; they are on the disk when this returns.

    Lines of two programs that append at once do not mix. Lines that do not fit leave the file as it
    was.

    Args:
        path: The file; it is made where there is none, with the folders above it.
        lines: What is appended, each line with its end.
        first: The line that stands before all others where the file is empty.

    Raises:
        OSError: They cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _APPEND, 0o666)
    try:
        _write_all_or_none(descriptor, _beginning(descriptor, first) + lines)
    finally:
        os.close(descriptor)
        _remove_if_empty(path)


def _beginning(descriptor: int, first: bytes) -> bytes:
    """Return what has to come before new lines: the first one, or the end of one that was cut off."""
    if os.fstat(descriptor).st_size == 0:
        return first
    os.lseek(descriptor, -1, os.SEEK_END)
    return b"" if os.read(descriptor, 1) == b"\n" else b"\n"


def _write_all_or_none(descriptor: int, lines: bytes) -> None:
    before, left = os.fstat(descriptor).st_size, memoryview(lines)
    try:
        while left:  # once, but where the disk is full
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        _take_back(descriptor, before, len(lines) - len(left))
        raise


def _take_back(descriptor: int, before: int, written: int) -> None:
    """Cut off what was written, unless somebody else has appended since: theirs is not ours to cut."""
    with suppress(OSError):  # then the next line begins with the end of this one
        if os.fstat(descriptor).st_size == before + written:
            os.ftruncate(descriptor, before)


def _remove_if_empty(path: Path) -> None:
    """Leave no file behind that was made for nothing."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()
