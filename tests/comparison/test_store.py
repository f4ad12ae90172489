"""Comparisons on disk: what was finished is never lost, and nothing in a file is trusted."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import FINAL_KL, FINAL_RETURN, MEAN_RETURN
from ppo_desktop.comparison.plan import Comparison, Configuration, RunKey, opposed, varied
from ppo_desktop.comparison.record import COLUMNS, N_BINS, RunEnd, RunRecord
from ppo_desktop.comparison.serialization import MOST_PARAMETERS
from ppo_desktop.comparison.store import (
    ComparisonFile,
    UnreadableComparison,
    lines_so_far,
    load,
    new_file,
    peek,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.policy_state import PolicyState
from tests.comparisons import kept_files

BASE = Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, hidden_units=8)
FIRST = RunKey(0, 1)


def comparison(n_seeds: int = 2, total_steps: int = 2_000, title: str | None = None) -> Comparison:
    plan = varied("CartPole-v1", Algorithm.PPO, BASE, "clip_range", (0.1, None), n_seeds, total_steps)
    return plan if title is None else plan.titled(title)


def record(reason: FinishReason = FinishReason.COMPLETED) -> RunRecord:
    shape = (len(COLUMNS), N_BINS)
    sums = np.random.default_rng(1).normal(size=shape)
    counts = np.random.default_rng(2).integers(0, 3, shape).astype(float)
    learnt = PolicyState(
        np.random.default_rng(3).normal(size=50).astype(np.float32),
        RunningStatistics(7, np.array([0.1, 0.2]), np.array([1.0, 2.0])),
    )
    end = RunEnd(reason, "why", 2_016, "compiled", "ab")
    return RunRecord(2_000, 2_016, sums, counts, 1_234, True, end, learnt)


def same(first: RunRecord, second: RunRecord) -> bool:
    figures = np.array_equal(first.sums, second.sums) and np.array_equal(first.counts, second.counts)
    rest = [(run.end, run.steps_to_threshold, run.has_collapsed, run.steps) for run in (first, second)]
    return figures and rest[0] == rest[1] and same_learnt(first.policy, second.policy)


def same_learnt(first: PolicyState | None, second: PolicyState | None) -> bool:
    if first is None or second is None:
        return first is second
    pairs = (
        (first.parameters, second.parameters),
        (first.observations.mean, second.observations.mean),
        (first.observations.variance, second.observations.variance),
    )
    return first.observations.count == second.observations.count and all(
        np.array_equal(*pair) for pair in pairs
    )


def written(folder: Path) -> Path:
    file = new_file(folder, comparison())
    file.add(FIRST, record())
    return file.path


def test_what_was_written_is_read_to_the_last_bit(tmp_path: Path) -> None:
    file = new_file(tmp_path / "deep" / "down", comparison())
    runs = {FIRST: record(), RunKey(1, 2): record(FinishReason.DIVERGED)}
    for key, run in runs.items():
        file.add(key, run)
    kept = load(file.path)
    assert kept.comparison == comparison()
    assert kept.n_left_out == 0
    assert kept.records.keys() == runs.keys()
    assert all(same(kept.records[key], run) for key, run in runs.items())


def test_free_configurations_come_back_too(tmp_path: Path) -> None:
    sides = [Configuration("one", Algorithm.A2C, BASE), Configuration("two", Algorithm.PPO, BASE)]
    plan = opposed("Pendulum-v1", sides, 1, 5_000)
    file = new_file(tmp_path, plan)
    file.add(FIRST, replace(record(), total_steps=5_000))
    assert load(file.path).comparison == plan


def test_nothing_is_written_before_a_run_has_finished(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    file.set_seeds(4)
    assert kept_files(tmp_path) == []
    file.add(FIRST, record())
    assert load(file.path).comparison.n_seeds == 4


def test_more_seeds_and_another_title_are_appended(tmp_path: Path) -> None:
    path = written(tmp_path)
    file = ComparisonFile(path, comparison())
    file.set_seeds(5)
    file.rename("What ε does")
    file.add(RunKey(0, 5), record())
    kept = load(path)
    assert kept.comparison == comparison(n_seeds=5, title="What ε does")
    assert set(kept.records) == {FIRST, RunKey(0, 5)}


def test_what_large_networks_have_learnt_is_not_kept(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    statistics = RunningStatistics(0, np.zeros(2), np.ones(2))
    large = PolicyState(np.zeros(MOST_PARAMETERS + 1, np.float32), statistics)
    file.add(FIRST, replace(record(), policy=large))
    assert load(file.path).records[FIRST].policy is None


def test_two_comparisons_of_one_second_have_two_files(tmp_path: Path) -> None:
    first, second = written(tmp_path), written(tmp_path)
    assert first != second
    assert set(kept_files(tmp_path)) == {first, second}


def test_there_are_no_files_where_there_is_no_folder(tmp_path: Path) -> None:
    assert kept_files(tmp_path / "none") == []


def test_a_line_that_was_cut_off_is_left_out_and_the_next_run_is_not(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event": "run", "variant": 1, "se')
    assert load(path).n_left_out == 1
    assert set(load(path).records) == {FIRST}
    ComparisonFile(path, comparison()).add(RunKey(1, 1), record())
    assert set(load(path).records) == {FIRST, RunKey(1, 1)}


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_of_a_file_cut_anywhere_whole_lines_are_read(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path)
    ComparisonFile(path, comparison()).add(RunKey(1, 1), record())
    path.write_bytes(path.read_bytes()[:-cut])
    assert FIRST in load(path).records


def first_line(path: Path, **changes: Any) -> None:
    """Change the first line of a file."""
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    values = {**json.loads(head), **changes}
    path.write_text(json.dumps(values) + "\n" + rest, encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not a comparison"),
        (b"\x00\xff\xfe", "is not a comparison"),
        (b"[1, 2, 3]\n", "is not a comparison"),
        (b'{"format": "something else"}\n', "is not a comparison"),
        (b"[" * 100_000, "is not a comparison"),
        (b'{"format": "ppo-desktop comparison", "version": 99}\n', "newer version"),
        (b'{"format": "ppo-desktop comparison", "version": 1}\n', "its first line is not complete"),
        (b'{"format": "ppo-desktop comparison", "vers', "its first line is not complete"),
        (b'{"format": "ppo-desktop comparison", "version": "2"}\n', "its first line is not understood: '2'"),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableComparison, match=says) as refusal:
        load(path)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableComparison, match="cannot be read"):
        load(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    "changes",
    [
        {"n_seeds": 10_000},
        {"n_seeds": "3"},
        {"n_seeds": True},
        {"total_steps": -1},
        {"total_steps": 10**30},
        {"environment_id": 5},
        {"field": "__class__"},
        {"variants": []},
        {"variants": "abc"},
        {"variants": [{}] * 3},
    ],
)
def test_a_first_line_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = written(tmp_path)
    first_line(path, **changes)
    with pytest.raises(UnreadableComparison):
        load(path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"environment_id": "a" * 300}, "is damaged: its first line is not understood: 'aaaaaaa"),
        ({"total_steps": 10**400}, "is damaged: its first line is not understood: 100000"),
        ({"n_seeds": "3"}, "is damaged: its first line is not understood: '3'"),
        ({"variants": 5}, "is damaged: its first line is not understood"),
        ({"variants": [{}] * 2}, "is damaged: its first line is not complete"),
    ],
)
def test_a_value_that_is_wrong_is_another_fault_than_one_that_is_missing(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    path = written(tmp_path)
    first_line(path, **changes)
    for read in (load, peek):
        with pytest.raises(UnreadableComparison, match=says):
            read(path)


def test_values_out_of_range_and_missing_hyperparameters_are_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    variants = json.loads(path.read_text(encoding="utf-8").partition("\n")[0])["variants"]
    variants[0]["hyperparameters"]["clip_range"] = 17.0
    first_line(path, variants=variants)
    with pytest.raises(UnreadableComparison, match="Clip range"):
        load(path)
    variants[0]["hyperparameters"] = {"frobnicate": 1}
    first_line(path, variants=variants)
    with pytest.raises(UnreadableComparison, match="it lacks hyperparameters: clip_range"):
        load(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"variant": 7},
        {"variant": -1},
        {"seed": 0},
        {"seed": 21},
        {"reason": 5},
        {"sums": {}},
        {"sums": {name: [1e999] * N_BINS for name in COLUMNS}},
        {"counts": {name: [1.0] for name in COLUMNS}},
        {"counts": {name: [-1] * N_BINS for name in COLUMNS}},
        {"counts": {name: [0.5] * N_BINS for name in COLUMNS}},
        {"sums": {name: ["1"] * N_BINS for name in COLUMNS}},
        {"sums": {name: [True] * N_BINS for name in COLUMNS}},
        {"sums": {name: [10**400] * N_BINS for name in COLUMNS}},
        {"steps": -5},
        {"engine": None},
        {"learnt": {"parameters": "§§"}},
        {"learnt": {"parameters": "AAAA", "count": 1, "mean": [0], "variance": [1]}},
        {"learnt": {"parameters": "AADAfw==", "count": 1, "mean": [0], "variance": [1]}},
        {"learnt": {"parameters": "AAAAAA==", "count": 1, "mean": [0], "variance": [-1]}},
        {"learnt": {"parameters": "AAAAAA==", "count": 1, "mean": ["0"], "variance": [1]}},
        {"learnt": {"parameters": "AAAAAA==", "count": 1, "mean": [0, 1], "variance": [1]}},
    ],
)
def test_a_run_that_makes_no_sense_is_left_out_and_counted(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = written(tmp_path)
    head, run, _ = path.read_text(encoding="utf-8").split("\n")
    broken = json.dumps({**json.loads(run), "variant": 1, **changes})
    path.write_text("\n".join([head, broken, run, "[[[", "{}"]), encoding="utf-8")
    kept = load(path)
    assert set(kept.records) == {FIRST}
    assert kept.n_left_out == 3


def test_a_disk_that_cannot_be_written_is_said_by_the_system(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match=r".+"):
        new_file(tmp_path / "taken", comparison()).add(FIRST, record())


def test_what_a_disk_refused_is_written_with_the_next_run(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.write_text("")
    file = new_file(folder, comparison())
    for refused in (FIRST, RunKey(1, 1)):
        with pytest.raises(OSError, match=r".+"):
            file.add(refused, record())
    folder.unlink()
    file.add(RunKey(1, 2), record())
    file.add(RunKey(0, 2), record())
    assert list(load(file.path).records) == [FIRST, RunKey(1, 1), RunKey(1, 2), RunKey(0, 2)]
    assert file.path.read_text().count('"event": "run"') == 4, "each once"


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Nothing can be written until this is called."""
    write = os.write

    def refuse(descriptor: int, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    return lambda: monkeypatch.setattr(os, "write", write)


def test_a_name_that_was_refused_does_not_come_later(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = new_file(tmp_path, comparison())
    file.add(FIRST, record())
    make_room = request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        file.rename("another")
    make_room()
    file.add(RunKey(1, 1), record())
    assert load(file.path).comparison == comparison()


def test_a_name_given_before_the_first_run_has_ended_stands_in_the_file_with_it(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    file.rename("What ε does")
    assert kept_files(tmp_path) == []
    file.add(FIRST, record())
    assert load(file.path).comparison.title == "What ε does"


def test_names_given_while_runs_are_written_lose_no_run(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison(n_seeds=20))
    keys = [RunKey(variant, seed) for variant in (0, 1) for seed in range(1, 21)]
    barrier = threading.Barrier(3)

    def write(some: list[RunKey]) -> None:
        barrier.wait()
        for key in some:
            file.add(key, record())

    writers = [threading.Thread(target=write, args=(keys[place::2],)) for place in (0, 1)]
    for writer in writers:
        writer.start()
    barrier.wait()
    for number in range(40):
        file.rename(f"name {number}")
    for writer in writers:
        writer.join()
    kept = load(file.path)
    assert kept.n_left_out == 0
    assert (set(kept.records), kept.comparison.title) == ({*keys}, "name 39")


# ---- what is asked


def test_what_was_last_asked_is_read_again(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    file.add(FIRST, record())
    assert (load(file.path).measure, load(file.path).reference) == (FINAL_RETURN, 0)
    file.set_question(MEAN_RETURN, 1)
    file.set_question(FINAL_KL, 1)
    assert (load(file.path).measure, load(file.path).reference) == (FINAL_KL, 1)


def test_what_is_asked_before_the_first_run_has_ended_is_written_with_it(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    file.set_question(MEAN_RETURN, 0)
    file.set_question(FINAL_KL, 1)
    assert kept_files(tmp_path) == []
    file.add(FIRST, record())
    assert (load(file.path).measure, load(file.path).reference) == (FINAL_KL, 1)
    assert file.path.read_text(encoding="utf-8").count("question") == 1


def test_what_is_asked_while_the_disk_is_full_is_written_later(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = new_file(tmp_path, comparison())
    file.add(FIRST, record())
    make_room = request.getfixturevalue("full_disk")
    with pytest.raises(OSError, match="No space"):
        file.set_question(FINAL_KL, 1)
    make_room()
    file.add(RunKey(1, 1), record())
    assert (load(file.path).measure, load(file.path).reference) == (FINAL_KL, 1)


@pytest.mark.parametrize(
    "question",
    [
        {"measure": ["final_return"], "reference": 0},
        {"measure": "mean_return", "reference": 2},
        {"measure": "mean_return", "reference": -1},
        {"measure": "mean_return", "reference": True},
        {"measure": "mean_return"},
    ],
)
def test_a_question_that_makes_no_sense_is_left_out_and_counted(
    tmp_path: Path, question: dict[str, Any]
) -> None:
    path = written(tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": "question", **question}) + "\n")
    kept = load(path)
    assert (kept.measure, kept.reference, kept.n_left_out) == (FINAL_RETURN, 0, 1)


# ---- what cannot be encoded


@pytest.mark.parametrize("half", ["\ud800", "\udfff!"])
def test_half_a_character_in_a_text_keeps_nothing_from_being_written(tmp_path: Path, half: str) -> None:
    file = new_file(tmp_path, comparison(title=f"before {half}"))
    end = RunEnd(FinishReason.DIVERGED, f"why {half}", 2_016, "compiled", "ab")
    file.add(FIRST, replace(record(), end=end))
    file.rename(f"after {half}")
    file.add(RunKey(1, 1), record())
    kept = load(file.path)
    assert (kept.n_left_out, set(kept.records)) == (0, {FIRST, RunKey(1, 1)})
    first_end = kept.records[FIRST].end
    assert first_end is not None
    assert first_end.message.startswith("why ?")
    assert kept.comparison.title.startswith("after ?")


def test_half_a_character_in_a_file_reaches_no_window(tmp_path: Path) -> None:
    path = written(tmp_path)
    first_line(path, title="half \ud800")
    assert load(path).comparison.title == "half ?"


def test_where_a_sum_has_overflowed_nothing_has_ended_and_the_run_is_kept(tmp_path: Path) -> None:
    file = new_file(tmp_path, comparison())
    blown_up = record(FinishReason.DIVERGED)
    blown_up.sums[0, 3], blown_up.sums[1, 4] = np.inf, np.nan
    file.add(FIRST, blown_up)
    kept = load(file.path).records[FIRST]
    assert kept.counts[0, 3] == kept.counts[1, 4] == kept.sums[0, 3] == 0
    assert kept.counts[0, 5] == blown_up.counts[0, 5]


@pytest.mark.parametrize("what", ["parameters", "mean", "variance"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_was_learnt_is_not_kept_where_any_of_it_has_blown_up(
    tmp_path: Path, what: str, number: float
) -> None:
    file = new_file(tmp_path, comparison())
    run = record()
    assert run.policy is not None
    arrays = {
        "parameters": run.policy.parameters,
        "mean": run.policy.observations.mean,
        "variance": run.policy.observations.variance,
    }
    arrays[what][0] = number
    file.add(FIRST, run)
    kept = load(file.path)
    assert kept.n_left_out == 0
    assert kept.records[FIRST].policy is None


def test_comparisons_that_begin_at_once_have_files_of_their_own(tmp_path: Path) -> None:
    files = [new_file(tmp_path, comparison(n_seeds=seeds)) for seeds in (1, 2, 3)]
    for file in files:
        file.add(FIRST, record())
    assert [load(file.path).comparison.n_seeds for file in files] == [1, 2, 3]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.comparison.test_store import comparison
from ppo_desktop.comparison.experiment import Experiment, RunEnded
from ppo_desktop.comparison.store import ComparisonFile

plan = comparison(n_seeds=20, total_steps=20_000)
file = ComparisonFile(Path({path!r}), plan)
for event in Experiment(plan, together=False).events():
    if isinstance(event, RunEnded):
        file.add(event.key, event.record)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
def test_a_program_killed_in_the_middle_loses_no_finished_run(tmp_path: Path) -> None:
    path = tmp_path / "killed.jsonl"
    root = str(Path(__file__).resolve().parents[2])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER.format(root=root, path=str(path))], env={**os.environ}, cwd=root
    )
    deadline = time.monotonic() + 100
    while not (path.exists() and path.read_bytes().count(b"\n") >= 3) and time.monotonic() < deadline:
        assert writer.poll() is None, "it has come to an end before it could be killed"
        time.sleep(0.02)
    seen = path.read_bytes().count(b"\n") - 1
    writer.kill()
    writer.wait()
    kept = load(path)
    assert len(kept.records) >= seen >= 2
    again = Experiment(kept.comparison, finished=kept.records)
    assert not again.is_complete
    one = next(iter(kept.records))
    with Experiment(kept.comparison.with_seeds(one.seed)) as fresh:
        list(fresh.events())
    assert same(fresh.records[one], kept.records[one])


def test_runs_that_still_learn_are_handed_on_as_far_as_they_are_and_opened_as_none(tmp_path: Path) -> None:
    growing, finished = replace(record(), steps=1_234, end=None), record()
    path = tmp_path / "so far.jsonl"
    path.write_bytes(b"".join(lines_so_far(comparison(), {FIRST: growing, RunKey(1, 2): finished})))
    kept = load(path)
    assert (kept.remark("it"), kept.comparison) == ("", comparison())
    assert list(kept.records) == [RunKey(1, 2)]
    assert peek(path).n_done == 1
    for key, known in ((FIRST, growing), (RunKey(1, 2), finished)):
        read = {**kept.records, **kept.unfinished}[key]
        assert (read.steps, read.end, read.bins_done) == (known.steps, known.end, known.bins_done)
        assert (read.steps_to_threshold, read.has_collapsed) == (1_234, True)
        assert np.array_equal(read.sums, known.sums)
        assert np.array_equal(read.counts, known.counts)
        assert read.policy is None


@pytest.mark.parametrize(
    "wrong", [{"variant": 9}, {"seed": 0}, {"steps": -1}, {"sums": {}}, {"counts": None}]
)
def test_a_run_that_is_not_understood_is_left_out_also_where_it_is_not_finished(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    first, run = lines_so_far(comparison(), {FIRST: replace(record(), end=None)})
    path = tmp_path / "so far.jsonl"
    path.write_bytes(first + json.dumps(json.loads(run) | wrong).encode())
    kept = load(path)
    assert (kept.unfinished, kept.n_left_out) == ({}, 1)
