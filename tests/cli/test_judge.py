"""`ppo-desktop runs judge`: how good a kept run really is at one of its moments."""

from __future__ import annotations

from typing import Any

import pytest

from ppo_desktop import library
from ppo_desktop.comparison.judgement import Judgement, Judging
from ppo_desktop.ppo.player import Acting
from ppo_desktop.runs.keeping import DRIFTS
from ppo_desktop.user_files import runs_folder
from tests.command_line import SMALL, complaint, desktop_here, lines
from tests.kept_runs import keep_other_numbers, keep_run

Capsys = pytest.CaptureFixture[str]


def train(capsys: Capsys, *arguments: str) -> str:
    """Keep a run and return its id."""
    told = lines(desktop_here(capsys, "train", "--json=-", *arguments).stdout)
    return str(told[-1]["run"])


def judge(capsys: Capsys, moment: str) -> list[dict[str, Any]]:
    return lines(desktop_here(capsys, "runs", "judge", moment, "--json=-").stdout)


def test_every_moment_of_a_run_is_judged_from_the_same_starts_in_both_ways(capsys: Capsys) -> None:
    run = train(capsys, "--env=CartPole-v1", "--keep", "--name=first", "--total-steps=640", *SMALL)
    *early, finished = judge(capsys, "first@2")
    assert finished == {"event": "finished", "reason": "completed"}
    assert [(told["run"], told["update"], told["steps"], told["n"]) for told in early] == [
        (run, 2, 128, 100)
    ] * 2
    assert [told["acting"] for told in early] == ["sampled", "deterministic"]
    assert {told["starts"] for told in early} == {"CartPole-v1 version 1"}
    *_, expected = (
        event
        for event in Judging(lambda: library.open_run(run).policy_moment(2)).events()
        if isinstance(event, Judgement)
    )
    for told in early:
        judged = expected.by_acting[Acting(told["acting"])]
        assert told["returns"] == list(judged.returns)
        assert (told["mean"], told["low"], told["high"]) == (judged.mean, judged.low, judged.high)
    *late, _ = judge(capsys, run)
    assert {told["update"] for told in late} == {10}
    assert [told["returns"] for told in late] != [told["returns"] for told in early]
    branch = train(capsys, f"--continue={run}@4", "--total-steps=640", "--clip-range=0.1")
    assert {told["run"] for told in judge(capsys, f"{branch}@9")[:-1]} == {branch}
    assert judge(capsys, f"{branch}@2") == [*early, finished], "which is before the branch began"


@pytest.mark.parametrize("ask", [("judge",), ("luck", "--branches=1", "--steps=64")])
def test_of_a_run_that_comes_out_otherwise_here_that_is_said(capsys: Capsys, ask: tuple[str, ...]) -> None:
    run = keep_run()
    assert not desktop_here(capsys, "runs", *ask, run).stderr
    keep_other_numbers(runs_folder() / run)
    answered = desktop_here(capsys, "runs", *ask, run)
    assert answered.returncode == 0
    assert DRIFTS in answered.stderr


def test_a_moment_that_is_not_there_is_said_in_a_line(capsys: Capsys) -> None:
    train(capsys, "--env=CartPole-v1", "--keep", "--name=first", "--total-steps=640", *SMALL)
    for moment in ("first@11", "first@-1", "first@one", "second", "@3"):
        refused = desktop_here(capsys, "runs", "judge", moment)
        assert refused.returncode == 2
        assert complaint(refused)
