"""Where each value stands along the effect curve, and how its results are scaled. No widgets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ppo_desktop.comparison.measures import STEPS_TO_THRESHOLD, Measure
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Declaration, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import three_digits
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.ppo.scales import Ladder, Logarithmic, LogarithmicFromOne
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.views.charts.scales import (
    LinearScale,
    LogScale,
    Range,
    Tick,
    ValueScale,
    shorten,
    ticks_between,
)
from ppo_desktop.views.plot_cards import return_scale

Shares = tuple[float, ...]

BEYOND = 0.22
"""How far from the others zero and "off" stand, as a share of the room between the others."""
NOT_TO_SCALE = "not to scale"
_HIGHEST_RESULT = 1e300
"""On a logarithmic axis; larger ones are drawn here."""
_FEW_DECADES = 2.0
_FEW_ROUND = 4
"""Of fewer numbers 1, 2 or 5 · 10ⁿ no scale is made."""


@dataclass(frozen=True)
class Places:
    """Where the variants stand along the axis.

    Attributes:
        shares: Place of each variant, 0 at the left and 1 at the right end.
        sequence: Numbers of the variants from left to right.
        breaks: Shares between two neighbours that no scale connects.
        is_ordered: Whether there is an order, so that a line may connect the means.
        remark: How the axis is laid out, where that is not plain to see.
    """

    shares: Shares
    sequence: tuple[int, ...]
    breaks: Shares
    is_ordered: bool
    remark: str

    def room(self, variant: int) -> float:
        """Return how far a variant's nearest neighbour is, as a share of the axis."""
        here = self.shares[variant]
        return min((abs(other - here) for other in self.shares if other != here), default=1.0)


def places(comparison: Comparison, least_gaps: Sequence[float]) -> Places:
    """Return where the variants stand: on their own scale, or equally spaced where that is too narrow.

    Args:
        comparison: What is compared.
        least_gaps: Room that each variant needs, as a share of the axis.
    """
    declaration = DECLARATIONS.get(comparison.field)
    if declaration is None or not declaration.numeric or len(comparison.variants) == 1:
        return _equally_spaced(tuple(range(len(comparison.variants))), is_ordered=False, remark="")
    values = [variant.value for variant in comparison.variants]
    sequence = tuple(sorted(range(len(values)), key=lambda number: _rank(declaration, values[number])))
    shares, breaks = _to_scale(declaration, values)
    gaps = [
        shares[after] - shares[before] - (least_gaps[before] + least_gaps[after]) / 2
        for before, after in itertools.pairwise(sequence)
    ]
    if min(gaps, default=0.0) < 0.0:
        return _equally_spaced(sequence, is_ordered=True, remark=f"equally spaced, {NOT_TO_SCALE}")
    return Places(shares, sequence, breaks, is_ordered=True, remark=_scale_name(declaration, values))


def _equally_spaced(sequence: tuple[int, ...], *, is_ordered: bool, remark: str) -> Places:
    n = len(sequence)
    shares = [0.5] * n
    for place, number in enumerate(sequence):
        shares[number] = place / (n - 1) if n > 1 else 0.5
    return Places(tuple(shares), sequence, (), is_ordered, remark)


def _rank(declaration: Declaration, value: Value) -> tuple[int, float]:
    if value is None:
        return 1, 0.0
    assert isinstance(value, int | float)
    return (-1 if _is_beyond(declaration, value) else 0), float(value)


def _is_beyond(declaration: Declaration, value: Value) -> bool:
    """Whether a value has no place on the scale itself: "off", and zero where the scale begins above."""
    assert declaration.scale is not None
    return value is None or (value == 0 and declaration.scale.low > 0)


