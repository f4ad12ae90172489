"""Comparisons and studies that are kept, a file each: listed, deleted, and brought back after that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ppo_desktop import trash
from ppo_desktop.comparison import store
from ppo_desktop.ppo.messages import counted
from ppo_desktop.schema import newest_first
from ppo_desktop.study import library as studies
from ppo_desktop.study import sqlite_file


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
        is_map: Whether it is a study that is a map.
    """

    path: Path
    name: str
    changed: datetime
    environment_id: str = ""
    done: str = ""
    problem: str = ""
    is_map: bool = False


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
        is_map = study.n_cells is not None
        done = counted(study.n_trials, "trial")
        if study.n_cells is not None:
            done = f"{study.n_trials} of {counted(study.n_cells, 'cell')}"
        name = study.path.name if study.problem else study.name
        yield KeptFile(
            study.path, name, study.changed, study.environment_id, done, study.problem, is_map=is_map
        )


def kept_maps(folder: Path) -> Iterator[KeptFile]:
    """Yield those of them that are maps."""
    return (study for study in kept_studies(folder) if study.is_map)


def delete(path: Path) -> Path:
    """Take a file out of the lists, and return where it is until it is purged.

    Raises:
        UnreadableStudy: It is a study that is open, here or in another program.
        OSError: It cannot be moved.
    """
    if path.suffix == studies.SUFFIX:
        sqlite_file.take_over(path)
    return trash.delete(path)
