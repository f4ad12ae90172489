"""A series of any length in a bounded number of points, without losing its peaks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles

CAPACITY = 400
"""Most bins a curve keeps: enough for the width of a screen."""

_PENDING = 256
"""Samples gathered before they are folded together, which makes appending cheap."""
_AT_ONCE = 100_000
"""Samples of many that are folded together, which bounds memory."""

_SUM_X, _SUM_Y, _COUNT, _LOW_X, _LOW_Y, _HIGH_X, _HIGH_Y = range(7)

Points = tuple[Doubles, Doubles]
"""Environment steps and values, equally long."""


class Curve:
    """Values over environment steps, kept in at most `CAPACITY` bins.

    A bin remembers its lowest and its highest sample exactly, and the mean of all. At first
    every sample has a bin of its own. When there are too many, the steps are cut into bins of
    equal width, which doubles whenever there are too many again. So memory and drawing cost are
    the same after ten million samples as after a thousand, no peak is ever lost, and every part
    of the run keeps its share of the picture, however many samples it holds.

    Values that are not finite are left out: they neither count as samples nor show up as a gap;
    a line goes straight from the sample before to the sample after.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[float, float]] = []
        self._bins = np.zeros((0, 7))
        self._bin_width = 0.0
        self._selection = np.zeros((0, 2))
        self._selection_width = 0.0
        self._samples = 0
        self._last: float | None = None
        self._minimum = math.inf
        self._maximum = -math.inf

    def append(self, steps: float, value: float) -> None:
        """Add one sample; `steps` must not be less than before. Costs O(1) amortised."""
        self._pending.append((steps, value))
        if len(self._pending) >= _PENDING:
            self._fold()

    def extend(self, steps: Doubles, values: Doubles) -> None:
        """Add samples, (n,) each, in order; cheaper than one by one."""
        if len(self._pending) + len(steps) < _PENDING:
            self._pending += zip(steps.tolist(), values.tolist(), strict=True)
            return
        self._fold()
        for begin in range(0, len(steps), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            self._take_in(np.stack([steps[part], values[part]], axis=1))

    def __len__(self) -> int:
        """Finite samples seen, not points kept."""
        self._fold()
        return self._samples

    @property
    def bin_width(self) -> float:
        """Environment steps per bin; 0 while every sample has a bin of its own."""
        self._fold()
        return self._bin_width

    @property
    def last(self) -> float | None:
        """The newest value, None before the first."""
        self._fold()
        return self._last

    @property
    def minimum(self) -> float | None:
        """The lowest value ever seen, None before the first."""
        self._fold()
        return self._minimum if self._samples else None

    @property
    def maximum(self) -> float | None:
        """The highest value ever seen, None before the first."""
        self._fold()
        return self._maximum if self._samples else None

    def outside(self, ranges: Sequence[tuple[float, float]] = ()) -> tuple[float | None, float | None]:
        """Return a typical and the largest value outside these ranges of steps; None where nothing is.

        Typical is the median of the bins' means: of all samples while each has its own.
        """
        if not ranges:
            return (float(np.median(self.means()[1])), self.maximum) if len(self) else (None, None)
        means, ends = (y[~_within(x, ranges)] for x, y in (self.means(), self.extremes()))
        return (
            float(np.median(means)) if len(means) else None,
            float(ends.max()) if len(ends) else None,
        )

    def extremes(self) -> Points:
        """Return the lowest and the highest sample of every bin, ordered by steps; n ≤ 2 · CAPACITY.

        While there are no more than `CAPACITY` samples these are exactly the samples.
        """
        self._fold()
        lows, highs = self._bins[:, (_LOW_X, _LOW_Y)], self._bins[:, (_HIGH_X, _HIGH_Y)]
        low_first = lows[:, :1] <= highs[:, :1]
        pairs = np.stack([np.where(low_first, lows, highs), np.where(low_first, highs, lows)], axis=1)
        different = np.ones((len(pairs), 2), dtype=bool)
        different[:, 1] = np.any(pairs[:, 0] != pairs[:, 1], axis=1)
        points = pairs[different]
        return points[:, 0].copy(), points[:, 1].copy()

    def means(self) -> Points:
        """Return the mean steps and the mean value of every bin; n ≤ CAPACITY."""
        self._fold()
        counts = self._bins[:, _COUNT]
        return self._bins[:, _SUM_X] / counts, self._bins[:, _SUM_Y] / counts

    def samples(self) -> Points:
        """Return one sample of each bin: a fair selection, where extremes are a biased one; n ≤ 2 · CAPACITY.

        While there are no more than 2 · `CAPACITY` samples these are all of them. Newer calls
        only add points at the end, as long as `samples_bin_width` stays the same.
        """
        self._fold()
        return self._selection[:, 0].copy(), self._selection[:, 1].copy()

    @property
    def samples_bin_width(self) -> float:
        """Environment steps from which `samples` takes one; 0 while it takes all."""
        self._fold()
        return self._selection_width

    def ranges(self, most: int) -> tuple[Doubles, Doubles, Doubles]:
        """Return the lowest and the highest value in at most `most` equally long parts of the run.

        Before them, (n,) each, come the edges of the parts in environment steps, (n + 1,).
        """
        x, _ = self.means()
        if len(x) == 0:
            return x, x, x
        length = (x[-1] - x[0]) / most
        starts = _starts(np.minimum((x - x[0]) // length, most - 1) if length > 0 else np.zeros(len(x)))
        edges = np.concatenate([x[:1], (x[starts[1:]] + x[starts[1:] - 1]) / 2, x[-1:]])
        lowest = np.minimum.reduceat(self._bins[:, _LOW_Y], starts)
        return edges, lowest, np.maximum.reduceat(self._bins[:, _HIGH_Y], starts)

    def value_near(self, steps: float) -> float | None:
        """Return the mean of the bin nearest to `steps`: the nearest sample while all are kept."""
        x, y = self.means()
        if len(x) == 0:
            return None
        right = int(np.clip(np.searchsorted(x, steps), 1, max(len(x) - 1, 1)))
        nearest = right if right < len(x) and x[right] - steps < steps - x[right - 1] else right - 1
        return float(y[nearest])

    def _fold(self) -> None:
        """Fold the samples gathered into the bins."""
        if not self._pending:
            return
        points = np.array(self._pending, dtype=np.float64)
        self._pending.clear()
        self._take_in(points)

    def _take_in(self, points: Doubles) -> None:
        points = points[np.isfinite(points[:, 1])]
        if len(points):
            self._note(points)
            self._select(points)
            self._fill(points)

    def _note(self, points: Doubles) -> None:
        self._samples += len(points)
        self._last = float(points[-1, 1])
        self._minimum = min(self._minimum, float(points[:, 1].min()))
        self._maximum = max(self._maximum, float(points[:, 1].max()))

    def _select(self, points: Doubles) -> None:
        kept = np.concatenate([self._selection, points])
        self._selection_width = _wide_enough(kept[:, 0], self._selection_width, 2 * CAPACITY)
        self._selection = kept[_starts(_cells(kept[:, 0], self._selection_width))]

    def _fill(self, points: Doubles) -> None:
        x, y = points.T
        singles = np.stack([x, y, np.ones(len(x)), x, y, x, y], axis=1)
        newest = _joined(np.concatenate([self._bins[-1:], singles]), self._bin_width)
        self._bins = np.concatenate([self._bins[:-1], newest])
        width = _wide_enough(self._bins[:, _LOW_X], self._bin_width, CAPACITY)
        if width != self._bin_width:
            self._bins, self._bin_width = _joined(self._bins, width), width


def _within(x: Doubles, ranges: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Return of each place whether it is in one of these ranges."""
    inside = np.zeros(len(x), dtype=bool)
    for low, high in ranges:
        inside |= (x >= low) & (x <= high)
    return inside


def _cells(x: Doubles, width: float) -> Doubles:
    """Return the number of the bin each of `x` lies in; with a width of 0 each has its own."""
    return np.floor(x / width) if width else np.arange(len(x), dtype=np.float64)


def _starts(cells: Doubles) -> NDArray[np.intp]:
    """Return where in `cells` a new number begins."""
    return np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))


def _wide_enough(x: Doubles, width: float, most: int) -> float:
    """Return the width, doubled as often as it must be, by which all `x` lie in at most so many bins."""
    while (n_bins := len(_starts(_cells(x, width)))) > most:
        # One that is twice as wide takes in two at most.
        width = width * 2 ** math.ceil(math.log2(n_bins / most)) if width else 1.0
    return width


def _joined(bins: Doubles, width: float) -> Doubles:
    """Return the bins with those joined that lie in one of a larger width; with a width of 0 as they are.

    Of equal lowest samples the last is kept, of equal highest ones the first, so that a bin of
    equal values still reaches from its first to its last sample.
    """
    if not width:
        return bins
    starts = _starts(_cells(bins[:, _LOW_X], width))
    lengths = np.diff(np.append(starts, len(bins)))
    places = np.arange(len(bins))
    joined = np.add.reduceat(bins, starts)
    lows, highs = bins[:, _LOW_Y], bins[:, _HIGH_Y]
    is_low = lows == np.repeat(np.minimum.reduceat(lows, starts), lengths)
    is_high = highs == np.repeat(np.maximum.reduceat(highs, starts), lengths)
    lowest = np.maximum.reduceat(np.where(is_low, places, -1), starts)
    highest = np.minimum.reduceat(np.where(is_high, places, len(places)), starts)
    joined[:, _LOW_X : _LOW_Y + 1] = bins[lowest, _LOW_X : _LOW_Y + 1]
    joined[:, _HIGH_X : _HIGH_Y + 1] = bins[highest, _HIGH_X : _HIGH_Y + 1]
    return joined
