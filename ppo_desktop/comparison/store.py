"""Comparisons on disk: one file each, to which every finished run is appended as a line of JSON.

docs/comparisons.md describes the format. What has been appended survives the end of the program,
however sudden; a line that was cut off is left out when the file is read. A file may come from
anywhere: everything in it is checked.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    MOST_SEEDS,
    PRESET,
    SETTINGS,
    Comparison,
    InvalidComparison,
    RunKey,
    Variant,
)
from ppo_desktop.comparison.record import COLUMNS, STRETCHES, Points, RunEnd, RunRecord
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.learnt import Learnt
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.normalization import RunningStatistics

FORMAT = "ppo-desktop comparison"
VERSION = 1
SUFFIX = ".jsonl"
LARGEST_FILE = 100_000_000
"""Bytes; the largest comparison there can be takes half."""
MOST_PARAMETERS = 50_000
"""Of larger networks what they have learnt is not kept."""
_LONGEST_TEXT = 200
_BEGIN_OF_RUN, _END_OF_RUN = b'{"event": "run"', b"}}"
"""By these a run's line is known without reading it."""
_NOT_UNDERSTOOD = (ValueError, KeyError, TypeError, RecursionError, OverflowError)
"""What reading a line raises that was not written by us, or not to its end."""


class UnreadableComparison(ValueError):
    """A file that holds no comparison, or one that cannot be understood; the message is one line."""


@dataclass(frozen=True)
class KeptComparison:
    """A comparison as it was read from its file.

    Attributes:
        comparison: What is compared.
        records: Its finished runs.
        n_left_out: Lines that could not be understood.
    """

    comparison: Comparison
    records: dict[RunKey, RunRecord]
    n_left_out: int


@dataclass(frozen=True)
class Peek:
    """What a list of comparisons says of one.

    Attributes:
        title: How it is called.
        n_done: Runs that are in its file.
        n_runs: Runs it has when it is complete.
    """

    title: str
    n_done: int
    n_runs: int


class ComparisonFile:
    """The file of one comparison; it is made when its first run has finished.

    What cannot be written is written with the next that can.

    Args:
        path: Where it is, or will be.
        comparison: What is compared.
    """

    def __init__(self, path: Path, comparison: Comparison) -> None:
        self.path = path
        self._comparison = comparison
        self._lock = threading.Lock()
        self._unwritten: list[dict[str, Any]] = []

    def add(self, key: RunKey, record: RunRecord) -> None:
        """Append a finished run; afterwards nothing can lose it but the disk.

        Raises:
            OSError: The file cannot be written.
        """
        self._append(_run_line(key, record))

    def set_seeds(self, n_seeds: int) -> None:
        """Take note that there are more seeds now.

        Raises:
            OSError: The file cannot be written.
        """
        self._comparison = self._comparison.with_seeds(n_seeds)
        if self.path.exists():
            self._append({"event": "seeds", "n_seeds": n_seeds})

    def rename(self, title: str) -> None:
        """Call the comparison something else.

        Raises:
            OSError: The file cannot be written.
        """
        line = {"event": "title", "title": title[:_LONGEST_TEXT]}
        try:
            self._append(line)
        except OSError:
            self._unwritten.remove(line)  # a name that was refused does not come later
            raise

    def _append(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._unwritten.append(line)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                if file.tell() == 0:
                    file.write(_encoded(_first_line(self._comparison)))
                elif _is_cut_off(file):
                    file.write(b"\n")
                file.write(b"".join(map(_encoded, self._unwritten)))
                file.flush()
                os.fsync(file.fileno())
            self._unwritten.clear()


def new_file(folder: Path, comparison: Comparison) -> ComparisonFile:
    """Return a file of its own for a comparison that begins now.

    It is not there yet: only its name keeps it apart from that of another window, to the microsecond.
    """
    stem = datetime.datetime.now().strftime("%Y-%m-%d %H.%M.%S.%f")
    names = [stem, *(f"{stem} ({number})" for number in range(2, 1000))]
    paths = (folder / f"{name}{SUFFIX}" for name in names)
    return ComparisonFile(next(path for path in paths if not path.exists()), comparison)


def kept_files(folder: Path) -> list[Path]:
    """Return the files of comparisons, the newest first."""
    try:
        return sorted(folder.glob(f"*{SUFFIX}"), key=_modified_at, reverse=True)
    except OSError:
        return []


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another window has just deleted it
        return 0.0


def peek(path: Path) -> Peek:
    """Return what a list says of the comparison in a file; its runs are counted, not read.

    Raises:
        UnreadableComparison: It cannot be read, or holds something else.
    """
    first, *lines = _lines(path)
    comparison = _read_first_line(path, first)
    n_done = sum(line.startswith(_BEGIN_OF_RUN) and line.endswith(_END_OF_RUN) for line in lines)
    for line in filter(None, lines):
        if not line.startswith(_BEGIN_OF_RUN):
            with suppress(*_NOT_UNDERSTOOD):
                comparison = _read_line(line, comparison, {})
    return Peek(comparison.title, min(n_done, comparison.n_runs), comparison.n_runs)


def load(path: Path) -> KeptComparison:
    """Return the comparison in a file.

    Raises:
        UnreadableComparison: It cannot be read, or holds something else.
    """
    lines = _lines(path)
    comparison = _read_first_line(path, lines[0])
    records: dict[RunKey, RunRecord] = {}
    left_out = 0
    for line in filter(None, lines[1:]):
        try:
            comparison = _read_line(line, comparison, records)
        except _NOT_UNDERSTOOD:
            left_out += 1
    return KeptComparison(comparison, records, left_out)


# ---- writing -------------------------------------------------------------------------------------


def _encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _is_cut_off(file: Any) -> bool:
    """Whether the last line has no end: the program was killed while it wrote it."""
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) != b"\n")


