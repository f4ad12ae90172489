"""A2C and PPO as one generator of events."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Generator, Iterator
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.agents import EnvironmentFailure
from ppo_desktop.ppo.divergence import explain_divergence
from ppo_desktop.ppo.engines import Divergence, Engine, GradientStep, Objective
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    Event,
    FinishReason,
    Frame,
    HyperparametersChanged,
    MinibatchOptimized,
    RunFinished,
    RunStarted,
    StepsTaken,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import (
    DECLARATIONS,
    Algorithm,
    Applies,
    Hyperparameters,
    changed_fields,
    update_plan,
)
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings

RETURN_WINDOW = 100
"""Episodes in the moving mean of returns."""

logger = logging.getLogger(__name__)


class Trainer:
    """One run of A2C or PPO.

    `events` is the run itself: asking for the next event makes it go on, not asking is a pause,
    closing it is the end. Nothing but `change` influences it from outside.
    """

    def __init__(self, settings: RunSettings, engine: Engine) -> None:
        self.settings = settings
        self.hyperparameters = settings.hyperparameters
        self.engine = engine
        self.steps = 0
        self.update = 0
        self._wanted = settings.hyperparameters
        self._returns: deque[float] = deque(maxlen=RETURN_WINDOW)
        self._shuffler = np.random.default_rng(stream_seed(settings.seed, Stream.MINIBATCHES))

    def events(self) -> Generator[Event, None, None]:
        """Yield what happens, until the run is over; environments are closed at the end.

        After a `RunFinished` with reason "completed" the run can go on: raise Total steps with
        `change` before asking for the next event.
        """
        try:
            yield RunStarted(self.settings, self.engine.spaces.n_actions)
            while True:
                yield from self._adopt(Applies.NEXT_ROLLOUT)
                if self._budget_is_spent():
                    yield RunFinished(FinishReason.COMPLETED, self.steps)
                    if self._wanted.total_steps == self.hyperparameters.total_steps:
                        return
                    continue
                yield from self._collect_rollout()
                yield from self._improve()
        except Divergence as divergence:
            logger.warning("Run diverged at step %d: %s", self.steps, divergence)
            self.engine.restore_parameters()
            message = explain_divergence(self.hyperparameters, self.settings.algorithm)
            yield RunFinished(FinishReason.DIVERGED, self.steps, message)
        except Exception as error:
            logger.exception("Run failed at step %d", self.steps)
            message = str(error) if isinstance(error, EnvironmentFailure) else what_went_wrong(error)
            yield RunFinished(FinishReason.FAILED, self.steps, message)
        finally:
            self.engine.close()

    def change(self, hyperparameters: Hyperparameters) -> None:
        """Take over `hyperparameters`, each at its own next boundary (see `Applies`).

        Raises:
            InvalidHyperparameter: The rollout cannot be cut into so many minibatches; nothing changes.
        """
        update_plan(self.settings.algorithm, hyperparameters)
        self._wanted = hyperparameters

    def look(self, agent: int, *, picture: bool = False) -> Frame:
        """Return what an agent sees and thinks right now."""
        return self.engine.look(agent, self.steps, picture=picture)

    def parameters_sha256(self) -> str:
        """Return a fingerprint of the networks' parameters."""
        return self.engine.parameters_sha256()

    def _collect_rollout(self) -> Iterator[Event]:
        hyperparameters = self.hyperparameters
        self.engine.begin_rollout(hyperparameters)
        for time in range(1, hyperparameters.rollout_length + 1):
            ended = self.engine.step()
            self.steps += hyperparameters.n_envs
            for agent, episode_return, length in ended:
                self._returns.append(episode_return)
                yield EpisodeEnded(self.steps, agent, episode_return, length, fmean(self._returns))
            yield StepsTaken(self.steps, time, hyperparameters.rollout_length)
        self.engine.finish_rollout(hyperparameters)

    def _improve(self) -> Iterator[Event]:
        self.engine.keep_parameters()
        plan = update_plan(self.settings.algorithm, self.hyperparameters)
        taken: list[GradientStep] = []
        epochs_run = 0
        while epochs_run < plan.n_epochs and not self._has_moved_too_far(epochs_run):
            epochs_run += 1
            for minibatch, indices in enumerate(self._shuffled_minibatches(plan.n_minibatches), start=1):
                yield from self._adopt(Applies.NEXT_MINIBATCH)
                objective = self._objective()
                step = self.engine.improve(indices, objective)
                taken.append(step)
                yield MinibatchOptimized(
                    epoch=epochs_run,
                    n_epochs=plan.n_epochs,
                    minibatch=minibatch,
                    n_minibatches=plan.n_minibatches,
                    clip_range=objective.clip_range,
                    indices=indices,
                    ratios=step.ratios,
                    advantages=step.advantages,
                    objectives=step.objectives,
                    gradient_cut=step.gradient_cut,
                )
        self.update += 1
        yield self._update_finished(taken, epochs_run)

    def _shuffled_minibatches(self, n_minibatches: int) -> list[NDArray[np.int64]]:
        """Return the rollout's indices in a new order, cut into parts that differ by one at most.

        A rollout that is not cut keeps its own order.
        """
        samples = self.hyperparameters.samples_per_rollout
        if n_minibatches == 1:
            return [np.arange(samples)]
        return np.array_split(self._shuffler.permutation(samples), n_minibatches)

    def _has_moved_too_far(self, epochs_run: int) -> bool:
        """Whether target KL ends the update: checked between epochs, never before the first."""
        target = self.hyperparameters.target_kl
        if target is None or epochs_run == 0 or self.settings.algorithm is Algorithm.A2C:
            return False
        return self.engine.approx_kl() > target

    def _objective(self) -> Objective:
        """Return what a gradient step is to do now; A2C knows no clip."""
        hyperparameters = self.hyperparameters
        remaining = self._remaining_fraction() if hyperparameters.anneal else 1.0
        clip_range = hyperparameters.clip_range if self.settings.algorithm is Algorithm.PPO else None
        return Objective(
            learning_rate=hyperparameters.learning_rate * remaining,
            clip_range=None if clip_range is None else clip_range * remaining,
            entropy_coef=hyperparameters.entropy_coef,
            value_coef=hyperparameters.value_coef,
            max_grad_norm=hyperparameters.max_grad_norm,
            normalize_advantages=hyperparameters.normalize_advantages,
        )

    def _remaining_fraction(self) -> float:
        """Return the part of the total steps still to come when this rollout began, in (0, 1]."""
        assert self.hyperparameters.total_steps is not None
        begun_at = self.steps - self.hyperparameters.samples_per_rollout
        return 1.0 - begun_at / self.hyperparameters.total_steps

    def _budget_is_spent(self) -> bool:
        total = self.hyperparameters.total_steps
        return total is not None and self.steps >= total

    def _adopt(self, boundary: Applies) -> Iterator[Event]:
        """Take over the wanted values whose moment has come, and say so."""
        due = {
            name: change
            for name, change in changed_fields(self.hyperparameters, self._wanted).items()
            if _is_due(DECLARATIONS[name].applies, boundary)
        }
        if not due:
            return
        self.hyperparameters = self.hyperparameters.changed({name: new for name, (_, new) in due.items()})
        yield HyperparametersChanged(self.steps, self.update + 1, due)

    def _update_finished(self, taken: list[GradientStep], epochs_run: int) -> UpdateFinished:
        measures = self.engine.measure_update()
        return UpdateFinished(
            update=self.update,
            steps=self.steps,
            mean_return_100=fmean(self._returns) if self._returns else math.nan,
            policy_entropy=measures.policy_entropy,
            clip_fraction=fmean(step.clip_fraction for step in taken),
            gradient_cut_fraction=fmean(step.gradient_cut_fraction for step in taken),
            approx_kl=measures.approx_kl,
            explained_variance=measures.explained_variance,
            return_spread=measures.return_spread,
            policy_loss=fmean(step.policy_loss for step in taken),
            value_loss=fmean(step.value_loss for step in taken),
            gradient_norm=fmean(
                math.hypot(step.policy_gradient_norm, step.value_gradient_norm) for step in taken
            ),
            policy_gradient_norm=fmean(step.policy_gradient_norm for step in taken),
            value_gradient_norm=fmean(step.value_gradient_norm for step in taken),
            max_ratio=measures.max_ratio,
            min_ratio=measures.min_ratio,
            epochs_run=epochs_run,
        )


def _is_due(applies: Applies, boundary: Applies) -> bool:
    """Whether a value that applies at `applies` may be taken over at `boundary`."""
    return applies is boundary or (boundary is Applies.NEXT_ROLLOUT and applies is Applies.NEXT_MINIBATCH)
