"""What the next trials of a study would be, and how long they will take."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ppo_desktop.bridge.outlook import EngineOutlook
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.study.estimate import estimated_seconds
from ppo_desktop.study.extent import extent as extent_of
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.samplers import GRID
from ppo_desktop.study.trials import TrialRecord

_ENOUGH_TRIALS = 0.5
"""Trials, parts of running ones among them, after which their speed says something."""


class TuneOutlook(EngineOutlook):
    """Estimates; knows this machine's speed once trials have run."""

    def __init__(self, session: Session, drafting: TuneDrafting) -> None:
        super().__init__(session)
        self._drafting = drafting
        self._slowness = 1.0
        self._since: float | None = None
        self._spent = 0.0
        self._done = 0.0

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        return self.is_awaited(self._drafting.environment_id)

    @property
    def extent(self) -> str:
        """How many trials the next start would do, how much work and time, or why it cannot."""
        drafting = self._drafting
        plan = drafting.plan
        if plan is None or drafting.complaint:
            return drafting.complaint
        is_grid = drafting.strategy.sampler == GRID
        n_trials = drafting.n_trials or (plan.combinations if is_grid else None)
        seconds = self._slowness * self._usual_seconds(plan, n_trials)
        return extent_of(plan, drafting.n_trials, seconds, is_grid=is_grid) + self.note(plan.environment_id)

    # ---- while trials run ----------------------------------------------------------------------

    def begin(self) -> None:
        """Begin to take the time of a go."""
        self._spent = self._done = 0.0
        self._since = time.monotonic()

    def rest(self) -> None:
        """Take no time while trials rest, or when the go is over."""
        self._spent, self._since = self.seconds_spent, None

    def go_on(self) -> None:
        """Take the time again."""
        self._since = time.monotonic()

    def take_progress(self, plan: StudyPlan, n_ended: int, running: Iterable[TrialRecord]) -> None:
        """Take note of how far the go is."""
        shares = [trial.curve[-1][0] / plan.total_steps for trial in running if trial.curve]
        self._done = n_ended + sum(shares)
        if self.seconds_per_trial is not None:
            self._slowness = self.seconds_per_trial / self._usual_seconds(plan, None)

    @property
    def seconds_spent(self) -> float:
        """Seconds that trials have run in this go."""
        return self._spent + (0.0 if self._since is None else time.monotonic() - self._since)

    @property
    def seconds_per_trial(self) -> float | None:
        """How long a trial of this go takes, of several at a time its share; None as long as few are done."""
        return self.seconds_spent / self._done if self._done >= _ENOUGH_TRIALS else None

    def seconds_left(self, n_wanted: int | None) -> float | None:
        """Return how long it takes until so many trials are done; None when it cannot be said."""
        if n_wanted is None or self.seconds_per_trial is None:
            return None
        return max(0.0, n_wanted - self._done) * self.seconds_per_trial

    def _usual_seconds(self, plan: StudyPlan, n_trials: int | None) -> float:
        """How long one of so many trials takes on the machine that estimates were made on."""
        at_once = self._drafting.trials_at_once
        n_trials = at_once if n_trials is None else n_trials
        fast = self.is_fast(plan.environment_id)
        return estimated_seconds(plan, n_trials, at_once, fast=fast) / n_trials
