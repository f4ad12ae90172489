"""A map as CSV and as JSON: every seed of every cell that is measured."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.exports.maps import write_map_csv, write_map_json
from ppo_desktop.exports.studies import ExportedStudy
from tests.measured_maps import PLAN, measured, running


@pytest.fixture
def subject() -> ExportedStudy:
    return ExportedStudy("mine", PLAN, [measured(7, 300.0, 400.0), running(3), measured(0, 10.0, 20.0)])


def test_the_table_has_a_row_for_each_seed_cell_by_cell(subject: ExportedStudy, tmp_path: Path) -> None:
    write_map_csv(subject, tmp_path / "map.csv", lambda _share: None)
    with (tmp_path / "map.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    places = [(row["row"], row["column"], row["seed"], float(row["final_return"])) for row in rows]
    assert places == [
        ("0", "0", "1", 10.0),
        ("0", "0", "2", 20.0),
        ("1", "3", "1", 300.0),
        ("1", "3", "2", 400.0),
    ]
    assert [row["clip_range"] for row in rows] == ["0.1", "0.1", "off", "off"]


def test_trials_that_are_none_of_the_cells_are_left_out(tmp_path: Path) -> None:
    elsewhere = replace(measured(2, 1.0, 2.0), values=PLAN.combination_values(7))
    beyond = replace(measured(2, 1.0, 2.0), combination=PLAN.combinations)
    again = replace(measured(5, 30.0, 40.0), number=77)
    subject = ExportedStudy("mine", PLAN, [elsewhere, beyond, measured(5, 10.0, 20.0), again])
    write_map_json(subject, tmp_path / "map.json", lambda _share: None)
    (cell,) = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))["cells"]
    assert (cell["trial"], cell["objective"]) == (5, 15.0)


def test_the_json_has_axes_and_cells(subject: ExportedStudy, tmp_path: Path) -> None:
    write_map_json(subject, tmp_path / "map.json", lambda _share: None)
    whole = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))
    assert whole["x"] == {"field": "clip_range", "values": [0.1, 0.2, 0.4, None]}
    assert whole["y"]["field"] == "learning_rate"
    first, last = whole["cells"]
    assert first["values"] == {"clip_range": 0.1, "learning_rate": 0.001}
    assert [seed["final_return"] for seed in last["seeds"]] == [300.0, 400.0]
    assert last["seeds"][0]["reason"] == "completed"
