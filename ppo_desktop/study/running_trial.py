"""A trial at work: its runs, and what the storage is told of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from statistics import fmean

from optuna import Study, Trial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.plan import REPORTS, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

STOPPED = "stopped"
"""Why trials are interrupted that somebody wanted to stop."""


class RunningTrial:
    """One trial; everything but its runs happens in the thread that searches, which alone writes.

    Args:
        study: Optuna's study.
        plan: What is searched.
        trial: Optuna's trial, just asked for.
        begun: What is known of it.

    Attributes:
        record: What there is to know of it by now.
        runs: Its runs, by seed.
    """

    def __init__(self, study: Study, plan: StudyPlan, trial: Trial, begun: TrialRecord) -> None:
        self.record = begun
        self.runs: tuple[SeedRun, ...] = ()
        self._study = study
        self._plan = plan
        self._trial = trial
        self._reports_done = 0

    def prepare(self, engine: str, told: Callable[[RunningTrial], None]) -> None:
        """Make its runs, none of which has begun.

        Args:
            engine: Name of the engine that is wanted.
            told: Is called with this trial, in a run's thread, when there is something to attend to.

        Raises:
            InvalidHyperparameter: Its values cannot be trained together.
        """
        self.runs = tuple(
            SeedRun(self._plan, self.record.values, seed, engine, lambda: told(self))
            for seed in self._plan.seeds
        )

    @property
    def steps(self) -> int:
        """Environment steps its runs have taken."""
        return sum(run.record.steps for run in self.runs)

    @property
    def failure(self) -> str:
        """Why it fails, by the first of its seeds that did; empty if none has."""
        return next((run.failure for run in self.runs if run.failure), "")

    @property
    def has_value(self) -> bool:
        """Whether all of its seeds have an objective."""
        return all(run.objective is not None for run in self.runs)

    def report_next(self) -> bool:
        """Report the next point of its curve, if all of its seeds have come so far; return whether they have."""
        number = self._reports_done
        if number >= min(run.reports_done for run in self.runs):
            return False
        self._reports_done += 1
        mean = fmean(run.report(number) for run in self.runs)
        if math.isfinite(mean):  # else no episode has ended yet
            steps = self._plan.total_steps * (number + 1) // REPORTS
            self._trial.report(mean, steps)
            self.record = replace(self.record, curve=(*self.record.curve, (steps, mean)))
        return True

    def is_to_be_pruned(self) -> bool:
        """Ask the pruner; at the end of the budget there is nothing left to save."""
        return self._reports_done < REPORTS and self._trial.should_prune()

    def complete(self) -> None:
        """Tell that all of its seeds have an objective."""
        objectives = [run.objective for run in self.runs if run.objective is not None]
        self._trial.set_user_attr("seed_objectives", objectives)
        self._end(TrialState.COMPLETE, OptunaState.COMPLETE, objective=fmean(objectives))
        self.record = replace(self.record, seed_objectives=tuple(objectives))

    def prune(self) -> None:
        """Tell that it is not worth more time."""
        self._end(TrialState.PRUNED, OptunaState.PRUNED)
        if self.record.curve:
            self.record = replace(self.record, objective=self.record.curve[-1][1])

    def fail(self, reason: str) -> None:
        """Tell that it has no value, and that it is its own fault."""
        self._trial.set_user_attr("reason", reason)
        self._end(TrialState.FAILED, OptunaState.FAIL, reason=reason)

    def interrupt(self) -> None:
        """Tell that somebody has stopped it, and have it tried again."""
        self._trial.set_user_attr("interrupted", True)
        self._trial.set_user_attr("reason", STOPPED)
        self._end(TrialState.INTERRUPTED, OptunaState.FAIL, reason=STOPPED)

    def leave(self) -> None:
        """Let its runs end where they are."""
        for run in self.runs:
            run.leave()

    def _end(
        self, state: TrialState, told: OptunaState, *, objective: float | None = None, reason: str = ""
    ) -> None:
        self.leave()
        self._study.tell(self._trial, objective, state=told, skip_if_finished=True)
        self.record = replace(
            self.record, state=state, objective=objective, reason=reason, ended=datetime.now()
        )
