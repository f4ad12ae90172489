"""A comparison for scripts: JSON fields of each run, and of all of them at the end.

Numbers that are not defined are nan here, and null in the file.
"""

from __future__ import annotations

import math
from typing import Any

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import CENSORED, COLLAPSED, MEASURES, STEPS_TO_THRESHOLD, run_results
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.summary import Estimate, difference
from ppo_desktop.comparison.verdict import statements

Fields = dict[str, Any]


def run_fields(comparison: Comparison, key: RunKey, record: RunRecord) -> Fields:
    """Return the fields of a run that has ended; of one that failed the results are not defined."""
    end = record.end
    assert end is not None
    results = run_results(record, comparison.environment_id)
    return {
        "value": comparison.variants[key.variant].value,
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
    results = digest.estimates[question.measure.name]
    others = [number for number in range(len(results)) if number != question.reference]
    return {
        "environment": comparison.environment_id,
        "field": comparison.field,
        "total_steps": comparison.total_steps,
        "seeds": comparison.n_seeds,
        "measure": question.measure.name,
        "complete": digest.is_final,
        "effect": [_effect(comparison, number, result) for number, result in enumerate(results)],
        "reference": comparison.variants[question.reference].value,
        "differences": [_difference(digest, number) for number in others],
        "sentences": [statement.text for statement in statements(digest)],
    }


def _effect(comparison: Comparison, number: int, result: Estimate) -> Fields:
    return {
        "value": comparison.variants[number].value,
        "mean": result.known_centre,
        "low": result.low,
        "high": result.high,
        "n": sum(map(math.isfinite, result.samples.values())),
        "n_censored": len(result.censored),
    }


def _difference(digest: Digest, number: int) -> Fields:
    results = digest.estimates[digest.question.measure.name]
    gap = difference(results[number], results[digest.question.reference])
    return {
        "value": digest.comparison.variants[number].value,
        "mean": math.nan if gap.is_censored else gap.mean,
        "half_width": gap.half_width if digest.is_final else math.nan,
        "n": gap.n,
    }
