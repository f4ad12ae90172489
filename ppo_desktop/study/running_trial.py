"""A trial at work: its runs, and what the storage is told of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING

from optuna import Trial

from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.plan import REPORTS
from ppo_desktop.study.storage_problems import told
from ppo_desktop.study.trial_reading import read_trial
from ppo_desktop.study.trials import TrialRecord, TrialState

if TYPE_CHECKING:
    from ppo_desktop.study.opened import OpenStudy

WRITING_SECONDS = 1.0
"""Time after which others can see how far a trial has come."""
STOPPED = "It was stopped."
"""Why trials are interrupted."""


class RunningTrial:
    """One trial; everything but its runs happens in the thread that searches, which alone writes.

    All methods raise UnreadableStudy where the storage does not answer any more.

    Args:
        study: The study.
        trial: Optuna's trial, just begun, all of whose values are chosen.

    Attributes:
        record: What there is to know of it by now.
        runs: Its runs, by seed.
        is_ended_elsewhere: Whether somebody took this process for dead, so that nothing told here counts.
    """

    def __init__(self, study: OpenStudy, trial: Trial) -> None:
        self.runs: tuple[SeedRun, ...] = ()
        self._study = study
        self._trial = trial
        self._reports_done = 0
        self._unwritten: list[tuple[int, float]] = []
        self._written_at = time.monotonic()
        self.is_ended_elsewhere = False
        self.record = self._read()

    def prepare(self, engine: str, told: Callable[[RunningTrial], None]) -> None:
        """Make its runs, none of which has begun.

        Args:
            engine: Name of the engine that is wanted.
            told: Is called with this trial, in a run's thread, when there is something to attend to.

        Raises:
            InvalidHyperparameter: Its values cannot be trained together.
        """
        plan = self._study.plan
        self.runs = tuple(
            SeedRun(plan, self.record.values, seed, engine, lambda: told(self)) for seed in plan.seeds
        )

    @property
    def failure(self) -> str:
        """Why it fails, by the first of its seeds that did; empty if none has."""
        return next((run.failure for run in self.runs if run.failure), "")

    @property
    def has_value(self) -> bool:
        """Whether all of its seeds have an objective."""
        return all(run.objective is not None for run in self.runs)

    def report_next(self, *, at_once: bool) -> bool:
        """Report the next point of its curve; return False where there is none yet, or nobody wants it.

        Args:
            at_once: Whether the storage has to know it now; else several are written together.
        """
        number = self._reports_done
        if number >= min(run.reports_done for run in self.runs):
            return False
        self._reports_done += 1
        mean = fmean(run.report(number) for run in self.runs)
        if math.isfinite(mean):  # else no episode has ended yet
            steps = self._study.plan.total_steps * (number + 1) // REPORTS
            self.record = replace(self.record, curve=(*self.record.curve, (steps, mean)))
            self._unwritten.append((steps, mean))
        if at_once or time.monotonic() - self._written_at > WRITING_SECONDS:
            self._write_reports()
        return not self.is_ended_elsewhere

    def is_to_be_pruned(self) -> bool:
        """Ask the pruner; at the end of the budget there is nothing left to save."""
        if self._reports_done == REPORTS:
            return False
        study = self._study.optuna
        with told(self._study.place):  # its own `should_prune` knows only what was reported through it
            return study.pruner.prune(study, self._trial.storage.get_trial(self._trial._trial_id))

    def complete(self) -> None:
        """Tell that all of its seeds have an objective."""
        objectives = tuple(run.objective for run in self.runs if run.objective is not None)
        self._end(TrialState.COMPLETE, objective=fmean(objectives), seed_objectives=objectives)

    def prune(self) -> None:
        """Tell that it is not worth more time."""
        self._end(TrialState.PRUNED)

    def fail(self, reason: str) -> None:
        """Tell that it has no value, and that this is its own fault."""
        self._end(TrialState.FAILED, reason=reason)

    def interrupt(self) -> None:
        """Tell that it is stopped, and have it tried again."""
        self._end(TrialState.INTERRUPTED, reason=STOPPED)

    def give_way(self) -> None:
        """Take over how somebody else has ended it."""
        self.leave()
        self.record = self._read()

    def leave(self) -> None:
        """Let its runs end where they are."""
        for run in self.runs:
            run.leave()

    def _end(
        self,
        state: TrialState,
        objective: float | None = None,
        seed_objectives: tuple[float, ...] = (),
        reason: str = "",
    ) -> None:
        self.leave()
        self._write_reports()
        if not self._study.end(self._trial, state, objective, seed_objectives, reason):
            self.give_way()
            return
        if state is TrialState.PRUNED and self.record.curve:
            _, objective = self.record.curve[-1]
        self.record = replace(
            self.record,
            state=state,
            objective=objective,
            seed_objectives=seed_objectives,
            reason=reason,
            ended=datetime.now(),
        )

    def _write_reports(self) -> None:
        points, self._unwritten = self._unwritten, []
        self._written_at = time.monotonic()
        if points:
            self.is_ended_elsewhere = not self._study.report(self._trial, points)

    def _read(self) -> TrialRecord:
        """Return what the storage knows of it."""
        with told(self._study.place, is_reading=True):
            return read_trial(self._trial.storage.get_trial(self._trial._trial_id), self._study.plan)
