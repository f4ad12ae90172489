"""Searches: asks a study for values, trains with them, tells it what they were worth, again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppo_desktop.jobs.job import Ended, EndReason, Idle, Job
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.engines.choice import useful_threads
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.runs.runner import Runner
from ppo_desktop.study.place import UnreadableStudy
from ppo_desktop.study.running_trial import RunningTrial
from ppo_desktop.study.samplers import EXHAUSTIVE, MAP, make_pruner, make_sampler, rungs
from ppo_desktop.study.trial_cost import engine_of_study, learn_choosing
from ppo_desktop.study.trials import TrialRecord, TrialState, combinations_left

if TYPE_CHECKING:
    from ppo_desktop.study.storage import OpenStudy

MOST_FAILED = 20
"""Trials that may fail one after another before the search is given up."""
GIVING_UP_SECONDS = 5.0
"""Time after which nothing more is written to a storage that does not answer."""
FOUND_DEAD_SECONDS = 40.0
"""Time after which every program that has died at a trial has been noticed: no sign of life for the grace
period of the storage, and the next look of ours."""
_ENOUGH_TRIALS = 0.5
"""Trials, parts of running ones among them, after which their pace says something."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrialBegun:
    """The values of a trial are chosen and its runs may begin."""

    record: TrialRecord


@dataclass(frozen=True)
class TrialAdvanced:
    """The curve of a trial, as it is now, has another point."""

    record: TrialRecord


@dataclass(frozen=True)
class TrialEnded:
    """Nothing more will come of a trial, and the storage knows."""

    record: TrialRecord


@dataclass(frozen=True)
class SearchEnded(Ended):
    """The search is over, or cannot go on, because of the storage, the environment or ourselves.

    What has been written stays. Of a search that has failed, trials that were running are tried again by
    the next program at the study.

    Attributes:
        is_deleted: Whether there is no such study any more.
        is_of_trials: Whether it is that trials fail, one after the other.
    """

    is_deleted: bool = False
    is_of_trials: bool = False


TrialEvent = TrialBegun | TrialAdvanced | TrialEnded
SearchEvent = TrialEvent | Idle | Ended


