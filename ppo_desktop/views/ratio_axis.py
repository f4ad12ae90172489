"""The axis of probability ratios: which of them are shown, and the labels under it, which never meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Range = tuple[float, float]

FIXED_RANGE: Range = (0.0, 2.0)
"""Holds the band of every ε, so that bands of different ε can be compared."""
_BANDS_SHOWN = 2.5
_NARROWEST = 0.1
_GAP = 8.0
_TITLES = ("ratio r = π(a|s) / π_old(a|s)", "ratio r", "r")


def fitted_range(epsilon: float | None) -> Range:
    """Return a range in which the band of `epsilon` is well seen; ratios are never below 0."""
    if epsilon is None:
        return FIXED_RANGE
    reach = max(_NARROWEST, _BANDS_SHOWN * epsilon)
    return max(0.0, 1 - reach), 1 + reach


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals, or with three where two would be another number."""
    return f"{ratio:.2f}" if abs(ratio - round(ratio, 2)) < 1e-6 else f"{ratio:.3f}"


@dataclass(frozen=True)
class AxisLabel:
    """A text under the axis.

    Attributes:
        text: What is written.
        left: Its left edge, in pixels.
        right: Its right edge.
        colour: Name of the palette's colour.
    """

    text: str
    left: float
    right: float
    colour: str


def axis_labels(
    shown: Range, epsilon: float | None, left: float, right: float, width_of: Callable[[str], float]
) -> list[AxisLabel]:
    """Return the labels under the axis; those for which there is no room are left out.

    Both ends of the band come first, pushed apart where they would meet, then both ends of the axis,
    then the 1, and what the axis shows where there is room left. The band's symbols give way to numbers.

    Args:
        shown: The ratios at both ends of the axis.
        epsilon: Half the width of the band, None for no band.
        left: Left end of the axis, in pixels.
        right: Its right end.
        width_of: Returns the width of a text, in pixels.
    """
    per_ratio = (right - left) / (shown[1] - shown[0])

    def around(ratio: float, text: str, low: float, high: float, colour: str) -> AxisLabel:
        """Return a label under `ratio`, moved to lie between `low` and `high`."""
        width = width_of(text)
        start = left + (ratio - shown[0]) * per_ratio - width / 2
        start = min(max(low, start), high - width)
        return AxisLabel(text, start, start + width, colour)

    def with_band(band: Sequence[str]) -> list[AxisLabel]:
        middle = left + (1 - shown[0]) * per_ratio
        sides = ((left, middle - _GAP / 2), (middle + _GAP / 2, right))
        ends = () if epsilon is None else (1 - epsilon, 1 + epsilon)
        labels = [
            around(ratio, text, *side, "clip") for ratio, text, side in zip(ends, band, sides, strict=False)
        ]
        for ratio in (*shown, 1.0):
            label = around(ratio, "1" if ratio == 1 else ratio_text(ratio), left, right, "muted")
            if not any(_meet(label, other) for other in labels):
                labels.append(label)
        return labels

    labels = max((with_band(band) for band in _band_texts(epsilon)), key=len)
    return labels + _title(labels, left, right, width_of)


def _band_texts(epsilon: float | None) -> tuple[tuple[str, ...], ...]:
    if epsilon is None:
        return ((),)
    numbers = ratio_text(1 - epsilon), ratio_text(1 + epsilon)
    return (f"1−ε = {numbers[0]}", f"1+ε = {numbers[1]}"), numbers


def _title(
    labels: Sequence[AxisLabel], left: float, right: float, width_of: Callable[[str], float]
) -> list[AxisLabel]:
    """Return what the axis shows, in the fullest wording that fits between labels, as far right as may be."""
    edges = sorted((label.left, label.right) for label in labels)
    starts = [left, *(end + _GAP for _, end in edges)]
    ends = [*(start - _GAP for start, _ in edges), right]
    for title in _TITLES:
        width = width_of(title)
        for start, end in reversed(list(zip(starts, ends, strict=True))):
            if end - start >= width:
                middle = (start + end) / 2
                return [AxisLabel(title, middle - width / 2, middle + width / 2, "muted")]
    return []


def _meet(first: AxisLabel, second: AxisLabel) -> bool:
    return first.left < second.right + _GAP and second.left < first.right + _GAP
