"""What was deleted and can still be brought back: until it is removed it has a name that lists leave out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from ppo_desktop.whole_files import put_in_place

_PREFIX = ".deleted-"
SECONDS = 86_400
"""For which another window can bring back what it has deleted."""


def is_deleted(path: Path) -> bool:
    """Return whether a file or a folder is one that was deleted."""
    return path.name.startswith(_PREFIX)


def delete(path: Path) -> Path:
    """Take a file or a folder out of lists, and return where it is until `purge`.

    Raises:
        OSError: It cannot be moved.
    """
    deleted = path.with_name(f"{_PREFIX}{int(time.time())}-{path.name}")
    put_in_place(path, deleted)
    return deleted


def bring_back(deleted: Path) -> Path:
    """Put back what was deleted, and return where it is.

    Raises:
        OSError: It cannot be moved, has been purged, or another has its name by now.
    """
    path = deleted.with_name(deleted.name.removeprefix(_PREFIX).partition("-")[2])
    if path.exists():
        raise FileExistsError(f"There is another {path.name} by now.")
    put_in_place(deleted, path)
    return path


def purge(folder: Path, own: Container[Path]) -> None:
    """Remove from the disk what was deleted in a folder: the `own` ones, and those of more than a day ago."""
    for path in folder.glob(f"{_PREFIX}*"):
        if path in own or _deleted_at(path) < time.time() - SECONDS:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()


def _deleted_at(path: Path) -> int:
    """Return when it was deleted; long ago where its name does not say it."""
    when = path.name.removeprefix(_PREFIX).partition("-")[0]
    return int(when) if when.isascii() and when.isdecimal() and len(when) < 20 else 0
