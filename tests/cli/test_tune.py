"""Searches on the command line: what is told of each trial, of the best, of mistakes, and after a crash."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna
import pytest

from ppo_desktop.cli import run
from ppo_desktop.cli.interruption import ANSWER
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.study.library import path_for
from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.study_draft import DEFAULT_SEEDS, StudyDraft
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.study.wanted import WantedStudy
from ppo_desktop.user_files import studies_folder
from tests.command_line import (
    SMALL,
    complaint,
    desktop,
    desktop_here,
    environments_known_here,
    flags_of,
    heavy_imports,
    lines,
    posix_only,
    running,
)

STUDY = ["--study", "rates"]
VARY = ["--vary", "learning_rate=0.001:0.05,gae_lambda"]
NEW = [*STUDY, *VARY, *SMALL, "--total-steps=1000", "--seeds=1"]
LARGE_GRID = ["--sampler=grid", "--vary=clip_range=0.1:0.9:100,value_coef=0.1:1:100"]
LONG = [*STUDY, *VARY, *SMALL, "--total-steps=40000", "--seeds=1", "--workers=2"]
TRIAL_FIELDS = [
    "event",
    "number",
    "state",
    "value",
    "params",
    "seed_values",
    "random",
    "seconds",
    "pruned_after_steps",
    "reason",
    "worker",
    "retry_of",
]
FINISHED_FIELDS = [
    "event",
    "study",
    "environment",
    "objective",
    "total_steps",
    "seeds",
    "best",
    "trials",
    "complete",
    "pruned",
    "failed",
    "trials_per_minute",
    "reason",
]


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Place, WantedStudy, Namespace]]:
    """What would have been searched, and where; nothing is trained."""
    asked: list[tuple[Place, WantedStudy, Namespace]] = []
    monkeypatch.setattr("ppo_desktop.cli.tune.tune", lambda *arguments: asked.append(arguments) or 0)
    return asked


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """What a search told, the last line last."""
    assert run(["tune", *arguments, "--json", "-"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return lines(said.out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a mistake is answered."""
    try:
        status: Any = run(["tune", *arguments])
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert said.err.startswith("ppo-desktop")
    assert len(said.err) < 450
    return said.err


def kept(name: str = "rates") -> list[TrialRecord]:
    """The trials of a study of the window."""
    with closing(open_study(Place(path_for(studies_folder(), name), name))) as study:
        return study.trials()


# ---- help and mistakes


@pytest.mark.parametrize(
    "arguments", [["--help"], [], ["--study=x", "--vary=clip"], ["--study=x", "--vary=clip_range=0.3:0.1"]]
)
def test_help_and_complaints_import_nothing_heavy(arguments: list[str]) -> None:
    assert heavy_imports("tune", *arguments) == "[]"


def test_every_hyperparameter_but_when_to_stop_has_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    flags = {declaration.flag for declaration in DECLARATIONS.values()}
    assert flags - flags_of("tune", capsys) == {"--stop-when-solved"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: --study"),
        ([*STUDY], "There is no such study yet: say what it is to search, like --vary"),
        ([*STUDY, "--vary", "clip"], '"clip" cannot be searched'),
        ([*STUDY, "--vary=clip_range", "--storage=~nosuchuser/x.db"], "~nosuchuser/x.db: there is no such"),
        ([*STUDY, "--vary=clip_range", f"--storage={'x' * 300}.db"], "x… cannot be used: File name too long"),
        ([*STUDY, "--vary", "clip_range=0.3:0.1"], "the range from 0.30 to 0.10 is empty"),
        ([*STUDY, "--vary", "clip_range", "--vary", "clip-range"], "Clip range is searched twice"),
        ([*STUDY, "--vary", "total_steps"], '"total_steps" cannot be searched'),
        ([*STUDY, *VARY, "--sampler", "annealing"], "invalid choice: 'annealing'"),
        ([*STUDY, *VARY, "--pruner", "axe"], "invalid choice: 'axe'"),
        ([*STUDY, *VARY, "--trials", "0"], "0 is not a whole number from 1 to 1000000"),
        ([*STUDY, *VARY, "--workers", "0"], "0 is not a whole number from 1 to 64"),
        ([*STUDY, *VARY, "--seeds", "11"], "11 is not a whole number from 1 to 10"),
        ([*STUDY, *VARY, "--total-steps", "10"], "must be a whole number from 1 000 to 10 000 000"),
        ([*STUDY, *VARY, "--gamma", "7"], "must be a number from 0 to 1"),
        ([*STUDY, *VARY, "--stop-when-solved"], "unrecognized arguments: --stop-when-solved"),
        (
            [*STUDY, "--vary", "n_minibatches", "--n-envs=1", "--rollout-length=8"],
            "At the ends of the ranges",
        ),
        ([*STUDY, *VARY, "--env", "CartPole-v99"], "CartPole-v99"),
        ([*STUDY, *VARY, "--env", "FrozenLake-v1?slippery=True"], "takes no argument slippery"),
        ([*STUDY, "--vary", "anneal,gamma", "--sampler", "cmaes"], "CMA-ES needs two ranges of numbers"),
        (["--study", " ", *VARY], "A study needs a name"),
        ([*STUDY, *VARY, "--storage", "oracle://nowhere/x"], "oracle"),
        ([*STUDY, *VARY, "--storage", "/proc/nowhere/study.db"], "study.db"),
        ([*NEW, "--json", "no/such/folder/file.jsonl"], "cannot be written"),
    ],
    ids=lambda value: repr(str(value)[-24:]),
)
def test_a_mistake_is_answered_with_status_2_and_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reason in refused(capsys, *arguments)


