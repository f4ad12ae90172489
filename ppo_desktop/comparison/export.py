"""A comparison outside the window: fields of JSON, rows of CSV, lines on a terminal, captions of figures."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from typing import Any

from ppo_desktop import __version__
from ppo_desktop.comparison.csv_text import Row, csv_text, plain
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import (
    CENSORED,
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
    measures_for,
    run_results,
)
from ppo_desktop.comparison.plan import ALGORITHM, PRESET, SETTINGS, Comparison, RunKey, Variant, written
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.summary import Estimate, RunRecords, difference
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, changed_fields
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described

# ---- JSON; numbers that are not defined are nan here, and null when written --------------------------

Fields = dict[str, Any]


def variant_value(variant: Variant) -> Value:
    """Return what a variant is called for scripts: a preset by its name, as the command line takes it."""
    return variant.name if variant.field == PRESET else variant.value


def run_fields(comparison: Comparison, key: RunKey, record: RunRecord) -> Fields:
    """Return the fields of a run that has ended; of one that failed the results are not defined."""
    end = record.end
    assert end is not None
    results = run_results(record, comparison.environment_id)
    return {
        "value": variant_value(comparison.variants[key.variant]),
        "seed": key.seed,
        **_result_fields(record, results),
        "reason": end.reason.value,
        **({"message": end.message} if end.message else {}),
        "steps": end.steps,
        "engine": end.engine or None,
        "parameters_sha256": end.parameters_sha256 or None,
    }


def _result_fields(record: RunRecord, results: Fields) -> Fields:
    """Return every result as JSON has it: steps are whole, and a single run has collapsed or has not."""
    fields: Fields = {}
    for name, measure in MEASURES.items():
        fields[measure.field] = results.get(name, math.nan)
        if measure is STEPS_TO_THRESHOLD:
            fields[measure.field] = record.steps_to_threshold if record.is_usable else None
            fields[CENSORED] = _is_censored(record, results)
        elif measure is COLLAPSED:
            fields[measure.field] = record.has_collapsed if record.is_usable else None
    return fields


def _is_censored(record: RunRecord, results: Fields) -> bool | None:
    """Return whether a run was not solved in all its steps; None where that means nothing."""
    if STEPS_TO_THRESHOLD.name not in results or not record.is_usable:
        return None
    return record.steps_to_threshold is None


def effect_fields(digest: Digest) -> Fields:
    """Return what was compared and what came of it, so that it is understood without anything else.

    Differences and sentences are about each value but the reference, in the order of the values. Where not
    all runs have ended it is not `complete`: there are no intervals, and sentences say what is seen so far.
    """
    comparison, question = digest.comparison, digest.question
    results = digest.asked
    others = [number for number in range(len(results)) if number != question.reference]
    return {
        "environment": comparison.environment_id,
        "field": comparison.field,
        "total_steps": comparison.total_steps,
        "seeds": comparison.n_seeds,
        "measure": question.measure.name,
        "complete": digest.is_final,
        "effect": [_effect(comparison, number, result) for number, result in enumerate(results)],
        "reference": variant_value(comparison.variants[question.reference]),
        "differences": [_difference(digest, number) for number in others],
        "sentences": [statement.text for statement in digest.statements],
    }


def _effect(comparison: Comparison, number: int, result: Estimate) -> Fields:
    return {
        "value": variant_value(comparison.variants[number]),
        "mean": result.known_centre,
        "low": result.low,
        "high": result.high,
        "n": sum(map(math.isfinite, result.samples.values())),
        "n_censored": len(result.censored),
    }


def _difference(digest: Digest, number: int) -> Fields:
    results = digest.asked
    gap = difference(results[number], results[digest.question.reference])
    return {
        "value": variant_value(digest.comparison.variants[number]),
        "mean": math.nan if gap.is_censored else gap.mean,
        "half_width": gap.half_width if digest.is_final else math.nan,
        "n": gap.n,
    }


# ---- CSV -------------------------------------------------------------------------------------------


def summary_csv(digest: Digest, order: Sequence[int] | None = None) -> str:
    """Return a row for each variant: its results with their intervals, and its difference to the reference.

    What is not known is empty. Fractions are from 0 to 1. `<measure>_low` and `_high` are the ends of the
    95 % bootstrap interval of the measures that have one; `difference` is that of the measure named in its
    row, ± `half_width`. There are intervals only when the comparison is `complete`: all runs have ended.
    Steps until solved of a seed that is not count with all it has done: `steps_to_threshold_censored` says
    that the mean is therefore a lower bound. The difference is then not known, only in how many pairs the
    variant is above and below.
    """
    numbers = range(len(digest.comparison.variants)) if order is None else order
    return csv_text([_summary_row(digest, number) for number in numbers])


def runs_csv(comparison: Comparison, records: RunRecords) -> str:
    """Return a row for each run that has begun: its value, seed and results, how it ended, its fingerprint.

    Results of a run that has not ended are those after the bins it has done; what is not defined is
    empty, see `run_results`.
    """
    keys = [key for key in comparison.run_keys() if key in records]
    return csv_text([_run_row(comparison, key, records[key]) for key in sorted(keys)])


def _summary_row(digest: Digest, number: int) -> Row:
    seeds = len(digest.estimates.get(COLLAPSED.name, ())[number].samples) if digest.estimates else 0
    row: Row = {
        **variant_cells(digest.comparison, number),
        "complete": plain(digest.is_final),
        "seeds": seeds,
        "steps": digest.steps,
    }
    for measure in measures_for(digest.comparison.environment_id):
        row |= _result_cells(digest, measure, number)
    row["diverged_seeds"] = len(digest.diverged[number])
    row["failed_seeds"] = sum(variant == number for variant, _ in digest.failed)
    return row | _difference_cells(digest, number)


def variant_cells(comparison: Comparison, number: int) -> Row:
    """Return what a variant is called in a row."""
    variant = comparison.variants[number]
    return {comparison.field: plain(variant_value(variant)), "label": variant.label}


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
    results = digest.asked
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
    row: Row = {**variant_cells(comparison, key.variant), "seed": key.seed, "steps": record.steps}
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


# ---- a terminal ------------------------------------------------------------------------------------

_FIRST = (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY, COLLAPSED)
"""Results that are shown however narrow the line is."""
_GAP = "   "
_FINAL = "Means over seeds, the first with its 95 % interval; figures of updates are of the last 20 % too."
_SO_FAR = "Means over seeds, so far: {progress}. Figures of updates are of the last 20 % too."


def results_table(digest: Digest, width: int) -> list[str]:
    """Return a line with the headers, one for each variant, and one that says what the numbers are.

    As many results are shown as fit into the width, in characters.
    """
    columns: list[list[str]] = []
    for measure, column in results_columns(digest):
        if measure is None or measure in _FIRST or _width([*columns, column]) <= width:
            columns.append(column)
    return [*_aligned(columns), results_footnote(digest)]


def results_columns(digest: Digest) -> Iterator[tuple[Measure | None, list[str]]]:
    """Yield the names of the variants, then each measure with its results, headers first."""
    variants = digest.comparison.variants
    yield None, [digest.comparison.field_symbol, *(variant.short_label for variant in variants)]
    for measure in dict.fromkeys((*_FIRST, *MEASURES.values())):
        if measure.name in digest.estimates:
            yield measure, [measure.header, *(_cell(digest, n, measure) for n in range(len(variants)))]


def results_footnote(digest: Digest) -> str:
    """Return what the numbers of such a table are."""
    return _FINAL if digest.is_final else _SO_FAR.format(progress=digest.progress)


def _width(columns: list[list[str]]) -> int:
    return sum(max(map(len, column)) + len(_GAP) for column in columns) - len(_GAP)


def _aligned(columns: list[list[str]]) -> list[str]:
    padded = [[cell.ljust(max(map(len, column))) for cell in column] for column in columns]
    return [_GAP.join(row).rstrip() for row in zip(*padded, strict=True)]


def _cell(digest: Digest, number: int, measure: Measure) -> str:
    result = digest.estimates[measure.name][number]
    if measure is COLLAPSED:
        known = [sample for sample in result.samples.values() if math.isfinite(sample)]
        return (
            f"{sum(sample > 0 for sample in known)} of {len(known)}" if known or not result.samples else "—"
        )

    def write(value: float) -> str:
        return measure.write(value, digest.comparison.environment_id)

    if measure is STEPS_TO_THRESHOLD:
        bound = "≥ " if result.n_solved and result.censored else ""
        return f"{bound}{write(result.known_centre)} ({result.n_solved} of {len(result.samples)})"
    interval = f" ({write(result.low)} to {write(result.high)})" if math.isfinite(result.low) else ""
    return write(result.centre) + (interval if measure is FINAL_RETURN else "")


# ---- the caption under exported figures ------------------------------------------------------------


def caption(digest: Digest, engine: str, day: datetime.date) -> str:
    """Return environment, algorithm, origin of what does not vary, seeds, steps, engine, day and version."""
    parts = [
        digest.comparison.environment_id,
        *_origin(digest.comparison),
        _seeds_counted(digest),
        _steps_counted(digest),
        ENGINE_LABELS.get(engine, engine),
        day.isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)


def _seeds_counted(digest: Digest) -> str:
    """Return which seeds count, and how many runs are missing among them."""
    counted_seeds = [len(estimate.samples) for estimate in digest.estimates[FINAL_RETURN.name]]
    n_seeds = digest.comparison.n_seeds
    text = "seed 1" if n_seeds == 1 else f"seeds 1–{n_seeds} of each"
    missing = n_seeds * len(counted_seeds) - sum(counted_seeds)
    return f"{text}, {counted(missing, 'run')} missing" if missing else text


def _steps_counted(digest: Digest) -> str:
    total = grouped(digest.comparison.total_steps)
    if digest.steps < digest.comparison.total_steps:
        return f"provisional, after {grouped(digest.steps)} of {total} steps each"
    provisional = "" if digest.is_final else f"provisional, {digest.progress}: "
    return f"{provisional}{total} steps each"


def _origin(comparison: Comparison) -> list[str]:
    """Return the algorithm and the values of all else, as far as they are the same in all variants."""
    first = comparison.variants[0]
    if comparison.field == SETTINGS:
        return [
            f"{variant.value}: {variant.algorithm.label}, "
            f"{described(comparison.environment_id, variant.hyperparameters, BUDGET_FIELDS)}"
            for variant in comparison.variants
        ]
    algorithm = [] if comparison.field == ALGORITHM else [first.algorithm.label]
    if comparison.field == PRESET:
        return algorithm
    along = _changed_along(comparison)
    others = described(
        comparison.environment_id, first.hyperparameters, {comparison.field, *along, *BUDGET_FIELDS}
    )
    return [*algorithm, f"all else: {others}", *(_values_along(comparison, name) for name in along)]


def _changed_along(comparison: Comparison) -> list[str]:
    """Return which hyperparameters change along with the value."""
    first, *others = comparison.variants
    names = {
        name for other in others for name in changed_fields(first.hyperparameters, other.hyperparameters)
    }
    return [name for name in DECLARATIONS if name in names - {comparison.field}]


def _values_along(comparison: Comparison, name: str) -> str:
    """Return the values of what changes along: "minibatches 1, 1, 2, 32"."""
    values = [written(name, getattr(variant.hyperparameters, name)) for variant in comparison.variants]
    return f"{DECLARATIONS[name].short_name} {', '.join(values)}"