def _first_line(comparison: Comparison) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": comparison.title,
        "environment_id": comparison.environment_id,
        "field": comparison.field,
        "n_seeds": comparison.n_seeds,
        "total_steps": comparison.total_steps,
        "variants": [
            {
                "value": variant.value,
                "label": variant.label,
                "algorithm": variant.algorithm.value,
                "hyperparameters": asdict(variant.hyperparameters),
            }
            for variant in comparison.variants
        ],
    }


def _run_line(key: RunKey, record: RunRecord) -> dict[str, Any]:
    assert record.end is not None, "only finished runs are kept"
    return {
        "event": "run",
        "variant": key.variant,
        "seed": key.seed,
        "reason": record.end.reason.value,
        "message": record.end.message,
        "steps": record.end.steps,
        "engine": record.end.engine,
        "parameters_sha256": record.end.parameters_sha256,
        "steps_to_threshold": record.steps_to_threshold,
        "collapsed": record.has_collapsed,
        "learnt": _written_learnt(record.learnt),
        "sums": {name: record.sums[row].tolist() for row, name in enumerate(COLUMNS)},
        "counts": {name: record.counts[row].astype(int).tolist() for row, name in enumerate(COLUMNS)},
    }


def _written_learnt(learnt: Learnt | None) -> dict[str, Any] | None:
    """Return what acting needs, or nothing where it would make the file large."""
    if learnt is None or learnt.parameters.size > MOST_PARAMETERS:
        return None
    if not np.isfinite(learnt.parameters).all():
        return None
    return {
        "parameters": base64.b64encode(learnt.parameters.astype("<f4").tobytes()).decode("ascii"),
        "count": learnt.observations.count,
        "mean": learnt.observations.mean.tolist(),
        "variance": learnt.observations.variance.tolist(),
    }


# ---- reading -------------------------------------------------------------------------------------


def _lines(path: Path) -> list[bytes]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableComparison(f"{path.name} is too large to be a comparison.")
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise UnreadableComparison(f"{path.name} cannot be read: {error.strerror}.") from error


def _read_first_line(path: Path, line: bytes) -> Comparison:
    try:
        values = json.loads(line)
        is_ours = isinstance(values, dict) and values.get("format") == FORMAT
    except (ValueError, RecursionError):
        is_ours = False
    if not is_ours:
        raise UnreadableComparison(f"{path.name} is not a comparison of PPO Desktop.")
    if values.get("version") != VERSION:
        raise UnreadableComparison(f"{path.name} comes from another version of PPO Desktop.")
    try:
        return _read_comparison(values)
    except (InvalidComparison, InvalidHyperparameter) as error:
        raise UnreadableComparison(one_line(f"{path.name} cannot be used: {error}")) from error
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise UnreadableComparison(f"{path.name} is damaged: its first line is not complete.") from error