def test_a_mistake_leaves_no_study_behind(capsys: pytest.CaptureFixture[str]) -> None:
    for mistake in (
        ["--env", "CartPole-v99"],
        ["--sampler=grid", "--vary=clip_range=0.1:0.9:100,value_coef=0.1:1:100"],
        ["--gamma=7"],
    ):
        refused(capsys, *STUDY, *VARY, *mistake)
    assert not list(studies_folder().glob("*.db"))


def test_a_grid_beyond_measure_is_refused_with_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    ranges = ("clip_range=0.1:0.9", "learning_rate=1e-4:1e-2", "value_coef=0.1:1", "entropy_coef=1e-4:1e-1")
    vary = ",".join(f"{text}:100" for text in ranges) + ",gae_lambda=0:1:10"
    said = refused(capsys, *STUDY, "--vary", vary, "--sampler", "grid")
    assert "The grid has 1 000 000 000 combinations" in said


@pytest.mark.parametrize("content", [b"", b"no study\n" * 200])
def test_a_file_that_is_no_study_is_refused_and_left_as_it_is(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.db"
    path.write_bytes(content)
    refused(capsys, *NEW, "--storage", str(path))
    assert path.read_bytes() == content


def test_a_database_that_does_not_answer_is_refused_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = refused(capsys, *NEW, "--storage", "postgresql://u:secret@127.0.0.1:1/studies")
    assert "postgresql://u@127.0.0.1:1/studies" in said
    assert "secret" not in said


# ---- what is searched


def test_without_flags_a_new_study_is_the_one_the_window_would_make(
    asked_for: list[tuple[Place, WantedStudy, Namespace]],
) -> None:
    run(["tune", "--env", "Acrobot-v1", "--study", "mine", "--vary", "clip-range,n_epochs"])
    ((place, wanted, go),) = asked_for
    base = presets_for("Acrobot-v1")[0].hyperparameters
    draft = StudyDraft("Acrobot-v1", Algorithm.PPO, base, frozenset({"clip_range", "n_epochs"}))
    assert wanted.plan() == draft.plan()
    assert wanted.strategy() == Strategy()
    assert (wanted.plan().total_steps, wanted.plan().n_seeds) == (base.total_steps, DEFAULT_SEEDS)
    assert place == Place(path_for(studies_folder(), "mine"), "mine")
    assert (go.trials, go.workers, go.json) == (None, None, None)


def test_every_flag_has_its_place(
    asked_for: list[tuple[Place, WantedStudy, Namespace]], tmp_path: Path
) -> None:
    flags = [
        "--algorithm=a2c",
        "--total-steps=5,000",
        "--seeds=3",
        "--objective=learning-curve",
        "--gamma=0.9",
    ]
    how = [
        "--objective=learning-curve",
        "--sampler=qmc",
        "--sampler-seed=5",
        "--pruner=median",
        "--trials=7",
        "--workers=3",
    ]
    vary = ["--vary=learning_rate=1e-4:1e-2:7", "--vary=anneal"]
    run(["tune", *STUDY, *vary, *flags, *how, f"--storage={tmp_path / 'a.db'}", "--json=-"])
    ((place, wanted, go),) = asked_for
    plan = wanted.plan()
    assert plan == StudyPlan(
        "CartPole-v1",
        Algorithm.A2C,
        presets_for("CartPole-v1")[0].hyperparameters.changed({"gamma": 0.9}),
        plan.space,
        Objective.LEARNING_CURVE,
        5000,
        3,
    )
    rate = plan.dimension("learning_rate")
    assert (rate.low, rate.high, rate.points) == (1e-4, 1e-2, 7)
    assert plan.fields == ("learning_rate", "anneal")
    assert wanted.strategy() == Strategy("qmc", "median", 5)
    assert place == Place(tmp_path / "a.db", "rates")
    assert (go.trials, go.workers, str(go.json)) == (7, 3, "-")


# ---- what is told


def test_every_trial_and_the_best_are_told_with_the_fields_that_scripts_rely_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    *trials, finished = told(capsys, *STUDY, *VARY, *SMALL, "--total-steps=1000", "--seeds=2", "--trials=3")
    assert all(list(trial) == TRIAL_FIELDS for trial in trials)
    assert sorted(trial["number"] for trial in trials) == [0, 1, 2]
    for trial in trials:
        assert (trial["event"], trial["state"], trial["reason"]) == ("trial", "complete", "")
        assert list(trial["params"]) == ["learning_rate", "gae_lambda"]
        assert trial["value"] == pytest.approx(fmean(trial["seed_values"]))
        assert len(trial["seed_values"]) == 2
        assert trial["random"]
    assert list(finished) == FINISHED_FIELDS
    best = max(trials, key=lambda trial: (trial["value"], -trial["number"]))
    assert finished["best"] == {name: best[name] for name in ("number", "value", "params")}
    counts = {name: finished[name] for name in ("trials", "complete", "pruned", "failed", "reason")}
    assert counts == {"trials": 3, "complete": 3, "pruned": 0, "failed": 0, "reason": "completed"}
    assert finished["trials_per_minute"] > 0
    named = {name: finished[name] for name in ("study", "environment", "objective", "total_steps", "seeds")}
    assert named == {
        "study": "rates",
        "environment": "CartPole-v1",
        "objective": "evaluation",
        "total_steps": 1000,
        "seeds": 2,
    }


def test_the_same_command_does_as_many_trials_more(capsys: pytest.CaptureFixture[str]) -> None:
    first = told(capsys, *NEW, "--trials=2")
    second = told(capsys, *NEW, "--trials=1")
    third = told(capsys, *STUDY, "--trials=1")
    assert [len(said) - 1 for said in (first, second, third)] == [2, 1, 1]
    assert [second[0]["number"], third[0]["number"]] == [2, 3]
    values = [trial["value"] for said in (first, second, third) for trial in said[:-1]]
    assert third[-1]["best"]["value"] == max(values), "of the whole study"
    assert third[-1]["trials"] == 1, "of this go"


def test_the_same_study_on_the_same_machine_has_the_same_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def trials(name: str) -> list[tuple[object, ...]]:
        storage = ["--storage", str(tmp_path / f"{name}.db")]
        *said, _ = told(capsys, *NEW, *storage, "--trials=4", "--workers=1")
        return [(trial["number"], trial["value"], trial["params"]) for trial in said]

    assert trials("first") == trials("second")


def test_a_grid_is_tried_to_its_end_unless_less_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grid = ["--vary", "activation,gae_lambda=0.8:1:3", "--sampler=grid"]
    small = [*SMALL, "--total-steps=1000", "--seeds=1"]
    *some, _ = told(capsys, *STUDY, *grid, *small, "--trials=2")
    *others, finished = told(capsys, *STUDY)
    combinations = {(t["params"]["activation"], t["params"]["gae_lambda"]) for t in (*some, *others)}
    assert combinations == {(kind, gae) for kind in ("tanh", "relu") for gae in (0.8, 0.9, 1.0)}
    assert (len(some), len(others), finished["reason"]) == (2, 4, "completed")


def test_a_study_is_one_of_optunas(capsys: pytest.CaptureFixture[str]) -> None:
    *trials, finished = told(capsys, *NEW, "--trials=3")
    storage = f"sqlite:///{path_for(studies_folder(), 'rates')}"
    study = optuna.load_study(study_name="rates", storage=storage)
    assert study.best_value == finished["best"]["value"]
    assert study.best_params == finished["best"]["params"]
    assert {trial.number: trial.value for trial in study.trials} == {t["number"]: t["value"] for t in trials}


def test_sampler_and_pruner_of_a_study_may_change(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, *NEW, "--trials=1", "--sampler=random")
    told(capsys, *STUDY, "--trials=1", "--sampler=qmc", "--pruner=median")
    place = Place(path_for(studies_folder(), "rates"), "rates")
    with closing(open_study(place)) as study:
        assert study.strategy == Strategy("qmc", "median", 1)


@pytest.mark.parametrize(
    ("other", "contradiction"),
    [
        (["--env=Acrobot-v1"], "--env CartPole-v1, not Acrobot-v1"),
        (["--algorithm=a2c"], "--algorithm ppo, not a2c"),
        (
            ["--vary=learning_rate"],
            "--vary learning_rate=0.001:0.05:5,gae_lambda=0.8:1:5, not learning_rate=",
        ),
        (["--vary=learning_rate=0.001:0.01,gae_lambda"], "not learning_rate=0.001:0.01:5,gae_lambda="),
        (["--objective=learning-curve"], "--objective evaluation, not learning-curve"),
        (["--total-steps=2000"], "--total-steps 1 000, not 2 000"),
        (["--seeds=2"], "--seeds 1, not 2"),
        (["--gamma=0.9"], "--gamma 0.98, not 0.9"),
        (["--max-grad-norm=off"], "--max-grad-norm 0.50, not off"),
    ],
)
def test_what_contradicts_a_study_is_named(
    other: list[str], contradiction: str, capsys: pytest.CaptureFixture[str], small_study: None
) -> None:
    said = refused(capsys, *STUDY, *other, "--trials=1")
    assert contradiction in said
    assert kept() == []


def test_no_trial_is_added_to_those_that_an_unknown_hyperparameter_was_trained_with(
    capsys: pytest.CaptureFixture[str], small_study: None
) -> None:
    place = Place(path_for(studies_folder(), "rates"), "rates")
    with closing(sqlite3.connect(place.location)) as connection, connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = json_set(value_json, '$.base.momentum', 0.9) "
            "WHERE key = 'ppo_desktop'"
        )
    with closing(open_study(place)) as study:
        before = study.strategy
    assert before.sampler != "random"
    assert "hyperparameter momentum" in refused(capsys, *STUDY, "--trials=1", "--sampler=random")
    assert kept() == []
    with closing(open_study(place)) as study:
        assert study.strategy == before


