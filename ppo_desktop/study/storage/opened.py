"""A study that is open: its trials as records, begun and ended, and those of dead programs tried again."""

from __future__ import annotations

import logging
import os
import platform
import random
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.study import sqlite_file
from ppo_desktop.study.attributes import (
    CHECK,
    STRATEGY,
    changed_strategy_to_json,
    check_from_json,
    check_to_json,
    is_newer,
)
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.kept_runs import KeptRuns
from ppo_desktop.study.place import Place, UnreadableStudy
from ppo_desktop.study.samplers import EXHAUSTIVE, MAP
from ppo_desktop.study.sampling import MapSampler, SeededSampler, distributions
from ppo_desktop.study.storage.database import HEARTBEAT_SECONDS, Database
from ppo_desktop.study.storage.stored_trials import (
    CURVE,
    RUNS,
    SEED_OBJECTIVES,
    curve_values,
    enqueue_retry,
    read_trial,
)
from ppo_desktop.study.study_plan import Strategy, StudyPlan
from ppo_desktop.study.trials import (
    COMBINATION,
    INTERRUPTED,
    REASON,
    WORKER,
    TrialRecord,
    TrialState,
    combinations_left,
    is_decided,
)

if TYPE_CHECKING:
    from ppo_desktop.schema import Unknown
    from ppo_desktop.study.check import CheckResult

STALENESS_SECONDS = 5.0
"""Time between two looks at whether other programs have died at their trials."""
NOTHING_LEFT = "Other programs are at all that is left."
"""Why a trial of a map is interrupted for which there is no cell."""
_LONGEST_WAVERING = 0.05
"""Seconds until a cell is chosen again that another program has chosen at the same time."""
_ENDING_SECONDS = 10.0
"""How long the end of a heartbeat is waited for, where a database does not answer."""
_ENDS = {TrialState.COMPLETE: OptunaState.COMPLETE, TrialState.PRUNED: OptunaState.PRUNED}
"""All others that a trial can end in are a failure to Optuna."""
logger = logging.getLogger(__name__)


