"""Maps on the command line: every cell once, in however many goes, and what is told of each."""

from __future__ import annotations

from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ppo_desktop.cli import run
from ppo_desktop.study.library import path_for
from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.study_plan import Objective, Strategy
from ppo_desktop.study.trials import TrialState
from ppo_desktop.user_files import studies_folder
from tests.command_line import SMALL, heavy_imports, lines

NEW = ["--study=plane", "--x=clip_range=0.1,0.2,off", "--y=learning_rate=1e-3:1e-2:2"]
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