@pytest.fixture
def small_study(capsys: pytest.CaptureFixture[str]) -> None:
    """The study of `NEW`, without trials: its grid is not searched."""
    from ppo_desktop.study.storage import create_study

    place = Place(path_for(studies_folder(), "rates"), "rates")
    wanted = WantedStudy(space=VARY[1], total_steps=1000, n_seeds=1)
    create_study(place, wanted.plan(), wanted.strategy()).close()


def test_what_says_the_same_in_another_way_contradicts_nothing(
    capsys: pytest.CaptureFixture[str], small_study: None
) -> None:
    same = ["--vary=gae-lambda,learning_rate", "--env=CartPole-v1", "--gamma=0.98", "--seeds=1"]
    assert len(told(capsys, *STUDY, *same, "--trials=1")) == 2


def test_pruned_trials_are_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    plan = [*STUDY, *VARY, *SMALL, "--total-steps=4000", "--seeds=1", "--workers=1"]
    *trials, finished = told(capsys, *plan, "--trials=8", "--pruner=halving")
    pruned = [trial for trial in trials if trial["state"] == "pruned"]
    assert len(pruned) == finished["pruned"] > 0
    for trial in pruned:
        assert isinstance(trial["value"], float)
        assert trial["seed_values"] == []


def test_a_person_at_a_terminal_sees_a_bar_and_the_best(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # no thread that watches the bar
    assert run(["tune", *NEW, "--trials=2"]) == 0
    said = capsys.readouterr()
    work, *_ = said.err.splitlines()
    assert re.fullmatch(r"2 trials × 1 seed × 1 000 steps = 2 000 steps · about \d+ s", work)
    assert "rates: 100%" in said.err
    assert "best so far " in said.err
    assert "{" not in said.out
    summary, _, best, *values = said.out.splitlines()
    assert re.fullmatch(r"completed: 2 trials \(2 complete\), \d+ trials a minute", summary)
    assert re.fullmatch(r"best of 2 complete trials: trial [01], evaluation return [\d.]+", best)
    assert [re.split(" {2,}", line)[1] for line in values] == ["Learning rate α", "GAE lambda λ"]


def test_a_person_sees_how_much_of_a_grid_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = ["--vary", "activation,gae_lambda=0.8:1:3", "--sampler=grid"]
    told(capsys, *STUDY, *grid, *SMALL, "--total-steps=1000", "--seeds=1", "--trials=2")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)
    assert run(["tune", *STUDY, "--trials=60"]) == 0
    said = capsys.readouterr().err
    assert "2 × 3 = 6 combinations, 4 of them still to be tried · 4 000 steps" in said.splitlines()[0]
    assert "| 4/4 [" in said
    assert run(["tune", *STUDY]) == 0
    assert "nothing is left to try" in capsys.readouterr().err


