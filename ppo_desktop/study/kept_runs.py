"""What the runs of a trial have recorded, as a study keeps it: small, and read without trusting it.

The curves of all runs are one array (runs, 2, columns, N_BINS) of float32, sums and counts of each bin as in
`RunRecord`, compressed.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.comparison.record import COLUMNS, N_BINS, RunEnd, RunRecord
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, Schema, UnusableFile, refuse, text, whole
from ppo_desktop.study.study_plan import MOST_SEEDS

_SCHEMA = Schema()
_POINTS = "<f4"
_MOST_COLUMNS = 200
"""More than any version will have."""

Points = NDArray[np.float32]


@dataclass(frozen=True)
class KeptRuns:
    """What is kept of the runs of a trial, by seed; it is decoded when it is asked for.

    Attributes:
        value: As JSON has it; anything, where a study comes from elsewhere.
        total_steps: Budget of each run.
    """

    value: Any
    total_steps: int

    @property
    def records(self) -> tuple[RunRecord, ...]:
        """What each run has recorded; empty where that is not understood."""
        try:
            return tuple(_records(_SCHEMA.migrate(self.value), self.total_steps))
        except (UnusableFile, *NOT_UNDERSTOOD, zlib.error):
            return ()


def kept_runs(records: Sequence[RunRecord], total_steps: int) -> KeptRuns:
    """Return what is to be kept of runs, which may have been cut off where they are."""
    runs = [_run_to_json(record) for record in records]  # first: what is recorded meanwhile is left out
    points = np.array([(record.sums, record.counts) for record in records])
    # Where a sum has overflowed, it is as if nothing had ended.
    is_known = (np.abs(points) <= np.finfo(np.float32).max).all(axis=1, keepdims=True)
    packed = zlib.compress(np.where(is_known, points, 0.0).astype(_POINTS).tobytes())
    value = {
        "version": _SCHEMA.version,
        "columns": list(COLUMNS),
        "runs": runs,
        "points": base64.b64encode(packed).decode("ascii"),
    }
    return KeptRuns(value, total_steps)


def _run_to_json(record: RunRecord) -> JsonObject:
    end = record.end
    return {
        "steps": record.steps,
        "steps_to_threshold": record.steps_to_threshold,
        "collapsed": record.has_collapsed,
        **({} if end is None else _end_to_json(end)),
    }


def _end_to_json(end: RunEnd) -> JsonObject:
    return {
        "reason": end.reason.value,
        "message": end.message,
        "engine": end.engine,
        "parameters_sha256": end.parameters_sha256,
    }


# ---- reading -------------------------------------------------------------------------------------


def _records(values: JsonObject, total_steps: int) -> list[RunRecord]:
    columns, runs = values["columns"], values["runs"]
    if not isinstance(columns, list) or not 1 <= len(columns) <= _MOST_COLUMNS:
        refuse(columns)
    if not isinstance(runs, list) or not 1 <= len(runs) <= MOST_SEEDS:
        refuse(runs)
    places = {text(name): place for place, name in enumerate(columns)}
    if len(places) != len(columns) or COLUMNS[0] not in places:
        refuse(columns)
    points = _points(values["points"], (len(runs), 2, len(columns), N_BINS))
    # A curve that there was not yet is empty.
    known = [places.get(name, len(columns)) for name in COLUMNS]
    nothing = np.zeros((len(runs), 2, 1, N_BINS))
    ours = np.concatenate((points, nothing), axis=2)[:, :, known]
    return [_record(run, sums, counts, total_steps) for run, (sums, counts) in zip(runs, ours, strict=True)]


def _points(packed: Any, shape: tuple[int, ...]) -> Doubles:
    """Unpack so many numbers, and nothing more."""
    size = int(np.prod(shape)) * np.dtype(_POINTS).itemsize
    if not isinstance(packed, str) or len(packed) > 2 * size:
        refuse(packed)
    unpacking = zlib.decompressobj()
    raw = unpacking.decompress(base64.b64decode(packed, validate=True), size + 1)
    if len(raw) != size or not unpacking.eof:
        refuse(len(raw))
    points = np.frombuffer(raw, _POINTS).reshape(shape).astype(np.float64)
    counts = points[:, 1]
    if not np.isfinite(points).all() or (counts < 0).any() or (counts % 1).any():
        refuse("no points of curves")
    return points


def _record(run: Any, sums: Doubles, counts: Doubles, total_steps: int) -> RunRecord:
    steps, reached, collapsed = whole(run["steps"], 0), run["steps_to_threshold"], run["collapsed"]
    return RunRecord(
        total_steps,
        steps,
        sums,
        counts,
        None if reached is None else whole(reached, 0),
        None if collapsed is None else collapsed is True,
        _end(run, steps) if "reason" in run else None,
    )


def _end(run: JsonObject, steps: int) -> RunEnd:
    reason, engine = FinishReason(run["reason"]), text(run["engine"])
    return RunEnd(reason, text(run["message"]), steps, engine, text(run["parameters_sha256"]))
