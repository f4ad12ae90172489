"""The results of a comparison as lines of text, one a value."""

from __future__ import annotations

import math
from itertools import zip_longest

from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    STEPS_TO_THRESHOLD,
    Measure,
    measures_for,
)
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.record import STRETCHES
from ppo_desktop.comparison.summary import Records, estimate, usable

_COLUMNS = (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY, COLLAPSED)
_GAP = "   "
_FOOTNOTE = "Means over seeds; return, with its 95 % interval, and entropy are of the last 20 % of training."


def results_table(comparison: Comparison, records: Records) -> list[str]:
    """Return a line with the headers, one for each variant, and one that says what the numbers are.

    Args:
        comparison: What was compared.
        records: Its runs that have ended.
    """
    measures = [measure for measure in _COLUMNS if measure in measures_for(comparison.environment_id)]
    rows = [[comparison.field_symbol, *(measure.header for measure in measures)]]
    for number, variant in enumerate(comparison.variants):
        cells = (_cell(comparison, records, number, measure) for measure in measures)
        rows.append([variant.short_label, *cells])
    return [*_aligned(rows), _FOOTNOTE]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _cell(comparison: Comparison, records: Records, number: int, measure: Measure) -> str:
    runs = usable(comparison, records, number)
    if measure is COLLAPSED:
        known = [run.has_collapsed for run in runs.values() if run.has_collapsed is not None]
        return f"{sum(known)} of {len(known)}" if known or not runs else "—"
    result = estimate(comparison, records, number, measure, STRETCHES)

    def write(value: float) -> str:
        return measure.write(value, comparison.environment_id)

    if measure is STEPS_TO_THRESHOLD:
        reached = len(runs) - len(result.censored)
        mean = write(result.centre) if reached else "—"  # of those that did not, it is at least the budget
        return f"{'≥ ' if reached and result.censored else ''}{mean} ({reached} of {len(runs)})"
    interval = f" ({write(result.low)} to {write(result.high)})" if math.isfinite(result.low) else ""
    return write(result.centre) + (interval if measure is FINAL_RETURN else "")
