"""The results of a comparison as lines of text, one a value."""

from __future__ import annotations

import math

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
)

_FIRST = (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY, COLLAPSED)
"""Results that are shown however narrow the line is."""
_GAP = "   "
_FINAL = "Means over seeds, the first with its 95 % interval; figures of updates are of the last 20 % too."
_SO_FAR = "Means over seeds, so far: {progress}. Figures of updates are of the last 20 % too."


def results_table(digest: Digest, width: int) -> list[str]:
    """Return a line with the headers, one for each variant, and one that says what the numbers are.

    Args:
        digest: What the comparison says.
        width: Characters of a line; as many results are shown as fit.
    """
    comparison = digest.comparison
    columns = [[comparison.field_symbol, *(variant.short_label for variant in comparison.variants)]]
    for measure in dict.fromkeys((*_FIRST, *MEASURES.values())):
        if measure.name in digest.estimates:
            column = [measure.header, *(_cell(digest, n, measure) for n in range(len(comparison.variants)))]
            if measure in _FIRST or _width([*columns, column]) <= width:
                columns.append(column)
    footnote = _FINAL if digest.is_final else _SO_FAR.format(progress=digest.progress)
    return [*_aligned(columns), footnote]


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
