"""A comparison as CSV: a row for each variant, or for each run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ppo_desktop.comparison.csv_text import Row, csv_text, plain
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import (
    CENSORED,
    COLLAPSED,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
    measures_for,
    run_results,
)
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.summary import Records, difference


def summary_csv(digest: Digest, order: Sequence[int] | None = None) -> str:
    """Return a row for each variant: its results with their intervals, and its difference to the reference.

    What is not known is empty. Fractions are from 0 to 1. `<measure>_low` and `_high` are the ends of the
    95 % bootstrap interval of the measures that have one; `difference` is that of the measure named in its
    row, ± `half_width`. There are intervals only when the comparison is `complete`: all runs have ended.
    Steps until solved of a seed that is not count with all it has done: `steps_to_threshold_censored` says
    that the mean is therefore a lower bound. The difference is then not known, only in how many pairs the
    variant is above and below.

    Args:
        digest: What the comparison says.
        order: Numbers of the variants in the order of the rows; as they are compared if not given.
    """
    numbers = range(len(digest.comparison.variants)) if order is None else order
    return csv_text([_summary_row(digest, number) for number in numbers])


def runs_csv(comparison: Comparison, records: Records) -> str:
    """Return a row for each run that has begun: its value, seed and results, how it ended, its fingerprint.

    Results of a run that has not ended are those after the bins it has done; what is not defined is
    empty, see `run_results`.
    """
    keys = [key for key in comparison.run_keys() if key in records]
    return csv_text([_run_row(comparison, key, records[key]) for key in sorted(keys)])


def _summary_row(digest: Digest, number: int) -> Row:
    seeds = len(digest.estimates.get(COLLAPSED.name, ())[number].samples) if digest.estimates else 0
    row: Row = {
        **_variant_cells(digest.comparison, number),
        "complete": plain(digest.is_final),
        "seeds": seeds,
        "steps": digest.steps,
    }
    for measure in measures_for(digest.comparison.environment_id):
        row |= _result_cells(digest, measure, number)
    row["diverged_seeds"] = len(digest.diverged[number])
    row["failed_seeds"] = sum(variant == number for variant, _ in digest.failed)
    return row | _difference_cells(digest, number)


def _variant_cells(comparison: Comparison, number: int) -> Row:
    variant = comparison.variants[number]
    return {comparison.field: plain(variant.value), "label": variant.label}


def _result_cells(digest: Digest, measure: Measure, number: int) -> Row:
    result = digest.estimates[measure.name][number]
    cells: Row = {measure.column: result.known_centre}
    if _has_interval(digest, measure):
        cells |= {f"{measure.column}_low": result.low, f"{measure.column}_high": result.high}
    if measure is STEPS_TO_THRESHOLD:
        cells[CENSORED] = plain(bool(result.censored)) if result.samples else None
        cells["solved_seeds"] = result.n_solved
    return cells


def _has_interval(digest: Digest, measure: Measure) -> bool:
    """Whether any variant has one, so that every row has the same columns."""
    return any(math.isfinite(result.low) for result in digest.estimates[measure.name])


def _difference_cells(digest: Digest, number: int) -> Row:
    question = digest.question
    results = digest.estimates[question.measure.name]
    gap = difference(results[number], results[question.reference])
    is_reference = number == question.reference
    return {
        "measure": question.measure.column,
        "centre": question.centre.value,
        "reference": digest.comparison.variants[question.reference].label,
        "difference": None if is_reference or gap.is_censored else gap.mean,
        "half_width": None if is_reference or not digest.is_final else gap.half_width,
        "pairs": None if is_reference else gap.n,
        "pairs_above": None if is_reference else gap.n_above,
        "pairs_below": None if is_reference else gap.n_below,
    }


def _run_row(comparison: Comparison, key: RunKey, record: RunRecord) -> Row:
    row: Row = {**_variant_cells(comparison, key.variant), "seed": key.seed, "steps": record.steps}
    for name, result in run_results(record, comparison.environment_id).items():
        row[MEASURES[name].column] = result
        if name == STEPS_TO_THRESHOLD.name:
            row[CENSORED] = plain(record.steps_to_threshold is None) if record.is_usable else None
    return row | _end_cells(record)


def _end_cells(record: RunRecord) -> Row:
    end = record.end
    return {
        "reason": "" if end is None else end.reason.value,
        "message": "" if end is None else end.message,
        "engine": "" if end is None else end.engine,
        "parameters_sha256": "" if end is None else end.parameters_sha256,
    }
