"""Files written and lines appended whole or not at all, also beside other programs that write."""

from __future__ import annotations

import errno
import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_RENAME_SECONDS = 0.5
"""How long another program may look into a file that is to be renamed."""
_RENAME_PAUSE = 0.02
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
"""Windows would write its own line ends without the last."""
_NO_FILE_REACHES = 1 << 30
_LOCK_SECONDS = 10.0
"""How long to wait for other programs that append."""
_LOCK_PAUSE = 0.005


def read_bounded(file: Path, most_bytes: int) -> bytes:
    """Return what is in a file, or raise OSError where it is none, or a longer one; it never waits."""
    if not file.is_file():  # but a pipe, a device or nothing
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
    with file.open("rb") as opened:
        contents = opened.read(most_bytes + 1)
    if len(contents) > most_bytes:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(file))
    return contents


def write_whole(file: Path, contents: str | bytes) -> None:
    """Write a file, and the folders above it, so that a crash in the middle leaves the old file.

    A text is written as UTF-8. OSError, which says that it cannot be written, leaves it, too.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.new")
    try:
        with fresh.open("wb") as opened:
            opened.write(contents.encode() if isinstance(contents, str) else contents)
            opened.flush()
            os.fsync(opened.fileno())
        put_in_place(fresh, file)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def put_in_place(fresh: Path, place: Path) -> None:
    """Give a file or a folder its name, be there a file of that name or not, or raise OSError.

    Windows refuses it while anybody has one of the files open, and virus scanners open every new file for a
    moment: then it is tried again.
    """
    until = time.monotonic() + _RENAME_SECONDS
    while True:
        try:
            fresh.replace(place)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > until:
                raise
        time.sleep(_RENAME_PAUSE)


def put_aside(file: Path, why: str) -> Path | None:
    """Rename a file that cannot be used, so that nothing of it is lost, and return how it is called now.

    Args:
        file: The file.
        why: One word that its new name has: "damaged".

    Returns:
        Its new path; None where it cannot be renamed.
    """
    names = itertools.chain([why], (f"{why} ({number})" for number in itertools.count(2)))
    places = (file.with_name(f"{file.stem}.{name}{file.suffix}") for name in names)
    aside = next(place for place in places if not place.exists())
    try:
        put_in_place(file, aside)
    except OSError:
        return None
    return aside


def append(path: Path, lines: bytes, first: bytes) -> None:
    """Append whole lines, each with its end, in one go, or raise OSError; afterwards they are on the disk.

    Lines of two programs that append at once do not mix. Lines that do not fit leave the file as it
    was. Where there is none or it is empty it is made, with the folders above it and the line `first`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _APPEND, 0o666)
    try:
        with _alone(descriptor):
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
    """Cut off what was written, unless another program has appended since."""
    with suppress(OSError):  # then the next line begins with the end of this one
        if os.fstat(descriptor).st_size == before + written:
            os.ftruncate(descriptor, before)


def _remove_if_empty(path: Path) -> None:
    """Leave no file behind that was made for nothing."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def _alone(descriptor: int) -> Iterator[None]:
        """Let others wait with their lines: Windows looks for the end of a file before it writes there.

        What is locked is a byte that no file reaches, for no program could read one that is.

        Raises:
            OSError: They do not let us.
        """
        _lock(descriptor)
        try:
            yield
        finally:
            os.lseek(descriptor, _NO_FILE_REACHES, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _lock(descriptor: int) -> None:
        until = time.monotonic() + _LOCK_SECONDS
        os.lseek(descriptor, _NO_FILE_REACHES, os.SEEK_SET)
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
            except PermissionError:
                if time.monotonic() > until:
                    raise
            time.sleep(_LOCK_PAUSE)

else:

    @contextmanager
    def _alone(_descriptor: int) -> Iterator[None]:
        """Do nothing: finding the end and writing there is one and the same."""
        yield
