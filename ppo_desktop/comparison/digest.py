"""Digests a comparison for display: curves, results, sentences, as of a moment."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ppo_desktop.comparison.measures import COLLAPSED, FINAL_RETURN, Measure, measures_for
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.comparison.record import bin_ends, steps_after
from ppo_desktop.comparison.statistics import Centre, bootstrap_interval
from ppo_desktop.comparison.summary import Band, Estimate, RunRecords, bins_done, difference, estimate, usable
from ppo_desktop.comparison.words import difference_sentence, same_runs_sentence, standing_sentence
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.messages import counted, grouped


@dataclass(frozen=True)
class Question:
    """What is asked of a comparison.

    Attributes:
        measure: The result that the effect curve shows.
        reference: Number of the variant others are compared with.
        centre: What stands for several seeds there.
        columns: The curves that are drawn.
    """

    measure: Measure
    reference: int
    centre: Centre
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """What is said of one variant beside the reference.

    Attributes:
        variant: Its number.
        text: The sentence.
        is_settled: Whether it claims a difference, or that there is none at all; else it is only what
            happened to come out.
    """

    variant: int
    text: str
    is_settled: bool


@dataclass(frozen=True, eq=False)
class Digest:
    """The answer, as of a moment.

    Attributes:
        steps: Environment steps that every run has done: results are those after so many.
        runs_done: How many runs have ended.
        is_final: Whether all have. Before that everything is provisional: it is said what is seen and how
            far the runs are, and nothing is called better, or sure.
        bands: {column: band of each variant}.
        estimates: {name of a measure: estimate of each variant}; intervals of the measure asked for
            and of the final return only, and none while the digest is provisional.
        statements: What is said of the variants beside the reference, in their order.
        diverged: Seeds of each variant whose run diverged.
        failed: {(variant, seed): why it failed}.
    """

    comparison: Comparison
    question: Question
    steps: int
    runs_done: int
    is_final: bool
    bands: dict[str, tuple[Band, ...]]
    estimates: dict[str, tuple[Estimate, ...]]
    statements: tuple[Statement, ...]
    diverged: tuple[tuple[int, ...], ...]
    failed: dict[tuple[int, int], str]

    @property
    def asked(self) -> tuple[Estimate, ...]:
        """The result asked for, of each variant; empty in an environment that has no such result."""
        return self.estimates.get(self.question.measure.name, ())

    @property
    def progress(self) -> str:
        """By how much of the budget it is provisional: "after 12 % of the steps"."""
        if self.steps < self.comparison.total_steps:
            return f"after {100 * self.steps // self.comparison.total_steps} % of the steps"
        return f"with {grouped(self.runs_done)} of {counted(self.comparison.n_runs, 'run')} done"


class Digester:
    """Answers questions about one comparison; a bin that is complete is resampled only once."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._bands: dict[tuple[str, int], Band] = {}

    def digest(self, records: RunRecords, question: Question) -> Digest:
        """Return what `records` say."""
        comparison = self._comparison
        variants = range(len(comparison.variants))
        n_bins = bins_done(comparison, records)
        runs_done = sum(key in records and records[key].end is not None for key in comparison.run_keys())
        is_final = runs_done == comparison.n_runs
        estimates = self._estimates(records, question, n_bins, with_intervals=is_final)
        asked = estimates.get(question.measure.name, ())
        statements = (
            self._statement(records, question, asked, variant, is_final=is_final) for variant in variants
        )
        return Digest(
            comparison,
            question,
            round(steps_after(n_bins, comparison.total_steps)),
            runs_done,
            is_final,
            self._update_bands(records, question.columns),
            estimates,
            tuple(filter(None, statements)),
            tuple(self._diverged(records, variant) for variant in variants),
            self._failed(records),
        )

    def _estimates(
        self, records: RunRecords, question: Question, n_bins: int, *, with_intervals: bool
    ) -> dict[str, tuple[Estimate, ...]]:
        with_interval = (question.measure.name, FINAL_RETURN.name) if with_intervals else ()
        return {
            measure.name: tuple(
                estimate(
                    self._comparison,
                    records,
                    variant,
                    measure,
                    n_bins,
                    question.centre if measure is question.measure else Centre.MEAN,
                    with_interval=measure.name in with_interval,
                )
                for variant in range(len(self._comparison.variants))
            )
            for measure in measures_for(self._comparison.environment_id)
        }

    def _statement(
        self,
        records: RunRecords,
        question: Question,
        estimates: Sequence[Estimate],
        variant: int,
        *,
        is_final: bool,
    ) -> Statement | None:
        reference = question.reference
        if variant == reference or not estimates or _is_undefined(question.measure, estimates):
            return None
        variants, where = self._comparison.variants, self._comparison.environment_id
        names = variants[variant].label, variants[reference].short_label
        pair = estimates[variant], estimates[reference]
        if not is_final:
            return Statement(variant, standing_sentence(*names, question.measure, where, *pair), False)
        gap = difference(*pair)
        if gap.is_none_at_all and self._are_same_runs(records, variant, reference):
            text = same_runs_sentence(*names)
        else:
            text = difference_sentence(*names, question.measure, where, gap, question.centre)
        return Statement(variant, text, gap.is_none_at_all or gap.is_certain)

    def _are_same_runs(self, records: RunRecords, variant: int, reference: int) -> bool:
        """Whether with every seed both have ended with the same parameters."""
        ends = [
            {
                seed: run.end and run.end.parameters_sha256
                for seed, run in usable(self._comparison, records, n).items()
            }
            for n in (variant, reference)
        ]
        return ends[0] == ends[1] and all(ends[0].values())

    def _diverged(self, records: RunRecords, variant: int) -> tuple[int, ...]:
        runs = usable(self._comparison, records, variant)
        return tuple(seed for seed, run in runs.items() if run.has_diverged)

    def _failed(self, records: RunRecords) -> dict[tuple[int, int], str]:
        """Return why runs failed, of those the comparison has by now."""
        runs = {key: records[key] for key in self._comparison.run_keys() if key in records}
        return {
            (key.variant, key.seed): run.end.message
            for key, run in runs.items()
            if run.end is not None and not run.is_usable
        }

    # ---- curves --------------------------------------------------------------------------------

    def _update_bands(self, records: RunRecords, columns: Sequence[str]) -> dict[str, tuple[Band, ...]]:
        """Return all bands; what is new in them is resampled in one go for all with equally many seeds."""
        variants = range(len(self._comparison.variants))
        grown = {
            (column, variant): self._seeds(records, variant, column)
            for column in columns
            for variant in variants
        }
        fresh: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for place, seeds in grown.items():
            fresh[len(seeds)].append(place)
        for places in fresh.values():
            self._resample({place: grown[place] for place in places})
        return {column: tuple(self._bands[column, variant] for variant in variants) for column in columns}

    def _seeds(self, records: RunRecords, variant: int, column: str) -> Doubles:
        """Return the curve of each seed of a variant over the bins all of them have done, (n, G)."""
        runs = list(usable(self._comparison, records, variant).values())
        n_bins = min((run.bins_done for run in runs), default=0)
        return np.array([run.curve(column, n_bins) for run in runs]).reshape(len(runs), n_bins)

    def _resample(self, grown: dict[tuple[str, int], Doubles]) -> None:
        """Extend the bands of curves with equally many seeds."""
        known = {place: self._known_bins(place, seeds) for place, seeds in grown.items()}
        new = np.concatenate([seeds[:, known[place] :].T for place, seeds in grown.items()])
        low, high = bootstrap_interval(new)
        begin = 0
        for place, seeds in grown.items():
            end = begin + seeds.shape[1] - known[place]
            self._bands[place] = self._extended(place, seeds, known[place], low[begin:end], high[begin:end])
            begin = end

    def _known_bins(self, place: tuple[str, int], seeds: Doubles) -> int:
        """Return how many bins of a band stay as they are: none if its runs are others by now."""
        before = self._bands.get(place)
        if before is None or len(before.seeds) != len(seeds):
            return 0
        n = before.seeds.shape[1]
        return n if np.array_equal(before.seeds, seeds[:, :n], equal_nan=True) else 0

    def _extended(
        self, place: tuple[str, int], seeds: Doubles, known: int, low: Doubles, high: Doubles
    ) -> Band:
        before = self._bands.get(place)
        if before is not None:
            low = np.concatenate([before.low[:known], low])
            high = np.concatenate([before.high[:known], high])
        steps = bin_ends(self._comparison.total_steps)[: seeds.shape[1]]
        mean = Centre.MEAN.of(seeds.T) if len(seeds) else np.full(seeds.shape[1], math.nan)
        return Band(steps, mean, low, high, seeds)


def _is_undefined(measure: Measure, estimates: Sequence[Estimate]) -> bool:
    """Whether it is a collapse that is asked for, which continuous actions do not have."""
    samples = [sample for estimate in estimates for sample in estimate.samples.values()]
    return measure.name == COLLAPSED.name and bool(samples) and all(map(math.isnan, samples))