class OpenStudy:
    """A study that can be looked at and worked at, until `close`.

    Any thread may call its methods. All of them raise UnreadableStudy, a line for the user, where the
    storage does not answer any more or holds what cannot be read.

    Args:
        study: Optuna's study; it has no sampler and no pruner of ours yet.
        unknown: What of the plan and the strategy only a newer version knows.

    Attributes:
        optuna: Optuna's study, for samplers and pruners.
        worker: What this program is called in the trials it does: "host:process".
    """

    def __init__(
        self,
        place: Place,
        plan: StudyPlan,
        strategy: Strategy,
        study: optuna.Study,
        database: Database,
        unknown: Unknown,
    ) -> None:
        self.place = place
        self.plan = plan
        self.optuna = study
        self.unknown = unknown
        self.worker = f"{platform.node() or 'unknown'}:{os.getpid()}"
        self._strategy = strategy
        self._database = database
        self._id = database.storage.get_study_id_from_name(place.name)
        self._heartbeats = _Heartbeats(database.record_heartbeat, HEARTBEAT_SECONDS)
        self._finished: dict[int, TrialRecord] = {}
        self._ids: dict[int, int] = {}
        self._reading = threading.Lock()
        self._checked_at = -STALENESS_SECONDS
        self._without_retry: set[int] = set()
        self._file = sqlite_file.identity(place.location) if isinstance(place.location, Path) else None

    @property
    def strategy(self) -> Strategy:
        """How the next trials are chosen, and cut short."""
        return self._strategy

    def check_there(self) -> None:
        """Raise UnreadableStudy if its file has been removed, moved or replaced while it is open.

        SQLite would go on to write into what can no longer be opened.
        """
        path = self.place.location
        if isinstance(path, Path) and (self._file is None or sqlite_file.identity(path) != self._file):
            raise UnreadableStudy(
                one_line(
                    f"{path} was removed, moved or replaced while the study was open: trials that end now "
                    "would be lost. Open the study where it is, or begin a new one."
                )
            )

    def check_can_grow(self) -> None:
        """Raise InvalidStudy if its trials depend on what only a newer version knows."""
        if self.unknown.changes_training:
            raise InvalidStudy(self.unknown.sentence(self.place.name))

    def is_deleted(self) -> bool:
        """Return whether the storage answers, and knows nothing of the study."""
        try:
            with self._database.session():
                return not self.optuna.user_attrs
        except UnreadableStudy:
            return False
        except KeyError:
            return True

    def set_strategy(self, strategy: Strategy) -> None:
        """Choose the next trials in another way, also when the study is opened again.

        Only what is changed is written: the rest may say what only a newer version knows.

        Raises:
            UnreadableStudy: A newer version has written all of it; or a map is to be none, or another study
                one, whose trials have numbers of their own.
        """
        if strategy == self._strategy:
            return
        if (strategy.sampler == MAP) != (self._strategy.sampler == MAP):
            kind = "a map stays one" if self._strategy.sampler == MAP else "it is no map, nor can become one"
            raise UnreadableStudy(one_line(f"The sampler of {self.place.label} cannot be changed: {kind}."))
        with self._database.session():
            kept = self._replaceable(STRATEGY, "sampler and pruner")
            self.optuna.set_user_attr(STRATEGY, changed_strategy_to_json(kept, self._strategy, strategy))
        self._strategy = strategy

    def keep_check(self, result: CheckResult) -> None:
        """Keep what fresh seeds have said; raise UnreadableStudy where a newer version has kept a check."""
        with self._database.session():
            self._replaceable(CHECK, "check")
            self.optuna.set_user_attr(CHECK, check_to_json(result))

    def check(self) -> CheckResult | None:
        """Return what fresh seeds have said; None where they have not, or it cannot be understood."""
        with self._database.session(is_reading=True):
            kept = self.optuna.user_attrs.get(CHECK)
        if kept is None:
            return None
        are_cells = self._strategy.sampler == MAP
        return check_from_json(kept, self.plan, self.unknown, are_cells=are_cells)

    def _replaceable(self, attribute: str, title: str) -> Any:
        """Return what the study keeps in an attribute that is to be written anew."""
        kept = self.optuna.user_attrs.get(attribute)
        if is_newer(attribute, kept):
            raise UnreadableStudy(
                one_line(
                    f"The {title} of {self.place.label} cannot be changed: a newer version of PPO Desktop "
                    "has written this; update this one."
                )
            )
        return kept

    # ---- trials --------------------------------------------------------------------------------

    def trials(self) -> list[TrialRecord]:
        """Return all trials by number; only those that had not ended when last asked are read anew."""
        with self._reading, self._database.session(is_reading=True):
            return [self._record(trial) for trial in self.optuna.get_trials(deepcopy=False)]

    def trial(self, number: int) -> TrialRecord:
        """Return a trial as the storage knows it now."""
        with self._database.session(is_reading=True):
            return read_trial(self._stored(number), self.plan)

    def begin(self) -> tuple[TrialRecord, str] | None:
        """Begin a trial, one that waits if there is any, and have its values chosen.

        Return it, and what is wrong with its values; nothing as a rule. Return None where a grid or a map has
        nothing left, or nothing that other programs are not at.
        """
        trials, sampler = self.trials(), self.optuna.sampler
        if self._strategy.sampler in EXHAUSTIVE and combinations_left(self.plan, trials) == 0:
            return None
        waiting = next((trial.number for trial in trials if trial.state is TrialState.WAITING), None)
        with self._database.session(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Heartbeat of storage")  # it does not know of ours
            warnings.filterwarnings("ignore", "Fixed parameter")  # what is wrong with it is returned
            if waiting is None and isinstance(sampler, MapSampler):
                return self._begin_cell(sampler, trials)
            return self._ask(self._add_waiting() if waiting is None else self._optuna_id(waiting))

    def _ask(self, first: int) -> tuple[TrialRecord, str] | None:
        """Begin a trial that Optuna gives us: as a rule the first that waits, by Optuna's id."""
        self._database.record_heartbeat(first)
        trial, sampler, problem = self.optuna.ask(), self.optuna.sampler, ""
        trial_id = self._optuna_id(trial.number)
        if trial_id != first:  # another program has begun that meanwhile
            self._database.record_heartbeat(trial_id)
        self._heartbeats.begin(trial.number, trial_id)
        if trial.user_attrs.get(WORKER) != self.worker:
            trial.set_user_attr(WORKER, self.worker)
        if isinstance(sampler, MapSampler):
            placed = self._placed(sampler, trial.number)
            if placed is None:
                return None
            sampler.combination = placed.combination
        try:
            for name, distribution in distributions(self.plan).items():
                _suggest(trial, name, distribution)
        except ValueError as error:  # values were queued that are none
            problem = one_line(str(error))
        if isinstance(sampler, SeededSampler):
            for key, value in sampler.attributes.items():
                trial.set_user_attr(key, value)
        return self.trial(trial.number), problem

    def _begin_cell(
        self, sampler: MapSampler, trials: Sequence[TrialRecord]
    ) -> tuple[TrialRecord, str] | None:
        """Begin the trial of a cell of the map, where none of its trials waits.

        Optuna is not asked: it would read all trials again. They are read again only where another program
        may have taken the same cell, because it has begun a trial since, or has one without values.
        """
        cell, storage = sampler.choose(trials), self._database.storage
        trial_id = self._add_waiting({COMBINATION: cell})
        self._database.record_heartbeat(trial_id)
        if not self._has_taken(trial_id):
            return self.begin()
        number = len(trials)
        is_next = self._optuna_id(number) == trial_id
        if not is_next:
            number = next(
                trial.number for trial in self.trials() if self._optuna_id(trial.number) == trial_id
            )
        self._heartbeats.begin(number, trial_id)
        if not is_next or any(trial.state is TrialState.RUNNING and not trial.values for trial in trials):
            placed = self._placed(sampler, number)
            if placed is None:
                return None
            cell = placed.combination
        assert cell is not None
        values = self.plan.combination_values(cell)
        for name, distribution in distributions(self.plan).items():
            storage.set_trial_param(trial_id, name, distribution.to_internal_repr(values[name]), distribution)
        begun = TrialRecord(
            number,
            TrialState.RUNNING,
            values,
            begun=datetime.now(),
            worker=self.worker,
            combination=cell,
        )
        return begun, ""

    def _placed(self, sampler: MapSampler, number: int) -> TrialRecord | None:
        """Return a running trial that has values, or a cell that no other has; end it where none is left.

        Of programs that choose the same cell at the same time, whoever is the last to write that down sees
        the others and chooses again: a cell is never begun twice.
        """
        trials = self.trials()
        while not _has_a_place(trials, number):
            if trials[number].combination is not None:
                time.sleep(random.uniform(0.0, _LONGEST_WAVERING))
                trials = self.trials()
            cell = sampler.choose(trial for trial in trials if trial.number != number)
            self._database.storage.set_trial_user_attr(self._optuna_id(number), COMBINATION, cell)
            trials = self.trials()
            if cell is None:
                self.end(trials[number], TrialState.INTERRUPTED, reason=NOTHING_LEFT)
                return None
        return trials[number]

    def report(self, trial: TrialRecord, steps: int, mean_return: float) -> bool:
        """Report a point of a running trial's curve to the pruner; return False where it ended elsewhere."""
        storage, trial_id = self._database.storage, self._optuna_id(trial.number)
        return self._change(
            trial.number, lambda: storage.set_trial_intermediate_value(trial_id, steps, mean_return)
        )

    def should_prune(self, trial: TrialRecord) -> bool:
        """Return whether the pruner would end a running trial, by what was reported to it."""
        with self._database.session():
            return self.optuna.pruner.prune(self.optuna, self._stored(trial.number))

    def keep_curve(self, trial: TrialRecord, points: Sequence[tuple[int, float]]) -> bool:
        """Keep a running trial's curve so far, (steps of each run, mean return) a point, for others to see.

        Return False where the trial has been ended elsewhere meanwhile.
        """
        return self._change(trial.number, lambda: self._set(trial, CURVE, curve_values(points)))

    def end(
        self,
        trial: TrialRecord,
        state: TrialState,
        objective: float | None = None,
        seed_objectives: Sequence[float] = (),
        reason: str = "",
        kept: KeptRuns | None = None,
    ) -> bool:
        """End a trial of this program; one that is interrupted will be tried again.

        A complete one has an objective, and what is maximised of each seed, a pruned one what it has come to;
        others a reason, in one line. Of all is kept what their runs have recorded.
        Return False where it has been ended elsewhere meanwhile: what is given here does not count.
        """
        attributes: dict[str, Any] = {SEED_OBJECTIVES: list(seed_objectives)} if seed_objectives else {}
        if state is TrialState.INTERRUPTED:
            attributes[INTERRUPTED] = True
        if reason:
            attributes[REASON] = reason
        if kept is not None:
            attributes[RUNS] = kept.value
        values = None if objective is None else [objective]

        def tell() -> None:
            for key, value in attributes.items():
                self._set(trial, key, value)
            trial_id = self._optuna_id(trial.number)
            # Not by Optuna's `tell`, which reads the trial twice.
            self._database.storage.set_trial_state_values(
                trial_id, _ENDS.get(state, OptunaState.FAIL), values
            )
            if state is TrialState.INTERRUPTED:
                enqueue_retry(self.optuna, self._stored(trial.number))

        try:
            return self._change(trial.number, tell)
        finally:  # one that the storage does not let end is found without signs of life
            self._heartbeats.end(trial.number)

    def stop_heartbeats(self) -> None:
        """Leave all trials of this program as they are, when they cannot be ended, to be tried again.

        It says nothing to the storage: any program that tends the study, this one included, finds them
        without signs of life.
        """
        self._heartbeats.end_all()

    # ---- trials of programs that have died -----------------------------------------------------

    def retry_stale_trials_when_due(self) -> None:
        """Do `retry_stale_trials` every few seconds, however often this is called."""
        if time.monotonic() - self._checked_at > STALENESS_SECONDS:
            self.retry_stale_trials()

    def retry_stale_trials(self) -> None:
        """Give up running trials that give no signs of life any more, and put their values back."""
        self._checked_at = time.monotonic()
        with self._database.session(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            self._heartbeats.record()  # a machine that has slept finds others dead, not itself
            fail_stale_trials(self.optuna)
        self._enqueue_missing_retries()

    def fail_abandoned(self, numbers: Sequence[int]) -> None:
        """Give up running trials that no program is at, and put their values back."""
        with self._database.session():
            for number in numbers:
                with suppress(ValueError, UpdateFinishedTrialError):  # another program has just done so
                    self.optuna.tell(number, state=OptunaState.FAIL)
                    enqueue_retry(self.optuna, self._stored(number))

    def hurry(self, *, is_hurried: bool = True) -> None:
        """Give a database that falls silent up sooner, also in a call that waits now; or as usual."""
        self._database.hurry(is_hurried=is_hurried)

    def close(self) -> None:
        """Close it; this program is at work no more."""
        self.hurry()
        self._heartbeats.close()
        self._database.close()

    def _add_waiting(self, attributes: Mapping[str, Any] | None = None) -> int:
        """Add a trial that waits, and return Optuna's id of it.

        So it can have a heartbeat before it runs: without one it would be running for ever if this program
        died before the next.
        """
        fresh = optuna.create_trial(
            state=OptunaState.WAITING, user_attrs={WORKER: self.worker, **(attributes or {})}
        )
        return self._database.storage.create_new_trial(self._id, fresh)

    def _has_taken(self, trial_id: int) -> bool:
        """Let a trial that waits run, by Optuna's id; return False where another program has done so."""
        try:
            return self._database.storage.set_trial_state_values(trial_id, OptunaState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def _enqueue_missing_retries(self) -> None:
        """Put values back that no trial tries again, where a program died between giving up and putting back.

        Only what was so at the last look as well: else a program may be at it.
        """
        trials = self.trials()
        retried = {trial.retry_of for trial in trials}
        interrupted = {
            trial.number for trial in trials if trial.state is TrialState.INTERRUPTED and is_decided(trial)
        }
        without_retry = interrupted - retried
        with self._database.session():
            for number in without_retry & self._without_retry:
                enqueue_retry(self.optuna, self._stored(number))
        self._without_retry = without_retry

    def _record(self, trial: FrozenTrial) -> TrialRecord:
        record = self._finished.get(trial.number)
        if record is None:
            record = read_trial(trial, self.plan)
            if trial.state.is_finished():
                self._finished[trial.number] = record
        return record

    def _optuna_id(self, number: int) -> int:
        if number not in self._ids:
            storage = self._database.storage
            self._ids[number] = storage.get_trial_id_from_study_id_trial_number(self._id, number)
        return self._ids[number]

    def _stored(self, number: int) -> FrozenTrial:
        return self._database.storage.get_trial(self._optuna_id(number))

    def _set(self, trial: TrialRecord, attribute: str, value: Any) -> None:
        self._database.storage.set_trial_user_attr(self._optuna_id(trial.number), attribute, value)

    def _change(self, number: int, change: Callable[[], object]) -> bool:
        """Change a running trial; return False where it has been ended elsewhere meanwhile."""
        with self._database.session():
            try:
                change()
            except UpdateFinishedTrialError:
                self._heartbeats.end(number)
                return False
        return True


def _has_a_place(trials: Sequence[TrialRecord], number: int) -> bool:
    """Return whether a trial of a map needs no other cell: it has values, or a cell that no other trial has.

    One that tries another again has that one's cell.
    """
    trial = trials[number]
    if trial.values or trial.combination is None:
        return bool(trial.values)
    others = {other.combination for other in trials if other.number != number}
    return trial.retry_of is not None or trial.combination not in others


def _suggest(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> None:
    """Have the value of a hyperparameter chosen; raise ValueError if it was given one that is none."""
    match distribution:
        case IntDistribution(low=low, high=high, log=log):
            trial.suggest_int(name, low, high, log=log)
        case FloatDistribution(low=low, high=high, log=log):
            trial.suggest_float(name, low, high, log=log)
        case CategoricalDistribution(choices=choices):
            trial.suggest_categorical(name, choices)
        case _:
            raise AssertionError(distribution)


class _Heartbeats:
    """Records heartbeats of the trials at work here, in a thread: Optuna's own does so in `optimize` only.

    `record` records one of a trial, by Optuna's id, each time that so many seconds have passed.
    """

    def __init__(self, record: Callable[[int], None], interval: float) -> None:
        self._record = record
        self._interval = interval
        self._ids: dict[int, int] = {}
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._keep_recording, name="heartbeat", daemon=True)
        self._thread.start()

    def begin(self, number: int, trial_id: int) -> None:
        """Give signs of life from now on for a trial that has just had one."""
        self._ids[number] = trial_id

    def end(self, number: int) -> None:
        """Give no more signs of life for a trial."""
        self._ids.pop(number, None)

    def end_all(self) -> None:
        """Give no more signs of life for any trial."""
        self._ids.clear()

    def record(self) -> None:
        """Give a sign of life for each trial."""
        for trial_id in list(self._ids.values()):
            self._record(trial_id)

    def close(self) -> None:
        """End the thread."""
        self._is_closed.set()
        self._thread.join(_ENDING_SECONDS)

    def _keep_recording(self) -> None:
        is_trouble_known = False
        while not self._is_closed.wait(self._interval):
            try:
                self.record()
                is_trouble_known = False
            except Exception as error:  # the search itself will notice
                if not is_trouble_known:
                    logger.warning("No heartbeat could be written: %s", what_went_wrong(error))
                is_trouble_known = True
