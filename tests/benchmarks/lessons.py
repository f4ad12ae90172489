"""Do the claims of the lessons hold with other seeds than their own?

    python tests/benchmarks/lessons.py [--only ID] [--groups 5]

Each lesson that ships runs with its own seeds, then with so many groups of as many others, from 1001 on.
Of its own seeds the mean difference of the pairs and its 95 % interval are said, of all the others the mean,
and in how many pairs it has which sign.
Its own runs are recorded by `ppo-desktop lesson record`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ppo_desktop.comparison.experiment import Experiment  # noqa: E402
from ppo_desktop.comparison.plan import Comparison, RunKey  # noqa: E402
from ppo_desktop.comparison.statistics import Difference  # noqa: E402
from ppo_desktop.comparison.summary import RunRecords  # noqa: E402
from ppo_desktop.lessons.claim import Claim, Outcome  # noqa: E402
from ppo_desktop.lessons.course import course  # noqa: E402
from ppo_desktop.lessons.lesson import Lesson  # noqa: E402
from ppo_desktop.ppo.messages import counted, grouped  # noqa: E402
from ppo_desktop.ppo.settings import RunSettings  # noqa: E402

FIRST_OTHER_SEED = 1001


@dataclass(frozen=True)
class OtherSeeds(Comparison):
    """The same comparison, with seeds that are higher by `shift`."""

    shift: int

    def settings(self, key: RunKey) -> RunSettings:
        return replace(super().settings(key), seed=key.seed + self.shift)


def runs_of(comparison: Comparison) -> RunRecords:
    """Train all runs and return their records."""
    with Experiment(comparison) as experiment:
        for _ in experiment.events():
            pass
    return experiment.records


def groups_of(comparison: Comparison, n_groups: int) -> list[OtherSeeds]:
    """Return it with groups of other seeds, none of them twice."""
    values = {field.name: getattr(comparison, field.name) for field in fields(Comparison)}
    return [
        OtherSeeds(**values, shift=FIRST_OTHER_SEED - 1 + group * comparison.n_seeds)
        for group in range(n_groups)
    ]


def own_line(claim: Claim, comparison: Comparison, records: RunRecords) -> str:
    """Return what a lesson's own seeds say to a claim."""
    gaps = claim.differences(comparison, records)
    written = ", ".join(f"{gap.mean:.4g} ± {gap.half_width:.3g}" for gap in gaps)
    return f"{claim.outcome(comparison, records).value}: {written}"


def pairs_line(gaps: list[Difference]) -> str:
    """Return the mean difference of all pairs of groups of one size, and how many are above and below 0."""
    n, above, below = (sum(getattr(gap, name) for gap in gaps) for name in ("n", "n_above", "n_below"))
    return f"mean {sum(gap.mean * gap.n for gap in gaps) / n:.4g}, {above} up, {below} down of {n}"


def show(lesson: Lesson, n_groups: int) -> None:
    """Run one lesson and print what came out, a line for each claim."""
    begun = time.process_time()
    records = runs_of(lesson.comparison)
    seconds = time.process_time() - begun
    outcomes: dict[Claim, Counter[Outcome]] = {claim: Counter() for claim in lesson.claims}
    gaps: dict[Claim, list[Difference]] = {claim: [] for claim in lesson.claims}
    for others in groups_of(lesson.comparison, n_groups):
        runs = runs_of(others)
        for claim in lesson.claims:
            outcomes[claim][claim.outcome(others, runs)] += 1
            gaps[claim] += claim.differences(others, runs)
    size = f"{counted(lesson.comparison.n_seeds, 'seed')}, {grouped(lesson.comparison.work)} steps in all"
    print(f"## {lesson.id}: {size}, {seconds:.1f} CPU-seconds\n")
    for claim, counts in outcomes.items():
        written = ", ".join(f"{outcome.value} {counts[outcome]}" for outcome in Outcome if counts[outcome])
        line = own_line(claim, lesson.comparison, records)
        if n_groups:
            line += f"; {counted(n_groups, 'group')} of other seeds: {written}, {pairs_line(gaps[claim])}"
        wanted = f"{claim.measure_name} {claim.kind.value} {claim.amount:g}"
        print(f"- {wanted}: {line}")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="part of the id of those to run")
    parser.add_argument("--groups", type=int, default=5, help="groups of other seeds")
    options = parser.parse_args()
    subprocess.run([sys.executable, "-m", "ppo_desktop", "prepare-engine"], cwd=ROOT, check=True)
    for opened in course():
        if options.only in opened.lesson.id:
            show(opened.lesson, options.groups)


if __name__ == "__main__":
    main()
