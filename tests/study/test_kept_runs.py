"""What a trial's runs have recorded, kept in its study: nothing is lost, and nothing is trusted."""

from __future__ import annotations

import base64
import json
import math
import zlib
from typing import Any

import numpy as np
import pytest

from ppo_desktop.comparison.record import COLUMNS, N_BINS, RunEnd, RunRecord
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.study.kept_runs import KeptRuns, kept_runs

STEPS = 1000


def record(seed: int = 1, end: FinishReason | None = FinishReason.COMPLETED) -> RunRecord:
    dice = np.random.default_rng(seed)
    counts = dice.integers(0, 4, (len(COLUMNS), N_BINS)).astype(float)
    sums = np.where(counts > 0, dice.normal(100, 30, counts.shape) * counts, 0.0)
    ended = None if end is None else RunEnd(end, "", STEPS, "compiled", "ab" * 32)
    return RunRecord(STEPS, STEPS, sums, counts, 500, end is FinishReason.DIVERGED, ended)


def written(*records: RunRecord) -> dict[str, Any]:
    """What a study keeps, as it comes back from JSON."""
    value: dict[str, Any] = json.loads(json.dumps(kept_runs(records, STEPS).value, allow_nan=False))
    return value


def test_what_was_kept_is_read() -> None:
    records = [record(1), record(2, FinishReason.DIVERGED), record(3, None)]
    for before, after in zip(records, KeptRuns(written(*records), STEPS).records, strict=True):
        np.testing.assert_allclose(after.sums, before.sums, rtol=1e-6)
        np.testing.assert_array_equal(after.counts, before.counts)
        for name in ("total_steps", "steps", "steps_to_threshold", "has_collapsed", "end", "bins_done"):
            assert getattr(after, name) == getattr(before, name)


def test_three_seeds_take_little_room() -> None:
    assert len(json.dumps(written(record(1), record(2), record(3)))) < 25_000


def test_sums_that_have_overflowed_are_left_out_bin_by_bin() -> None:
    blown = record()
    blown.sums[0, 3], blown.sums[1, 4] = math.inf, 1e200
    (read,) = KeptRuns(written(blown), STEPS).records
    assert (read.counts[0, 3], read.counts[1, 4]) == (0, 0)
    assert read.counts[0, 4] == blown.counts[0, 4]


def test_a_curve_of_a_newer_version_is_left_out_and_one_that_was_not_kept_is_empty() -> None:
    value = written(record())
    value["columns"][-1] = "charm"
    (read,) = KeptRuns(value, STEPS).records
    assert np.isnan(read.curve(COLUMNS[-1])).all()
    np.testing.assert_allclose(read.curve(COLUMNS[0]), record().curve(COLUMNS[0]), rtol=1e-6)


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"version": "one"},
        {"columns": []},
        {"columns": "return"},
        {"columns": ["return"] * len(COLUMNS)},
        {"columns": [f"c{number}" for number in range(len(COLUMNS))]},
        {"columns": ["return"] + ["x" * 10] * 10_000},
        {"runs": []},
        {"runs": [{}]},
        {"runs": [None] * 3},
        {"runs": [{"steps": 1}] * 11},
        {"points": None},
        {"points": "not base64 …"},
        {"points": base64.b64encode(b"not compressed").decode()},
        {"points": packed(b"short")},
        {"points": packed(bytes(30_000_000))},
        {"points": packed(np.full((1, 2, len(COLUMNS), N_BINS), np.nan, "<f4").tobytes())},
        {"points": packed(np.full((1, 2, len(COLUMNS), N_BINS), -1.0, "<f4").tobytes())},
        {"points": packed(np.full((1, 2, len(COLUMNS), N_BINS), 0.5, "<f4").tobytes())},
    ],
    ids=lambda change: repr(change)[:40],
)
def test_what_is_not_understood_is_nothing(change: dict[str, Any]) -> None:
    assert KeptRuns({**written(record()), **change}, STEPS).records == ()


@pytest.mark.parametrize("value", [None, 7, "runs", [], {}, {"version": 1}, True])
def test_garbage_is_nothing(value: Any) -> None:
    assert KeptRuns(value, STEPS).records == ()


@pytest.mark.parametrize(
    "change",
    [{"steps": -1}, {"steps": True}, {"steps_to_threshold": "soon"}, {"reason": "bored"}, {"message": 5}],
)
def test_a_run_that_is_none_makes_nothing_of_all(change: dict[str, Any]) -> None:
    value = written(record())
    value["runs"][0] |= change
    assert KeptRuns(value, STEPS).records == ()
