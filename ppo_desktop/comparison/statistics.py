"""How sure one can be: bootstrap intervals of a mean, and differences between runs of the same seeds.

The bootstrap, the interquartile mean and the quantile of Student's t are SciPy's; the interval of a
difference is put together here from that quantile, and so is the rule of signs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.labelled import Labelled

CONFIDENCE = 0.95
RESAMPLES = 2000
_ROUNDING = 1e-9
"""Differences smaller than this share of the numbers themselves are errors of rounding."""
_BATCH = 100
"""Resamples in memory at a time."""
_BOOTSTRAP_SEED = 0
"""Resampling is drawn anew from here each time: the same data give the same interval."""

Samples = NDArray[np.float64]


def load_scipy() -> None:
    """Load SciPy's statistics, which takes half a second, ahead of their first use."""
    import scipy.stats  # noqa: F401


def _wait_for_pytorch() -> None:
    """Wait until another thread that is loading PyTorch has done so.

    SciPy asks whether an array is one of PyTorch's as soon as there is a module of that name, which has no
    arrays before it is whole: in the first seconds of the window, where the learner loads it.
    """
    if "torch" in sys.modules:
        with suppress(ImportError):
            import_module("torch")


class Centre(Labelled):
    """What stands for several seeds."""

    MEAN = "mean", "mean"
    INTERQUARTILE_MEAN = "interquartile mean", "interquartile mean"

    def of(self, samples: Samples) -> Samples:
        """Return it along the last axis, (…, n) → (…)."""
        result: Samples = np.asarray(self.statistic(samples, axis=-1))
        return result

    @property
    def statistic(self) -> Callable[..., Samples]:
        """The function that computes it along an axis."""
        return np.mean if self is Centre.MEAN else interquartile_mean


def interquartile_mean(samples: Samples, axis: int = -1) -> Samples:
    """Return the mean of the middle half: a quarter of the samples is left out at each end.

    Of fewer than four samples none is left out. Agarwal et al. 2021.
    """
    from scipy.stats import trim_mean

    _wait_for_pytorch()
    result: Samples = np.asarray(trim_mean(samples, 0.25, axis=axis))
    return result


def bootstrap_interval(samples: Samples, centre: Centre = Centre.MEAN) -> tuple[Samples, Samples]:
    """Return the ends of the 95 % percentile bootstrap interval of `centre`, (…, n) → (…) and (…).

    nan where there are fewer than two samples, or one of them is. Where all are equal both ends are that
    number. With so few samples as there usually are it is too narrow: of three normal samples it holds the
    true mean in about 3 of 4 cases, of ten in 9 of 10.
    """
    shape = samples.shape[:-1]
    rows = samples.reshape(math.prod(shape), samples.shape[-1])
    ends = np.full((2, len(rows)), math.nan)
    if rows.shape[1] > 1:
        spread = np.ptp(rows, axis=-1)
        ends[:, spread == 0.0] = rows[spread == 0.0, 0]
        if (spread > 0.0).any():  # SciPy warns of data that are all equal, and of none
            ends[:, spread > 0.0] = _resampled(rows[spread > 0.0], centre)
    return ends[0].reshape(shape), ends[1].reshape(shape)


def _resampled(samples: Samples, centre: Centre) -> tuple[Samples, Samples]:
    from scipy.stats import bootstrap

    _wait_for_pytorch()
    interval = bootstrap(
        (samples,),
        centre.statistic,
        axis=-1,
        vectorized=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=_BATCH,
        rng=np.random.default_rng(_BOOTSTRAP_SEED),
    ).confidence_interval
    return np.asarray(interval.low), np.asarray(interval.high)


