"""`ppo-desktop runs luck`: what a kept run comes to from one of its moments, with other random numbers."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Any

import pytest

from ppo_desktop.cli.reporter import Reporter
from ppo_desktop.jobs.fan import Fan, FanJob, Outcome
from ppo_desktop.jobs.moment import Moment
from tests.command_line import complaint, desktop_here, lines
from tests.kept_runs import keep_branch, keep_run

Capsys = pytest.CaptureFixture[str]


def luck(capsys: Capsys, *arguments: str) -> list[dict[str, Any]]:
    return lines(desktop_here(capsys, "runs", "luck", *arguments, "--json=-").stdout)


def test_what_every_branch_comes_to_is_told_as_the_window_would_show_it(capsys: Capsys) -> None:
    run = keep_run(12)
    *told, finished = luck(capsys, f"{run}@8", "--branches=3", "--steps=640", "--clip-range=0.1")
    changes = {"clip_range": 0.1}
    *_, fan = (event for event in FanJob(Moment(run, 8), 640, 3, changes).events() if isinstance(event, Fan))
    assert {(one["event"], one["run"], one["update"], one["begins_at"]) for one in told} == {
        ("branch", run, 8, 256)
    }
    for branch in fan.branches:
        (one,) = (one for one in told if one["seed"] == branch.seed)
        assert branch.outcome is not None
        assert (one["changed"], one["steps"], one["outcome"]) == (changes, branch.steps, branch.outcome.value)
        assert [*zip(*one["curve"], strict=True)] == [tuple(points) for points in branch.mean_return]
        assert one["mean_return"] == one["curve"][-1][1]
    counts = Counter(branch.outcome for branch in fan.branches)
    assert finished == {
        "event": "finished",
        "run": run,
        "update": 8,
        "outcomes": {outcome.value: counts[outcome] for outcome in Outcome},
        "reason": "completed",
    }


def test_without_an_update_branches_begin_where_the_run_was_last_and_before_a_branch_in_its_parent(
    capsys: Capsys,
) -> None:
    parent = keep_run(8)
    branch = keep_branch(parent, at=4, updates=6)
    small = ("--branches=1", "--steps=64")
    for moment, begins in ((branch, (branch, 6)), (f"{branch}@2", (parent, 2))):
        told, finished = luck(capsys, moment, *small)
        assert (told["run"], told["update"]) == (finished["run"], finished["update"]) == begins


def test_ctrl_c_ends_all_and_says_how_far_each_has_come(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, advance = keep_run(8), Reporter.advance

    def interrupt(reporter: Reporter, done: int, note: str) -> None:
        if done:
            monkeypatch.setattr(Reporter, "advance", advance)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Reporter, "advance", interrupt)
    *told, finished = luck(capsys, run, "--branches=3", "--steps=10000000")
    assert [one["seed"] for one in told] == [2, 3, 4]
    assert {one["outcome"] for one in told} == {None}
    assert 0 < sum(one["steps"] for one in told) < 10_000_000
    assert (finished["reason"], sum(finished["outcomes"].values())) == ("interrupted", 0)


def test_what_cannot_be_gone_on_from_or_changed_on_the_way_is_said_in_a_line(capsys: Capsys) -> None:
    run = keep_run(8)
    for arguments in (
        (f"{run}@9",),
        ("nobody",),
        (run, "--hidden-units=32"),
        (run, "--anneal=on"),
        (run, "--n-minibatches=200"),
    ):
        refused = desktop_here(capsys, "runs", "luck", *arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert complaint(refused)
    for bad in ("--branches=65", "--steps=0", "--total-steps=1000"):
        with pytest.raises(SystemExit, match="2"):
            desktop_here(capsys, "runs", "luck", run, bad)
