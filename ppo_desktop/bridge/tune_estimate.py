"""What the next trials of a study would be, and how long they will take."""

from __future__ import annotations

import time
from collections.abc import Callable

from ppo_desktop.bridge.comparison_estimate import ExpectedEngine
from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload
from ppo_desktop.study.samplers import GRID
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trial_cost import describe_work, engine_of_study, trials_workload
from ppo_desktop.study.trials import TrialRecord, combinations_left

Trials = tuple[TrialRecord, ...]
_ENOUGH_TRIALS = 0.5
"""Trials, parts of running ones among them, after which their speed says something."""


class TuneEstimate(ExpectedEngine):
    """Says how long trials take: measured before they run, by how far they are as soon as they do."""

    def __init__(
        self,
        session: Session,
        drafting: TuneDrafting,
        trials: Callable[[], Trials],
        estimator: Estimator,
        notices: Notices,
    ) -> None:
        """Estimate what is set up.

        Args:
            session: What Train shows.
            drafting: What is set up.
            trials: Returns all trials of the study shown, by number.
            estimator: Measures.
            notices: What there is to say of the study.
        """
        super().__init__(session, notices)
        self._drafting = drafting
        self._trials = trials
        self._estimator = estimator
        self._expected: float | None = None
        self._begun: tuple[Workload, float] | None = None
        self._since: float | None = None
        self._spent = 0.0
        self._done = 0.0
        self._done_before: float | None = None

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        plan = self._drafting.plan
        return plan is not None and self.is_awaited(engine_of_study(plan, COMPILED))

    def next_work(self, *, with_time: bool = True) -> str:
        """Return how many trials the next start would do, how much work and time, or why it cannot."""
        drafting = self._drafting
        plan = drafting.plan
        if plan is None or drafting.complaint:
            return drafting.complaint
        n_left = self.combinations_left
        if n_left == 0:
            return describe_work(plan, None, 0.0, is_grid=True, n_left=0)
        each = None
        if with_time:
            n_trials = self.limited(drafting.n_trials) or drafting.trials_at_once
            seconds = self._seconds(self._workload(plan, n_trials))
            each = None if seconds is None else seconds / n_trials
        is_grid = n_left is not None
        words = describe_work(
            plan, drafting.n_trials, each, is_grid=is_grid, n_left=n_left, with_time=with_time
        )
        return words + self.note(engine_of_study(plan, COMPILED)) if with_time else words

    @property
    def combinations_left(self) -> int | None:
        """How many trials the grid that is set up has still to begin; None if no grid is."""
        plan = self._drafting.plan
        if plan is None or self._drafting.strategy.sampler != GRID:
            return None
        return combinations_left(plan, self._trials())

    def limited(self, n_trials: int | None) -> int | None:
        """Return how many of so many trials there will be: in a grid no more than are left."""
        return min((n for n in (n_trials, self.combinations_left) if n is not None), default=None)

    # ---- while trials run ----------------------------------------------------------------------

    def begin(self, plan: StudyPlan, n_trials: int | None) -> None:
        """Begin to take the time of a search, once trials run: what is loaded before says nothing of them.

        Args:
            plan: What is searched.
            n_trials: How many trials the search has; None for until stopped.
        """
        self._spent = self._done = 0.0
        self._since = self._done_before = None
        planned = self._workload(plan, n_trials or self._drafting.trials_at_once)
        seconds = self._seconds(planned)
        self._expected = None if seconds is None or not n_trials else seconds / n_trials
        self._begun = (planned, time.process_time()) if n_trials else None

    def rest(self) -> None:
        """Take no time while trials rest, or when the search is over."""
        self._spent, self._since = self.seconds_spent, None

    def go_on(self) -> None:
        """Take the time again."""
        self._begun = None
        if self._done_before is not None:
            self._since = time.monotonic()

    def take_progress(self, plan: StudyPlan, n_ended: int, running: Trials) -> None:
        """Take note of how far the search is."""
        shares = [trial.curve[-1][0] / plan.total_steps for trial in running if trial.curve]
        self._done = n_ended + sum(shares)
        if self._done_before is None and (running or n_ended):
            self._done_before, self._since = self._done, time.monotonic()

    @property
    def seconds_spent(self) -> float:
        """Seconds that trials have run in this search."""
        return self._spent + (0.0 if self._since is None else time.monotonic() - self._since)

    @property
    def seconds_per_trial(self) -> float | None:
        """How long a trial of this search takes, of several at a time its share; None while few are done."""
        timed = self._done - (self._done_before or 0.0)
        return self.seconds_spent / timed if timed >= _ENOUGH_TRIALS else None

    def seconds_left(self, n_wanted: int | None) -> float | None:
        """Return how long it takes until so many trials are done; None when it cannot be said.

        Before this search says it, what was estimated does.
        """
        if n_wanted is None:
            return None
        each = self.seconds_per_trial
        each = self._expected if each is None else each
        return None if each is None else max(0.0, n_wanted - self._done) * each

    def finish(self) -> None:
        """All trials of the search are done: take note of what that took, if they never rested."""
        if self._begun is not None:
            planned, used = self._begun
            planned.learn(speeds(), time.process_time() - used)

    def _seconds(self, planned: Workload) -> float | None:
        return None if self.is_waiting_for_engine else self._estimator.seconds(planned)

    def _workload(self, plan: StudyPlan, n_trials: int) -> Workload:
        drafting = self._drafting
        return trials_workload(
            plan,
            drafting.strategy,
            n_trials,
            drafting.trials_at_once,
            self.engine,
            "Tune",
            self._trials(),
        )
