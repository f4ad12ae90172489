"""The columns of the comparison's table: a row for each variant. No widgets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import COLLAPSED, FINAL_RETURN, MEASURES, STEPS_TO_THRESHOLD, Measure
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.summary import Estimate
from ppo_desktop.views.compare.result_tip import variant_tip
from ppo_desktop.views.kit.table import Column

_WITH_OWN_COLUMNS = (FINAL_RETURN, STEPS_TO_THRESHOLD, COLLAPSED)
_TO = "\u2009–\u2009"
"""Between the ends of an interval, with thin spaces: there is little room. Beside a minus it is "to"."""


def result_columns(digest: Digest) -> list[Column]:
    """Return the columns there is something to say in, the most important first."""
    columns = [
        _variant_column(digest),
        _measure_column(digest, FINAL_RETURN),
        *([_interval_column(digest)] if digest.is_final else []),
        *([_solved_column(digest)] if STEPS_TO_THRESHOLD.name in digest.estimates else []),
        _collapsed_column(digest),
        *_trouble_columns(digest),
    ]
    others = [measure for measure in MEASURES.values() if measure not in _WITH_OWN_COLUMNS]
    return columns + [_measure_column(digest, measure) for measure in others]


def _column(
    header: str, meaning: str, numbers: Sequence[float], texts: Sequence[str], tips: Sequence[str] = ()
) -> Column:
    """Return a column of numbers and texts, one for each variant."""
    tip = tips.__getitem__ if tips else None
    return Column(header, meaning, np.array(numbers, float), texts.__getitem__, texts, tip=tip)


def _variant_column(digest: Digest) -> Column:
    comparison = digest.comparison
    numbers = [
        float(value) if isinstance(value := variant.value, int | float) else float(place)
        for place, variant in enumerate(comparison.variants)
    ]
    if any(variant.value is None for variant in comparison.variants):  # off: beyond the high end
        numbers = [
            math.inf if variant.value is None else number
            for number, variant in zip(numbers, comparison.variants, strict=True)
        ]
    return _column(
        comparison.field_symbol,
        comparison.field_label,
        numbers,
        tuple(variant.short_label for variant in comparison.variants),
        tuple(variant.label for variant in comparison.variants),
    )


def _measure_column(digest: Digest, measure: Measure) -> Column:
    results = digest.estimates[measure.name]
    return _column(
        _in_two_lines(measure.header),
        f"{measure.label}: {_centre(digest, measure).label} over seeds",
        [result.centre for result in results],
        tuple(_written(digest, measure, result.centre) for result in results),
        _tips(digest, measure),
    )


def _interval_column(digest: Digest) -> Column:
    results = digest.estimates[FINAL_RETURN.name]

    def interval(result: Estimate) -> str:
        if not math.isfinite(result.low):
            return "—"
        between = _TO if result.low >= 0 else " to "
        return between.join(_written(digest, FINAL_RETURN, end) for end in (result.low, result.high))

    return _column(
        "95 %\ninterval",
        "95 % bootstrap interval of the return's mean over seeds, too narrow with few of them. "
        "Sorted by its width.",
        [result.high - result.low for result in results],
        tuple(map(interval, results)),
        _tips(digest, FINAL_RETURN),
    )


def _solved_column(digest: Digest) -> Column:
    """Return the steps until solved, with how many seeds are; those that are not make it a lower bound."""
    results = digest.estimates[STEPS_TO_THRESHOLD.name]

    def text(result: Estimate) -> str:
        n, of = result.n_solved, len(result.samples)
        if n == 0:
            return "—"
        bound = "≥ " if result.censored else ""
        return f"{bound}{_written(digest, STEPS_TO_THRESHOLD, result.centre)} ({n} of {of})"

    return _column(
        _in_two_lines(STEPS_TO_THRESHOLD.header),
        STEPS_TO_THRESHOLD.quantity.meaning,
        [result.known_centre for result in results],
        tuple(map(text, results)),
        _tips(digest, STEPS_TO_THRESHOLD),
    )


def _collapsed_column(digest: Digest) -> Column:
    results = digest.estimates[COLLAPSED.name]
    counts = [sum(sample > 0 for sample in result.samples.values()) for result in results]
    meaning = COLLAPSED.quantity.meaning
    is_defined = [math.isfinite(result.centre) for result in results]
    return _counts(COLLAPSED.header, meaning, digest, counts, is_defined)


def _trouble_columns(digest: Digest) -> list[Column]:
    """Return columns of what diverged and what failed, where there is any."""
    columns = []
    if any(digest.diverged):
        meaning = "Seeds whose run diverged; each stays where it was to the end"
        columns.append(_counts("Diverged", meaning, digest, [len(seeds) for seeds in digest.diverged]))
    if digest.failed:
        columns.append(_failed_column(digest))
    return columns


def _failed_column(digest: Digest) -> Column:
    variants = range(len(digest.comparison.variants))
    reasons = [
        "\n".join(
            f"Seed {seed}: {reason}" for (failed, seed), reason in digest.failed.items() if failed == variant
        )
        for variant in variants
    ]
    counts = [sum(failed == variant for failed, _ in digest.failed) for variant in variants]
    return _column(
        "Failed",
        "Seeds whose environment or run failed; they take no part",
        counts,
        tuple(str(count) if count else "—" for count in counts),
        tuple(reasons),
    )


def _counts(
    header: str, meaning: str, digest: Digest, counts: Sequence[int], is_defined: Sequence[bool] | None = None
) -> Column:
    of = [len(result.samples) for result in digest.estimates[COLLAPSED.name]]
    known = [n > 0 for n in of] if is_defined is None else is_defined
    texts = tuple(f"{count} of {n}" if k else "—" for count, n, k in zip(counts, of, known, strict=True))
    return _column(header, meaning, counts, texts)


def _in_two_lines(header: str) -> str:
    """Break a header at the blank that is nearest to its middle."""
    blanks = [place for place, sign in enumerate(header) if sign == " "]
    if not blanks:
        return header
    place = min(blanks, key=lambda blank: abs(blank - len(header) / 2))
    return f"{header[:place]}\n{header[place + 1 :]}"


def _centre(digest: Digest, measure: Measure) -> Centre:
    """Return what stands for several seeds: what is asked for holds for the measure asked for."""
    is_asked = measure.name == digest.question.measure.name
    return digest.question.centre if is_asked else Centre.MEAN


def _written(digest: Digest, measure: Measure, value: float) -> str:
    return measure.write(value, digest.comparison.environment_id)


def _tips(digest: Digest, measure: Measure) -> tuple[str, ...]:
    return tuple(variant_tip(digest, variant, measure) for variant in range(len(digest.comparison.variants)))
