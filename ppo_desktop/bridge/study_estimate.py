"""What the next trials of a study would be, and how long they will take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.bridge.study_drafting import StudyDrafting
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.runs.workload import Workload
from ppo_desktop.study.samplers import EXHAUSTIVE, MAP
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trial_cost import describe_work, engine_of_study, trials_workload
from ppo_desktop.study.trials import Trials, combinations_left


class StudyEstimate(StartEstimate):
    """Says how many trials the next start does, and how long they take.

    Args:
        trials: Returns all trials of the study shown, by number.
    """

    def __init__(self, session: Session, drafting: StudyDrafting[Any], trials: Callable[[], Trials]) -> None:
        super().__init__(session)
        self._drafting = drafting
        self._trials = trials

    @property
    def serving(self) -> str:
        """Name of the engine that serves what is set up once it is prepared; empty for nothing."""
        plan = self._drafting.plan
        return "" if plan is None else engine_of_study(plan, COMPILED)

    def next_work(self, *, with_time: bool = True) -> str:
        """Return how many trials the next start would do, how much work and time, or why it cannot."""
        drafting = self._drafting
        plan = drafting.plan
        if plan is None or drafting.complaint:
            return drafting.complaint
        n_left = self.combinations_left
        each_is = "cell" if drafting.strategy.sampler == MAP else "combination"
        if n_left == 0:
            return describe_work(plan, None, 0.0, is_grid=True, n_left=0, combination=each_is)
        each = None
        if with_time:
            n_trials = self.limited(drafting.n_trials) or drafting.trials_at_once
            seconds = self.seconds(self._workload(plan, n_trials))
            each = None if seconds is None else seconds / n_trials
        is_grid = n_left is not None
        words = describe_work(
            plan,
            drafting.n_trials,
            each,
            is_grid=is_grid,
            n_left=n_left,
            with_time=with_time,
            combination=each_is,
        )
        return words + self.note if with_time else words

    @property
    def combinations_left(self) -> int | None:
        """How many trials the grid that is set up has still to begin; None if no grid is."""
        plan = self._drafting.plan
        if plan is None or self._drafting.strategy.sampler not in EXHAUSTIVE:
            return None
        return combinations_left(plan, self._trials())

    def limited(self, n_trials: int | None) -> int | None:
        """Return how many of so many trials there will be: in a grid no more than are left."""
        return min((n for n in (n_trials, self.combinations_left) if n is not None), default=None)

    def begin(self, plan: StudyPlan, n_trials: int | None) -> float | None:
        """Begin to take the time of a search, and return how many seconds each trial is expected to take.

        Args:
            plan: What is searched.
            n_trials: How many trials the search has; None for until stopped.
        """
        self.forget()
        if not n_trials:
            return None
        planned = self._workload(plan, n_trials)
        self.take_time(planned)
        seconds = self.seconds(planned)
        return None if seconds is None else seconds / n_trials

    def _workload(self, plan: StudyPlan, n_trials: int) -> Workload:
        drafting = self._drafting
        strategy, at_once = drafting.strategy, drafting.trials_at_once
        return trials_workload(plan, strategy, n_trials, at_once, self.engine, "Tune", self._trials())