class Search(Job[TrialEvent]):
    """A search in a study, begun by asking for its events; once only.

    The thread that asks for events reads and writes the storage, and no other but for the signs of life
    of trials at work.

    Args:
        n_trials: Trials that are to end; None for as many as there are in the grid, or until cancelled.
        trials_at_once: Trials that are at work at a time, earlier ones first; None for one for each
            processor, or one with the PyTorch engine, which holds the interpreter's lock.

    Attributes:
        trials_at_once: Trials that are at work at a time.
        n_ended: Trials that have ended since, those that were interrupted not among them. Where others have
            taken this process for dead, another trial is begun in the place of theirs.
    """

    def __init__(
        self, study: OpenStudy, engine: str, n_trials: int | None, trials_at_once: int | None = None
    ) -> None:
        super().__init__(_ENOUGH_TRIALS)
        self.n_ended = 0
        self._study = study
        self._engine = engine
        self._threads = useful_threads(engine_of_study(study.plan, engine))
        self.trials_at_once = trials_at_once or self._threads
        self._rungs: frozenset[int] = frozenset()
        self._running: list[RunningTrial] = []
        self._n_trials = self._n_to_begin = n_trials
        self._n_failed = 0
        self._is_finishing = False
        self._nothing_left_since: float | None = None

    # ---- what one may wish, from any thread ----------------------------------------------------

    def finish(self) -> None:
        """Begin no other trial; the search ends with those that are at work."""
        self._is_finishing = True
        self._follow_wishes()

    def cancel(self) -> None:
        """End now; trials at work are interrupted, to be tried again when the study goes on."""
        self._study.hurry()  # a database that is silent keeps no thread long
        super().cancel()

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def running(self) -> list[TrialRecord]:
        """The trials at work here, as they are now."""
        return [trial.record for trial in list(self._running)]

    @property
    def done(self) -> float:
        """Trials that have ended, and how far those are that are at work."""
        total_steps = self._study.plan.total_steps
        curves = [record.curve for record in self.running]
        return self.n_ended + sum(curve[-1][0] / total_steps for curve in curves if curve)

    @property
    def total(self) -> float | None:
        """How many trials are to end; None for until cancelled."""
        return self._n_trials

    # ---- the search ----------------------------------------------------------------------------

    def _work(self) -> Generator[TrialEvent | Idle, None, Ended]:
        failure: SearchEnded | None = None
        begun = time.thread_time()
        runner = self._runner = Runner(self._threads)
        self._follow_wishes()
        try:
            try:
                yield from self._search(runner)
            except Exception as error:
                failure = self._why(error)
            finally:
                interrupted, problem = self._interrupt()
                if failure is None and problem is not None:
                    failure = self._why(problem)
                if failure is not None:
                    self._study.stop_heartbeats()
                self._study.hurry(is_hurried=False)
            yield from map(TrialEnded, interrupted)
        finally:
            runner.close()  # which may take longer: a run that is being made is made first
            learn_choosing(self._study.strategy, self.n_ended, time.thread_time() - begun)
        return failure or SearchEnded(self._reason())

    def _search(self, runner: Runner) -> Iterator[TrialEvent | Idle]:
        """Begin trials and attend to them, until no more are wanted and all have ended, or it is to stop."""
        study = self._study
        study.optuna.sampler = make_sampler(study.plan, study.strategy)
        study.optuna.pruner = make_pruner(study.plan, study.strategy)
        self._rungs = rungs(study.plan, study.strategy)
        if study.strategy.sampler in EXHAUSTIVE:
            n_left = combinations_left(study.plan, study.trials())
            self._n_trials = n_left if self._n_trials is None else min(n_left, self._n_trials)
        while not self._is_cancelled:
            study.check_there()
            study.retry_stale_trials_when_due()
            has_room = len(self._running) < self.trials_at_once
            wants_more = has_room and self._n_to_begin != 0 and not self._is_finishing
            if wants_more and not self._is_paused and (yield from self._begin(runner)):
                continue
            if self._running or (wants_more and (self._is_paused or self._others_may_die())):
                yield from self._attend_to_next()
            else:
                return

    def _why(self, error: Exception) -> SearchEnded:
        """Return why the search cannot go on."""
        if self._study.is_deleted():
            return SearchEnded(EndReason.FAILED, "The study has been deleted.", is_deleted=True)
        if isinstance(error, UnreadableStudy | _NothingWorks):
            return SearchEnded(EndReason.FAILED, str(error), is_of_trials=isinstance(error, _NothingWorks))
        logger.error("A search cannot go on", exc_info=error)  # the sampler's fault, or ours
        return SearchEnded(EndReason.FAILED, what_went_wrong(error))

    def _begin(self, runner: Runner) -> Generator[TrialEvent | Idle, None, bool]:
        """Ask for another trial and let its runs begin; return False where nothing is left to try."""
        begun = self._study.begin()
        if begun is None:
            return False
        self._nothing_left_since = None
        self._n_to_begin = None if self._n_to_begin is None else self._n_to_begin - 1
        record, problem = begun
        trial = RunningTrial(self._study, record, self._rungs, is_cell=self._is_map)
        if trial.record.state is TrialState.FAILED:
            problem = problem or trial.record.reason
        self._running.append(trial)
        yield TrialBegun(trial.record)
        try:
            if not problem:
                trial.prepare(self._engine, self._progressed.put)
        except InvalidHyperparameter as error:
            problem = str(error)
        if problem:
            trial.fail(problem)
            yield from self._end(trial)
            return True
        for run in trial.runs:
            runner.add(run.create, run.take, group=trial.record.number)
        return True

    def _others_may_die(self) -> bool:
        """Return whether another program is at a trial of which it is not known yet that it lives.

        Nothing else is left to try, for so long that one that had died by then would have been found dead.
        """
        now = time.monotonic()
        if self._nothing_left_since is None:
            self._nothing_left_since = now
        if now - self._nothing_left_since > FOUND_DEAD_SECONDS:
            return False
        return any(trial.state is TrialState.RUNNING for trial in self._study.trials())

    @property
    def _is_map(self) -> bool:
        return self._study.strategy.sampler == MAP

    def _attend_to_next(self) -> Iterator[TrialEvent | Idle]:
        """Wait for a run that has come farther, and see what that means for its trial."""
        trial: RunningTrial | None = self._next_progress()
        if trial is None:
            yield Idle()
        elif trial in self._running:
            yield from self._attend(trial)

    def _attend(self, trial: RunningTrial) -> Iterator[TrialEvent | Idle]:
        # Asked first: runs go on meanwhile, and a trial ends with all points of its curve.
        failure, has_value = trial.failure, trial.has_value
        while trial.advance():
            yield TrialAdvanced(trial.record)
            if trial.is_to_be_pruned():
                trial.prune()
                yield from self._end(trial)
                return
        if trial.is_ended_elsewhere:
            trial.adopt_end()
        elif failure:
            trial.fail(failure)
        elif has_value:
            trial.complete()
        else:
            return
        yield from self._end(trial)

    def _end(self, trial: RunningTrial) -> Iterator[TrialEvent | Idle]:
        self._running.remove(trial)
        state = trial.record.state
        if state is not TrialState.INTERRUPTED:
            self.n_ended += 1
        elif self._n_to_begin is not None:
            self._n_to_begin += 1
        yield TrialEnded(trial.record)
        is_in_vain = state is TrialState.FAILED and not (self._is_map and trial.has_diverged)
        self._n_failed = self._n_failed + 1 if is_in_vain else 0
        if self._n_failed == MOST_FAILED:
            raise _NothingWorks(f"{MOST_FAILED} trials have failed in a row: {trial.record.reason}")

    def _interrupt(self) -> tuple[list[TrialRecord], Exception | None]:
        """Stop the trials at work, and record of each by itself that it is interrupted.

        Return those of which the storage knows, and what was wrong where it knows not of all.
        """
        for trial in self._running:
            trial.cancel()
        interrupted: list[TrialRecord] = []
        problem: Exception | None = None
        begun_at = time.monotonic()
        for trial in self._running:
            if problem is not None and time.monotonic() - begun_at > GIVING_UP_SECONDS:
                break
            try:
                trial.interrupt()
                interrupted.append(trial.record)
            except Exception as error:
                problem = problem or error
        self._running.clear()
        return interrupted, problem


class _NothingWorks(Exception):
    """No trial comes to anything; the message is a line for the user."""
