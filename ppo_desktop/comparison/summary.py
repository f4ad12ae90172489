"""What a comparison says so far: curves with bands, results with intervals, differences in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ppo_desktop.comparison.measures import Measure
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import N_BINS, RunRecord, steps_after
from ppo_desktop.comparison.statistics import (
    Centre,
    Difference,
    bootstrap_interval,
    censored_difference,
    paired_difference,
)
from ppo_desktop.ppo.arrays import Doubles

NEARLY_DONE = round(0.9 * N_BINS)
"""Bins from which on a run takes part although others have ended."""

RunRecords = Mapping[RunKey, RunRecord]


@dataclass(frozen=True, eq=False)
class Band:
    """A curve of one variant over the steps that all of its seeds have done.

    Attributes:
        steps: Environment steps at the end of each bin, (G,).
        mean: Mean over seeds, (G,); nan where a seed has nothing yet.
        low: Lower end of the 95 % bootstrap interval, (G,); nan with a single seed.
        high: Upper end.
        seeds: Curve of each seed, (n, G).
    """

    steps: Doubles
    mean: Doubles
    low: Doubles
    high: Doubles
    seeds: Doubles


@dataclass(frozen=True, eq=False)
class Estimate:
    """A result of one variant.

    Attributes:
        centre: Mean or interquartile mean over seeds; nan if no seed has a number.
        low: Lower end of the 95 % bootstrap interval; nan with fewer than two seeds, and where some
            number is a lower bound.
        high: Upper end.
        samples: {seed: its number}.
        censored: Seeds that have not reached what was waited for; their number is a lower bound.
    """

    centre: float
    low: float
    high: float
    samples: dict[int, float]
    censored: frozenset[int]

    @property
    def n_solved(self) -> int:
        """How many seeds have reached what is waited for."""
        return len(self.samples) - len(self.censored)

    @property
    def known_centre(self) -> float:
        """The centre; nan where no seed has got there: it would be the budget, which is no result."""
        return self.centre if self.n_solved else np.nan


def usable(comparison: Comparison, records: RunRecords, variant: int) -> dict[int, RunRecord]:
    """Return {seed: record} of a variant's runs that take part: those that have begun and not failed.

    Once every variant has a run that has ended, whether it learnt to the end, diverged or failed, and
    one of them has learnt to the end, the others wait until they have nearly caught up: seeds that were
    added later do not throw back what is known already. Where all that has ended diverged or failed,
    what still learns says more than that and is not waited for.
    """
    runs = {seed: records[key] for seed, key in _begun(comparison, records, variant)}
    if not _is_known(comparison, records):
        return runs
    return {seed: run for seed, run in runs.items() if run.bins_done >= NEARLY_DONE}


def _begun(comparison: Comparison, records: RunRecords, variant: int) -> Iterator[tuple[int, RunKey]]:
    for seed in comparison.seeds:
        key = RunKey(variant, seed)
        if key in records and records[key].is_usable:
            yield seed, key


def _is_known(comparison: Comparison, records: RunRecords) -> bool:
    """Whether every variant has a run that has ended, and some variant one that learnt to the end."""
    ended = [
        (key.variant, records[key])
        for key in comparison.run_keys()
        if key in records and records[key].end is not None
    ]
    has_learnt = any(run.is_usable and not run.has_diverged for _, run in ended)
    return has_learnt and len({variant for variant, _ in ended}) == len(comparison.variants)


def bins_done(comparison: Comparison, records: RunRecords) -> int:
    """Return how many bins every usable run has done: up to there all can be compared."""
    done = [
        record.bins_done
        for variant in range(len(comparison.variants))
        for record in usable(comparison, records, variant).values()
    ]
    return min(done, default=0)


def estimate(
    comparison: Comparison,
    records: RunRecords,
    variant: int,
    measure: Measure,
    n_bins: int,
    centre: Centre = Centre.MEAN,
    *,
    with_interval: bool = True,
) -> Estimate:
    """Return a result of one variant after so many bins, without its interval if that is not needed."""
    runs = usable(comparison, records, variant)
    samples = {seed: measure.of(run, n_bins) for seed, run in runs.items()}
    so_far = steps_after(n_bins, comparison.total_steps)
    censored = frozenset(
        seed for seed, run in runs.items() if measure.needs_threshold and not _is_solved(run, so_far)
    )
    known = np.array([sample for sample in samples.values() if np.isfinite(sample)])
    if len(known) == 0:
        return Estimate(np.nan, np.nan, np.nan, samples, censored)
    has_interval = with_interval and not censored
    low, high = bootstrap_interval(known, centre) if has_interval else (np.nan, np.nan)
    return Estimate(float(centre.of(known)), float(low), float(high), samples, censored)


def _is_solved(run: RunRecord, so_far: float) -> bool:
    """Whether it has reached the threshold in the steps that count."""
    return run.steps_to_threshold is not None and run.steps_to_threshold <= so_far


def difference(value: Estimate, reference: Estimate) -> Difference:
    """Return the paired difference of two variants over the seeds both have, censored ones included."""
    seeds = [seed for seed in value.samples if seed in reference.samples]
    values = np.array([value.samples[seed] for seed in seeds])
    others = np.array([reference.samples[seed] for seed in seeds])
    is_bound = np.array([seed in value.censored for seed in seeds], bool)
    other_is_bound = np.array([seed in reference.censored for seed in seeds], bool)
    if not (is_bound | other_is_bound).any():
        return paired_difference(values, others)
    return censored_difference(values, others, is_bound, other_is_bound)
