"""The numbers of runs, comparisons and studies, read back by nothing but JSON and CSV."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.format import CannotExport, Format, Offer, save
from ppo_desktop.exports.formats import COMPARISON_FORMATS, STUDY_FORMATS, format_called
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import EpisodeEnded, UpdateFinished
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.runs.past import Past
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.comparisons import compared, record_of
from tests.kept_runs import keep_branch, keep_run
from tests.studies import PLAN


def written(tmp_path: Path, format: Format[Any], subject: object) -> str:
    place = tmp_path / f"Übung{format.suffix}"
    save(format, Offer("export", lambda: subject), place, lambda share: None)
    return place.read_text(encoding="utf-8-sig")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def exported(run: str, update: int | None = None) -> ExportedRun:
    return ExportedRun(library.open_run(run), update)


def test_updates_have_every_number_of_the_events_with_every_digit(tmp_path: Path) -> None:
    subject = exported(keep_run(6), 4)
    rows = rows_of(written(tmp_path, format_called("csv"), subject))
    events = [event for event in subject.events() if isinstance(event, UpdateFinished)]
    assert [int(row["update"]) for row in rows] == [event.update for event in events] == [1, 2, 3, 4]
    for row, event in zip(rows, events, strict=True):
        numbers = {name.partition(" (")[0]: value for name, value in row.items()}
        for name in UPDATE_QUANTITIES:
            assert float(numbers[name] or "nan") == pytest.approx(getattr(event, name), rel=0, nan_ok=True)
    assert "policy_entropy (nats)" in rows[0]


def test_before_the_first_update_a_table_has_its_header_alone(tmp_path: Path) -> None:
    subject = exported(keep_run(2), 0)
    for format_id in ("csv", "csv-episodes"):
        (header,) = written(tmp_path, format_called(format_id), subject).splitlines()
        assert "environment_steps" in header.split(",")


def test_episodes_have_a_row_each(tmp_path: Path) -> None:
    subject = exported(keep_run(6))
    rows = rows_of(written(tmp_path, format_called("csv-episodes"), subject))
    events = [event for event in subject.events() if isinstance(event, EpisodeEnded)]
    assert [(float(row["return"]), int(row["environment_steps"])) for row in rows] == [
        (event.episode_return, event.steps) for event in events
    ]


def test_json_says_what_the_run_is_and_what_was_changed_where(tmp_path: Path) -> None:
    parent = keep_run(6)
    branch = keep_branch(parent, 4, 8, clip_range=0.05)
    text = written(tmp_path, format_called("json"), exported(branch))
    lines = [json.loads(line) for line in text.splitlines()]
    assert (lines[0]["event"], lines[0]["run"], lines[0]["update"]) == ("run", branch, 8)
    assert lines[0]["parent"] == {"run": parent, "update": 4}
    assert lines[0]["hyperparameters"]["clip_range"] != 0.05, "that with which all began"
    (change,) = [line for line in lines if line["event"] == "change"]
    assert (change["update"], change["gradient_step"]) == (5, -1)
    assert (change["name"], change["value"]) == ("clip_range", 0.05)
    updates = [line["update"] for line in lines if line["event"] == "update"]
    assert updates == list(range(1, 9))
    place = lines.index(change)
    assert [line["update"] for line in lines[:place] if line["event"] == "update"][-1] == 4


@pytest.mark.parametrize("algorithm", Algorithm)
def test_samples_are_those_of_the_update_s_last_gradient_step(tmp_path: Path, algorithm: Algorithm) -> None:
    run = keep_run(6, algorithm=algorithm)
    rows = rows_of(written(tmp_path, format_called("csv-samples"), exported(run, 3)))
    visit = Past(library.open_run(run)).visit(3)
    while not visit.is_there:
        visit.go_on()
    visit.close()
    assert visit.minibatch is not None
    samples = visit.minibatch.samples
    assert np.array_equal([int(row["agent"]) - 1 for row in rows], samples.agents)
    assert np.array_equal(np.array([row["advantage"] for row in rows], np.float32), samples.advantages)
    observations = [[row[f"observation_{number}"] for number in range(1, 5)] for row in rows]
    assert np.array_equal(np.array(observations, np.float32), samples.observations)
    if algorithm is Algorithm.PPO:
        assert np.array_equal(np.array([row["ratio"] for row in rows], np.float32), samples.ratios)
        assert [row["gradient_cut"] == "true" for row in rows] == samples.gradient_cut.tolist()
    else:
        assert "ratio" not in rows[0]


def test_before_the_first_update_there_are_no_samples(tmp_path: Path) -> None:
    with pytest.raises(CannotExport):
        written(tmp_path, format_called("csv-samples"), exported(keep_run(2), 0))


def test_a_comparison_has_the_curves_of_every_run_that_has_begun(tmp_path: Path) -> None:
    question = compared(values=(0.1, 0.3), n_seeds=2)
    run = library.open_run(keep_run(8))
    records = {key: record_of(run.events(), question.total_steps) for key in list(question.run_keys())[:3]}
    subject = ExportedComparison(question, records)
    formats = {format.id: format for format in COMPARISON_FORMATS}
    curves, as_json = formats["csv-curves"], formats["json"]
    rows = rows_of(written(tmp_path, curves, subject))
    whole = json.loads(written(tmp_path, as_json, subject))
    assert len(whole["runs"]) == 3
    assert [variant["value"] for variant in whole["variants"]] == [0.1, 0.3]
    record = next(iter(records.values()))
    assert len(rows) == 3 * record.bins_done
    first = [float(row["return"] or "nan") for row in rows[: record.bins_done]]
    assert np.array_equal(first, record.curve("return", record.bins_done), equal_nan=True)
    told = [np.nan if value is None else value for value in whole["runs"][0]["curves"]["return"]]
    assert np.array_equal(told, first, equal_nan=True)
    assert len(whole["environment_steps"]) == N_BINS
    assert all(before < after for before, after in pairwise(whole["environment_steps"]))


def test_a_study_has_every_trial(tmp_path: Path) -> None:
    plan = PLAN
    begun = datetime(2026, 11, 30, 10, 15)
    trials = [
        TrialRecord(
            0,
            TrialState.COMPLETE,
            {plan.fields[0]: 0.1},
            12.5,
            ((100, 3.0),),
            (12.0, 13.0),
            begun,
        ),
        TrialRecord(1, TrialState.FAILED, {}, reason="=1+1"),
    ]
    (as_json,) = [format for format in STUDY_FORMATS if format.id == "json"]
    whole = json.loads(written(tmp_path, as_json, ExportedStudy("Übung", plan, trials)))
    assert whole["name"] == "Übung"
    assert [dimension["field"] for dimension in whole["space"]] == list(plan.fields)
    first, second = whole["trials"]
    assert (first["objective"], first["curve"]) == (12.5, [[100, 3.0]])
    assert first["begun"] == "2026-11-30T10:15:00"
    assert (second["state"], second["objective"], second["reason"]) == ("failed", None, "=1+1")
