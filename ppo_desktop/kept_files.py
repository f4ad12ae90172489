"""Comparisons and studies that are kept, a file each: listed, deleted, and brought back after that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ppo_desktop.comparison import store
from ppo_desktop.ppo.messages import counted
from ppo_desktop.schema import newest_first
from ppo_desktop.study import library as studies
from ppo_desktop.study import sqlite_file
from ppo_desktop.whole_files import put_in_place

_DELETED = ".deleted-"
"""Before the name of a file that lists leave out."""


@dataclass(frozen=True)
class KeptFile:
    """What lists say of a comparison or a study.

    Attributes:
        path: Its file.
        name: What it is called; of one that cannot be read, its file's name.
        changed: When its file was last changed, in local time.
        environment_id: What is learnt; empty where that is unknown.
        done: How much of it is done, in words.
        problem: Why it cannot be opened; empty where it can, as far as one sees that without doing so.
    """

    path: Path
    name: str
    changed: datetime
    environment_id: str = ""
    done: str = ""
    problem: str = ""


def kept_comparisons(folder: Path) -> Iterator[KeptFile]:
    """Yield the comparisons in a folder, those changed last first; a file is opened when its turn comes."""
    for changed, path in newest_first(folder, store.SUFFIX):
        try:
            kept = store.peek(path)
        except store.UnreadableComparison as error:
            yield KeptFile(path, path.name, changed, problem=str(error))
        else:
            done = f"{kept.n_done} of {counted(kept.n_runs, 'run')}"
            yield KeptFile(path, kept.title, changed, kept.environment_id, done)


def kept_studies(folder: Path) -> Iterator[KeptFile]:
    """Yield the studies in a folder, likewise."""
    for study in studies.kept_studies(folder):
        done = counted(study.n_trials, "trial")
        name = study.path.name if study.problem else study.name
        yield KeptFile(study.path, name, study.changed, study.environment_id, done, study.problem)


def delete(path: Path) -> Path:
    """Take a file out of the lists, and return where it is until it is removed.

    Raises:
        UnreadableStudy: It is a study that is open, here or in another program.
        OSError: It cannot be moved.
    """
    if path.suffix == studies.SUFFIX:
        sqlite_file.take_over(path)
    deleted = path.with_name(_DELETED + path.name)
    put_in_place(path, deleted)
    return deleted


def undelete(deleted: Path) -> Path:
    """Put a deleted file back, and return where it is.

    Raises:
        OSError: It cannot be moved, or another has its name by now.
    """
    path = deleted.with_name(deleted.name.removeprefix(_DELETED))
    if path.exists():
        raise FileExistsError(f"There is another {path.name} by now.")
    put_in_place(deleted, path)
    return path


def purge(folder: Path) -> None:
    """Remove from the disk what was deleted."""
    for path in folder.glob(f"{_DELETED}*"):
        path.unlink(missing_ok=True)
