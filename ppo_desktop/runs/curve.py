"""A series of any length in a bounded number of points, without losing its peaks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CAPACITY = 400
"""Most buckets a curve keeps; a power of two, so that pairs can always be merged."""

_PENDING = 256
"""Samples gathered before they are folded together, which makes appending cheap."""

_SUM_X, _SUM_Y, _COUNT, _MIN_X, _MIN_Y, _MAX_X, _MAX_Y = range(7)

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Environment steps and values, equally long."""


class Curve:
    """Values over environment steps, kept as at most `CAPACITY` buckets of equally many samples.

    A bucket remembers its lowest and its highest sample exactly, and the mean of all. When all
    buckets are full, neighbours are merged in pairs and every bucket holds twice as many samples
    from then on. So memory and drawing cost are the same after ten million samples as after a
    thousand, and no peak is ever lost.

    Values that are not finite are left out: they neither count as samples nor show up as a gap;
    a line goes straight from the sample before to the sample after.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[float, float]] = []
        self._buckets = np.zeros((CAPACITY, 7))
        self._filled = 0
        self._stride = 1
        self._selection = np.zeros((0, 2))
        self._selected_every = 1
        self._samples = 0
        self._last: float | None = None
        self._minimum = math.inf
        self._maximum = -math.inf

    def append(self, steps: float, value: float) -> None:
        """Add one sample; `steps` must not be less than before. Costs O(1) amortised."""
        self._pending.append((steps, value))
        if len(self._pending) >= _PENDING:
            self._fold()

    def __len__(self) -> int:
        """Finite samples seen, not points kept."""
        self._fold()
        return self._samples

    @property
    def stride(self) -> int:
        """Samples per bucket, a power of two; 1 while every sample is kept as it was."""
        self._fold()
        return self._stride

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

    def extremes(self) -> Points:
        """Return the lowest and the highest sample of every bucket, ordered by steps.

        While there are no more than `CAPACITY` samples these are exactly the samples.

        Shape:
            Two arrays of (n,), n ≤ 2 · CAPACITY.
        """
        self._fold()
        buckets = self._buckets[: self._filled]
        lows, highs = buckets[:, (_MIN_X, _MIN_Y)], buckets[:, (_MAX_X, _MAX_Y)]
        low_first = lows[:, :1] <= highs[:, :1]
        pairs = np.stack([np.where(low_first, lows, highs), np.where(low_first, highs, lows)], axis=1)
        different = np.ones((len(pairs), 2), dtype=bool)
        different[:, 1] = np.any(pairs[:, 0] != pairs[:, 1], axis=1)
        points = pairs[different]
        return points[:, 0].copy(), points[:, 1].copy()

    def ranges(self, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and the highest value of at most `most` neighbouring groups of buckets.

        Shape:
            Edges (n + 1,) in environment steps, lowest (n,), highest (n,); n ≤ most.
        """
        x, _ = self.means()
        if len(x) == 0:
            return x, x, x
        starts = np.arange(0, len(x), -(-len(x) // most))
        edges = np.concatenate([x[:1], (x[starts[1:]] + x[starts[1:] - 1]) / 2, x[-1:]])
        buckets = self._buckets[: self._filled]
        lowest = np.minimum.reduceat(buckets[:, _MIN_Y], starts)
        return edges, lowest, np.maximum.reduceat(buckets[:, _MAX_Y], starts)

    def samples(self) -> Points:
        """Return every k-th sample, k a power of two: a fair selection, where extremes are a biased one.

        While there are no more than 2 · `CAPACITY` samples these are all of them.

        Shape:
            Two arrays of (n,), n ≤ 2 · CAPACITY.
        """
        self._fold()
        return self._selection[:, 0].copy(), self._selection[:, 1].copy()

    @property
    def sample_spacing(self) -> int:
        """k: `samples` returns every k-th sample; 1 while it leaves none out."""
        self._fold()
        return self._selected_every

    def means(self) -> Points:
        """Return the mean steps and the mean value of every bucket.

        Shape:
            Two arrays of (n,), n ≤ CAPACITY. All buckets but the last hold equally many samples.
        """
        self._fold()
        buckets = self._buckets[: self._filled]
        return buckets[:, _SUM_X] / buckets[:, _COUNT], buckets[:, _SUM_Y] / buckets[:, _COUNT]

    def value_near(self, steps: float) -> float | None:
        """Return the mean of the bucket nearest to `steps`: the nearest sample while all are kept."""
        x, y = self.means()
        if len(x) == 0:
            return None
        right = int(np.clip(np.searchsorted(x, steps), 1, max(len(x) - 1, 1)))
        nearest = right if right < len(x) and x[right] - steps < steps - x[right - 1] else right - 1
        return float(y[nearest])

    def _fold(self) -> None:
        """Fold the samples gathered into the buckets."""
        if not self._pending:
            return
        points = np.array(self._pending, dtype=np.float64)
        self._pending.clear()
        points = points[np.isfinite(points[:, 1])]
        if len(points):
            self._select(points)
            self._note(points)
        while len(points):
            points = points[self._fill_open_bucket(points) :]

    def _select(self, points: NDArray[np.float64]) -> None:
        first = -self._samples % self._selected_every
        self._selection = np.concatenate([self._selection, points[first :: self._selected_every]])
        while len(self._selection) > 2 * CAPACITY:
            self._selection = self._selection[::2]
            self._selected_every *= 2

    def _note(self, points: NDArray[np.float64]) -> None:
        self._samples += len(points)
        self._last = float(points[-1, 1])
        self._minimum = min(self._minimum, float(points[:, 1].min()))
        self._maximum = max(self._maximum, float(points[:, 1].max()))

    def _fill_open_bucket(self, points: NDArray[np.float64]) -> int:
        """Put the first of `points` into the newest bucket, as many as fit; return how many that were."""
        if self._filled == 0 or self._buckets[self._filled - 1, _COUNT] >= self._stride:
            self._open_bucket()
        newest = self._buckets[self._filled - 1]
        taken = min(len(points), self._stride - int(newest[_COUNT]))
        new = _bucket_of(points[:taken])
        newest[:] = _merged(newest[None], new[None])[0] if newest[_COUNT] else new
        return taken

    def _open_bucket(self) -> None:
        if self._filled == CAPACITY:
            self._buckets[: CAPACITY // 2] = _merged(self._buckets[0::2], self._buckets[1::2])
            self._filled = CAPACITY // 2
            self._stride *= 2
        self._buckets[self._filled] = 0.0
        self._filled += 1


def _bucket_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bucket that holds `points`, (n, 2): the last of equal lows, the first of equal highs.

    So a bucket of equal values still spans from its first to its last sample.
    """
    low = points[len(points) - 1 - int(points[::-1, 1].argmin())]
    high = points[int(points[:, 1].argmax())]
    return np.array([*points.sum(axis=0), len(points), *low, *high])


def _merged(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the union of each bucket in `left` with the one in `right`, (n, 7)."""
    merged = left + right
    lows, highs = slice(_MIN_X, _MIN_Y + 1), slice(_MAX_X, _MAX_Y + 1)
    lower = right[:, _MIN_Y : _MIN_Y + 1] <= left[:, _MIN_Y : _MIN_Y + 1]
    higher = right[:, _MAX_Y : _MAX_Y + 1] > left[:, _MAX_Y : _MAX_Y + 1]
    merged[:, lows] = np.where(lower, right[:, lows], left[:, lows])
    merged[:, highs] = np.where(higher, right[:, highs], left[:, highs])
    return merged