def _read_comparison(values: dict[str, Any]) -> Comparison:
    field = _text(values["field"])
    if field not in (ALGORITHM, PRESET, SETTINGS, *DECLARATIONS):
        _refuse(field)
    comparison = Comparison(
        _text(values["title"]),
        _text(values["environment_id"]),
        field,
        tuple(_read_variant(variant) for variant in values["variants"]),
        _whole(values["n_seeds"], 1),
        _whole(values["total_steps"], 1),
    )
    for variant in range(len(comparison.variants)):
        comparison.settings(RunKey(variant, 1))  # raises where it cannot be trained
    return comparison


def _read_variant(values: dict[str, Any]) -> Variant:
    unknown = set(values["hyperparameters"]) - set(DECLARATIONS)
    if unknown:
        raise InvalidComparison(f"it has hyperparameters this version does not know: {', '.join(unknown)}")
    value: Value = values["value"]
    if not isinstance(value, float | int | bool | str | None):
        _refuse(value)
    hyperparameters = Hyperparameters().changed(values["hyperparameters"])
    return Variant(value, _text(values["label"]), Algorithm(values["algorithm"]), hyperparameters)


def _read_line(line: bytes, comparison: Comparison, records: dict[RunKey, RunRecord]) -> Comparison:
    """Take in one line: a run, or another number of seeds or title; return the comparison after it."""
    values = json.loads(line)
    match values["event"]:
        case "run":
            key = RunKey(_whole(values["variant"], 0), _whole(values["seed"], 1))
            if key.variant >= len(comparison.variants) or key.seed > MOST_SEEDS:
                _refuse(key)
            records.setdefault(key, _read_run(values, comparison))
            return comparison
        case "seeds":
            return comparison.with_seeds(_whole(values["n_seeds"], 1))
        case "title":
            return comparison.titled(_text(values["title"]))
        case event:
            raise ValueError(f"unknown event {event!r:.50}")


def _read_run(values: dict[str, Any], comparison: Comparison) -> RunRecord:
    reached = values["steps_to_threshold"]
    end = RunEnd(
        FinishReason(values["reason"]),
        one_line(str(values["message"])),
        _whole(values["steps"], 0),
        _text(values["engine"]),
        _text(values["parameters_sha256"]),
    )
    return RunRecord(
        comparison.total_steps,
        end.steps,
        _read_columns(values["sums"]),
        _read_columns(values["counts"]),
        None if reached is None else _whole(reached, 0),
        values["collapsed"] is True,
        end,
        None if values["learnt"] is None else _read_learnt(values["learnt"]),
    )


def _read_learnt(values: dict[str, Any]) -> Learnt:
    raw = base64.b64decode(values["parameters"], validate=True)
    parameters = np.frombuffer(raw, "<f4").astype(np.float32)
    mean, variance = (np.array(values[name], dtype=np.float64) for name in ("mean", "variance"))
    if mean.ndim != 1 or mean.shape != variance.shape or (variance < 0).any():
        _refuse(mean.shape)
    if not all(np.isfinite(numbers).all() for numbers in (parameters, mean, variance)):
        _refuse("not finite")
    return Learnt(parameters, RunningStatistics(_whole(values["count"], 0), mean, variance))


def _read_columns(values: dict[str, Any]) -> Points:
    columns = np.array([values[name] for name in COLUMNS], dtype=np.float64)
    if columns.shape != (len(COLUMNS), STRETCHES) or not np.isfinite(columns).all():
        _refuse(columns.shape)
    return columns


def _whole(value: Any, lowest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= 10**12:
        _refuse(value)
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        _refuse(value)
    return one_line(str(value))[:_LONGEST_TEXT]


def _refuse(value: object) -> NoReturn:
    raise ValueError(f"not understood: {value!r:.50}")
