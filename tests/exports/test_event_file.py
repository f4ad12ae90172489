from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub.errors import DataLossError
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

from ppo_desktop.exports.event_file import EventFile, Status
from tests.event_files import ReadRun


def written(folder: Path, **columns: list[float]) -> ReadRun:
    """Return what is read of some scalars at steps 10, 20, …"""
    (n,) = {len(values) for values in columns.values()}
    steps = 10.0 * np.arange(1, n + 1)
    with EventFile(folder, 1000.5) as file:
        file.begin_session({}, "", 1000.5)
        file.add_scalars(steps, steps + 1000.5, {tag: np.array(values) for tag, values in columns.items()})
        file.end_session(Status.SUCCESS, 0.0)
    return ReadRun(folder)


def test_scalars_are_read_back_with_their_steps_and_times(tmp_path: Path) -> None:
    read = written(tmp_path / "new" / "run", a=[0.25, -3.0], b=[1e30, 0.0])
    assert read.scalars == {"a": [(10, 0.25), (20, -3.0)], "b": [(10, np.float32(1e30)), (20, 0.0)]}
    assert read.times == {"a": [1010.5, 1020.5], "b": [1010.5, 1020.5]}


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    read = written(tmp_path, a=[1.0, np.nan, 3.0], b=[1.0, 2.0, np.inf], c=[np.nan] * 3)
    assert read.scalars == {"a": [(10, 1.0), (30, 3.0)], "b": [(10, 1.0), (20, 2.0), (30, np.inf)]}


def test_many_are_all_there_in_order_and_progress_is_told(tmp_path: Path) -> None:
    n, told = 10_000, list[float]()
    steps = np.arange(n, dtype=float)
    with EventFile(tmp_path, 0.0) as file:
        file.begin_session({}, "", 0.0)
        file.add_scalars(steps, steps, {"a": steps, "b": -steps}, told.append)
        file.end_session(Status.SUCCESS, 0.0)
    read = ReadRun(tmp_path)
    assert read.scalars["a"] == [(number, float(number)) for number in range(n)]
    assert read.scalars["b"][-1] == (n - 1, 1.0 - n)
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("step", [0, 127, 128, 2**35 - 1, 10**12])
def test_steps_may_be_as_large_as_a_kept_run_s(tmp_path: Path, step: int) -> None:
    with EventFile(tmp_path, 0.0) as file:
        file.begin_session({}, "", 0.0)
        file.add_scalars(np.array([float(step)]), np.array([0.0]), {"a": np.array([1.0])})
        file.add_text("t", step, 0.0, "x")
        file.end_session(Status.SUCCESS, 0.0)
    read = ReadRun(tmp_path)
    assert read.scalars == {"a": [(step, 1.0)]}
    assert read.texts == {"t": [(step, "x")]}


def test_a_histogram_has_every_finite_number_in_its_bucket(tmp_path: Path) -> None:
    values = np.array([*np.linspace(-1.0, 4.0, 101), np.nan, np.inf], np.float32)
    with EventFile(tmp_path, 0.0) as file:
        file.begin_session({}, "", 0.0)
        file.add_histogram("h", 7, 0.0, values)
        file.add_histogram("h", 8, 0.0, np.ones(5, np.float32))
        file.add_histogram("h", 9, 0.0, np.full(3, np.nan))
        file.end_session(Status.SUCCESS, 0.0)
    (step, spread), (later, single) = ReadRun(tmp_path).histograms["h"]
    finite = values[:-2].astype(float)
    assert (step, later) == (7, 8)
    assert (spread.min, spread.max, spread.num) == (-1.0, 4.0, 101)
    assert spread.sum == pytest.approx(finite.sum())
    assert spread.sum_squares == pytest.approx((finite**2).sum())
    edges = [-np.inf, *spread.bucket_limit[:-1], np.inf]
    assert spread.bucket == np.histogram(finite, edges)[0].tolist()
    assert (single.min, single.max, sum(single.bucket)) == (1.0, 1.0, 5)


def test_a_session_says_its_hyperparameters_but_those_that_are_off(tmp_path: Path) -> None:
    with EventFile(tmp_path, 0.0) as file:
        file.begin_session({"a": 0.1, "b": 3, "c": True, "d": "tanh", "e": None, "f": False}, "ε", 12.5)
        file.end_session(Status.FAILURE, 13.5)
    read = ReadRun(tmp_path)
    assert read.hyperparameters == {"a": 0.1, "b": 3.0, "c": True, "d": "tanh", "f": False}
    assert (read.began.group_name, read.began.start_time_secs) == ("ε", 12.5)
    assert (read.ended.status, read.ended.end_time_secs) == (2, 13.5)


def test_a_changed_byte_is_found_by_its_checksum(tmp_path: Path) -> None:
    file = written(tmp_path, a=[1.0]).file
    contents = bytearray(file.read_bytes())
    contents[-20] ^= 1
    file.write_bytes(contents)
    reader = PyRecordReader_New(str(file))
    with pytest.raises(DataLossError):
        all(reader.GetNext() is None for _ in range(10))
