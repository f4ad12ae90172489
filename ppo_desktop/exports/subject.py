"""What is exported: a kept run as it was at the end of an update."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ppo_desktop import library
from ppo_desktop.exports.format import Offer
from ppo_desktop.exports.naming import run_title
from ppo_desktop.ppo.actor_critic import ActorCritic, n_all_parameters
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT, NotResumable, Wishes, require_own
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines.choice import LOADING, is_loaded
from ppo_desktop.ppo.environments import Spaces, known_spaces
from ppo_desktop.ppo.events import (
    EngineChanged,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import ObservationNormalizer
from ppo_desktop.ppo.policy_state import PolicyMoment, Snapshot, sha256_of
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.journal import KeptEvent
from ppo_desktop.runs.kept import KeptRun


class Change(NamedTuple):
    """A value that was taken over on the way.

    Attributes:
        update: Number of the first update in which it counts, from 1.
        gradient_step: How many gradient steps of that update were taken before; `BEFORE_ROLLOUT` where it
            counts from the update's rollout on.
        name: The hyperparameter.
        value: The new one.
    """

    update: int
    gradient_step: int
    name: str
    value: Value


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a run had learnt at a moment.

    Attributes:
        moment: When, with which values in force, and whether there is a doubt that it is this.
        snapshot: The networks' parameters, Adam's state, running statistics.
        spaces: Of the environment.
        engine: Name of the engine that has learnt it last.
        parameters_sha256: Fingerprint of the parameters.
    """

    moment: PolicyMoment
    snapshot: Snapshot
    spaces: Spaces
    engine: str
    parameters_sha256: str

    @property
    def hyperparameters(self) -> Hyperparameters:
        """The values in force."""
        return self.moment.hyperparameters

    @cached_property
    def networks(self) -> ActorCritic:
        """Actor and critic, on the parameters of the snapshot."""
        return ActorCritic(self.spaces, self.hyperparameters, self.snapshot.parameters)

    @property
    def value_scale(self) -> float:
        """By what V(s) is multiplied to be in the units of the environment's rewards."""
        rewards = self.snapshot.rewards
        is_scaled = self.hyperparameters.normalize_rewards and rewards.count >= 2
        return math.sqrt(float(rewards.variance[0]) + 1e-8) if is_scaled else 1.0

    @cached_property
    def normalizer(self) -> ObservationNormalizer:
        """What brings observations to the scale that the networks see."""
        normalizer = ObservationNormalizer(
            self.spaces.n_observations, enabled=self.hyperparameters.normalize_observations
        )
        normalizer.restore(self.snapshot.observations)
        return normalizer


