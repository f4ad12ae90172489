"""The numbers of a comparison: all its runs with their curves, as JSON and as CSV."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ppo_desktop import __version__
from ppo_desktop.comparison.csv_text import Row, write_csv
from ppo_desktop.comparison.export import run_fields, variant_cells, variant_value
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import COLUMNS, RunRecord, bin_ends
from ppo_desktop.comparison.summary import RunRecords
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.json_lines import without_nan
from ppo_desktop.exports.tables import with_unit

VERSION = 1


@dataclass(frozen=True, eq=False)
class ExportedComparison:
    """A comparison and what is recorded of its runs, so far or to their end."""

    comparison: Comparison
    records: RunRecords

    @property
    def runs(self) -> list[tuple[RunKey, RunRecord]]:
        """The runs that have begun, in the order of their variants."""
        return sorted((key, self.records[key]) for key in self.comparison.run_keys() if key in self.records)


def write_comparison_json(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    """Write what was compared, and each run with its results and its curves."""
    comparison = subject.comparison
    runs = []
    for number, (key, record) in enumerate(subject.runs):
        progress(number / len(subject.runs))
        runs.append(_run(comparison, key, record))
    whole = {
        "format": "ppo-desktop comparison export",
        "version": VERSION,
        "program": __version__,
        "title": comparison.title,
        "environment_id": comparison.environment_id,
        "field": comparison.field,
        "seeds": comparison.n_seeds,
        "total_steps": comparison.total_steps,
        "variants": [
            {
                "value": variant_value(variant),
                "label": variant.label,
                "algorithm": variant.algorithm.value,
                "hyperparameters": dataclasses.asdict(variant.hyperparameters),
            }
            for variant in comparison.variants
        ],
        "environment_steps": bin_ends(comparison.total_steps).tolist(),
        "runs": runs,
    }
    fresh.write_text(json.dumps(without_nan(whole), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _run(comparison: Comparison, key: RunKey, record: RunRecord) -> dict[str, Any]:
    """Return a run's results, of one that has not ended how far it is, and its curves so far."""
    so_far = {
        "value": variant_value(comparison.variants[key.variant]),
        "seed": key.seed,
        "steps": record.steps,
    }
    fields = so_far if record.end is None else run_fields(comparison, key, record)
    curves = {name: record.curve(name, record.bins_done).tolist() for name in COLUMNS}
    return {**fields, "curves": curves}


def write_comparison_curves(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    """Write a row for each hundredth of the steps of each run: the means of what ended there."""
    with fresh.open("w", encoding="utf-8-sig", newline="") as file:  # labels have ε
        write_csv(file, _curve_rows(subject, progress))


def _curve_rows(subject: ExportedComparison, progress: Progress) -> Iterator[Row]:
    comparison = subject.comparison
    ends = bin_ends(comparison.total_steps).tolist()
    for number, (key, record) in enumerate(subject.runs):
        progress(number / len(subject.runs))
        curves = {with_unit(name): record.curve(name, record.bins_done).tolist() for name in COLUMNS}
        for place in range(record.bins_done):
            yield {
                **variant_cells(comparison, key.variant),
                "seed": key.seed,
                "environment_steps": ends[place],
                **{name: curve[place] for name, curve in curves.items()},
            }
