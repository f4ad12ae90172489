"""A study that is open: its trials as records, begun and ended, and those of the dead given up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.study import sqlite_file
from ppo_desktop.study.attributes import (
    CHECK,
    MARK,
    STRATEGY,
    check_from_json,
    check_to_json,
    strategy_to_json,
)
from ppo_desktop.study.patience import HURRIED_SECONDS, SILENT_SECONDS
from ppo_desktop.study.place import Place, UnreadableStudy
from ppo_desktop.study.plan import Strategy, StudyPlan
from ppo_desktop.study.presence import Presence
from ppo_desktop.study.retry import DEATHS, deaths_at, retry_of
from ppo_desktop.study.storage_problems import told
from ppo_desktop.study.trial_reading import RANDOM, REASON, SEED_OBJECTIVES, read_trial
from ppo_desktop.study.trials import INTERRUPTED, TrialRecord, TrialState
from ppo_desktop.study.working_storage import WorkingStorage

if TYPE_CHECKING:
    from ppo_desktop.schema import Unknown
    from ppo_desktop.study.check import CheckResult

TENDING_SECONDS = 5.0
"""Time between two looks at whether other programs have died at their trials."""
MOST_DEATHS = 3
"""Processes that may die at the same values before these are given up for good."""
DIED = "The program that was at it ended."
_ENDS = {TrialState.COMPLETE: OptunaState.COMPLETE, TrialState.PRUNED: OptunaState.PRUNED}
"""All others that a trial can end in are a failure to Optuna."""


class OpenStudy:
    """A study that can be looked at and worked at, until `close`.

    Any thread may call its methods. All of them raise UnreadableStudy, a line for the user, where the
    storage does not answer any more or holds what cannot be read.

    Args:
        place: Where it is.
        plan: What it searches.
        strategy: How it does.
        study: Optuna's study; it has no sampler and no pruner of ours yet.
        storage: Its storage.
        presence: This process at the study.
        unknown: What of the plan and the strategy only a newer version knows.

    Attributes:
        place: Where it is, name included.
        plan: What it searches.
        unknown: What of the plan and the strategy only a newer version knows.
        optuna: Optuna's study, for those who choose values.
    """

    def __init__(
        self,
        place: Place,
        plan: StudyPlan,
        strategy: Strategy,
        study: optuna.Study,
        storage: WorkingStorage,
        presence: Presence,
        unknown: Unknown,
    ) -> None:
        self.place = place
        self.plan = plan
        self.unknown = unknown
        self.optuna = study
        self._strategy = strategy
        self._storage = storage
        self._presence = presence
        self._finished: dict[int, TrialRecord] = {}
        self._reading = threading.Lock()
        self._tended_at = -TENDING_SECONDS
        self._file = sqlite_file.identity(place.location) if isinstance(place.location, Path) else None

    @property
    def strategy(self) -> Strategy:
        """How the next trials are chosen, and cut short."""
        return self._strategy

    @property
    def worker(self) -> str:
        """What this process is called in the trials it does: "host:process"."""
        return self._presence.worker

    def check_there(self) -> None:
        """Raise UnreadableStudy if its file has been removed, moved or replaced while it is open.

        SQLite would go on to write into what nobody can open any more.
        """
        path = self.place.location
        if isinstance(path, Path) and (self._file is None or sqlite_file.identity(path) != self._file):
            raise UnreadableStudy(
                one_line(
                    f"{path} was removed, moved or replaced while the study was open: trials that end now "
                    "would be lost. Open the study where it is, or begin a new one."
                )
            )

    def set_strategy(self, strategy: Strategy) -> None:
        """Choose the next trials in another way, also when the study is opened again."""
        with told(self.place):
            kept = self.optuna.user_attrs.get(STRATEGY)
            self.optuna.set_user_attr(STRATEGY, strategy_to_json(strategy, kept))
        self._strategy = strategy

    def keep_check(self, result: CheckResult) -> None:
        """Keep what fresh seeds have said."""
        with told(self.place):
            self.optuna.set_user_attr(CHECK, check_to_json(result))

    def check(self) -> CheckResult | None:
        """Return what fresh seeds have said; None where they have not, or it cannot be understood."""
        with told(self.place):
            kept = self.optuna.user_attrs.get(CHECK)
        return None if kept is None else check_from_json(kept, self.plan)

    def trials(self) -> list[TrialRecord]:
        """Return all trials by number; only those that had not ended when last asked are read anew."""
        with self._reading, told(self.place, is_reading=True):
            return [self._record(trial) for trial in self.optuna.get_trials(deepcopy=False)]

    def begin(self) -> optuna.Trial:
        """Begin a trial, one that waits if there is any; this process is its worker from its first moment."""
        with told(self.place):
            return self.optuna.ask()

    def set_random(self, trial: optuna.Trial, is_random: bool) -> None:
        """Say of a running trial whether its values were drawn at random."""
        self._change(trial, lambda: trial.set_user_attr(RANDOM, is_random))

    def report(self, trial: optuna.Trial, points: Sequence[tuple[int, float]]) -> bool:
        """Add points to a running trial's curve; return False where somebody else has ended it meanwhile.

        Args:
            trial: Which.
            points: Environment steps of each run, and the mean return there.
        """
        return self._change(trial, lambda: self._storage.add_reports(trial._trial_id, points))

    def end(
        self,
        trial: optuna.Trial,
        state: TrialState,
        objective: float | None = None,
        seed_objectives: Sequence[float] = (),
        reason: str = "",
    ) -> bool:
        """End a trial of this process; one that is interrupted will be tried again.

        Args:
            trial: Which.
            state: How it ended; not `WAITING` nor `RUNNING`.
            objective: Its value, where it is complete.
            seed_objectives: What is maximised, of each seed.
            reason: Why it has no value, in one line.

        Returns:
            False where somebody else has ended it meanwhile: what is told here does not count.
        """
        attributes: dict[str, Any] = {SEED_OBJECTIVES: list(seed_objectives)} if seed_objectives else {}
        if reason:
            attributes[REASON] = reason

        def tell() -> None:
            if state is TrialState.INTERRUPTED:
                self._put_back(trial, attributes | {INTERRUPTED: True})
                return
            for key, value in attributes.items():
                trial.set_user_attr(key, value)
            self.optuna.tell(trial, objective, _ENDS.get(state, OptunaState.FAIL))

        return self._change(trial, tell, is_end=True)

    def leave(self) -> None:
        """Leave all trials of this process as they are, when they cannot be ended, to be found dead.

        Whoever tends next puts them back, this process included. It says nothing to the storage and takes
        no time; what is begun afterwards is not concerned.
        """
        self._presence.leave_all()

    def tend_when_due(self) -> None:
        """Do `tend` every few seconds, however often this is called."""
        if time.monotonic() - self._tended_at > TENDING_SECONDS:
            self.tend()

    def tend(self, *, is_alone: bool = False) -> list[int]:
        """Give up the running trials of processes that have died; they will be tried again.

        Of several who do at the same time, one puts a trial back.

        Args:
            is_alone: Nobody else has the study open, so that every running trial is one of the dead.

        Returns:
            Numbers of the trials that were given up here.
        """
        self._tended_at = time.monotonic()
        with told(self.place, is_reading=True):
            with self._storage.beginning:
                running = self.optuna.get_trials(deepcopy=False, states=(OptunaState.RUNNING,))
                ours = self._presence.trials
            others = [trial for trial in running if trial._trial_id not in ours]
            if not others:
                return []
            stale = self._storage.stale_trial_ids(self.optuna._study_id)
            # Of programs other than ours nobody knows how often they give signs of life.
            silent = {trial._trial_id for trial in others if MARK in trial.user_attrs} & stale
            # Each mark is looked at once: looking holds it for a moment, which others take for life.
            alive = {mark: self._is_alive(mark) for mark in {_mark(trial) for trial in others}}
            dead = [
                trial
                for trial in others
                if _is_dead(alive[_mark(trial)], is_alone or trial._trial_id in silent)
            ]
            given_up = [trial.number for trial in dead if self._give_up(trial)]
            for mark in {_mark(trial) for trial in dead}:
                self._presence.forget(mark)
            return given_up

    def hurry(self, *, is_hurried: bool = True) -> None:
        """Give a database that falls silent up sooner, also in a call that waits for it now.

        Args:
            is_hurried: Whether somebody wants to leave; else it is waited for as usual.
        """
        self._storage.patience.seconds = HURRIED_SECONDS if is_hurried else SILENT_SECONDS

    def close(self) -> None:
        """Close it; this process is at work no more."""
        self.hurry()
        self._presence.close()
        self._storage.close()

    def _record(self, trial: FrozenTrial) -> TrialRecord:
        record = self._finished.get(trial.number)
        if record is None:
            record = read_trial(trial, self.plan)
            if trial.state.is_finished():
                self._finished[trial.number] = record
        return record

    def _change(self, trial: optuna.Trial, change: Callable[[], object], *, is_end: bool = False) -> bool:
        """Change a running trial; return False where somebody else has ended it meanwhile.

        Where it is to end, and the storage refuses, it is left to be found dead.
        """
        trial_id = trial._trial_id
        with told(self.place):
            try:
                change()
            except UpdateFinishedTrialError:
                self._presence.end(trial_id)
                return False
            except BaseException as error:
                if is_end:
                    self._presence.leave(trial_id)
                if isinstance(error, ValueError) and self._has_ended(trial_id):  # so says `tell`
                    return False
                raise
        return True

    def _has_ended(self, trial_id: int) -> bool:
        return self._storage.get_trial(trial_id).state.is_finished()

    def _is_alive(self, mark: str) -> bool | None:
        """Return whether somebody is at the trials with a mark that this process is not at; None: unknown."""
        if mark and mark == self._presence.mark:
            return False  # this process has left them
        return self._presence.is_alive(mark)

    def _put_back(self, trial: optuna.Trial, attributes: dict[str, Any]) -> None:
        """Let a trial of this process fail, and its values wait to be tried again."""
        known = self._storage.get_trial(trial._trial_id)
        again = retry_of(known, deaths_at(known))
        self._storage.give_up(self.optuna._study_id, trial._trial_id, attributes, again)

    def _give_up(self, trial: FrozenTrial) -> bool:
        """Let a trial of a dead process fail, and put its values back; False where others have done so."""
        deaths = deaths_at(trial) + 1
        is_put_back = deaths < MOST_DEATHS
        reason = DIED if is_put_back else f"{counted(deaths, 'program')} ended while at it; not tried again."
        attributes = {REASON: reason, INTERRUPTED: is_put_back, DEATHS: deaths}
        again = retry_of(trial, deaths) if is_put_back else None
        try:
            self._storage.give_up(self.optuna._study_id, trial._trial_id, attributes, again)
        except UpdateFinishedTrialError:
            return False
        return True


def _is_dead(is_alive: bool | None, is_silent: bool) -> bool:
    """Return whether nobody is at a trial: by its mark where that is of this home, else by its silence."""
    return is_silent if is_alive is None else not is_alive


def _mark(trial: FrozenTrial) -> str:
    mark = trial.user_attrs.get(MARK)
    return mark if isinstance(mark, str) else ""