class ExportedRun:
    """A kept run as it was at the end of an update.

    Args:
        kept: The run.
        update: The update, None for its last one.

    Attributes:
        kept: The run.
        update: The number of the update; 0 is before the first.
        doubt: Why what it had learnt may be something else than was kept, in one line; empty as long as
            it is not known of any reason.
    """

    def __init__(self, kept: KeptRun, update: int | None = None) -> None:
        self.kept = kept
        self.update = kept.journal.updates if update is None else update
        self.doubt = ""

    @property
    def name(self) -> str:
        """What files are named after."""
        own = library.labels_of(self.kept.folder).name
        return run_title(own, self.settings, None if self.is_at_end else self.update)

    @property
    def settings(self) -> RunSettings:
        """What made the run; of a branch that draws from another seed it has the branch's."""
        return self.kept.settings

    @property
    def first_settings(self) -> RunSettings:
        """What made the run with which all began: this one, or the first of those that it goes on from."""
        return self.kept.line[-1][0].settings

    @property
    def is_at_end(self) -> bool:
        """Whether it is as it was at its end."""
        return self.update == self.kept.journal.updates

    @property
    def end(self) -> RunFinished | None:
        """How the run ended; None where it has not, or went on after this moment."""
        return self.kept.journal.end if self.is_at_end else None

    @property
    def wishes(self) -> Wishes:
        """What was asked of it on the way, and from which seeds and engines it went on."""
        return self.kept.wishes().until(self.update)

    @cached_property
    def engines(self) -> tuple[str, ...]:
        """Names of the engines that have learnt, in order."""
        first = self.kept.line[-1][0].journal.engine
        changed = [event.engine for event in self._happened() if isinstance(event, EngineChanged)]
        return (first, *changed)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The values that were taken over on the way, in order."""
        heard: dict[tuple[int, str], deque[tuple[int, Value]]] = {}
        for boundary, values in self.wishes.values:
            if boundary.gradient_steps > BEFORE_ROLLOUT:
                for name, value in values.items():
                    waiting = heard.setdefault((boundary.update, name), deque())
                    waiting.append((boundary.gradient_steps, value))
        changes: list[Change] = []
        for event in self._happened():
            if isinstance(event, HyperparametersChanged):
                is_within = event.steps >= self._steps_after(event.update)
                for name, (_, value) in event.changes.items():
                    waiting = heard.get((event.update, name), deque()) if is_within else deque()
                    changes.append(Change(event.update, _taken_before(waiting, value), name, value))
        return tuple(changes)

    def events(self) -> Iterator[KeptEvent]:
        """Yield what is known of the way here, also in the runs that it goes on from, in order."""
        for kept, last in reversed(self.kept.line):
            until = min(last, self.update)
            if until <= kept.journal.begins_after:
                continue
            for event in kept.events():
                if isinstance(event, RunFinished):
                    break
                if isinstance(event, UpdateFinished) and event.update >= until:
                    if event.update == until:  # else its numbers are damaged
                        yield event
                    break
                yield event
        if self.end is not None:
            yield self.end

    @property
    def is_learnt_kept(self) -> bool:
        """Whether what it had learnt then is kept as such, so that `learnt` is quick and needs no engine."""
        return self.settings.environment_id in KNOWN_ENVIRONMENTS and self.kept.has_exactly(self._moment)

    @property
    def is_soon_learnt(self) -> bool:
        """Whether `learnt` takes no longer than the time between two keyframes.

        So it is where what it had learnt then is kept, and after the last keyframe, in a process in which the
        engines that have learnt it are loaded.
        """
        if self.is_learnt_kept:
            return True
        keyframes = (
            update for kept, last in self.kept.line for update in kept.journal.keyframes if update <= last
        )
        return (
            self.settings.environment_id in KNOWN_ENVIRONMENTS
            and max(keyframes, default=0) <= self.update
            and all(map(is_loaded, self.engines))
        )

    @cached_property
    def learnt(self) -> Learnt:
        """What it had learnt then; some of it may have to be learnt again.

        Raises: one of `library.UNUSABLE`.
        """
        kept = self._learnt_as_kept() if self.is_learnt_kept else None
        return self._learnt_again() if kept is None else kept

    @property
    def _moment(self) -> int | None:
        return None if self.is_at_end else self.update

    def _learnt_as_kept(self) -> Learnt | None:
        """Return what it had learnt by the keyframe of then; None where that cannot be used."""
        checkpoint = self.kept.checkpoint_at(self._moment)
        if checkpoint is None:
            return None
        snapshot, values = checkpoint.learner.learnt, checkpoint.in_force
        with LOADING:
            spaces = known_spaces(self.settings.environment_id)
        try:
            require_own(
                snapshot, Snapshot.of_nothing(spaces.n_observations, n_all_parameters(spaces, values))
            )
        except NotResumable:
            return None
        self.doubt = self.kept.damage
        moment = PolicyMoment(
            checkpoint.settings,
            checkpoint.update,
            checkpoint.steps,
            is_within_update=False,
            hyperparameters=values,
            policy=snapshot,
            doubt=self.doubt,
        )
        return Learnt(moment, snapshot, spaces, checkpoint.engine, sha256_of(snapshot.parameters))

    def _learnt_again(self) -> Learnt:
        run = self.kept.restore(self._moment)
        self.doubt = self.kept.doubt_of(run)
        with closing(run.engine):
            return Learnt(
                replace(run.policy_moment(), doubt=self.doubt),
                run.engine.snapshot(),
                run.engine.spaces,
                run.engine.name,
                run.parameters_sha256(),
            )

    def _happened(self) -> Iterator[EngineChanged | HyperparametersChanged]:
        for kept, last in reversed(self.kept.line):
            until = min(last, self.update)
            yield from (event for event in kept.journal.changes() if event.update <= until)

    def _steps_after(self, update: int) -> float:
        """Return the environment steps at the end of an update on the way here."""
        for kept, last in self.kept.line:
            if kept.journal.begins_after < update <= last and (row := kept.journal.row_of(update)):
                return row[0]
        return float("inf")


def _taken_before(heard: deque[tuple[int, Value]], value: Value) -> int:
    """Return after how many gradient steps a value was heard that was taken over, and forget those before."""
    while heard:
        gradient_steps, wanted = heard.popleft()
        if wanted == value:
            return gradient_steps
    return BEFORE_ROLLOUT


def offered_run(
    name: str, run: str, update: int | None = None, folder: Path | None = None
) -> Offer[ExportedRun]:
    """Return a kept run at a moment as an offer.

    Args:
        name: Files are named after it.
        run: Its id.
        update: The update; None for its last. One that has just been learnt is waited for.
        folder: In which the runs are; None for where they are kept.
    """

    def open_run() -> ExportedRun:
        if update is None:
            return ExportedRun(library.open_run(run, folder), None)
        kept = library.wait_for(run, update, folder)
        return ExportedRun(kept, None if update == kept.journal.updates else update)

    return Offer(name, open_run)
