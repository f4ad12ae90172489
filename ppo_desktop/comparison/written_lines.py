"""The lines of a comparison's file, as docs/comparisons.md describes them, each with its end."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

import numpy as np

from ppo_desktop.comparison.json_values import LONGEST_TEXT
from ppo_desktop.comparison.plan import Comparison, RunKey, Variant
from ppo_desktop.comparison.record import COLUMNS, Points, RunRecord
from ppo_desktop.ppo.learnt import Learnt

FORMAT = "ppo-desktop comparison"
VERSION = 1
MOST_PARAMETERS = 50_000
"""Of larger networks what they have learnt is not kept."""


def first_line(comparison: Comparison) -> bytes:
    """Return the line that says what is compared."""
    return _encoded(
        {
            "format": FORMAT,
            "version": VERSION,
            "title": comparison.title[:LONGEST_TEXT],
            "environment_id": comparison.environment_id,
            "field": comparison.field,
            "n_seeds": comparison.n_seeds,
            "total_steps": comparison.total_steps,
            "variants": [_variant(variant) for variant in comparison.variants],
        }
    )


def seeds_line(n_seeds: int) -> bytes:
    """Return the line from which on there are so many seeds."""
    return _encoded({"event": "seeds", "n_seeds": n_seeds})


def title_line(title: str) -> bytes:
    """Return the line from which on the comparison is called something else."""
    return _encoded({"event": "title", "title": title[:LONGEST_TEXT]})


def question_line(measure: str, reference: int) -> bytes:
    """Return the line from which on something else is asked of the comparison."""
    return _encoded({"event": "question", "measure": measure, "reference": reference})


def run_line(key: RunKey, record: RunRecord) -> bytes:
    """Return the line of a finished run."""
    assert record.end is not None, "only finished runs are kept"
    return _encoded(
        {
            "event": "run",
            "variant": key.variant,
            "seed": key.seed,
            "reason": record.end.reason.value,
            "message": record.end.message,
            "steps": record.end.steps,
            "engine": record.end.engine,
            "parameters_sha256": record.end.parameters_sha256,
            "steps_to_threshold": record.steps_to_threshold,
            "collapsed": record.has_collapsed,
            "learnt": _learnt(record.learnt),
            **_points(record),
        }
    )


def _encoded(line: dict[str, Any]) -> bytes:
    """Return a line of JSON; what cannot be encoded of a text, half a surrogate pair, becomes "?"."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "value": variant.value,
        "label": variant.label,
        "algorithm": variant.algorithm.value,
        "hyperparameters": asdict(variant.hyperparameters),
    }


def _points(record: RunRecord) -> dict[str, Any]:
    """Return sums and counts by their curves; where a sum has overflowed, as if nothing had ended."""
    known = np.isfinite(record.sums)
    counts = np.where(known, record.counts, 0).astype(int)
    return {"sums": _by_curve(np.where(known, record.sums, 0.0)), "counts": _by_curve(counts)}


def _by_curve(rows: Points | np.ndarray[Any, np.dtype[np.int_]]) -> dict[str, list[float]]:
    return {name: rows[row].tolist() for row, name in enumerate(COLUMNS)}


def _learnt(learnt: Learnt | None) -> dict[str, Any] | None:
    """Return what acting needs, or nothing where it would make the file large or has blown up."""
    if learnt is None or learnt.parameters.size > MOST_PARAMETERS:
        return None
    seen = learnt.observations
    if not all(np.isfinite(numbers).all() for numbers in (learnt.parameters, seen.mean, seen.variance)):
        return None
    return {
        "parameters": base64.b64encode(learnt.parameters.astype("<f4").tobytes()).decode("ascii"),
        "count": seen.count,
        "mean": seen.mean.tolist(),
        "variance": seen.variance.tolist(),
    }
