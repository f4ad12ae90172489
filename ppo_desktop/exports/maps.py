"""The numbers of a map: every seed of every cell, with all results, as CSV and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppo_desktop import __version__
from ppo_desktop.comparison.csv_text import Row, plain, write_csv
from ppo_desktop.comparison.measures import MEASURES, run_results
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.json_lines import without_nan
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.study.map_digest import trials_of_cells, values_of_cells
from ppo_desktop.study.trials import TrialRecord

VERSION = 1


def write_map_csv(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    """Write a row for each seed of each cell that is measured, row by row from the lowest values."""
    with fresh.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(file, _rows(subject, progress))


def write_map_json(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    """Write both axes, and each measured cell with the results of each of its seeds."""
    plan = subject.plan
    whole = {
        "format": "ppo-desktop map export",
        "version": VERSION,
        "program": __version__,
        "name": subject.name,
        "environment_id": plan.environment_id,
        "algorithm": plan.algorithm.value,
        "total_steps": plan.total_steps,
        "seeds": plan.n_seeds,
        **{
            axis: {"field": dimension.field, "values": dimension.grid_values()}
            for axis, dimension in zip(("x", "y"), plan.space, strict=True)
        },
        "base": dataclasses.asdict(plan.base),
        "cells": [_cell(subject, *measured) for measured in _measured(subject, progress)],
    }
    fresh.write_text(json.dumps(without_nan(whole), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _measured(subject: ExportedStudy, progress: Progress) -> Iterator[tuple[int, TrialRecord]]:
    """Yield the cells that are measured, by number, each with the trial that the map shows."""
    found = trials_of_cells(values_of_cells(subject.plan), subject.trials)
    measured = [(cell, found[cell]) for cell in sorted(found) if found[cell].state.is_done]
    for done, (cell, trial) in enumerate(measured):
        progress(done / len(measured))
        yield cell, trial


def _rows(subject: ExportedStudy, progress: Progress) -> Iterator[Row]:
    plan = subject.plan
    for cell, trial in _measured(subject, progress):
        row, column = divmod(cell, len(plan.space[0].grid_values()))
        values = {field: plain(value) for field, value in plan.combination_values(cell).items()}
        for seed, run in zip(plan.seeds, trial.runs, strict=False):
            results = run_results(run, plan.environment_id)
            yield {
                "column": column,
                "row": row,
                **values,
                "seed": seed,
                **{measure.column: results[name] for name, measure in MEASURES.items() if name in results},
                "reason": "" if run.end is None else run.end.reason.value,
            }


def _cell(subject: ExportedStudy, cell: int, trial: TrialRecord) -> dict[str, Any]:
    return {
        "values": subject.plan.combination_values(cell),
        "trial": trial.number,
        "objective": trial.objective,
        "seeds": [
            {"seed": seed, **_run(run, subject.plan.environment_id)}
            for seed, run in zip(subject.plan.seeds, trial.runs, strict=False)
        ],
    }


def _run(run: RunRecord, environment_id: str) -> dict[str, Any]:
    results = run_results(run, environment_id)
    return {
        "reason": None if run.end is None else run.end.reason.value,
        **{measure.field: results[name] for name, measure in MEASURES.items() if name in results},
    }
