"""Lets the runs of a comparison learn side by side, and says what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from ppo_desktop.comparison.comparison_cost import engine_of_comparison
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import Recorder, RunRecord
from ppo_desktop.jobs.job import Ended, Idle, Job
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.engines.choice import make_engine, useful_threads
from ppo_desktop.ppo.events import Event, FinishReason, RunFinished, UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.abandoned import MOMENT
from ppo_desktop.runs.runner import Runner
from ppo_desktop.runs.speeds import MeasuredTrainer

SNAPSHOT_SECONDS = 0.3
"""Shortest time between two copies of the policy of a watched run."""
_RESTING_SECONDS = MOMENT / 2
"""Longest time for runs to come to rest; whoever ends a thread that follows them waits longer."""
_ENOUGH = 0.005
"""Part of all steps after which their pace says something."""


@dataclass(frozen=True)
class RunAdvanced:
    """Another point of the curves of a run is complete; its record goes on."""

    key: RunKey
    record: RunRecord


@dataclass(frozen=True)
class RunEnded:
    """Nothing more will come of a run."""

    key: RunKey
    record: RunRecord


RunEvent = RunAdvanced | RunEnded


class Experiment(Job[RunEvent]):
    """The runs of one comparison. Use it as a context, or call `close`.

    Finished runs are never repeated. Those that were paused, or cancelled in the middle, go on where they
    are when events are asked for again, until it is closed. One of which nothing but its comparison was
    kept begins anew, and comes to the same numbers, for equal settings give equal runs.

    Args:
        finished: Runs that were finished before.
        together: Whether all runs learn together; else one seed after the other, so that a comparison
            that is cancelled has finished runs.
        follow: Is called with each event of each run, in the thread in which that learns.

    Attributes:
        records: The record of each run that has begun. Its policy is among it while it is watched, and at
            its end.
    """

    def __init__(
        self,
        comparison: Comparison,
        engine: str = COMPILED,
        finished: dict[RunKey, RunRecord] | None = None,
        *,
        together: bool = True,
        follow: Callable[[RunKey, Event], object] | None = None,
    ) -> None:
        super().__init__(_ENOUGH * comparison.work)
        self.comparison = comparison
        self.engine = engine
        self.records: dict[RunKey, RunRecord] = dict(finished or {})
        self._together = together
        self._follow = follow
        self._watched: frozenset[RunKey] = frozenset()
        self._going_on: set[RunKey] = set()

    # ---- what one may do -----------------------------------------------------------------------

    def close(self) -> None:
        """End all runs where they are; what has ended stays."""
        self.cancel()
        self._is_over = True
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()
            self._going_on.clear()

    def __enter__(self) -> Experiment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def extend(self, n_seeds: int) -> None:
        """Have so many seeds from the next time on; runs of seeds already done stay."""
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
    def done(self) -> int:
        """Environment steps of all runs so far; those of ended ones count as all of theirs."""
        return sum(self._steps_done(key) for key in self.comparison.run_keys())

    @property
    def total(self) -> int:
        """Environment steps of all runs."""
        return self.comparison.work

    @property
    def worked(self) -> int:
        """Environment steps that have really been taken, those of earlier times included."""
        return sum(record.steps for record in list(self.records.values()))

    # ---- how it is done ------------------------------------------------------------------------

    def _work(self) -> Generator[RunEvent | Idle, None, Ended]:
        try:
            if not self._is_cancelled and not self.is_complete:
                self._let_learn()
            while not self._is_cancelled and self._goes_on():
                yield self._next_progress() or Idle()
            yield from self._untold()  # what has ended waits for none that does not answer
        finally:
            self._rest()
        yield from self._untold()  # what has ended before all came to rest
        return Ended(self._reason())

    def _untold(self) -> Generator[RunEvent]:
        while not self._progressed.empty():
            if (event := self._progressed.get()) is not None:
                yield event

    def _let_learn(self) -> None:
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
        self._follow_wishes()

    def _goes_on(self) -> bool:
        """Whether runs learn or rest of which there is more to come."""
        return bool(self._going_on) and self._runner is not None and not self._runner.wait(0)

    def _rest(self) -> None:
        """Let the runs rest, if they have not ended, and wait for that, but for none that does not answer."""
        if self._runner is not None:
            self._runner.pause()
            self._runner.wait_for_rest(_RESTING_SECONDS)

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

    def _put(self, event: RunEvent) -> None:
        if isinstance(event, RunEnded):
            self._going_on.discard(event.key)
        self._progressed.put(event)


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
        self._trainer = MeasuredTrainer(settings, engine)
        return self._trainer

    def take(self, event: Event) -> None:
        if self._experiment._follow is not None:
            self._experiment._follow(self._key, event)
        match event:
            case UpdateFinished():
                self._advance(event)
            case RunFinished():
                self._finish(event)
            case _:
                self.recorder.take(event)

    def _advance(self, event: UpdateFinished) -> None:
        record = self.recorder.record
        n_bins = record.bins_done
        self.recorder.take(event)
        self._copy_if_watched()
        if record.bins_done > n_bins:
            self._experiment._put(RunAdvanced(self._key, record))

    def _copy_if_watched(self) -> None:
        now = time.perf_counter()
        if self._experiment._is_watched(self._key) and now - self._copied_at > SNAPSHOT_SECONDS:
            self._copied_at = now
            self._copy()

    def _copy(self) -> None:
        assert self._trainer is not None
        snapshot = self._trainer.engine.snapshot()
        self.recorder.record.policy = PolicyState(snapshot.parameters, snapshot.observations)

    def _finish(self, event: RunFinished) -> None:
        fingerprint = ""
        if self._trainer is not None and event.reason is not FinishReason.FAILED:
            self._copy()
            fingerprint = self._trainer.parameters_sha256()
        self.recorder.take(event, fingerprint)
        self._trainer = None  # of many finished runs it would be much
        self._experiment._put(RunEnded(self._key, self.recorder.record))
