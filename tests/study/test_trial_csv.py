"""Trials as CSV: every trial, every digit, and no formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

import pytest

from ppo_desktop.study.trial_csv import trials_csv
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.judged_trials import searched

PLAN = searched("clip_range", "learning_rate", "anneal")
TRIAL = TrialRecord(
    3,
    TrialState.COMPLETE,
    {"clip_range": 0.1234567890123, "learning_rate": 3e-4, "anneal": True},
    objective=493.25,
    seed_objectives=(490.0, 496.5),
    begun=datetime(2026, 3, 1, 12, 0, 5),
    ended=datetime(2026, 3, 1, 12, 0, 15, 500_000),
    worker="classroom:4711",
    is_random=True,
    retry_of=1,
)


def rows(*trials: TrialRecord) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(trials_csv(PLAN, trials))))


def test_a_row_says_everything_of_a_trial_with_every_digit() -> None:
    assert rows(TRIAL) == [
        {
            "number": "3",
            "state": "complete",
            "objective": "493.25",
            "last_report": "",
            "pruned_after_steps": "",
            "clip_range": "0.1234567890123",
            "learning_rate": "0.0003",
            "anneal": "true",
            "objective_seed_1": "490.0",
            "objective_seed_2": "496.5",
            "begun": "2026-03-01 12:00:05",
            "seconds": "10.5",
            "worker": "classroom:4711",
            "random": "true",
            "reason": "",
            "retry_of": "1",
        }
    ]


def test_what_there_is_not_is_empty() -> None:
    waiting, failed = rows(
        TrialRecord(0, TrialState.WAITING, {}),
        TrialRecord(1, TrialState.FAILED, {"clip_range": 0.2}, reason="It diverged."),
    )
    assert set(waiting.values()) == {"0", "waiting", ""}
    assert (failed["clip_range"], failed["learning_rate"], failed["objective"]) == ("0.2", "", "")
    assert failed["reason"] == "It diverged."


def test_a_pruned_trial_has_no_objective_but_what_it_had_reached_and_when() -> None:
    pruned = replace(TRIAL, state=TrialState.PRUNED, objective=30.0, curve=((500, 9.0), (1_000, 30.0)))
    (row,) = rows(pruned)
    assert (row["objective"], row["last_report"], row["pruned_after_steps"]) == ("", "30.0", "1000")


def test_a_study_without_trials_has_no_rows() -> None:
    assert trials_csv(PLAN, ()) == ""


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1"])
def test_no_text_of_others_is_a_formula(text: str) -> None:
    (row,) = rows(replace(TRIAL, worker=text, reason=text, objective=-5.0))
    assert row["worker"] == row["reason"] == f"'{text.strip()}"
    assert row["objective"] == "-5.0", "numbers stay numbers"
