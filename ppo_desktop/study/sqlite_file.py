"""Files of studies, looked at with sqlite3 alone: whether one is a study's, and whether it is open.

Nothing else may open such a file: where this process has it open as well, closing it by other means would
give up the locks that SQLite has on it. UnreadableStudy says why a file cannot be read or written, which may
be that another program has locked it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from urllib.parse import quote

from ppo_desktop.ppo.messages import one_line
from ppo_desktop.study.place import StudyExists, StudyInUse, UnreadableStudy
from ppo_desktop.whole_files import put_in_place

LOCK_SECONDS = 3.0
"""Seconds after which a file that another program has locked is given up when it is opened."""
_LEAST_SPACE = 64 * 1024
"""Bytes that SQLite may want beside a file before it can read a single number."""
_UNFINISHED = ".making"
_UNFINISHED_SECONDS = 24 * 3600
"""Age at which an unfinished file is abandoned."""
_TABLES = {
    "studies",
    "study_directions",
    "study_user_attributes",
    "trials",
    "trial_params",
    "alembic_version",
}
"""Those that every version of Optuna makes that this one can go on with, as far as we read them ourselves."""


@contextmanager
def reading(path: Path, timeout: float) -> Iterator[sqlite3.Connection]:
    """Open a file of studies, to read only; wait so many seconds for another program that has locked it."""
    # Not SQLite's own read-only mode, which leaves a log beside the file.
    with _connected(path, timeout) as connection:
        connection.execute("PRAGMA query_only = ON")
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not {name for (name,) in tables} >= _TABLES:
            raise UnreadableStudy(f"{path.name} is not a study.")
        yield connection


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of studies, to write what the block writes, or nothing of it where it fails."""
    with _connected(path, LOCK_SECONDS) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def study_names(path: Path) -> list[str]:
    """Return the names of the studies in a file, the oldest first; there is one at least."""
    with reading(path, LOCK_SECONDS) as connection:
        names = [
            str(name) for (name,) in connection.execute("SELECT study_name FROM studies ORDER BY study_id")
        ]
    if not names:
        raise UnreadableStudy(f"{path.name} holds no study.")
    return names


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from one that takes its name later; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def check_writable(path: Path) -> None:
    """Raise UnreadableStudy where a file of studies cannot be written, for whatever reason."""
    with writing(path):
        pass


def abandoned_trials(path: Path, study: str) -> list[int]:
    """Return the numbers of a study's running trials if no program on this machine has its file open."""
    try:
        with _connected(path, timeout=0.0) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            running = connection.execute(_RUNNING, (study,))
            numbers = [number for (number,) in running if isinstance(number, int)]
            connection.execute("ROLLBACK")
            return numbers
    except UnreadableStudy:
        return []


_RUNNING = """
    SELECT trials.number FROM trials JOIN studies ON studies.study_id = trials.study_id
    WHERE trials.state = 'RUNNING' AND studies.study_name = ? ORDER BY trials.number
"""


def take_over(path: Path) -> None:
    """Put everything that waits beside a file that is open nowhere into it: it can then be moved alone."""
    with _connected(path, timeout=0.0) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def copy(path: Path, target: Path) -> None:
    """Copy a file of studies as it is at one moment, also while it is written."""
    with reading(path, LOCK_SECONDS) as source:
        copied = sqlite3.connect(target)
        try:
            source.backup(copied)
        finally:
            copied.close()


def take_name(path: Path, name: Path) -> None:
    """Give a file that is open nowhere its name, or raise StudyExists, or OSError.

    At no moment has it two names, under which it could be opened at once, and damaged. A program that dies
    here may leave an empty file, which is listed as no study and can be deleted.
    """
    try:
        name.touch(exist_ok=False)  # no other program can take it now
    except FileExistsError:
        raise StudyExists(one_line(f"{name.name} is there already; choose another name.")) from None
    try:
        put_in_place(path, name)
    except BaseException:
        with suppress(OSError):
            name.unlink()
        raise


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give the name of a file that is to be made, and takes its own name when it is complete.

    What is left of it at the end is removed, and what programs have left that died at it.
    """
    _sweep(folder)
    path = folder / f".{secrets.token_hex(8)}{_UNFINISHED}"
    try:
        yield path
    finally:
        with suppress(OSError):
            remove(path)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f".*{_UNFINISHED}*"):
        with suppress(OSError):  # another program may have removed it just now
            if time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink()


def remove(path: Path) -> None:
    """Remove a file and what SQLite has left beside it, or raise OSError."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _connected(path: Path, timeout: float) -> Iterator[sqlite3.Connection]:
    """Open a file that is there; what SQLite complains about, in the block too, is said in a line."""
    _check_there(path)
    uri = f"{_uri(path.absolute())}?mode=rw"
    connection = None
    try:
        connection = sqlite3.connect(uri, timeout=timeout, uri=True, isolation_level=None)
        yield connection
    except sqlite3.Error as error:
        raise problem(path, error) from error
    finally:
        if connection is not None:
            connection.close()


def _uri(path: PurePath) -> str:
    """Return the URI of a path as SQLite takes it: on Windows it knows no other computer, only its shares."""
    return f"file://{quote(path.as_posix())}" if path.drive.startswith("\\\\") else path.as_uri()


def _check_there(path: Path) -> None:
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:  # a name no file can have, a folder that cannot be looked into
        raise UnreadableStudy(one_line(f"{path.name} cannot be read: {error}")) from error
    if is_folder:
        raise UnreadableStudy(one_line(f"{path.name} is a folder, not a study."))
    if not is_there:
        raise UnreadableStudy(one_line(f"There is no study at {path}."))
    if not os.access(path, os.R_OK):
        raise UnreadableStudy(one_line(f"{path.name} cannot be read: you have no permission to."))


def problem(path: Path, error: sqlite3.Error) -> UnreadableStudy:
    """Return what a complaint of SQLite about a file means, in one line."""
    if _kind(error) in ("BUSY", "LOCKED"):
        return StudyInUse(
            one_line(f"{path.name} is in use, here or in another program; close it there and try again.")
        )
    return UnreadableStudy(one_line(_meaning(path, error)))


def _meaning(path: Path, error: sqlite3.Error) -> str:
    match _kind(error):
        case "IOERR" | "CANTOPEN" if _is_disk_full(path):  # no room for what SQLite keeps beside it
            return f"{path.name} cannot be used: the disk is full. Free some space and try again."
        case "NOTADB":
            return f"{path.name} is not a study."
        case "CORRUPT":
            return f"{path.name} is damaged and cannot be read."
        case "READONLY" | "PERM" | "CANTOPEN":
            return f"{path.name} cannot be written; a study needs a folder and a file that can be."
        case "FULL":
            return f"{path.name} cannot be written: the disk is full. Free some space and try again."
        case _:
            return f"{path.name} cannot be read: {error}."


def _is_disk_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_SPACE
    except OSError:
        return False


def _kind(error: sqlite3.Error) -> str:
    """Return SQLite's word for a kind of error: "BUSY"."""
    return (getattr(error, "sqlite_errorname", None) or "SQLITE_ERROR").split("_")[1]
