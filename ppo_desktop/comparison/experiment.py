"""Lets the runs of a comparison learn together, and keeps what they say."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ppo_desktop.comparison.estimate import engine_of_comparison
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import Recorder, RunRecord
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.engines.choice import make_engine, useful_threads
from ppo_desktop.ppo.events import Event, FinishReason, RunFinished, UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.runner import Runner
from ppo_desktop.runs.speeds import MeasuredTrainer

SNAPSHOT_SECONDS = 0.3
"""Shortest time between two copies of the policy of a watched run."""

logger = logging.getLogger(__name__)


class Experiment:
    """The runs of one comparison.

    Finished runs are never repeated. Paused ones go on where they are. One that was ended in the
    middle begins anew with the next start, and comes to the same numbers, for equal settings give
    equal runs.

    Args:
        comparison: What is compared.
        keep: Called with every run that has ended, in the thread it ran in.
        engine: Name of the engine that is wanted.
        finished: Runs that were finished before.
        together: Whether all runs learn together; else one seed after the other, so that a comparison
            that is stopped has finished runs.

    Attributes:
        comparison: What is compared.
        engine: Name of the engine that is wanted.
        records: The record of each run that has begun. Its policy is among it while it is watched, and at
            its end.
    """

    def __init__(
        self,
        comparison: Comparison,
        keep: Callable[[RunKey, RunRecord], None],
        engine: str = COMPILED,
        finished: dict[RunKey, RunRecord] | None = None,
        *,
        together: bool = True,
    ) -> None:
        self.comparison = comparison
        self.engine = engine
        self.records: dict[RunKey, RunRecord] = dict(finished or {})
        self._keep = keep
        self._together = together
        self._watched: frozenset[RunKey] = frozenset()
        self._runner: Runner | None = None
        self._going_on: set[RunKey] = set()

    # ---- what one may do -----------------------------------------------------------------------

    def start(self) -> None:
        """Let all runs that have not ended learn; those that were paused go on."""
        if self._runner is None:
            threads = useful_threads(engine_of_comparison(self.comparison, self.engine))
            self._runner = Runner(threads, together=self._together)
        for key in self.comparison.run_keys():
            if not self._has_ended(key) and key not in self._going_on:
                self._going_on.add(key)
                run = _Run(self, key)
                self.records[key] = run.recorder.record
                self._runner.add(run.create, run.take)
        self._runner.resume()

    def pause(self) -> None:
        """Let every run rest after the update it is in."""
        if self._runner is not None:
            self._runner.pause()

    def resume(self) -> None:
        """Let them go on."""
        if self._runner is not None:
            self._runner.resume()

    def stop(self) -> None:
        """End all runs where they are; what has ended stays."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None
            self._going_on.clear()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all runs that were started have ended, or so many seconds; return whether they have."""
        return self._runner is None or self._runner.wait(timeout)

    def extend(self, n_seeds: int) -> None:
        """Have so many seeds from the next start on; runs of seeds already done stay."""
        self.comparison = self.comparison.with_seeds(n_seeds)

    def watch(self, keys: frozenset[RunKey]) -> None:
        """Keep copies of what these runs learn, while they learn it."""
        self._watched = keys

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Whether every run has ended."""
        return all(self._has_ended(key) for key in self.comparison.run_keys())

    @property
    def steps_taken(self) -> int:
        """Environment steps that have really been taken, those of earlier times included."""
        return sum(record.steps for record in list(self.records.values()))

    @property
    def steps_done(self) -> int:
        """Environment steps of all runs so far; those of ended ones count as all of theirs."""
        return sum(self._steps_done(key) for key in self.comparison.run_keys())

    # ---- how it is done ------------------------------------------------------------------------

    def _has_ended(self, key: RunKey) -> bool:
        record = self.records.get(key)
        return record is not None and record.end is not None

    def _steps_done(self, key: RunKey) -> int:
        record = self.records.get(key)
        if record is None:
            return 0
        return record.steps if record.end is None else self.comparison.steps_of(key.variant)

    def _is_watched(self, key: RunKey) -> bool:
        return key in self._watched

    def _ended(self, key: RunKey, record: RunRecord) -> None:
        self._going_on.discard(key)
        try:
            self._keep(key, record)
        except Exception:  # the results are not lost because they cannot be kept
            logger.exception("A run could not be kept")


class _Run:
    """One run on its way through the runner's threads."""

    def __init__(self, experiment: Experiment, key: RunKey) -> None:
        comparison = experiment.comparison
        self._experiment = experiment
        self._key = key
        self._trainer: Trainer | None = None
        self._copied_at = 0.0
        self.recorder = Recorder(comparison.total_steps, comparison.environment_id)

    def create(self) -> Trainer:
        settings = self._experiment.comparison.settings(self._key)
        engine = make_engine(settings, self._experiment.engine)
        self._trainer = MeasuredTrainer(settings, engine, has_way_back=False)
        return self._trainer

    def take(self, event: Event) -> None:
        match event:
            case UpdateFinished():
                self.recorder.take(event)
                self._copy_if_watched()
            case RunFinished():
                self._finish(event)
            case _:
                self.recorder.take(event)

    def _copy_if_watched(self) -> None:
        now = time.perf_counter()
        if self._experiment._is_watched(self._key) and now - self._copied_at > SNAPSHOT_SECONDS:
            self._copied_at = now
            self._copy()

    def _copy(self) -> None:
        assert self._trainer is not None
        snapshot = self._trainer.engine.snapshot()
        assert isinstance(snapshot, PolicyState)
        self.recorder.record.policy = PolicyState(snapshot.parameters, snapshot.observations)

    def _finish(self, event: RunFinished) -> None:
        fingerprint = ""
        if self._trainer is not None and event.reason is not FinishReason.FAILED:
            self._copy()
            fingerprint = self._trainer.parameters_sha256()
        self.recorder.take(event, fingerprint)
        self._trainer = None  # of many finished runs it would be much
        self._experiment._ended(self._key, self.recorder.record)
