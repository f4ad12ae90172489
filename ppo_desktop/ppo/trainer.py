"""A2C and PPO as one generator of events."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Self

import numpy as np

from ppo_desktop.ppo.algorithms import UpdatePlan, update_plan
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.catalogue import plane_for
from ppo_desktop.ppo.checkpoint import (
    BEFORE_ROLLOUT,
    Boundary,
    Checkpoint,
    NotResumable,
    Wishes,
    generator_state,
    set_generator,
)
from ppo_desktop.ppo.declaration import Applies, InvalidHyperparameter, Value
from ppo_desktop.ppo.divergence import explain_divergence, likely_cause
from ppo_desktop.ppo.engines import COMPILED, Divergence
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.engines.choice import with_fast_engine
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment, solved_return
from ppo_desktop.ppo.events import (
    RETURN_WINDOW,
    EngineChanged,
    EpisodeEnded,
    Event,
    FinishReason,
    Frame,
    GoodMoment,
    HyperparametersChanged,
    MinibatchOptimized,
    RunFinished,
    RunStarted,
    StepsTaken,
    Survey,
    UpdateFinished,
)
from ppo_desktop.ppo.good_moments import GoodMoments
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.policy_state import PolicyMoment, Snapshot
from ppo_desktop.ppo.rollout import shuffled_minibatches
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import LiveHyperparameters, RunSettings
from ppo_desktop.ppo.step_settings import Measured, StepSettings, remaining_fraction, step_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ppo_desktop.ppo.agents import EndedEpisode
    from ppo_desktop.ppo.samples import MinibatchSamples

LONGEST_STRIDE = 256
"""A `Trainer.stride` that leaves it to the engine: some milliseconds fit into it, or an update."""

logger = logging.getLogger(__name__)


class Trainer:
    """One run of A2C or PPO.

    `events` is the run itself: asking for the next event makes it go on, not asking is a pause,
    closing it is the end. Nothing but `change` and `use_fast_engine` influences it from outside.

    Attributes:
        steps: Environment steps so far.
        update: Updates finished.
        boundary: Where it is looked next whether values are to be changed.
        stride: Most time steps, and most gradient steps, that may lie between two events; 1 tells of
            each. With more an engine works without a pause where it can. The run is the same.
        looks_within: Whether it may be of interest where an update is before it is over. If not, and with the
            longest stride, an update of some milliseconds is over before its first event is told.
        is_telling: Whether the next event is of such an update, which is over already.
        looks_closely: Whether each gradient step that is told of comes with the networks with which it began.
        before_update: Returns what had been learnt when the last update began, to which a divergence leads
            back; of a run that is resumed what its checkpoint had learnt, until something else is set.
    """

    def __init__(self, settings: RunSettings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.steps = 0
        self.update = 0
        self.stride = 1
        self.looks_within = self.looks_closely = False
        self.is_telling = False
        self._latest: MinibatchOptimized | None = None
        learnt = engine.snapshot()
        self.before_update: Callable[[], Snapshot] = lambda: learnt
        self._good_moments = GoodMoments()
        self._is_to_change_engine = False
        self._live = LiveHyperparameters(settings.algorithm, settings.hyperparameters)
        self.boundary = Boundary(1, BEFORE_ROLLOUT)
        self._known: deque[tuple[Boundary, Mapping[str, Value]]] = deque()
        self._fast_engine_at: frozenset[int] = frozenset()
        self._seeds_after: Mapping[int, int] = {}
        self._returns: deque[float] = deque(maxlen=RETURN_WINDOW)
        self._solved_return = solved_return(settings.environment_id)
        self._shuffler = _shuffler(settings.seed)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """The values in force."""
        return self._live.in_force

    @property
    def wanted(self) -> Hyperparameters:
        """The values that are to be in force, each after its boundary."""
        return self._live.wanted

    @property
    def returns(self) -> tuple[float, ...]:
        """Those of the last 100 episodes at most."""
        return tuple(self._returns)

    @property
    def is_to_end(self) -> bool:
        """Whether nothing more is to be learnt, after an update, as long as nothing else is wanted."""
        return self._reason_to_end(self.wanted) is not None

    @property
    def asked_for(self) -> Hyperparameters:
        """The values wanted when all is done again that was asked for before; see `redo`."""
        asked_for = self._live.wanted
        for _, values in self._known:
            with suppress(InvalidHyperparameter):  # as it will not be heard
                asked_for = asked_for.changed(values)
        return asked_for

    @property
    def hears_until(self) -> Boundary:
        """Where it hears the last of what was asked for before, see `redo`; without any, where it is."""
        return self._known[-1][0] if self._known else self.boundary

    @property
    def best(self) -> GoodMoment | None:
        """The best moment so far, None before an episode has ended."""
        return self._good_moments.best

    def checkpoint(self) -> Checkpoint:
        """Return the whole run as a value: before its first event, or right after an `UpdateFinished`.

        Raises:
            NotResumable: Its environments cannot be gone on with from where they are.
        """
        return Checkpoint(
            self.settings,
            self.engine.name,
            in_force=self._live.in_force,
            wanted=self._live.wanted,
            steps=self.steps,
            update=self.update,
            returns=self.returns,
            minibatches=generator_state(self._shuffler),
            good_moments=self._good_moments.state(),
            learner=self.engine.state(),
        )

    def policy_moment(self) -> PolicyMoment:
        """Return what it acts with now."""
        return PolicyMoment(
            self.settings,
            self.boundary.update - 1,
            self.steps,
            is_within_update=self.boundary.gradient_steps > 0,
            hyperparameters=self.hyperparameters,
            policy=self.engine.snapshot(),
        )

    @classmethod
    def resumed(cls, checkpoint: Checkpoint, engine: Engine, *, in_episodes: bool = True) -> Self:
        """Return a run that goes on from a checkpoint, with the same events as the run it is of.

        Args:
            checkpoint: Where it goes on.
            engine: A new one of the checkpoint's engine and settings; closed where an error is raised.
            in_episodes: Whether in the episodes that were going on; else it is another run.

        Raises:
            NotResumable: It cannot go on from there.
            EnvironmentFailure: An environment raised.
        """
        try:
            engine.resume(checkpoint.learner, in_episodes=in_episodes)
            trainer = cls(checkpoint.settings, engine)
            set_generator(trainer._shuffler, checkpoint.minibatches)
        except BaseException:
            engine.close()
            raise
        trainer.steps, trainer.update = checkpoint.steps, checkpoint.update
        trainer._live.in_force, trainer._live.wanted = checkpoint.in_force, checkpoint.wanted
        trainer.boundary = Boundary(checkpoint.update + 1, BEFORE_ROLLOUT)
        trainer._returns.extend(checkpoint.returns)
        trainer._good_moments.resume(checkpoint.good_moments)
        return trainer

    def redo(self, wishes: Wishes) -> None:
        """Have again, each at its boundary, what was asked of this run before and has not passed."""
        self._known = deque(wish for wish in wishes.values if wish[0] >= self.boundary)
        self._fast_engine_at = wishes.fast_engine
        self._seeds_after = wishes.seeds
        self._reach(self.boundary)

    def events(self) -> Generator[Event, None, None]:
        """Yield what happens, until the run is over; environments are closed at the end.

        After a `RunFinished` with reason "completed" or "solved" the run can go on: `change` what
        ended it (Total steps, Stop when solved) before asking for the next event.
        """
        try:
            yield RunStarted(self.settings, self.engine.spaces.n_actions, self.engine.name, self.update)
            yield from self._learn_until_it_diverges()
        except Exception as error:
            logger.exception("Run failed at step %d", self.steps)
            is_explained = isinstance(error, EnvironmentFailure | UnsupportedEnvironment)
            message = str(error) if is_explained else what_went_wrong(error)
            yield RunFinished(FinishReason.FAILED, self.steps, message)
        finally:
            self.engine.close()

    def catch_up(self, update: int) -> None:
        """Learn to the end of an update, before `events` are asked for; nothing is said of what happens.

        Raises:
            NotResumable: The run ends before.
            EnvironmentFailure: An environment raised.
        """
        self.stride = LONGEST_STRIDE
        events = self._learn_until_it_diverges()
        while self.update < update:
            if isinstance(next(events), RunFinished):
                raise NotResumable(f"it ended in update {self.update + 1} instead of learning on")
        self.stride = 1

    def change(self, hyperparameters: Hyperparameters) -> None:
        """Take over `hyperparameters`, each at its own next boundary (see `Applies`), and no others.

        Raises InvalidHyperparameter where no rollout can be cut into so many minibatches; nothing changes.
        """
        self._live.want(hyperparameters)
        self._known.clear()

    def reseed(self, seed: int) -> None:
        """Draw all that is still to be drawn from another seed; between two updates only."""
        self.settings = replace(self.settings, seed=seed)
        self.engine.reseed(seed)
        self._shuffler = _shuffler(seed)

    def use_fast_engine(self) -> None:
        """Go on with the fast engine after this update, where it can serve; see `EngineChanged`."""
        self._is_to_change_engine = True

    def look(self, agent: int, *, picture: bool = False, path: bool = False) -> Frame:
        """Return what an agent sees and thinks right now."""
        return self.engine.look(agent, self.steps, picture=picture, path=path)

    def survey(self) -> Survey | None:
        """Return what policy and critic think all over the environment's plane, None if it has none."""
        plane = plane_for(self.settings.environment_id)
        return None if plane is None else self.engine.survey(plane.observations(plane.grid()))

    def look_at(self, samples: MinibatchSamples, row: int) -> Frame:
        """Return what the agent of a sample saw and did, and what it would think of it now."""
        return self.engine.look_at(samples, row, self.steps)

    def look_closely(self) -> MinibatchOptimized | None:
        """Return the last gradient step with the networks with which it began; None before the first.

        Where it was not looked at closely, those of its update are taken again up to it, aside.
        """
        latest = self._latest
        if latest is None or latest.networks is not None:
            return latest
        parameters = self.engine.parameters_before(self.before_update(), latest.trace.parts)
        self._latest = self._with_networks(latest, parameters)
        return self._latest

    def parameters_sha256(self) -> str:
        """Return a fingerprint of the networks' parameters."""
        return self.engine.parameters_sha256()

    # ---- the algorithm -------------------------------------------------------------------------

    def _learn_until_it_diverges(self) -> Iterator[Event]:
        """Learn until there is reason to end; after a divergence what was learnt before it is kept."""
        try:
            yield from self._learn()
        except Divergence as divergence:
            logger.warning("Run diverged at step %d: %s", self.steps, divergence)
            self.engine.restore(self.before_update())
            largest = self.engine.largest_numbers()
            cause = likely_cause(self.hyperparameters, self.settings.algorithm, largest)
            message = explain_divergence(self.hyperparameters, cause, largest)
            yield RunFinished(FinishReason.DIVERGED, self.steps, message, cause)

    def _learn(self) -> Iterator[Event]:
        """Collect rollouts and improve the networks on each in turn, until there is reason to end."""
        while True:
            if (seed := self._seeds_after.get(self.update)) is not None:
                self.reseed(seed)
            yield from self._change_engine_if_asked_to()
            yield from self._take_over_changes(Applies.NEXT_ROLLOUT)
            reason = self._reason_to_end(self.hyperparameters)
            if reason is None:
                yield from self._learn_once()
                continue
            yield RunFinished(reason, self.steps)
            if self._reason_to_end(self._live.wanted) is reason:
                return

    def _learn_once(self) -> Iterator[Event]:
        """Collect a rollout and improve on it; at once where nobody looks in between."""
        hyperparameters = self.hyperparameters
        self.engine.begin_rollout(hyperparameters)
        self._good_moments.begin_rollout(self.steps, self.update + 1, hyperparameters.n_envs)
        plan = update_plan(self.settings.algorithm, hyperparameters)
        if self._can_learn_at_once(plan):
            yield from self._learn_at_once(plan)
        else:
            yield from self._collect_rollout()
            yield from self._improve(plan)

    def _can_learn_at_once(self, plan: UpdatePlan) -> bool:
        """Whether the next update may be over before the first of its events is told."""
        if self.stride < LONGEST_STRIDE or self.looks_within or self.looks_closely:
            return False
        is_to_change = self._live.wanted is not self._live.in_force
        is_to_hear = self._known and self._known[0][0].update == self.update + 1
        return not is_to_change and not is_to_hear and self.engine.can_learn_at_once(plan)

    def _learn_at_once(self, plan: UpdatePlan) -> Iterator[Event]:
        """Collect a rollout and improve on it, then tell what has happened."""
        hyperparameters = self.hyperparameters
        begun_at = self.steps
        self.steps += plan.samples
        minibatches = self._draw_minibatches(plan)
        learnt = self.engine.learn_at_once(
            hyperparameters, minibatches, plan.n_minibatches, self._step_settings()
        )
        self._reach(Boundary(self.update + 2, BEFORE_ROLLOUT))
        self.is_telling = True
        yield from self._tell_of_episodes(learnt.ended, begun_at)
        yield StepsTaken(self.steps, hyperparameters.rollout_length, hyperparameters.rollout_length)
        if (before := learnt.before) is not None:
            self.before_update = lambda: before
            self._latest = None
        if learnt.divergence is not None:
            self.is_telling = False
            self.boundary = Boundary(self.update + 1, 0)
            raise learnt.divergence
        self._latest = self._minibatch_optimized(plan, learnt.gradient_steps, None)
        yield self._latest
        self.is_telling = False
        yield self._end_update(plan, learnt.gradient_steps, learnt.measured, learnt.state_entropies)

    def _collect_rollout(self) -> Iterator[Event]:
        """Let N agents take T steps with the present policy, and compute the advantages."""
        hyperparameters = self.hyperparameters
        begun_at, time = self.steps, 0
        while time < hyperparameters.rollout_length:
            time, ended = self.engine.step(min(self.stride, hyperparameters.rollout_length - time))
            self.steps = begun_at + time * hyperparameters.n_envs
            yield from self._tell_of_episodes(ended, begun_at)
            yield StepsTaken(self.steps, time, hyperparameters.rollout_length)
        self.engine.finish_rollout(hyperparameters)

    def _tell_of_episodes(self, ended: Sequence[EndedEpisode], begun_at: int) -> Iterator[Event]:
        """Tell of episodes that have ended in a rollout that began after so many steps."""
        n_envs = self.hyperparameters.n_envs
        for ended_at, agent, episode_return, length in ended:
            self._returns.append(episode_return)
            steps = begun_at + ended_at * n_envs
            self._good_moments.end_episode(steps, agent, episode_return, length)
            yield EpisodeEnded(steps, agent, episode_return, length, self._mean_return())

    def _draw_minibatches(self, plan: UpdatePlan) -> list[NDArray[np.int64]]:
        """Draw those of all epochs: how many random numbers an update takes depends on its plan alone."""
        return [
            minibatch
            for _ in range(plan.n_epochs)
            for minibatch in shuffled_minibatches(plan.samples, plan.n_minibatches, self._shuffler)
        ]

    def _improve(self, plan: UpdatePlan) -> Iterator[Event]:
        """Go through the rollout for K epochs of M minibatches; each is one gradient step."""
        learnt = self.engine.snapshot()
        self.before_update = lambda: learnt
        self._latest = None
        minibatches, taken = self._draw_minibatches(plan), 0
        while taken < plan.gradient_steps and not self._has_moved_too_far(plan, taken):
            yield from self._take_over_changes(Applies.NEXT_MINIBATCH, taken)
            end = self._end_of_stride(plan, taken)
            parameters = None
            if self.looks_closely:
                if taken + 1 < end:
                    taken += self.engine.improve(minibatches[taken : end - 1], self._step_settings())
                parameters, end = self.engine.parameters.copy(), taken + 1
            taken += self.engine.improve(minibatches[taken:end], self._step_settings())
            self._reach(Boundary(self.update + 1, taken))
            self._latest = self._minibatch_optimized(plan, taken, parameters)
            yield self._latest
        measured, state_entropies = self.engine.measure_update()
        self._reach(Boundary(self.update + 2, BEFORE_ROLLOUT))
        yield self._end_update(plan, taken, measured, state_entropies)

    def _end_update(
        self, plan: UpdatePlan, taken: int, measured: Measured, state_entropies: Floats
    ) -> UpdateFinished:
        """Count an update whose gradient steps are done, and say what was measured."""
        self.update += 1
        return UpdateFinished(
            update=self.update,
            steps=self.steps,
            mean_return_100=self._mean_return(),
            state_entropies=state_entropies,
            best=self.best,
            epochs_run=taken // plan.n_minibatches,
            **measured,
        )

    def _has_moved_too_far(self, plan: UpdatePlan, taken: int) -> bool:
        """Whether target KL ends the update: checked between epochs, never before the first."""
        target = self.hyperparameters.target_kl
        if target is None or taken == 0 or taken % plan.n_minibatches:
            return False
        return self.engine.approx_kl() > target

    def _end_of_stride(self, plan: UpdatePlan, taken: int) -> int:
        """Return how many gradient steps may lie before the next event; target KL looks after each epoch."""
        end = min(taken + self.stride, plan.gradient_steps)
        if self.boundary.gradient_steps == taken + 1:  # a change was told of: there may be another wish
            return taken + 1
        if self._known and self._known[0][0].update == self.update + 1:
            end = min(end, self._known[0][0].gradient_steps)
        if self.hyperparameters.target_kl is None:
            return end
        return min(end, taken - taken % plan.n_minibatches + plan.n_minibatches)

    def _minibatch_optimized(
        self, plan: UpdatePlan, taken: int, parameters: Floats | None
    ) -> MinibatchOptimized:
        """Return the event of gradient step number `taken` of an update, looked at with parameters before."""
        epoch, minibatch = divmod(taken - 1, plan.n_minibatches)
        trace = self.engine.trace()
        event = MinibatchOptimized(epoch + 1, plan.n_epochs, minibatch + 1, plan.n_minibatches, trace)
        return event if parameters is None else self._with_networks(event, parameters)

    def _with_networks(self, event: MinibatchOptimized, parameters: Floats) -> MinibatchOptimized:
        """Return a gradient step of the present update with the networks just before it."""
        old = self.before_update().parameters
        networks = self.engine.step_networks(event.samples.indices, old, parameters)
        return replace(event, networks=networks)

    def _change_engine_if_asked_to(self) -> Iterator[Event]:
        """Let the fast engine go on with what the present one has, if it can, and say which one serves."""
        has_changed_here = self.update + 1 in self._fast_engine_at and self.engine.name != COMPILED
        if (self._is_to_change_engine and self.update) or has_changed_here:
            self._is_to_change_engine = False
            self._latest = None
            settings = replace(self.settings, hyperparameters=self.hyperparameters)
            self.engine = with_fast_engine(self.engine, settings)
            yield EngineChanged(self.steps, self.update + 1, self.engine.name)

    # ---- what it rests on ----------------------------------------------------------------------

    def _step_settings(self) -> StepSettings:
        """Return what a gradient step is to do now."""
        remaining = remaining_fraction(self.settings.hyperparameters, self.hyperparameters, self.steps)
        return step_settings(self.settings.algorithm, self.hyperparameters, remaining)

    def _mean_return(self) -> float:
        """Return the mean return of the last 100 episodes, nan before the first has ended."""
        return fmean(self._returns) if self._returns else math.nan

    def _reason_to_end(self, hyperparameters: Hyperparameters) -> FinishReason | None:
        """Return why a run with these values is over, None if it is not."""
        if hyperparameters.stop_when_solved and self._is_solved():
            return FinishReason.SOLVED
        total = hyperparameters.total_steps
        return FinishReason.COMPLETED if total is not None and self.steps >= total else None

    def _is_solved(self) -> bool:
        """Whether the mean return of 100 episodes has reached the environment's threshold."""
        if self._solved_return is None or len(self._returns) < RETURN_WINDOW:
            return False
        return self._mean_return() >= self._solved_return

    def _take_over_changes(self, boundary: Applies, gradient_steps: int = BEFORE_ROLLOUT) -> Iterator[Event]:
        """Put wanted values in force whose moment has come, and say so."""
        changes = self._live.take_over(boundary)
        is_before_rollout = gradient_steps == BEFORE_ROLLOUT
        if is_before_rollout and self._reason_to_end(self.hyperparameters):
            pass  # there is no rollout: whatever is asked now is looked at here again
        elif changes or is_before_rollout:
            self._reach(Boundary(self.update + 1, gradient_steps + 1))
        if changes:
            yield HyperparametersChanged(self.steps, self.update + 1, changes)

    def _reach(self, boundary: Boundary) -> None:
        """Be where values are looked at next, and hear what was asked there before."""
        self.boundary = boundary
        while self._known and self._known[0][0] <= boundary:
            values = self._known.popleft()[1]
            try:
                self._live.want(self._live.wanted.changed(values))
            except (
                InvalidHyperparameter
            ) as error:  # something else has been asked since, which it contradicts
                logger.warning("%s is not heard again: %s", values, error)


def _shuffler(seed: int) -> np.random.Generator:
    return np.random.default_rng(stream_seed(seed, Stream.MINIBATCHES))
