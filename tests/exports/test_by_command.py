"""Runs written by the command in a process of its own, which ends with what is wanted no more."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop import library, own_process
from ppo_desktop.cli import _parser, painted
from ppo_desktop.comparison.store import load
from ppo_desktop.exports import subject
from ppo_desktop.exports.by_command import by_command, write_by_command, write_comparison_by_command
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.film_plan import FilmPlan, FilmSubject
from ppo_desktop.exports.format import Cancelled, CannotExport, Offer, save
from ppo_desktop.exports.formats import FORMATS, format_called
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.runs.keeping import DRIFTS
from ppo_desktop.user_files import runs_folder
from ppo_desktop.views import offscreen
from tests.comparisons import compared
from tests.kept_runs import keep_other_numbers, keep_run
from tests.opened_comparisons import results


@pytest.fixture(autouse=True)
def _no_engine_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "is_loaded", lambda _engine: False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Ausgeführt ε"
    folder.mkdir()
    return folder


@pytest.fixture
def run() -> ExportedRun:
    return ExportedRun(library.open_run(keep_run(4)), 3)


def told(_share: float) -> None:
    pass


def doing(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the command do something else; its arguments are in `sys.argv`."""
    begin = f"import json, os, sys, time\nfresh = sys.argv[sys.argv.index('--json') - 1]\n{script}"
    monkeypatch.setattr(
        own_process, "own_command", lambda *arguments: [sys.executable, "-Sc", begin, *arguments]
    )


def test_the_command_writes_the_moment_that_is_asked_for_and_says_what_there_is_to_doubt(
    folder: Path,
) -> None:
    run, format = keep_run(4), format_called("onnx")
    keep_other_numbers(runs_folder() / run)
    (runs_folder() / run).rename(folder / run)
    here, there = (ExportedRun(library.open_run(run, folder), 3) for _ in range(2))
    save(format, Offer("run", lambda: here), folder / "here.onnx", told)
    save(by_command(format), Offer("run", lambda: there), folder / "there.onnx", told)
    assert (folder / "there.onnx").read_bytes() == (folder / "here.onnx").read_bytes()
    assert there.doubt == here.doubt == DRIFTS


def test_what_takes_no_longer_than_a_process_needs_none() -> None:
    assert {format.id for format in FORMATS if by_command(format) is format} == {
        "csv",
        "csv-episodes",
        "json",
    }


def test_of_what_had_been_learnt_nothing_needs_a_process_where_that_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keep_run(4, total_steps=4 * 32)
    doing(monkeypatch, "sys.exit('ppo-desktop: in a process')")

    def export(id: str, update: int | None) -> None:
        exported = ExportedRun(library.open_run(run), update)
        save(by_command(format_called(id)), Offer("run", lambda: exported), folder / id, told)

    export("python", None)
    export("onnx", None)
    assert {file.name for file in folder.iterdir()} == {"python", "onnx"}
    for id, update in (("python", 3), ("onnx", 3), ("torch", None)):
        with pytest.raises(CannotExport, match="in a process"):
            export(id, update)


def test_what_is_done_is_told(run: ExportedRun, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doing(
        monkeypatch,
        "print('a library has something to say')\n"
        "print(json.dumps({'event': 'exporting', 'share': 0.4}), flush=True)\n"
        "open(fresh, 'w').close()\n"
        "print(json.dumps({'event': 'exported', 'doubt': 'perhaps'}))",
    )
    shares: list[float] = []
    write_by_command("onnx", run, folder / "run.onnx", shares.append)
    assert set(shares) == {0.0, 0.4}
    assert run.doubt == "perhaps"


def test_a_module_that_is_trusted_here_is_trusted_there(
    run: ExportedRun, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doing(monkeypatch, "print(json.dumps({'event': 'exported', 'doubt': ' '.join(sys.argv)}))")
    write_by_command("onnx", run, folder / "run.onnx", told)
    assert "--env" not in run.doubt
    monkeypatch.setattr(run.kept.journal, "settings", replace(run.settings, environment_id="mine:Mine-v0"))
    write_by_command("onnx", run, folder / "run.onnx", told)
    assert "--env=mine:Mine-v0" in run.doubt


def test_a_comparison_is_handed_on_with_its_runs_as_they_are_and_nothing_of_that_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = results((10.0,), (100.0,))
    records[max(records)].end = None
    subject = ExportedComparison(replace(compared(n_seeds=1), title="Clip ε"), records)
    doing(
        monkeypatch,
        "import shutil\nshutil.copy(sys.argv[sys.argv.index('export') + 1], fresh)\n"
        f"open({str(folder / 'asked')!r}, 'w').write('\\n'.join(sys.argv[1:]))\n"
        "print(json.dumps({'event': 'exported', 'doubt': ''}))",
    )
    write_comparison_by_command("html", subject, folder / "here.html", told)
    kept = load(folder / "here.html")
    assert kept.comparison == subject.comparison
    assert (kept.records.keys(), kept.unfinished.keys()) == ({min(records)}, {max(records)})
    _, _, so_far, *rest = (folder / "asked").read_text(encoding="utf-8").splitlines()
    assert rest == ["--to", "html", str(folder / "here.html"), "--json", "-"]
    assert not Path(so_far).exists()
    comparison = replace(compared(n_seeds=1), environment_id="mine:Mine-v0")
    write_comparison_by_command("html", ExportedComparison(comparison, {}), folder / "other.html", told)
    assert "--env=mine:Mine-v0" in (folder / "asked").read_text(encoding="utf-8").splitlines()


def test_what_is_cancelled_while_nothing_is_told_ends_at_once_and_leaves_nothing(
    run: ExportedRun, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = folder / "number"
    doing(
        monkeypatch,
        "open(fresh, 'w').write('half')\n"
        f"open({str(number)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(600)",
    )
    begun = time.monotonic()

    def cancel(_share: float) -> None:
        if number.exists() and number.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        save(by_command(format_called("onnx")), Offer("run", lambda: run), folder / "run.onnx", cancel)
    assert list(folder.iterdir()) == [number]
    assert time.monotonic() - begun < 600
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(int(number.read_text()), 0)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print(json.dumps({'event': 'failed', 'problem': 'No space left on device'}))", "No space left"),
        (
            "print('a warning', file=sys.stderr)\nsys.exit('ppo-desktop: There is no such run.')",
            "There is no",
        ),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("os._exit(3)", "status 3"),
    ],
)
def test_why_it_has_failed_is_one_line(
    run: ExportedRun, folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    doing(monkeypatch, script)
    with pytest.raises(CannotExport) as failure:
        save(by_command(format_called("onnx")), Offer("run", lambda: run), folder / "run.onnx", told)
    assert said in str(failure.value)
    assert "\n" not in str(failure.value)
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "plan",
    [
        FilmPlan(),
        FilmPlan(FilmSubject.EPISODE, 640, 360, 50, 1 / 3, 0.25, False, True, 7, True),
    ],
)
def test_the_command_is_told_every_choice_of_a_film(
    run: ExportedRun, folder: Path, plan: FilmPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[FilmPlan] = []
    monkeypatch.setattr(offscreen, "write_film", lambda _kind, plan, *_: wanted.append(plan))
    options = _parser().parse_args(["runs", "export", "run", "--to=gif", *plan.flags])
    painted.formats(options)[0].write(run, folder / "film.gif", told)
    assert wanted == [plan]