# ---- trials that fail


@pytest.mark.slow
def test_a_trial_whose_environment_fails_is_told_and_does_not_end_the_search(environments: str) -> None:
    environment = ["--env", "failing_environments:OneFails-v0", "--n-envs=1", "--total-steps=1000"]
    # The first one made is only tried, the second fails.
    process = desktop(
        "tune", *STUDY, *VARY, *environment, "--seeds=1", "--trials=3", "--json", "-", modules=environments
    )
    *trials, finished = lines(process.stdout)
    assert process.returncode == 0, process.stderr
    assert sorted(trial["state"] for trial in trials) == ["complete", "complete", "failed"]
    (failed,) = [trial for trial in trials if trial["state"] == "failed"]
    assert (failed["value"], failed["reason"].endswith("RuntimeError: motor burnt out")) == (None, True)
    assert (finished["complete"], finished["failed"], finished["reason"]) == (2, 1, "completed")
    assert complaint(process).startswith("ppo-desktop: 1 of 3 trials failed: ")


@pytest.mark.slow
def test_the_status_is_1_where_every_trial_fails(environments: str) -> None:
    environment = ["--env", "failing_environments:FailsInStep300-v0", "--n-envs=1", "--total-steps=1000"]
    process = desktop(
        "tune", *STUDY, *VARY, *environment, "--seeds=1", "--trials=2", "--json", "-", modules=environments
    )
    *trials, finished = lines(process.stdout)
    assert process.returncode == 1
    assert [trial["state"] for trial in trials] == ["failed"] * 2
    assert (finished["best"], finished["reason"]) == (None, "completed")
    assert complaint(process).startswith("ppo-desktop: 2 of 2 trials failed: ")


