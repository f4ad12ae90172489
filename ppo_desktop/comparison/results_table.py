"""The results of a comparison as lines of text, one a value."""

from __future__ import annotations

import math
from itertools import zip_longest

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.so_far import progress

_COLUMNS = (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY, COLLAPSED)
_GAP = "   "
_FINAL = "Means over seeds; return, with its 95 % interval, and entropy are of the last 20 % of training."
_SO_FAR = "Means over seeds, so far: {progress}. Return and entropy are of the last 20 % of training."


def results_table(digest: Digest) -> list[str]:
    """Return a line with the headers, one for each variant, and one that says what the numbers are."""
    comparison = digest.comparison
    measures = [measure for measure in _COLUMNS if measure.name in digest.estimates]
    rows = [[comparison.field_symbol, *(measure.header for measure in measures)]]
    for number, variant in enumerate(comparison.variants):
        rows.append([variant.short_label, *(_cell(digest, number, measure) for measure in measures)])
    footnote = _FINAL if digest.is_final else _SO_FAR.format(progress=progress(digest))
    return [*_aligned(rows), footnote]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


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
