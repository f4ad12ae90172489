"""Runs that are to be done side by side, and how long that takes here and now."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.runs.cost import RunKind, Work
from ppo_desktop.runs.processors import free_processors
from ppo_desktop.runs.speeds import Speeds, speeds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EqualRuns:
    """So many runs of which each is the same work."""

    kind: RunKind
    work: Work
    n_runs: int


@dataclass(frozen=True)
class Workload:
    """What is to be done.

    Attributes:
        job: What it is a part of, by which it is remembered what else that costs beside the runs.
        parts: The runs, in the order in which they are begun.
        threads: How many of them go on at a time.
        together: Whether all runs end at about the same time, see `Runner`; else one after the other begins.
        share: The part of all work that is done: less than 1 where runs are ended early.
        beside: Processor time of what is done beside the runs: a page that is drawn, trials that are chosen.
        after: Processor time of what one thread does when all runs have ended.
        overhead: What runs cost as a part of the job, against what they cost alone, before it was ever done.
    """

    job: str
    parts: tuple[EqualRuns, ...]
    threads: int
    together: bool = True
    share: float = 1.0
    beside: float = 0.0
    after: float = 0.0
    overhead: float = 1.0

    @property
    def is_fast(self) -> bool:
        """Whether the fast engine does it."""
        return all(kind.engine == COMPILED for kind in self.kinds)

    @property
    def kinds(self) -> frozenset[RunKind]:
        """What has to be known to say how long it takes."""
        return frozenset(part.kind for part in self.parts)

    @property
    def overhead_name(self) -> str:
        """What its overhead is remembered by: threads of the fast engine slow each other down."""
        return " ".join([self.job, *sorted({kind.engine for kind in self.kinds}), f"× {self.threads}"])

    def seconds(self, speeds: Speeds, processors: float) -> float:
        """Return how long it takes where its `kinds` are known; `processors` as of `free_processors`."""
        each = [(part.n_runs, speeds.seconds(part.kind, part.work)) for part in self.parts if part.n_runs]
        longest = _longest_thread(each, self.threads, together=self.together)
        work = sum(number * seconds for number, seconds in each)
        uneven = longest - work / self.threads
        alone = min(1.0, processors)  # what a thread has when the others have nothing left to do
        runs = (
            self.share
            * speeds.factor(self.overhead_name, self.overhead)
            * (work / processors + uneven / alone)
        )
        return runs + self.beside / processors + self.after / alone

    def learn(self, speeds: Speeds, taken: float) -> None:
        """Take note of the processor time that this process has taken for all of it, the runs and all else.

        Unlike the time that has passed, it does not depend on what else this machine had to do meanwhile.
        """
        if all(speeds.is_known(kind) for kind in self.kinds):
            expected = sum(part.n_runs * speeds.seconds(part.kind, part.work) for part in self.parts)
            speeds.correct(
                self.overhead_name, self.share * expected, taken - self.beside - self.after, self.overhead
            )


def measured_seconds(workload: Workload) -> float | None:
    """Measure what is not known yet, and return how long a workload takes; None where that fails."""
    known = speeds()
    try:
        for kind in workload.kinds:
            known.measure(kind)
    except Exception:
        logger.exception("What a run costs could not be measured")
        return None
    return workload.seconds(known, free_processors(workload.threads))


def _longest_thread(each: Sequence[tuple[int, float]], threads: int, *, together: bool) -> float:
    """Return how long the busiest of equally fast threads is at work.

    Args:
        each: How many runs there are, and what each takes, in the order in which they are begun.
        threads: How many threads there are.
        together: Whether they share all runs to the end.
    """
    if together:
        return max(
            sum(number * seconds for number, seconds in each) / threads,
            max((seconds for _, seconds in each), default=0.0),
        )
    busy_until = [0.0] * threads
    for number, seconds in each:
        for _ in range(number):
            heapq.heapreplace(busy_until, busy_until[0] + seconds)
    return max(busy_until)