def _to_scale(declaration: Declaration, values: Sequence[Value]) -> tuple[Shares, Shares]:
    """Return the share of each of several values, and where the axis is broken."""
    scale = declaration.scale
    assert scale is not None
    inside = {
        number: scale.position(float(value))
        for number, value in enumerate(values)
        if isinstance(value, int | float) and not _is_beyond(declaration, value)
    }
    low, high = min(inside.values(), default=0.0), max(inside.values(), default=0.0)
    left = BEYOND if any(value == 0 and _is_beyond(declaration, value) for value in values) else 0.0
    right = BEYOND if None in values else 0.0
    between = 1.0 if high > low else 0.0
    total = left + between + right or 1.0

    def share(number: int, value: Value) -> float:
        if number in inside:
            return (left + between * (inside[number] - low) / ((high - low) or 1.0)) / total
        return 1.0 if value is None else 0.0

    breaks = [left / 2 / total] if left and inside else []
    breaks += [1.0 - right / 2 / total] if right and inside else []
    return tuple(share(number, value) for number, value in enumerate(values)), tuple(breaks)


def _scale_name(declaration: Declaration, values: Sequence[Value]) -> str:
    """Return how the scale is laid out; two values and fewer look the same on every scale."""
    if sum(not _is_beyond(declaration, value) for value in values) < 3:
        return ""
    match declaration.scale:
        case Logarithmic():
            return "log scale"
        case LogarithmicFromOne():
            return "log scale towards 1"
        case Ladder():
            return "uneven scale"
        case _:
            return ""


# ---- results ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RoundLogScale(LogScale):
    """Plotted = log₁₀ value; the range ends on 1, 2 or 5 · 10ⁿ."""

    def widened(self, shown: Range | None, low: float, high: float) -> Range:
        """Return a range that ends on round numbers."""
        low, high = (low, high) if shown is None else (min(low, shown[0]), max(high, shown[1]))
        round_logs = _round_logs(low, high)
        first = int(np.searchsorted(round_logs, low + 1e-9)) - 1
        last = int(np.searchsorted(round_logs, high - 1e-9))
        first, last = (first, last) if first < last else (first - 1, last + 1)
        return float(round_logs[first]), float(round_logs[last])

    def ticks(self, shown: Range, most: int) -> list[Tick]:
        """Return powers of ten; where there are few decades 1, 2 and 5 of each, in a part of one more."""
        if shown[1] - shown[0] > _FEW_DECADES or most < 3:
            return super().ticks((math.ceil(shown[0] - 1e-9), math.floor(shown[1] + 1e-9)), most)
        inside = [log for log in _round_logs(*shown).tolist() if shown[0] - 1e-9 <= log <= shown[1] + 1e-9]
        if len(inside) < _FEW_ROUND:  # nothing between 1 and 2 could be read off
            values = ticks_between(10.0 ** shown[0], 10.0 ** shown[1], most)
            return [(math.log10(value), _short(value)) for value in values]
        stride = max(1, math.ceil(len(inside) / (most + 1)))
        return [(log, _short(10.0**log)) for log in inside[::stride]]


def _round_logs(low: float, high: float) -> Doubles:
    """Return the logarithms of round numbers from a decade or two below one logarithm to beyond another."""
    decades = np.arange(math.floor(low) - 1, math.ceil(high) + 2)
    return np.add.outer(decades, np.log10((1.0, 2.0, 5.0))).ravel()


def _short(value: float) -> str:
    return shorten(value) if value >= 1e-3 else three_digits(value)


def value_scale(measure: Measure, plan: Comparison | StudyPlan) -> ValueScale:
    """Return the vertical axis of a result: first the range it usually has, then as the data say."""
    quantity = measure.quantity
    if quantity is RETURN:
        return return_scale(plan.environment_id)
    if quantity.logarithmic:
        return RoundLogScale(floor=quantity.axis_ends[0], highest=_HIGHEST_RESULT, first_range=None)
    if quantity.percent:
        low, high = quantity.result_range or (0.0, 0.01)
        return LinearScale(factor=100.0, unit=" %", first_range=(100 * low, 100 * high))
    if measure is STEPS_TO_THRESHOLD:
        return LinearScale(first_range=(0.0, float(plan.total_steps)))
    return LinearScale(first_range=quantity.result_range)