@pytest.mark.slow
def test_where_every_trial_fails_it_ends_by_itself(environments: str) -> None:
    environment = ["--env", "failing_environments:FailsInStep300-v0", "--n-envs=1", "--total-steps=1000"]
    process = desktop(
        "tune", *STUDY, *VARY, *environment, "--seeds=1", "--workers=1", "--json", "-", modules=environments
    )
    *trials, finished = lines(process.stdout)
    assert process.returncode == 1
    assert [trial["state"] for trial in trials] == ["failed"] * 20
    assert (finished["failed"], finished["reason"]) == (20, "failed")
    assert complaint(process).startswith("ppo-desktop: 20 trials have failed in a row: ")


@pytest.mark.parametrize(("name", "status"), [("FailsInMaking-v0", 2), ("FailsInReset-v0", 1)])
def test_an_environment_that_fails_before_the_trials_is_told_in_one_line_and_leaves_no_study(
    capsys: pytest.CaptureFixture[str], name: str, status: int
) -> None:
    environment = ["--env", f"failing_environments:{name}", "--json", "-"]
    with environments_known_here():
        process = desktop_here(capsys, "tune", *STUDY, *VARY, *environment)
    assert process.returncode == status
    ends = [(line["event"], line["reason"]) for line in lines(process.stdout)]
    assert ends == ([("finished", "failed")] if status == 1 else [])
    assert complaint(process).startswith("ppo-desktop: ")
    assert not list(studies_folder().glob("*.db"))


# ---- interruptions


