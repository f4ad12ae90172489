"""Maps on the command line: every cell once, in however many goes, and what is told of each."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ppo_desktop.cli import run
from ppo_desktop.study.library import path_for
from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import OpenStudy, open_study
from ppo_desktop.study.study_plan import Objective, Strategy
from ppo_desktop.study.trials import TrialState
from ppo_desktop.user_files import studies_folder
from tests.command_line import SMALL, heavy_imports, lines, running
from tests.postgresql import PostgreSQL
from tests.studies import silence

NEW = ["--study=plane", "--x=clip_range=0.1,0.2,off", "--y=learning_rate=1e-3:1e-2:2"]
PATIENCE = 100
SHORT = [*SMALL, "--total-steps=1000", "--seeds=2"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """What a command told, the last line last."""
    assert run([*arguments, "--json=-"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return lines(said.out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a mistake is answered."""
    try:
        status: Any = run(["map", *arguments])
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    return said.err


def test_the_same_command_goes_on_until_every_cell_is_measured_and_a_worker_joins(
    capsys: pytest.CaptureFixture[str],
) -> None:
    *first, end = told(capsys, "map", *NEW, *SHORT, "--trials=2")
    assert (len(first), end["trials"], end["seeds"]) == (2, 2, 2)
    place = Place(path_for(studies_folder(), "plane"), "plane")
    *second, _ = told(capsys, "worker", "--study=plane", f"--storage={place.location}", "--trials=1")
    *third, _ = told(capsys, "map", "--study=plane")
    *nothing, _ = told(capsys, "map", *NEW)
    cells = [(trial["x"], trial["y"]) for trial in (*first, *second, *third)]
    assert sorted(map(str, cells)) == sorted(map(str, product([0.1, 0.2, None], [1e-3, 1e-2])))
    assert not nothing
    for trial in (*first, *third):
        assert trial["params"] == {"clip_range": trial["x"], "learning_rate": trial["y"]}
        assert len(trial["seed_values"]) == 2
    with closing(open_study(place)) as study:
        assert study.strategy == Strategy("map")
        assert study.plan.objective is Objective.LEARNING_CURVE
        assert {trial.state for trial in study.trials()} == {TrialState.COMPLETE}
        assert all(len(trial.runs) == 2 for trial in study.trials())


def test_without_axes_it_is_what_shows_in_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "map", "--study=usual", *SHORT, "--trials=1", "--y=entropy_coef=0,0.01,0.1")
    with closing(open_study(Place(path_for(studies_folder(), "usual"), "usual"))) as study:
        across, up = study.plan.space
        assert len(across.grid_values()) > 2
        assert up.grid_values() == [0, 0.01, 0.1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: --study"),
        (["--study=a", "--x=clip"], '"clip" cannot be searched'),
        (["--study=a", "--x=clip_range=0.3:0.1:4"], "the range from 0.30 to 0.10 is empty"),
        (["--study=a", "--x=clip_range=0.1:0.3:1"], "a grid takes from 2 to 100 values"),
        (["--study=a", "--x=clip_range=0.1,0.1"], "0.10 is there twice"),
        (["--study=a", "--x=clip_range=0.1"], "give from 2 to 100 values"),
        (["--study=a", "--x=clip_range=0.1,soon"], "Clip range (clip_range) is soon"),
        (["--study=a", "--x=gae_lambda=0.9,off"], "is off, but must be"),
        (["--study=a", "--x=clip_range", "--y=clip_range"], "searched twice"),
        (["--study=a", "--x=clip_range", "--algorithm=a2c"], "Clip range ε is not to be searched"),
        (["--study=a", "--x=n_envs=1,2", "--y=n_minibatches=1,200"], "At the ends of the ranges"),
        (["--study=a", f"--x=clip_range={'0.1,' * 900}0.2"], "too long"),
    ],
    ids=lambda value: repr(str(value)[-24:]),
)
def test_a_mistake_is_answered_with_status_2_and_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reason in refused(capsys, *arguments)
    assert not list(studies_folder().glob("*.db"))


