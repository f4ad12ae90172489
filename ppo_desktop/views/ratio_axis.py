"""The axis of probability ratios: which of them are shown, and what is written below it."""

from __future__ import annotations

from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.words import Label, LabelsBelow

FIXED_RANGE: Range = (0.0, 2.0)
"""Holds the band of every ε, so that bands of different ε can be compared."""
_BANDS_SHOWN = 2.5
_NARROWEST = 0.1
_TITLES = ("ratio r = π(a|s) / π_old(a|s)", "ratio r", "r")


def fitted_range(epsilon: float | None) -> Range:
    """Return a range in which the band of `epsilon` is well seen; ratios are never below 0."""
    if epsilon is None:
        return FIXED_RANGE
    reach = max(_NARROWEST, _BANDS_SHOWN * epsilon)
    return max(0.0, 1 - reach), 1 + reach


def ratio_text(ratio: float) -> str:
    """Return a ratio with two decimals, or with three where two would be another number."""
    if ratio == 1:
        return "1"
    return f"{ratio:.2f}" if abs(ratio - round(ratio, 2)) < 1e-6 else f"{ratio:.3f}"


def ratio_labels(shown: Range, epsilon: float | None) -> LabelsBelow:
    """Return what is written below the axis: both ends of the band first, then of the axis, then the 1.

    The band's ends stand on either side of the 1; its symbols give way to numbers.

    Args:
        shown: The ratios at both ends of the axis.
        epsilon: Half the width of the band, None for no band.
    """
    others = [Label(ratio, ratio_text(ratio)) for ratio in (*shown, 1.0)]
    if epsilon is None:
        return LabelsBelow([others], _TITLES)
    ends, sides = (1 - epsilon, 1 + epsilon), ((shown[0], 1.0), (1.0, shown[1]))
    bands = [
        [
            Label(end, sign + ratio_text(end), "clip", side)
            for sign, end, side in zip(signs, ends, sides, strict=True)
        ]
        for signs in (("1−ε = ", "1+ε = "), ("", ""))
    ]
    return LabelsBelow([[*band, *others] for band in bands], _TITLES)
