"""What do the ready-made comparisons show? One table for each, and what can be said of the differences.

    python tests/benchmarks/demonstrations.py [--only WORD] [--seeds 3] [--total-steps N]
                                              [--also final_entropy,…]

The numbers in docs/comparisons.md are from here; `--also` adds results by their names in `MEASURES`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS, Demonstration  # noqa: E402
from ppo_desktop.comparison.experiment import Experiment  # noqa: E402
from ppo_desktop.comparison.measures import MEASURES, Measure  # noqa: E402
from ppo_desktop.comparison.plan import Comparison  # noqa: E402
from ppo_desktop.comparison.record import N_BINS  # noqa: E402
from ppo_desktop.comparison.summary import Estimate, RunRecords, difference, estimate  # noqa: E402
from ppo_desktop.comparison.words import difference_sentence  # noqa: E402
from ppo_desktop.ppo.messages import counted, grouped  # noqa: E402


def measured(comparison: Comparison) -> tuple[RunRecords, float]:
    """Train all runs; return their records and the processor seconds that took, of all threads."""
    begun = time.process_time()
    with Experiment(comparison) as experiment:
        for _ in experiment.events():
            pass
    return experiment.records, time.process_time() - begun


def report(demonstration: Demonstration, records: RunRecords, also: list[str]) -> Iterator[str]:
    """Yield the lines of a table, and a sentence for every difference."""
    comparison = demonstration.comparison
    measures = [MEASURES[name] for name in dict.fromkeys([demonstration.measure, *also])]
    header = [comparison.field_symbol]
    for measure in measures:
        header += [measure.header, "95 %", "Seeds"]
    yield f"| {' | '.join(header)} |"
    yield "|---" * len(header) + "|"
    for number, variant in enumerate(comparison.variants):
        cells = [variant.short_label]
        for measure in measures:
            cells += _cells(comparison, measure, _estimate(comparison, records, number, measure))
        yield f"| {' | '.join(cells)} |"
    yield ""
    for measure in measures:
        yield from _sentences(demonstration, records, measure)


def _sentences(demonstration: Demonstration, records: RunRecords, measure: Measure) -> Iterator[str]:
    comparison, reference = demonstration.comparison, demonstration.reference
    beside = _estimate(comparison, records, reference, measure)
    for number in range(len(comparison.variants)):
        if number != reference:
            gap = difference(_estimate(comparison, records, number, measure), beside)
            names = comparison.variants[number].label, comparison.variants[reference].short_label
            sentence = difference_sentence(*names, measure, comparison.environment_id, gap)
            yield f"- {measure.header}: {sentence}"


def _estimate(comparison: Comparison, records: RunRecords, variant: int, measure: Measure) -> Estimate:
    return estimate(comparison, records, variant, measure, N_BINS)


def _cells(comparison: Comparison, measure: Measure, result: Estimate) -> list[str]:
    def write(value: float) -> str:
        return measure.write(value, comparison.environment_id)

    seeds = " ".join(write(sample).replace(" ", "\u202f") for sample in result.samples.values())
    return [write(result.centre), f"{write(result.low)} … {write(result.high)}", seeds]


def changed(demonstration: Demonstration, n_seeds: int | None, total_steps: int | None) -> Demonstration:
    """Return it with other seeds or steps, where they are given."""
    plan = demonstration.plan.with_seeds(n_seeds or demonstration.plan.n_seeds)
    steps = total_steps or plan.total_steps
    variants = tuple(
        replace(variant, hyperparameters=variant.hyperparameters.with_budget(steps))
        for variant in plan.variants
    )
    return replace(demonstration, plan=replace(plan, variants=variants, total_steps=steps))


def show(demonstration: Demonstration, also: list[str]) -> None:
    """Measure one and print what came out."""
    comparison = demonstration.comparison
    records, seconds = measured(comparison)
    print(f"## {demonstration.name}\n\n{demonstration.note}\n")
    print(
        f"{counted(comparison.n_seeds, 'seed')}, {grouped(comparison.total_steps)} steps, "
        f"{grouped(comparison.work)} in all: {seconds:.1f} CPU-seconds\n"
    )
    for line in report(demonstration, records, also):
        print(line)
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="part of the name of those to measure")
    parser.add_argument("--seeds", type=int, help="instead of each one's own")
    parser.add_argument("--total-steps", type=int, help="likewise")
    parser.add_argument("--also", type=lambda text: text.split(","), default=[], help="further results")
    options = parser.parse_args()
    subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
    for demonstration in DEMONSTRATIONS:
        if options.only.lower() in demonstration.name.lower():
            show(changed(demonstration, options.seeds, options.total_steps), options.also)


if __name__ == "__main__":
    main()