@posix_only
@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with running("tune", *LONG, "--json", "-") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=60)
    *trials, finished = lines(first + rest)
    assert (process.returncode, complaints) == (0, f"{ANSWER}\n")
    assert {trial["state"] for trial in trials} == {"complete"}
    assert (finished["reason"], finished["trials"]) == ("interrupted", len(trials))
    states = [trial.state for trial in kept()]
    n_interrupted = states.count(TrialState.INTERRUPTED)
    assert states.count(TrialState.WAITING) == n_interrupted > 0
    *again, _ = told(capsys, *LONG, f"--trials={n_interrupted}")
    assert all(trial["retry_of"] is not None for trial in again)
    assert sum(trial.state is TrialState.COMPLETE for trial in kept()) == len(trials) + n_interrupted


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL")
@pytest.mark.slow
def test_killed_in_the_middle_it_has_kept_every_trial_it_told_and_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running("tune", *LONG, "--json", "-") as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        wait_for_running_trials("rates")
        process.kill()
        said += process.stdout.readlines()
    before = lines("".join(line for line in said if line.endswith("\n")))
    *again, finished = told(capsys, *LONG, "--trials=2")
    trials = {trial.number: trial for trial in kept()}
    for trial in before:
        assert trials[trial["number"]].state is TrialState.COMPLETE
        assert trials[trial["number"]].objective == trial["value"]
    interrupted = {n for n, trial in trials.items() if trial.state is TrialState.INTERRUPTED}
    assert 1 <= len(interrupted) <= 2
    assert {trial["retry_of"] for trial in again} >= interrupted
    for trial in again:
        if trial["retry_of"] is not None:
            assert trial["params"] == trials[trial["retry_of"]].values
    assert finished["reason"] == "completed"
    assert not any(trial.state is TrialState.RUNNING for trial in trials.values())


def wait_for_running_trials(name: str) -> None:
    """Wait until a trial of a study is being worked at."""

    def n_running() -> int:
        with closing(sqlite3.connect(path_for(studies_folder(), name))) as connection:
            query = "SELECT count(*) FROM trials WHERE state = 'RUNNING'"
            return int(connection.execute(query).fetchone()[0])

    wait_until(lambda: n_running() > 0)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reader_that_has_seen_enough_ends_the_search_quietly() -> None:
    with running("tune", *NEW, "--json", "-") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert not any(trial.state is TrialState.RUNNING for trial in kept())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", *NEW, "--trials=1", "--json", "/dev/full"]) == 2
    assert capsys.readouterr().err == "ppo-desktop: /dev/full cannot be written: No space left on device.\n"


def test_a_storage_that_is_lost_in_the_middle_is_told_and_the_status_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppo_desktop.study.running_trial import RunningTrial

    complete = RunningTrial.complete

    def lose(trial: RunningTrial) -> None:
        lose_attributes()
        complete(trial)

    monkeypatch.setattr(RunningTrial, "complete", lose)
    assert_loss_is_told(capsys)


@posix_only
def test_a_storage_that_is_lost_at_ctrl_c_is_told_and_the_status_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppo_desktop.study.running_trial import RunningTrial

    advance = RunningTrial.advance

    def press(trial: RunningTrial) -> bool:
        monkeypatch.setattr(RunningTrial, "advance", advance)
        lose_attributes()
        os.kill(os.getpid(), signal.SIGINT)
        return advance(trial)

    monkeypatch.setattr(RunningTrial, "advance", press)
    assert_loss_is_told(capsys)


def test_a_search_that_fails_after_its_last_trial_is_told_and_the_status_is_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any) -> None:
        raise RuntimeError("cannot be written down")

    monkeypatch.setattr("ppo_desktop.study.search.learn_choosing", break_down)
    assert run(["tune", *NEW, "--trials=1", "--json", "-"]) == 1
    said = capsys.readouterr()
    *trials, finished = lines(said.out)
    assert [trial["state"] for trial in trials] == ["complete"]
    assert (finished["reason"], finished["trials"]) == ("failed", 1)
    assert "cannot be written down" in said.err
    assert said.err.count("\n") == 1


def lose_attributes() -> None:
    """Take from the study a part without which no trial can be ended."""
    with closing(sqlite3.connect(path_for(studies_folder(), "rates"))) as connection:
        connection.execute("DROP TABLE IF EXISTS trial_user_attributes")
        connection.commit()


def assert_loss_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", *NEW, "--trials=3", "--json", "-"]) == 1
    said = capsys.readouterr()
    (finished,) = lines(said.out)
    assert (finished["reason"], finished["trials"]) == ("failed", 0)
    complaint = said.err.removeprefix(f"{ANSWER}\n")
    assert complaint.startswith("ppo-desktop: rates.db")
    assert complaint.count("\n") == 1
