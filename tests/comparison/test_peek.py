"""What a list says of a kept comparison, without reading its runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import ComparisonFile, Peek, UnreadableComparison, load, peek
from tests.comparisons import compared, ended_with


def test_runs_are_counted_and_the_latest_title_and_seeds_are_said(tmp_path: Path) -> None:
    comparison = compared(n_seeds=2)
    file = ComparisonFile(tmp_path / "kept.jsonl", comparison)
    for key in (RunKey(0, 1), RunKey(1, 1), RunKey(0, 2)):
        file.add(key, ended_with(100.0))
    assert peek(file.path) == Peek(comparison.title, comparison.environment_id, 3, 4)
    file.rename("Mine")
    file.set_seeds(5)
    assert peek(file.path) == Peek("Mine", comparison.environment_id, 3, 10)


def test_a_run_that_was_cut_off_is_not_counted(tmp_path: Path) -> None:
    file = ComparisonFile(tmp_path / "kept.jsonl", compared())
    file.add(RunKey(0, 1), ended_with(100.0))
    file.add(RunKey(1, 1), ended_with(100.0))
    file.path.write_bytes(file.path.read_bytes()[:-40])
    assert peek(file.path).n_done == 1


def test_a_run_whose_line_is_whole_but_for_its_end_is_counted_as_it_is_read(tmp_path: Path) -> None:
    file = ComparisonFile(tmp_path / "kept.jsonl", compared())
    file.add(RunKey(0, 1), ended_with(100.0))
    file.path.write_bytes(file.path.read_bytes()[:-1])
    assert peek(file.path).n_done == len(load(file.path).records) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["as here", "as on Windows"])
def test_a_run_whose_line_was_written_anew_is_counted_too(tmp_path: Path, end: str) -> None:
    file = ComparisonFile(tmp_path / "kept.jsonl", compared())
    file.add(RunKey(0, 1), ended_with(100.0))
    file.add(RunKey(1, 1), ended_with(100.0))
    first, run, other = file.path.read_text(encoding="utf-8").splitlines()
    anew = json.dumps(json.loads(run), sort_keys=True, separators=(",", ":"))
    file.path.write_bytes("".join(f"{line}{end}" for line in (first, anew, other)).encode())
    assert peek(file.path).n_done == len(load(file.path).records) == 2


def test_a_run_with_a_field_more_is_counted_too(tmp_path: Path) -> None:
    file = ComparisonFile(tmp_path / "kept.jsonl", compared())
    file.add(RunKey(0, 1), ended_with(100.0))
    file.add(RunKey(1, 1), ended_with(100.0))
    *others, last = file.path.read_text(encoding="utf-8").splitlines()
    more = json.dumps({**json.loads(last), "seconds": 1.5})
    file.path.write_text("\n".join([*others, more, ""]), encoding="utf-8")
    assert peek(file.path).n_done == len(load(file.path).records) == 2


def test_a_run_that_two_windows_have_done_is_counted_once(tmp_path: Path) -> None:
    for _ in range(2):
        ComparisonFile(tmp_path / "kept.jsonl", compared()).add(RunKey(0, 1), ended_with(100.0))
    assert peek(tmp_path / "kept.jsonl").n_done == 1


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": "something else"}\n', b"\xff\xfe"])
def test_what_is_no_comparison_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableComparison, match=r"kept\.jsonl"):
        peek(path)