@dataclass(frozen=True)
class Difference:
    """How much a value differs from the reference, over the seeds that both have.

    A number may be a lower bound: the steps of a run that is not solved yet. Of a pair with one bound
    it is known which is larger, but not by how much; of a pair with two nothing is known.

    Attributes:
        mean: Mean of value − reference over the pairs of which something is known.
        half_width: Half of the 95 % interval around it, from Student's t; nan of a single seed, and
            where a number is a bound.
        n: Number of pairs.
        n_above: Pairs in which the value is above the reference.
        n_below: Pairs in which it is below.
        n_bounds: Pairs in which one number is a bound.
        n_unknown: Pairs in which both are.
    """

    mean: float
    half_width: float
    n: int
    n_above: int
    n_below: int
    n_bounds: int = 0
    n_unknown: int = 0

    @property
    def is_none_at_all(self) -> bool:
        """Whether both did exactly the same with every seed."""
        return self.n > 0 and self.n_above == self.n_below == self.n_unknown == 0

    @property
    def is_censored(self) -> bool:
        """Whether some number is a bound, so that the mean difference is not known."""
        return self.n_bounds + self.n_unknown > 0

    @property
    def direction(self) -> float:
        """Above 0 where the value is above the reference: by the mean, or by votes if that is not known."""
        return float(self.n_above - self.n_below) if self.is_censored else self.mean

    @property
    def n_votes(self) -> int:
        """Pairs that point to the side that has more of them."""
        return max(self.n_above, self.n_below)

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves zero out.

        Where there is none, because a number is a bound or all differences are equal, the signs decide:
        see `signs_are_certain`.
        """
        if self.is_censored:
            return signs_are_certain(self.n_above, self.n_below)
        if not math.isfinite(self.half_width) or abs(self.mean) <= self.half_width:
            return False
        return self.half_width > 0.0 or signs_are_certain(self.n_above, self.n_below)

    @property
    def is_unanimous(self) -> bool:
        """Whether every one of several pairs points to the same side."""
        return self.n > 1 and self.n in (self.n_above, self.n_below)

    @property
    def is_at_least_the_mean(self) -> bool:
        """Whether the pairs of which something is known differ by their mean or more, all to one side."""
        return self.is_censored and abs(self.mean) > 0.0 and min(self.n_above, self.n_below) == 0


def signs_are_certain(n_above: int, n_below: int) -> bool:
    """Return whether chance would share pairs out as unevenly as this in less than 5 % of all cases.

    The two-sided sign test: P = 2 Σ_{k ≤ min} (n over k) 2⁻ⁿ. Six pairs have to agree at least.
    """
    n = n_above + n_below
    as_uneven = 2 * sum(math.comb(n, k) for k in range(min(n_above, n_below) + 1))
    return as_uneven < (1 - CONFIDENCE) * 2.0**n


def paired_difference(values: Samples, reference: Samples) -> Difference:
    """Return the difference of runs that make pairs, in the same order of seeds; (n,) and (n,).

    The interval is that of the paired t-test: with few seeds it is wide, as it must be. Pairs in
    which one number is not defined are left out.
    """
    is_defined = np.isfinite(values - reference)
    gaps = _gaps(values[is_defined], reference[is_defined])
    return Difference(_mean(gaps), _half_width(gaps), len(gaps), int((gaps > 0).sum()), int((gaps < 0).sum()))


def censored_difference(
    values: Samples, reference: Samples, is_bound: NDArray[np.bool_], reference_is_bound: NDArray[np.bool_]
) -> Difference:
    """Return the difference of pairs some of whose numbers are lower bounds; all (n,).

    Both numbers of a seed end at the same bound: one that has one is the larger unless both do.
    """
    is_unknown = is_bound & reference_is_bound
    gaps = np.where(is_unknown, 0.0, _gaps(values, reference))
    return Difference(
        _mean(gaps[~is_unknown]),
        math.nan,
        len(gaps),
        int(((gaps > 0) | (is_bound & ~is_unknown)).sum()),
        int(((gaps < 0) | (reference_is_bound & ~is_unknown)).sum()),
        int((is_bound ^ reference_is_bound).sum()),
        int(is_unknown.sum()),
    )


def _gaps(values: Samples, reference: Samples) -> Samples:
    """Return the differences, without what is but an error of rounding: equal ones are exactly equal."""
    gaps = values - reference
    largest = max(np.abs(values).max(initial=0.0), np.abs(reference).max(initial=0.0))
    gaps = np.where(np.abs(gaps) <= _ROUNDING * largest, 0.0, gaps)
    are_equal = len(gaps) > 0 and np.ptp(gaps) <= _ROUNDING * largest
    return np.full_like(gaps, gaps[0]) if are_equal else gaps


def _mean(gaps: Samples) -> float:
    return float(gaps.mean()) if len(gaps) else math.nan


def _half_width(gaps: Samples) -> float:
    """Return t · s/√n, as of `ttest_1samp`, which warns of gaps that are all equal."""
    n = len(gaps)
    if n < 2:
        return math.nan
    return _quantile(n - 1) * float(gaps.std(ddof=1)) / math.sqrt(n) if np.ptp(gaps) > 0.0 else 0.0


@cache
def _quantile(degrees_of_freedom: int) -> float:
    """Return the value between whose negative and itself Student's t is in 95 % of all cases."""
    from scipy.stats import t

    return float(t.ppf((1 + CONFIDENCE) / 2, degrees_of_freedom))
