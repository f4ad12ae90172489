"""Comparisons without a window: a JSON object for each finished run, or a progress bar and a table."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tqdm import tqdm

from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import (
    FINAL_CLIP_FRACTION,
    FINAL_ENTROPY,
    FINAL_KL,
    FINAL_MAX_RATIO,
    FINAL_RETURN,
    MEAN_RETURN,
    Measure,
)
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import STRETCHES, RunRecord
from ppo_desktop.comparison.results_table import results_table
from ppo_desktop.comparison.summary import Records, difference, estimate
from ppo_desktop.comparison.words import difference_sentence
from ppo_desktop.interruption import Interruption, interruption
from ppo_desktop.json_lines import JsonLines, is_watched, json_lines
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.messages import counted, grouped

OUR_FAILURE = 1
_LOOK_SECONDS = 0.1
"""Time between two looks at what has ended, and at Ctrl+C."""

Ended = SimpleQueue[tuple[RunKey, RunRecord]]


def compare(comparison: Comparison, reference: int, engine: str, json_file: Path | None) -> int:
    """Train all runs, tell the world, return the exit status.

    Args:
        comparison: What is compared.
        reference: Number of the variant that the others are measured against.
        engine: Name of the engine.
        json_file: Where JSON goes, see `json_lines`.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed before training began.
        OSError: `json_file` cannot be written.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # what goes wrong is told in one line, not logged
    with ExitStack() as stack:
        noted = stack.enter_context(interruption())
        make_engine(comparison.settings(RunKey(0, 1)), engine).close()  # all runs would fail if it does
        lines = stack.enter_context(json_lines(json_file))
        results = _Results(comparison, lines)
        begun_at = time.perf_counter()
        with _bar(comparison, json_file) as bar:
            steps = _learn(results, engine, noted, bar)
        results.finish(steps, time.perf_counter() - begun_at)
    if is_watched(json_file):
        _show(results, reference)
    return _complain(results)


def _learn(results: _Results, engine: str, noted: Interruption, bar: tqdm[Any] | None) -> int:
    """Let all runs learn, tell each that has ended, and return the steps all have taken."""
    ended: Ended = SimpleQueue()
    experiment = Experiment(
        results.comparison, lambda key, record: ended.put((key, record)), engine, together=False
    )
    try:
        experiment.start()
        while not experiment.wait(_LOOK_SECONDS) and not noted.requested:
            results.take_all(ended)
            _advance(bar, experiment, results)
    finally:
        experiment.stop()
    results.take_all(ended)
    _advance(bar, experiment, results)
    return sum(record.steps for record in experiment.records.values())


def _advance(bar: tqdm[Any] | None, experiment: Experiment, results: _Results) -> None:
    if bar is not None:
        runs = counted(results.comparison.n_runs, "run")
        bar.set_postfix_str(f"{grouped(len(results.records))} of {runs}", refresh=False)
        bar.update(experiment.steps_done - bar.n)


@contextmanager
def _bar(comparison: Comparison, json_file: Path | None) -> Iterator[tqdm[Any] | None]:
    """Open a bar over the steps of all runs where a person looks on."""
    if not is_watched(json_file):
        yield None
        return
    with tqdm(total=comparison.work, unit=" steps", desc=comparison.title) as bar:
        yield bar


class _Results:
    """What has ended so far, each run told as JSON when it has.

    Attributes:
        comparison: What is compared.
        records: The runs that have ended.
        summary: How it went, in a line; empty before the end.
    """

    def __init__(self, comparison: Comparison, lines: JsonLines) -> None:
        self.comparison = comparison
        self.records: dict[RunKey, RunRecord] = {}
        self.summary = ""
        self._lines = lines

    def take_all(self, ended: Ended) -> None:
        """Take what has ended meanwhile."""
        while not ended.empty():
            key, record = ended.get()
            self.records[key] = record
            self._lines.write("run", **_run_fields(self.comparison, key, record))

    def finish(self, steps: int, seconds: float) -> None:
        """Tell what can be said of the runs that have ended; always the last line."""
        n_runs = self.comparison.n_runs
        reason = "completed" if len(self.records) == n_runs else "interrupted"
        rate = steps / max(1e-9, seconds)
        self._lines.write(
            "finished",
            effect=[_effect(self.comparison, self.records, number) for number in self._variants],
            measure=FINAL_RETURN.name,
            steps_per_second=round(rate, 1),
            reason=reason,
        )
        self.summary = (
            f"{reason}: {grouped(len(self.records))} of {counted(n_runs, 'run')}, {grouped(steps)} steps, "
            f"{grouped(rate)} steps a second"
        )

    def sentences(self, reference: int) -> Iterator[str]:
        """Yield what can be said of each variant beside the reference."""
        estimates = [
            estimate(self.comparison, self.records, number, FINAL_RETURN, STRETCHES)
            for number in self._variants
        ]
        for number in self._variants:
            if number != reference:
                gap = difference(estimates[number], estimates[reference])
                yield difference_sentence(self.comparison, FINAL_RETURN, number, reference, gap)

    def ended_as(self, reason: FinishReason) -> list[str]:
        """Return the message of each run that ended for a reason."""
        return [
            record.end.message
            for _, record in sorted(self.records.items())
            if record.end is not None and record.end.reason is reason
        ]

    @property
    def _variants(self) -> range:
        return range(len(self.comparison.variants))


def _run_fields(comparison: Comparison, key: RunKey, record: RunRecord) -> dict[str, Any]:
    """Return what is told of a run that has ended; of one that failed the results are not defined."""
    end = record.end
    assert end is not None

    def result(measure: Measure) -> float:
        return measure.of(record, STRETCHES) if record.is_usable else math.nan

    return {
        "value": comparison.variants[key.variant].value,
        "seed": key.seed,
        "final_return": result(FINAL_RETURN),
        "steps_to_threshold": record.steps_to_threshold,
        "mean_return": result(MEAN_RETURN),
        "final_entropy_bits": result(FINAL_ENTROPY),
        "collapsed": record.has_collapsed,
        "final_clip_fraction": result(FINAL_CLIP_FRACTION),
        "final_approx_kl": result(FINAL_KL),
        "final_max_ratio": result(FINAL_MAX_RATIO),
        "reason": end.reason.value,
        **({"message": end.message} if end.message else {}),
        "steps": end.steps,
        "engine": end.engine or None,
        "parameters_sha256": end.parameters_sha256 or None,
    }


def _effect(comparison: Comparison, records: Records, number: int) -> dict[str, Any]:
    result = estimate(comparison, records, number, FINAL_RETURN, STRETCHES)
    return {
        "value": comparison.variants[number].value,
        "mean": result.centre,
        "low": result.low,
        "high": result.high,
        "n": sum(map(math.isfinite, result.samples.values())),
    }


def _show(results: _Results, reference: int) -> None:
    """Show a person how it went."""
    print(results.summary)
    if results.records:
        print("", *results_table(results.comparison, results.records), "", sep="\n")
        print(*results.sentences(reference), sep="\n")


def _complain(results: _Results) -> int:
    """Say in a line each that runs diverged or failed, and why the first did; return the exit status."""
    runs = counted(results.comparison.n_runs, "run")
    for reason in (FinishReason.DIVERGED, FinishReason.FAILED):
        if messages := results.ended_as(reason):
            sys.stderr.write(
                f"ppo-desktop: {grouped(len(messages))} of {runs} {reason.value}: {messages[0]}\n"
            )
    return OUR_FAILURE if results.ended_as(FinishReason.FAILED) else 0
