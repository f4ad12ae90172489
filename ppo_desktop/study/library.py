"""Studies kept as files: listed, renamed, copied and deleted, without Optuna.

What cannot be done raises OSError, or StudyExists where there is one of that name, StudyInUse where it is
open, here or in another program, UnreadableStudy where it is none or shares its file with others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ppo_desktop.ppo.messages import one_line
from ppo_desktop.schema import NOT_UNDERSTOOD, Unknown, newest_first, text
from ppo_desktop.study import sqlite_file
from ppo_desktop.study.attributes import PLAN, STRATEGY, plan_from_json
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.place import StudyExists, StudyInUse, UnreadableStudy, check_name
from ppo_desktop.study.samplers import MAP
from ppo_desktop.study.trials import INTERRUPTED, REASON
from ppo_desktop.whole_files import put_in_place

SUFFIX = ".db"
_LISTING_SECONDS = 0.2
"""Seconds that a list waits for a file that another program has locked."""
_LONGEST_STEM = 180
"""Bytes; file systems take 255 for all of a name."""
_UNSAFE = re.compile(r"[^\w ()+,=@.-]|^[. ]|[. ]$")
"""What some file system refuses, or takes for something else."""
_RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(?= *(\.|$))", re.IGNORECASE)
"""Names that Windows takes for devices."""


@dataclass(frozen=True)
class KeptStudy:
    """What a list of studies says of one.

    Attributes:
        path: Its file.
        name: How it is called; of a file that cannot be read, the file's name.
        environment_id: What its trials learn; empty where that is unknown.
        n_trials: Trials that are done; those that were interrupted are not.
        n_cells: How many cells it has, where it is a map; else None.
        changed: When its file was last changed, in local time.
        problem: Why it cannot be opened, as far as one sees it without doing so; else empty.
    """

    path: Path
    name: str
    environment_id: str = ""
    n_trials: int = 0
    changed: datetime = datetime.min
    problem: str = ""
    n_cells: int | None = None


def kept_studies(folder: Path) -> Iterator[KeptStudy]:
    """Yield the studies in a folder, those changed last first; a file is opened when its turn comes."""
    for changed, path in newest_first(folder, SUFFIX):
        yield from _studies_in(path, changed)


def path_for(folder: Path, name: str) -> Path:
    """Return the file of a study of this name, whether it is there or not; other names have other files."""
    stem = _UNSAFE.sub(lambda match: _escaped(match[0]), name)
    stem = _RESERVED.sub(lambda match: _escaped(match[0][0]) + match[0][1:], stem, count=1)
    if len(stem.encode()) > _LONGEST_STEM:
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        stem = f"{stem.encode()[: _LONGEST_STEM - 17].decode(errors='ignore')}~{digest}"
    return folder / f"{stem}{SUFFIX}"


def rename(path: Path, name: str) -> Path:
    """Give a study another name, and its file too; return where it is now."""
    check_name(name)
    old = _only_name(path)
    target = path_for(path.parent, name)
    is_same_file = target.exists() and target.samefile(path)  # where case makes no difference
    if target.exists() and not is_same_file:
        raise _existing(name)
    sqlite_file.take_over(path)
    _call(path, name)
    try:
        if is_same_file:
            put_in_place(path, target)
        else:
            sqlite_file.take_name(path, target)
    except (OSError, StudyExists):
        _call(path, old)
        raise
    return target


def copy(path: Path, name: str) -> Path:
    """Copy a study, also while trials run; return where the copy is.

    Trials that are running are interrupted ones once the copy is opened.
    """
    check_name(name)
    _only_name(path)
    target = path_for(path.parent, name)
    if target.exists():
        raise _existing(name)
    with sqlite_file.unfinished(path.parent) as unfinished:
        sqlite_file.copy(path, unfinished)
        with sqlite_file.writing(unfinished) as connection:
            connection.execute("UPDATE studies SET study_name = ?", (name,))
        sqlite_file.take_name(unfinished, target)
    return target


def delete(path: Path) -> None:
    """Delete a study, or a file that only looks like one."""
    try:
        _only_name(path)
        sqlite_file.take_over(path)
    except StudyInUse:
        raise
    except UnreadableStudy as error:
        if isinstance(error, _Several) or not path.is_file():
            raise
    sqlite_file.remove(path)


class _Several(UnreadableStudy):
    """A file holds several studies, which only Optuna can tell apart."""


def _studies_in(path: Path, changed: datetime) -> Iterator[KeptStudy]:
    try:
        with sqlite_file.reading(path, _LISTING_SECONDS) as connection:
            rows = list(connection.execute(_SUMMARY, (REASON, INTERRUPTED, STRATEGY, PLAN)))
    except UnreadableStudy as error:
        yield KeptStudy(path, path.stem, changed=changed, problem=str(error))
        return
    if not rows:
        yield KeptStudy(path, path.stem, changed=changed, problem=one_line(f"{path.name} holds no study."))
    for name, plan, strategy, n_trials in rows:
        environment_id = _environment_id(plan)
        problem = "" if environment_id else "It was not made by PPO Desktop."
        n_cells = _n_cells(plan, strategy)
        yield KeptStudy(path, str(name), environment_id, int(n_trials), changed, problem, n_cells)


_SUMMARY = """
    SELECT study_name, plan.value_json, strategy.value_json,
        (SELECT count(*) FROM trials
         WHERE trials.study_id = studies.study_id AND (state IN ('COMPLETE', 'PRUNED')
            OR state = 'FAIL' AND EXISTS (SELECT * FROM trial_user_attributes AS reason
                WHERE reason.trial_id = trials.trial_id AND reason.key = ?)
            AND NOT EXISTS (SELECT * FROM trial_user_attributes AS flag
                WHERE flag.trial_id = trials.trial_id AND flag.key = ? AND flag.value_json = 'true')))
    FROM studies
    LEFT JOIN study_user_attributes AS strategy
        ON strategy.study_id = studies.study_id AND strategy.key = ?
    LEFT JOIN study_user_attributes AS plan ON plan.study_id = studies.study_id AND plan.key = ?
    ORDER BY studies.study_id
"""


def _environment_id(plan: Any) -> str:
    try:
        return text(json.loads(plan)["environment_id"])
    except NOT_UNDERSTOOD:
        return ""


def _n_cells(plan: Any, strategy: Any) -> int | None:
    """Return how many cells a map has; None for any other study."""
    try:
        if json.loads(strategy)["sampler"] != MAP:
            return None
        return plan_from_json(json.loads(plan), Unknown()).combinations
    except (InvalidStudy, *NOT_UNDERSTOOD):
        return None


def _only_name(path: Path) -> str:
    names = sqlite_file.study_names(path)
    if len(names) > 1:
        raise _Several(
            one_line(f"{path.name} holds {len(names)} studies; only Optuna can change one of them alone.")
        )
    return names[0]


def _call(path: Path, name: str) -> None:
    with sqlite_file.writing(path) as connection:
        connection.execute("UPDATE studies SET study_name = ?", (name,))


def _existing(name: str) -> StudyExists:
    return StudyExists(one_line(f'There is a study "{name}" already; choose another name.'))


def _escaped(characters: str) -> str:
    return "".join(f"%{byte:02X}" for byte in characters.encode())
