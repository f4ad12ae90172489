"""`ppo-desktop runs`, and `train` with runs that are kept and gone on with."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ppo_desktop import library
from ppo_desktop.runs.abandoned import finish_writing
from ppo_desktop.runs.keeping import JOURNAL
from ppo_desktop.user_files import runs_folder
from tests.command_line import SMALL, complaint, desktop_here, lines
from tests.kept_runs import keep_run

Capsys = pytest.CaptureFixture[str]
BOTH_ENGINES = pytest.mark.parametrize("engine", ["compiled", "pytorch"])


def told(capsys: Capsys, *arguments: str) -> list[dict[str, Any]]:
    done = desktop_here(capsys, *arguments, "--json=-")
    assert (done.returncode, done.stderr) == (0, "")
    return lines(done.stdout)


def train(capsys: Capsys, *arguments: str, steps: int = 640) -> list[dict[str, Any]]:
    return told(capsys, "train", "--env=CartPole-v1", f"--total-steps={steps}", *SMALL, *arguments)


def go_on(capsys: Capsys, moment: str, *arguments: str) -> dict[str, Any]:
    return told(capsys, "train", f"--continue={moment}", *arguments)[-1]


@BOTH_ENGINES
def test_a_run_goes_on_as_if_it_had_never_ended(capsys: Capsys, engine: str) -> None:
    whole = train(capsys, f"--engine={engine}", "--keep", steps=1_280)[-1]
    kept = train(capsys, f"--engine={engine}", "--name=mine")[-1]
    more = go_on(capsys, "mine", "--total-steps=1280")
    assert more["run"] == kept["run"], "the same one"
    assert more["parameters_sha256"] == whole["parameters_sha256"] != kept["parameters_sha256"]
    assert "run" not in train(capsys)[-1], "nothing is kept unless it is asked for"


@BOTH_ENGINES
def test_a_branch_is_the_run_whose_values_had_been_changed_there(capsys: Capsys, engine: str) -> None:
    kept = train(capsys, f"--engine={engine}", "--keep")[-1]
    branch = go_on(capsys, f"{kept['run']}@5", "--clip-range=0.05", "--n-envs=3")
    (listed,) = [run for run in told(capsys, "runs", "list") if run["run"] == branch["run"]]
    assert listed["parent"] == branch["parent"] == {"run": kept["run"], "update": 5}
    (shown,) = told(capsys, "runs", "show", branch["run"])
    assert (shown["hyperparameters"]["n_envs"], shown["changed"]) == (2, {"clip_range": 0.05, "n_envs": 3})
    trainer = library.open_run(kept["run"]).restore(5)
    trainer.change(trainer.wanted.changed({"clip_range": 0.05, "n_envs": 3}))
    events = trainer.events()
    for _ in events:
        pass
    assert trainer.parameters_sha256() == branch["parameters_sha256"]
    again = go_on(capsys, f"{kept['run']}@10")
    assert again["parameters_sha256"] == kept["parameters_sha256"]
    of_branch = go_on(capsys, f"{branch['run']}@3")
    assert of_branch["parameters_sha256"] == kept["parameters_sha256"], "from before it left its parent"


def test_runs_are_listed_shown_exported_and_deleted(capsys: Capsys) -> None:
    said = train(capsys, "--name=Übung 1")
    run = said[-1]["run"]
    (listed,) = told(capsys, "runs", "list")
    assert (listed["run"], listed["name"], listed["steps"]) == (run, "Übung 1", 640)
    assert listed["last_return"] == [told["mean_return_100"] for told in said if "update" in told][-1]
    (shown,) = told(capsys, "runs", "show", "Übung 1")
    assert shown["hyperparameters"]["rollout_length"] == 32
    exported = lines(desktop_here(capsys, "runs", "export", run, "--to=json", "-").stdout)
    assert exported[1:-1] == said[:-1]
    assert (exported[0]["run"], exported[0]["seed"]) == (run, 1)
    assert exported[-1] == {"event": "finished", "reason": "completed", "steps": 640}
    assert told(capsys, "runs", "delete", run) == [{"event": "deleted", "run": run}]
    assert told(capsys, "runs", "list") == []
    assert not list(runs_folder().iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "show", "nothing"),
        ("runs", "delete", "nothing"),
        ("runs", "export", "", "--to=json"),
        ("runs", "export", "mine@11", "--to=json", "-"),
        ("runs", "export", "mine", "--to=json", "no/such/folder/run.jsonl"),
        ("train", "--continue=nothing"),
        ("train", "--continue=mine@11"),
        ("train", "--continue=mine@-1"),
        ("train", "--continue=mine", "--hidden-units=16"),
        ("train", "--continue=mine", "--seed=77"),
        ("train", "--continue=mine", "--env=CartPole-v1"),
        ("train", "--continue=mine", "--algorithm=a2c"),
        ("train", "--continue=mine", "--engine=pytorch"),
        ("train", "--continue=mine@3", "--rollout-length=1", "--n-envs=1", "--n-minibatches=200"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(
    capsys: Capsys, arguments: tuple[str, ...]
) -> None:
    train(capsys, "--name=mine")
    before = library.runs()
    refused = desktop_here(capsys, *arguments)
    assert refused.returncode == 2
    assert complaint(refused)
    finish_writing()
    assert library.runs() == before


def test_a_name_that_cannot_be_kept_is_said_and_the_run_is_reported_to_its_end(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a long path")

    run = keep_run()
    monkeypatch.setattr(library, "set_labels", refuse)
    done = desktop_here(capsys, "train", f"--continue={run}", "--name=mine", "--total-steps=640", "--json=-")
    assert done.returncode == 0
    assert os.strerror(errno.ENOSPC) in complaint(done)
    assert (lines(done.stdout)[-1]["reason"], lines(done.stdout)[-1]["run"]) == ("completed", run)


def test_what_cannot_be_deleted_is_said_in_one_line_and_stays(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_place: Path) -> NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "a long path")

    run = keep_run()
    monkeypatch.setattr(library, "delete", refuse)
    refused = desktop_here(capsys, "runs", "delete", run)
    assert refused.returncode == 2
    assert run in (said := complaint(refused))
    assert os.strerror(errno.EROFS) in said
    assert library.find(run)


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_listed(capsys: Capsys) -> None:
    run = train(capsys, "--keep")[-1]["run"]
    damaged = runs_folder() / "20260101-000000-aaaaaa"
    damaged.mkdir()
    (damaged / JOURNAL).write_bytes(b"nonsense")
    listed = desktop_here(capsys, "runs", "list", "--json=-")
    assert [told["run"] for told in lines(listed.stdout)] == [run]
    assert damaged.name in complaint(listed)
