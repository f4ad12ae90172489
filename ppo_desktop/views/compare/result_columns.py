"""The columns of the comparison's table: a row for each variant. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import COLLAPSED, FINAL_RETURN, MEASURES, STEPS_TO_THRESHOLD, Measure
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.summary import Estimate
from ppo_desktop.views.compare.result_tip import variant_tip
from ppo_desktop.views.kit.table import Column, column_over, interval_text

_WITH_OWN_COLUMNS = (FINAL_RETURN, STEPS_TO_THRESHOLD, COLLAPSED)
_OTHERS = tuple(measure for measure in MEASURES.values() if measure not in _WITH_OWN_COLUMNS)
DISPENSABLE = tuple(measure.name for measure in reversed(_OTHERS))
"""What is left out, the first one first, where the table is alone and there is no room for all of it."""


def result_columns(digest: Digest) -> list[Column]:
    """Return the columns there is something to say in, the most important first."""
    variants = digest.comparison.variants
    column = partial(column_over, range(len(variants)))
    columns = [
        column(
            digest.comparison.field_symbol,
            digest.comparison.field_label,
            number=_places(digest).__getitem__,
            text=lambda row: variants[row].short_label,
            tip=lambda row: variants[row].label,
        ),
        _measure_column(digest, FINAL_RETURN),
        *([_interval_column(digest)] if digest.is_final else []),
        *([_solved_column(digest)] if STEPS_TO_THRESHOLD.name in digest.estimates else []),
        _collapsed_column(digest),
    ]
    if any(digest.diverged):
        meaning = "Seeds whose run diverged; each stays where it was to the end"
        columns.append(_counts("Diverged", meaning, digest, [len(seeds) for seeds in digest.diverged]))
    if digest.failed:
        columns.append(_failed_column(digest))
    return columns + [_measure_column(digest, measure) for measure in _OTHERS]


def _places(digest: Digest) -> list[float]:
    """Return the value of each variant, its place where it is no number; off is beyond the high end."""
    values = [variant.value for variant in digest.comparison.variants]
    return [
        float(value) if isinstance(value, int | float) else math.inf if value is None else float(place)
        for place, value in enumerate(values)
    ]


def _column(
    digest: Digest,
    measure: Measure,
    header: str,
    meaning: str,
    number: Callable[[Estimate], float],
    text: Callable[[Estimate], str],
) -> Column:
    """Return a column of what a measure says of each variant."""
    results = digest.estimates[measure.name]
    return column_over(
        range(len(results)),
        header,
        meaning,
        number=lambda row: number(results[row]),
        text=lambda row: text(results[row]),
        tip=lambda row: variant_tip(digest, row, measure),
        name=measure.name,
    )


def _measure_column(digest: Digest, measure: Measure) -> Column:
    is_asked = measure.name == digest.question.measure.name  # what else stands for several seeds is the mean
    centre = digest.question.centre if is_asked else Centre.MEAN
    return _column(
        digest,
        measure,
        _in_two_lines(measure.header),
        f"{measure.label}: {centre.label} over seeds",
        lambda result: result.centre,
        lambda result: _written(digest, measure, result.centre),
    )


def _interval_column(digest: Digest) -> Column:
    def interval(result: Estimate) -> str:
        return interval_text(result.low, result.high, partial(_written, digest, FINAL_RETURN))

    meaning = (
        "95 % bootstrap interval of the return's mean over seeds, too narrow with few of them. "
        "Sorted by its width."
    )
    return _column(
        digest, FINAL_RETURN, "95 %\ninterval", meaning, lambda result: result.high - result.low, interval
    )


def _solved_column(digest: Digest) -> Column:
    """Return the steps until solved, with how many seeds are; those that are not make it a lower bound."""

    def text(result: Estimate) -> str:
        if not result.n_solved:
            return "—"
        bound = "≥ " if result.censored else ""
        steps = _written(digest, STEPS_TO_THRESHOLD, result.centre)
        return f"{bound}{steps} ({result.n_solved} of {len(result.samples)})"

    header, meaning = _in_two_lines(STEPS_TO_THRESHOLD.header), STEPS_TO_THRESHOLD.quantity.meaning
    return _column(digest, STEPS_TO_THRESHOLD, header, meaning, lambda result: result.known_centre, text)


def _collapsed_column(digest: Digest) -> Column:
    results = digest.estimates[COLLAPSED.name]
    counts = [sum(sample > 0 for sample in result.samples.values()) for result in results]
    is_defined = [math.isfinite(result.centre) for result in results]
    return _counts(COLLAPSED.header, COLLAPSED.quantity.meaning, digest, counts, is_defined)


def _failed_column(digest: Digest) -> Column:
    reasons = [
        [f"Seed {seed}: {reason}" for (failed, seed), reason in digest.failed.items() if failed == variant]
        for variant in range(len(digest.comparison.variants))
    ]
    return column_over(
        reasons,
        "Failed",
        "Seeds whose environment or run failed; they take no part",
        number=len,
        text=lambda said: str(len(said)) if said else "—",
        tip="\n".join,
    )


def _counts(
    header: str, meaning: str, digest: Digest, counts: Sequence[int], is_defined: Sequence[bool] | None = None
) -> Column:
    of = [len(result.samples) for result in digest.estimates[COLLAPSED.name]]
    known = [n > 0 for n in of] if is_defined is None else is_defined

    def text(row: int) -> str:
        return f"{counts[row]} of {of[row]}" if known[row] else "—"

    return column_over(range(len(of)), header, meaning, number=counts.__getitem__, text=text)


def _in_two_lines(header: str) -> str:
    """Break a header at the blank that is nearest to its middle."""
    blanks = [place for place, sign in enumerate(header) if sign == " "]
    if not blanks:
        return header
    place = min(blanks, key=lambda blank: abs(blank - len(header) / 2))
    return f"{header[:place]}\n{header[place + 1 :]}"


def _written(digest: Digest, measure: Measure, value: float) -> str:
    return measure.write(value, digest.comparison.environment_id)
