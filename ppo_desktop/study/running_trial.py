"""A trial at work: its runs, and what the storage keeps of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING

from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.kept_runs import KeptRuns, kept_runs
from ppo_desktop.study.study_plan import REPORTS
from ppo_desktop.study.trials import TrialRecord, TrialState

if TYPE_CHECKING:
    from ppo_desktop.study.storage import OpenStudy

WRITING_SECONDS = 1.0
"""Time after which others can see how far a trial has come."""
STOPPED = "It was stopped."
"""Why trials are interrupted."""


class RunningTrial:
    """One trial; everything but its runs happens in the thread that searches, which alone writes.

    All methods raise UnreadableStudy where the storage does not answer any more.

    Args:
        record: The trial, just begun, all of whose values are chosen.
        rungs: Environment steps at which the pruner is asked.
        is_cell: Whether it is one of a map, which wants to know of every seed: it fails when all have ended.

    Attributes:
        record: What there is to know of it by now.
        runs: Its runs, by seed.
        is_ended_elsewhere: Whether others took this program for dead, so that nothing of it counts.
    """

    def __init__(
        self, study: OpenStudy, record: TrialRecord, rungs: Container[int] = (), *, is_cell: bool = False
    ) -> None:
        self.runs: tuple[SeedRun, ...] = ()
        self._study = study
        self._rungs = rungs
        self._is_cell = is_cell
        self._reports_done = 0
        self._is_written = True
        self._written_at = time.monotonic()
        self.is_ended_elsewhere = False
        self.record = record

    def prepare(self, engine: str, on_progress: Callable[[RunningTrial], None]) -> None:
        """Make its runs, none of which has begun, or raise InvalidHyperparameter.

        `on_progress` is called with this trial, in a run's thread, when there is something to attend to.
        """
        plan = self._study.plan
        self.runs = tuple(
            SeedRun(plan, self.record.values, seed, engine, lambda: on_progress(self)) for seed in plan.seeds
        )

    @property
    def failure(self) -> str:
        """Why it fails, by the first of its seeds that did; empty if none has, or others are to end first."""
        if self._is_cell and not all(run.has_ended for run in self.runs):
            return ""
        return next((run.failure for run in self.runs if run.failure), "")

    @property
    def has_value(self) -> bool:
        """Whether all of its seeds have an objective."""
        return all(run.objective is not None for run in self.runs)

    @property
    def has_diverged(self) -> bool:
        """Whether the numbers of a seed have blown up."""
        return any(run.record.has_diverged for run in self.runs)

    def advance(self) -> bool:
        """Take in the next point of its curve; return False if there is none yet, or it ended elsewhere."""
        number = self._reports_done
        if number >= min(run.reports_done for run in self.runs):
            return False
        self._reports_done += 1
        mean = fmean(run.report(number) for run in self.runs)
        if math.isfinite(mean):  # else no episode has ended yet
            steps = self._study.plan.total_steps * (number + 1) // REPORTS
            self.record = replace(self.record, curve=(*self.record.curve, (steps, mean)))
            self._is_written = False
            if steps in self._rungs:
                self.is_ended_elsewhere |= not self._study.report(self.record, steps, mean)
        if time.monotonic() - self._written_at > WRITING_SECONDS:
            self._write_curve()
        return not self.is_ended_elsewhere

    def is_to_be_pruned(self) -> bool:
        """Ask the pruner, where the latest point is on one of its rungs."""
        curve = self.record.curve
        return bool(curve) and curve[-1][0] in self._rungs and self._study.should_prune(self.record)

    def complete(self) -> None:
        """Record that all of its seeds have an objective."""
        objectives = tuple(run.objective for run in self.runs if run.objective is not None)
        self._end(TrialState.COMPLETE, objective=fmean(objectives), seed_objectives=objectives)

    def prune(self) -> None:
        """Record that it is not worth more time."""
        _, latest = self.record.curve[-1]
        self._end(TrialState.PRUNED, objective=latest)

    def fail(self, reason: str) -> None:
        """Record that it has no value, and that this is its own fault."""
        self._end(TrialState.FAILED, reason=reason)

    def interrupt(self) -> None:
        """Record that it is stopped, and have it tried again."""
        self._end(TrialState.INTERRUPTED, reason=STOPPED)

    def adopt_end(self) -> None:
        """Take over how it has ended elsewhere."""
        self.cancel()
        self.record = self._study.trial(self.record.number)

    def cancel(self) -> None:
        """Let its runs end where they are."""
        for run in self.runs:
            run.cancel()

    def _end(
        self,
        state: TrialState,
        objective: float | None = None,
        seed_objectives: tuple[float, ...] = (),
        reason: str = "",
    ) -> None:
        self.cancel()
        self._write_curve()
        kept = None if state is TrialState.INTERRUPTED else self._kept()
        if not self._study.end(self.record, state, objective, seed_objectives, reason, kept):
            self.adopt_end()
            return
        self.record = replace(
            self.record,
            state=state,
            objective=objective,
            seed_objectives=seed_objectives,
            reason=reason,
            ended=datetime.now(),
            kept=kept,
        )

    def _kept(self) -> KeptRuns | None:
        """Return what its runs have recorded; None where there are none."""
        records = [run.record for run in self.runs]
        return kept_runs(records, self._study.plan.total_steps) if records else None

    def _write_curve(self) -> None:
        self._written_at = time.monotonic()
        if not self._is_written and not self.is_ended_elsewhere:
            self._is_written = True
            self.is_ended_elsewhere = not self._study.keep_curve(self.record, self.record.curve)
