"""`ppo-desktop comparisons export`: a kept comparison, in a format of its own process as in the window."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.store import lines_so_far
from ppo_desktop.ending import USER_ERROR
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.views.report import write_comparison_report
from tests.command_line import complaint, desktop_here, lines
from tests.comparisons import compared
from tests.opened_comparisons import results

Capsys = pytest.CaptureFixture[str]
COMPARED = compared().titled("Clip ε")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program is now."""
    folder = tmp_path / "Übungen ε"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def records() -> dict[RunKey, RunRecord]:
    """Of six runs: the last has half its steps to go."""
    records = results((10.0, 20.0, 30.0), (100.0, 110.0, 120.0))
    last = records[max(records)]
    last.end, last.steps = None, last.total_steps // 2
    return records


def kept(comparison: Comparison, records: dict[RunKey, RunRecord], folder: Path) -> str:
    file = folder / "kept.jsonl"
    file.write_bytes(b"".join(lines_so_far(comparison, records)))
    return str(file)


@pytest.mark.usefixtures("qapp")
def test_a_report_is_what_is_painted_here_of_the_same_runs(
    capsys: Capsys, folder: Path, tmp_path: Path, records: dict[RunKey, RunRecord]
) -> None:
    asked = "comparisons", "export", kept(COMPARED, records, tmp_path), "--to", "html", "--json=-"
    done = desktop_here(capsys, *asked)
    assert done.returncode == 0, done.stderr
    (written,) = folder.iterdir()
    told = lines(done.stdout)[-1]
    assert told == {"event": "exported", "format": "html", "file": str(written), "doubt": ""}
    assert written.name == "Clip ε.html"
    write_comparison_report(ExportedComparison(COMPARED, records), tmp_path / "here.html", lambda _: None)
    assert written.read_text(encoding="utf-8") == (tmp_path / "here.html").read_text(encoding="utf-8")
    assert "still learning" in written.read_text(encoding="utf-8")


def test_numbers_go_to_the_screen(capsys: Capsys, tmp_path: Path, records: dict[RunKey, RunRecord]) -> None:
    file = kept(COMPARED, records, tmp_path)
    curves = desktop_here(capsys, "comparisons", "export", file, "--to=csv-curves", "-")
    rows = list(csv.DictReader(curves.stdout.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 550
    whole = json.loads(desktop_here(capsys, "comparisons", "export", file, "--to=json", "-").stdout)
    assert [(run["value"], run["seed"]) for run in whole["runs"]] == [
        (value, seed) for value in (0.1, 0.2) for seed in (1, 2, 3)
    ]


def test_what_is_no_comparison_is_refused_in_one_line(capsys: Capsys, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("nothing")
    for name in ("none.jsonl", "missing.jsonl", "."):
        refused = desktop_here(capsys, "comparisons", "export", str(tmp_path / name), "--to=html")
        assert refused.returncode == USER_ERROR
        assert complaint(refused)
    assert not list(folder.iterdir())


def test_lines_that_are_not_understood_are_told_of(
    capsys: Capsys, folder: Path, tmp_path: Path, records: dict[RunKey, RunRecord]
) -> None:
    file = Path(kept(COMPARED, records, tmp_path))
    file.write_bytes(file.read_bytes() + b"{\n")
    done = desktop_here(capsys, "comparisons", "export", str(file), "--to=json")
    assert done.returncode == 0
    assert "kept.jsonl" in complaint(done)
    assert len(list(folder.iterdir())) == 1


def test_a_module_that_it_names_is_imported_only_where_the_user_names_it(
    capsys: Capsys, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kept.jsonl"
    (first,) = lines_so_far(COMPARED, {})
    file.write_bytes(first.replace(b"CartPole-v1", b"antigravity:CartPole-v1"))
    refused = desktop_here(capsys, "comparisons", "export", str(file), "--to=json")
    assert refused.returncode == USER_ERROR
    assert "antigravity" in complaint(refused)
    assert "antigravity" not in sys.modules
    assert not list(folder.iterdir())


def test_qt_is_loaded_only_where_something_is_painted() -> None:
    script = (
        "import sys\nfrom ppo_desktop.cli import comparisons\n"
        "print(sorted({'PIL', 'PySide6', 'numba', 'torch', 'scipy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
