"""Comparisons for TensorBoard: every run in a folder of its own, those of a variant in one group."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ppo_desktop.comparison.csv_text import plain
from ppo_desktop.comparison.measures import run_results
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import COLUMNS, RunRecord, bin_ends
from ppo_desktop.exports.comparisons import ExportedComparison
from ppo_desktop.exports.event_file import EventFile
from ppo_desktop.exports.format import CannotExport, Progress
from ppo_desktop.exports.naming import file_name
from ppo_desktop.exports.tensorboard import (
    ABOUT,
    MEAN_RETURN,
    group_of,
    session_values,
    status_of,
    table,
    update_scalars,
)
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.quantities import RETURN


def write_comparison(subject: ExportedComparison, fresh: Path, progress: Progress) -> None:
    """Write the runs of a comparison that have begun: their curves, in a hundred points, and their results.

    When they learnt is not kept, so that all of it has the time of now.

    Raises:
        CannotExport: None has begun.
    """
    now, comparison, runs = time.time(), subject.comparison, subject.runs
    if not runs:
        raise CannotExport("No run of the comparison has begun.")
    for number, (key, record) in enumerate(runs):
        variant = comparison.variants[key.variant]
        name = file_name(f"{variant.field}={plain(variant.value)}", "variant")
        with EventFile(fresh / name / f"seed={key.seed}", now) as file:
            _write_run(file, comparison, key, record, now)
        progress((number + 1) / len(runs))


def _write_run(file: EventFile, comparison: Comparison, key: RunKey, record: RunRecord, now: float) -> None:
    variant, end = comparison.variants[key.variant], record.end
    values = session_values(comparison.environment_id, variant.algorithm, asdict(variant.hyperparameters))
    file.begin_session(values, group_of(values), now)
    curves = _curves(record)
    ends = bin_ends(record.total_steps)[: record.bins_done]
    tags = {MEAN_RETURN: curves.pop(RETURN.name), **update_scalars(curves)}
    file.add_scalars(ends, np.full(len(ends), now), tags)
    results = {
        f"result/{name}": np.array([number])
        for name, number in run_results(record, comparison.environment_id).items()
    }
    steps = float(min(record.steps, record.total_steps))
    file.add_scalars(np.array([steps]), np.array([now]), results)
    about = {
        "comparison": comparison.title,
        "variant": variant.label,
        "seed": key.seed,
        "engine": "" if end is None else end.engine,
        "end": "not yet" if end is None else f"{end.reason.label}. {end.message}",
        "parameters_sha256": "" if end is None else end.parameters_sha256,
    }
    file.add_text(ABOUT, 0, now, table(about))
    file.end_session(status_of(None if end is None else end.reason), now)


def _curves(record: RunRecord) -> dict[str, Doubles]:
    """Return the points of each curve, (bins_done,); nan where nothing ended in a bin."""
    done = slice(record.bins_done)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = record.sums[:, done] / record.counts[:, done]
    return dict(zip(COLUMNS, means, strict=True))