def test_another_map_of_the_same_name_and_what_is_no_map_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told(capsys, "map", *NEW, *SHORT, "--trials=1")
    assert "begun with --x clip_range=0.10, 0.20, off" in refused(capsys, "--study=plane", "--x=gamma")
    assert "begun with --seeds 2" in refused(capsys, "--study=plane", "--seeds=3")
    search = ["tune", f"--storage={tmp_path / 'a.db'}", "--study=search", "--vary=clip_range,gamma"]
    told(capsys, *search, *SHORT, "--trials=1")
    said = refused(capsys, f"--storage={tmp_path / 'a.db'}", "--study=search")
    assert "This study is no map" in said
    assert run(["tune", "--study=plane", "--sampler=tpe"]) == 2
    assert "a map stays one" in capsys.readouterr().err


def test_help_and_complaints_import_nothing_heavy() -> None:
    for arguments in (["--help"], [], ["--study=x", "--x=clip_range=0.3:0.1"]):
        assert heavy_imports("map", *arguments) == "[]"


# ---- several programs, some of which die


def done_cells(study: OpenStudy) -> Counter[int]:
    """How often each cell has ended."""
    return Counter(trial.combination for trial in study.trials() if trial.state.is_done)  # type: ignore[misc]


def wait_for_cells(study: OpenStudy, n: int) -> None:
    """Wait until so many cells have ended."""
    end = time.monotonic() + PATIENCE
    while done_cells(study).total() < n:
        assert time.monotonic() < end
        time.sleep(0.05)


FOUR_BY_FOUR = ["--study=plane", "--x=clip_range=0.1:0.4:4", "--y=learning_rate=1e-3:1e-2:4", *SMALL]


@pytest.mark.slow
def test_at_a_map_in_postgresql_every_cell_ends_once_though_one_of_two_programs_is_killed(
    postgresql: PostgreSQL,
) -> None:
    place = Place(postgresql.new_database(), "plane")
    command = ["map", *FOUR_BY_FOUR, f"--storage={place.location}", "--seeds=1", "--total-steps=20000"]
    with running(*command, "--trials=1", "--workers=1") as maker:
        assert maker.wait(PATIENCE) == 0
    with running(*command) as survivor, running(*command) as victim, closing(open_study(place)) as study:
        wait_for_cells(study, 3)
        worker = f":{victim.pid}"
        end = time.monotonic() + PATIENCE
        while not (at_work := _at_work(study, worker)):
            assert time.monotonic() < end
            time.sleep(0.02)
        victim.kill()
        victim.wait()
        left = _at_work(study, worker)
        silence(place, *left)
        assert survivor.wait(PATIENCE) == 0
        trials, done = study.trials(), done_cells(study)
    assert at_work
    assert done == Counter(range(16))
    assert len({trial.worker for trial in trials if trial.state.is_done}) >= 2
    for number in left:
        assert trials[number].state is TrialState.INTERRUPTED
        again = [trial for trial in trials if trial.retry_of == number]
        # One that had no cell yet leaves nothing to be tried again.
        assert [trial.combination for trial in again] == [trials[number].combination] * len(again)
        assert bool(again) == (trials[number].combination is not None)


def _at_work(study: OpenStudy, worker: str) -> list[int]:
    """The trials of a program that are running."""
    return [
        trial.number
        for trial in study.trials()
        if trial.worker.endswith(worker) and trial.state is TrialState.RUNNING
    ]


@pytest.mark.slow
def test_a_map_in_a_file_goes_on_after_a_kill(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["map", *FOUR_BY_FOUR, "--seeds=1", "--total-steps=20000"]
    place = Place(path_for(studies_folder(), "plane"), "plane")
    with running(*command, "--json=-") as killed:
        assert killed.stdout is not None
        before = [lines(killed.stdout.readline())[0] for _ in range(3)]
        killed.kill()
        killed.wait()
    after = told(capsys, *command)[:-1]
    cells = Counter((trial["x"], trial["y"]) for trial in (*before, *after))
    assert max(cells.values()) == 1
    with closing(open_study(place)) as study:
        assert done_cells(study) == Counter(range(16))
        assert study.trials()[before[0]["number"]].objective == before[0]["value"]
