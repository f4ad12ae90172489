"""What the trainer speaks to, and what every engine does in the same way: networks, noise, snapshots."""

from __future__ import annotations

import copy
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.actor_critic import ActorCritic
from ppo_desktop.ppo.agents import Agents, EndedEpisode, LastStep, as_tuple
from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.arrays import Floats, Pixels
from ppo_desktop.ppo.checkpoint import EngineState, generator_state, require_like, require_own, set_generator
from ppo_desktop.ppo.contract import BrokenPromise
from ppo_desktop.ppo.divergence import LargestNumbers
from ppo_desktop.ppo.engines import Divergence
from ppo_desktop.ppo.environments import EnvironmentFailure, Spaces
from ppo_desktop.ppo.events import Frame, PassedThrough, Survey
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.memory import memory_errors_translated, require_memory
from ppo_desktop.ppo.normalization import ObservationNormalizer, RewardScaler
from ppo_desktop.ppo.perturbation import Perturbation, Perturbed
from ppo_desktop.ppo.policy_state import AdamMoments, PolicyState, Snapshot, sha256_of
from ppo_desktop.ppo.rollout import RecentRollouts, Rollout
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_networks import StepNetworks
from ppo_desktop.ppo.step_settings import Measured, StepSettings
from ppo_desktop.ppo.update_trace import EvaluatedRollout, GradientSteps, UpdateTrace

if TYPE_CHECKING:
    from ppo_desktop.ppo.engines.compiled_agents import CompiledAgents

logger = logging.getLogger(__name__)


def require_finite(policy_entropy: float, approx_kl: float) -> None:
    """Raise Divergence where the policy's outputs after an update are not finite."""
    if not math.isfinite(policy_entropy) or not math.isfinite(approx_kl):
        raise Divergence("The policy's outputs are no longer finite after the update.")


def _action_generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(stream_seed(seed, Stream.ACTIONS))


@dataclass(frozen=True, eq=False)
class LearntAtOnce:
    """What has happened in a rollout and the update on it.

    Attributes:
        ended: The episodes that ended.
        divergence: Why it went no further; None where it is whole.
        before: What had been learnt before the first gradient step; None where it did not come to that.
        gradient_steps: How many were taken.
        measured: What was measured of the update.
        state_entropies: The policy's entropy in each state afterwards.
    """

    ended: list[EndedEpisode]
    divergence: Divergence | None
    before: Snapshot | None = None
    gradient_steps: int = 0
    measured: Measured = field(default_factory=dict)
    state_entropies: Floats = field(default_factory=lambda: np.empty(0, np.float32))


class Engine(ABC):
    """Acts, evaluates and improves; holds agents, networks and the current rollout of one run.

    How a step is taken and the gradient found is the engine's own.

    Attributes:
        name: `COMPILED` or `PYTORCH`.
        actor: The policy.
        critic: What judges states.
        parameters: Of both, one flat array that changes in place.
    """

    name: str

    @np.errstate(all="ignore")
    def __init__(self, settings: RunSettings, agents: Agents | CompiledAgents) -> None:
        self._environment_id = settings.environment_id
        self._agents = agents
        try:
            with memory_errors_translated(settings.environment_id):
                self._require_memory(settings.hyperparameters)
                self._prepare(settings)
        except BaseException:
            agents.close()
            raise

    def _prepare(self, settings: RunSettings) -> None:
        """Make the networks and what stands between them and the agents."""
        hyperparameters = settings.hyperparameters
        initialization = np.random.default_rng(stream_seed(settings.seed, Stream.INITIALIZATION))
        self._architecture = hyperparameters
        networks = ActorCritic.initialized(self.spaces, hyperparameters, initialization)
        self.actor, self.critic, self.parameters = networks.actor, networks.critic, networks.parameters
        self._n_actor_parameters = networks.n_actor_parameters
        self._action_generator = _action_generator(settings.seed)
        self._observation_normalizer = ObservationNormalizer(
            self.spaces.n_observations, enabled=hyperparameters.normalize_observations
        )
        self._reward_scaler = RewardScaler(len(self._agents), enabled=hyperparameters.normalize_rewards)
        self._recent = RecentRollouts()
        self._rollout = Rollout.empty(0, len(self._agents), self.spaces)
        self._has_failed_to_draw = False
        self._time = 0

    @property
    def spaces(self) -> Spaces:
        """Sizes of observations and actions."""
        return self._agents.spaces

    def begin_anew(self, seed: int) -> None:
        """Let every agent begin an episode, and draw actions, as in an engine made with this seed.

        Raises EnvironmentFailure where an environment raised, or returned nonsense.
        """
        self._agents.begin_anew(seed)
        self._action_generator = _action_generator(seed)

    def begin_rollout(self, hyperparameters: Hyperparameters, *, is_deterministic: bool = False) -> None:
        """Prepare an empty rollout and draw its noise; the number of agents follows.

        Without noise each action is the most probable one. Raises UnsupportedEnvironment where there is not
        enough memory for a rollout that has grown.
        """
        length, n_envs = hyperparameters.rollout_length, hyperparameters.n_envs
        if (length, n_envs) != self._size:
            self._require_memory(hyperparameters)
        if n_envs != len(self._agents):
            self._agents.resize(n_envs)
            self._reward_scaler.resize(n_envs)
        self._rollout = Rollout.empty(length, n_envs, self.spaces)
        self._rollout.observations[0] = self._agents.observations
        self._noise = self.actor.draw_noise(length, n_envs, self._action_generator)
        if is_deterministic:
            self._noise[:] = 0.0
        self._time = 0
        self._recent.begin(self._rollout)

    def step(self, at_most: int) -> tuple[int, list[EndedEpisode]]:
        """Let every agent take a step, or several, up to `at_most`: as many as go without a pause.

        Return the steps taken in this rollout so far, and the episodes that ended in these. It raises
        EnvironmentFailure where an environment raised, or returned a number that is not finite. In
        Gymnasium's environments it is always one step.
        """
        del at_most
        assert isinstance(self._agents, Agents)
        time, rollout = self._time, self._rollout
        outputs = self._actor_outputs(rollout.observations[time])
        actions = self.actor.sample(outputs, self._noise[time])
        rollout.actions[time] = actions
        ended = self._agents.step(rollout, time, actions)
        self._time += 1
        return self._time, ended

    def perturb(self, perturbation: Perturbation) -> Perturbed | None:
        """Change by hand what the only agent plays in, one of Gymnasium's environments.

        Return what was done; None where its episode is over.
        """
        assert isinstance(self._agents, Agents)
        perturbed = self._agents.perturb(perturbation)
        self._rollout.observations[self._time] = self._agents.observations
        return perturbed

    @abstractmethod
    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Compute values, log-probabilities, advantages and value targets of the full rollout.

        Raises Divergence where one of them is not finite.
        """

    def _begin_update(self, evaluated: EvaluatedRollout) -> None:
        """Take no gradient step yet on a rollout."""
        self._evaluated = evaluated
        self._steps: list[GradientSteps] = []

    @abstractmethod
    def improve(self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings) -> int:
        """Take a gradient step on the first minibatch, and on as many after it as go without a pause.

        Args:
            minibatches: The samples of each, (B,) indices t·N + agent into the rollout. All of them
                come in the rollout's own order: the ratio is then exactly 1 in the first step.
            settings: What each step is to do.

        Returns:
            How many steps were taken, at least one.

        Raises:
            Divergence: A gradient is not finite; the step was not taken.
        """

    @property
    def rollout(self) -> Rollout:
        """The present rollout, filled as far as it has got."""
        return self._rollout

    def trace(self) -> UpdateTrace:
        """Return the update as far as it has got, after its first gradient step."""
        return UpdateTrace(self._evaluated, tuple(self._steps))

    def step_networks(
        self, indices: NDArray[np.int64], parameters_old: Floats, parameters: Floats
    ) -> StepNetworks:
        """Return networks with these parameters, and what they saw of samples of the present rollout.

        Args:
            indices: The samples.
            parameters_old: Of the networks that collected the rollout.
            parameters: Of those just before the gradient step on these samples.
        """
        old, now = (
            ActorCritic(self.spaces, self._architecture, each) for each in (parameters_old, parameters)
        )
        return StepNetworks(old, now, self._seen_observations[indices])

    def parameters_before(self, before: Snapshot, steps: Sequence[GradientSteps]) -> Floats:
        """Return the parameters just before the last of all gradient steps of the present update.

        They are taken again, from what had been learnt before them; then everything is as it was.
        """
        parameters, moments = self.parameters.copy(), self._moments()
        aside = copy.copy(self)  # what is counted there does not count here
        aside._steps = []
        try:
            aside._set_learnt(before.parameters, before.moments)
            one_by_one = [(part.settings, minibatch) for part in steps for minibatch in part.minibatches]
            # Together again, with as few pauses as can be, however they were looked at the first time.
            for settings, together in groupby(one_by_one[:-1], key=itemgetter(0)):
                left = [minibatch for _, minibatch in together]
                while left:
                    left = left[aside.improve(left, settings) :]
            return self.parameters.copy()
        finally:
            self._set_learnt(parameters, moments)

    def _set_learnt(self, parameters: Floats, moments: AdamMoments) -> None:
        """Take gradient steps on from these parameters and Adam's state."""
        self.parameters[:] = parameters
        self._restore_moments(moments)

    def can_learn_at_once(self, plan: UpdatePlan) -> bool:
        """Return whether it can collect a rollout and improve on it in one call, of some milliseconds."""
        del plan
        return False

    def learn_at_once(
        self,
        hyperparameters: Hyperparameters,
        minibatches: Sequence[NDArray[np.int64]],
        n_minibatches: int,
        settings: StepSettings,
    ) -> LearntAtOnce:
        """Fill the rollout that has begun, take a gradient step on each minibatch, and measure the update.

        The same as `step`, `finish_rollout`, `improve` and `measure_update` in turn. Where target KL is on,
        no epoch, of `n_minibatches`, begins when the policy has moved too far.
        """
        raise NotImplementedError

    @abstractmethod
    def approx_kl(self) -> float:
        """Return how far the policy has moved since the rollout, over the whole batch, nats."""

    @abstractmethod
    def measure_update(self) -> tuple[Measured, NDArray[np.float32]]:
        """Return what the gradient steps since the rollout did and led to, and the entropy in each state.

        What is measured at each step is the mean over them. Raises Divergence where the policy's outputs are
        not finite.
        """

    def _step_columns(self) -> list[tuple[float, ...]]:
        """Return what was measured at the gradient steps since the rollout, a tuple for each number."""
        return list(zip(*(row for part in self._steps for row in part.numbers.tolist()), strict=True))

    def snapshot(self) -> Snapshot:
        """Return a copy of all that has been learnt: parameters, optimiser, running statistics."""
        return Snapshot(
            parameters=self.parameters.copy(),
            observations=self._observation_normalizer.statistics,
            moments=self._moments(),
            rewards=self._reward_scaler.statistics,
        )

    def act_as(self, policy: PolicyState) -> None:
        """Act as the policy of a run with the same networks; of others raise ValueError, changing nothing."""
        own, seen = self.parameters, self._observation_normalizer.statistics
        pairs = (
            (policy.parameters, own),
            (policy.observations.mean, seen.mean),
            (policy.observations.variance, seen.variance),
        )
        if any(given.shape != known.shape for given, known in pairs):  # a single number would fit anything
            raise ValueError("the policy belongs to other networks")
        own[:] = policy.parameters
        self._observation_normalizer.restore(policy.observations)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this engine; environments and random numbers go on from where they are."""
        self.act_as(snapshot)
        self._restore_moments(snapshot.moments)
        self._reward_scaler.restore(snapshot.rewards)

    def state(self) -> EngineState:
        """Return all there is between two rollouts, as a value.

        Raises:
            NotResumable: The agents' environments cannot be gone on with from where they are.
        """
        return EngineState(
            self.snapshot(),
            self._reward_scaler.discounted.copy(),
            generator_state(self._action_generator),
            self._agents.state(),
        )

    def resume(self, state: EngineState, *, in_episodes: bool = True) -> None:
        """Go on from where an engine of the same run, with as many agents, was.

        Args:
            state: Where it was.
            in_episodes: Whether in the episodes that were going on, else in new ones.

        Raises:
            NotResumable: It is not of such a run, or an environment cannot go on from there.
        """
        agents = state.agents
        if len(agents.returns) != len(self._agents):
            self._agents.resize(len(agents.returns))
        if in_episodes:
            self._agents.restore(agents)
        require_own(state.learnt, self.snapshot())
        self.restore(state.learnt)
        discounted = require_like(state.discounted, np.zeros(len(self._agents)), "rewards")
        self._reward_scaler.resume(discounted)
        set_generator(self._action_generator, state.actions)

    def reseed(self, seed: int) -> None:
        """Draw actions, and what is random in the environments, from another seed, between two rollouts."""
        self._action_generator = _action_generator(seed)
        self._agents.reseed(seed)

    def _take_over(self, other: Engine) -> None:
        """Go on between two rollouts with all that another engine of the same run has, but for its agents."""
        self.restore(other.snapshot())
        self._reward_scaler.resume(other._reward_scaler.discounted)
        self._action_generator = other._action_generator
        self._recent, self._rollout, self._time = other._recent, other._rollout, other._time

    def parameters_sha256(self) -> str:
        """Return a fingerprint of all parameters, policy first; equal runs have equal ones."""
        return sha256_of(self.parameters)

    def look(self, agent: int, steps: int, *, picture: bool, path: bool) -> Frame:
        """Return what an agent sees and thinks after so many steps; the last one where it is no longer there.

        It changes nothing and draws no random number. Gymnasium's picture, and where the agent has been, come
        along if they are wanted.
        """
        agent = min(agent, len(self._agents) - 1)
        drawn = self._draw(agent) if picture else None
        walked = self._recent.path(agent, self._time) if path else ()
        return self._frame(agent, self._agents.last_step(agent), steps, drawn, walked)

    def look_at(self, samples: MinibatchSamples, row: int, steps: int) -> Frame:
        """Return what the agent of a sample saw and did, and what it would think of it now."""
        seen = LastStep(as_tuple(samples.actions[row]), samples.observations[row], False, math.nan, 0)
        return self._frame(int(samples.agents[row]), seen, steps)

    @np.errstate(all="ignore")
    def _frame(
        self,
        agent: int,
        step: LastStep,
        steps: int,
        drawn: Pixels | str | None = None,
        path: tuple[NDArray[np.float32], ...] = (),
    ) -> Frame:
        seen = self._observation_normalizer(step.observation[np.newaxis])
        *actor_passed, outputs = self.actor.perceptron.layer_by_layer(seen)
        *critic_passed, values = self.critic.layer_by_layer(seen)
        return Frame(
            environment_id=self._environment_id,
            agent=agent,
            n_agents=len(self._agents),
            observation=step.observation,
            episode_over=step.episode_over,
            action=step.action,
            policy=self.actor.describe(outputs[0]),
            value=values.item(),
            entropy=self.actor.entropy(outputs).item(),
            episode_return=step.episode_return,
            episode_length=step.length,
            steps=steps,
            picture=None if isinstance(drawn, str) else drawn,
            no_picture=drawn if isinstance(drawn, str) else "",
            path=path,
            passed=PassedThrough(
                seen[0],
                tuple(layer[0] for layer in actor_passed),
                tuple(layer[0] for layer in critic_passed),
            ),
        )

    @np.errstate(all="ignore")
    def survey(self, observations: NDArray[np.float32]) -> Survey:
        """Return what policy and critic think of raw observations (G, n_observations), as when acting.

        Changes nothing, draws no random number.
        """
        seen = self._observation_normalizer(observations)
        policy = self.actor.probabilities_or_means(self.actor.perceptron(seen))
        return Survey(policy, self.critic(seen)[:, 0])

    def largest_numbers(self) -> LargestNumbers:
        """Return the largest reward and observation of the present rollout."""
        rewards, observations = np.abs(self._rollout.rewards), np.abs(self._rollout.observations)
        return LargestNumbers(float(rewards.max()), float(observations.max()))

    def close(self) -> None:
        """Close the environments."""
        self._agents.close()

    def _require_memory(self, hyperparameters: Hyperparameters) -> None:
        require_memory(self._environment_id, self.spaces, hyperparameters)
        self._size = (hyperparameters.rollout_length, hyperparameters.n_envs)

    def _draw(self, agent: int) -> Pixels | str | None:
        """Return the picture of an agent's environment, or why there is none; that is logged only once."""
        try:
            return self._agents.picture(agent)
        except EnvironmentFailure as failure:
            if not self._has_failed_to_draw:
                self._has_failed_to_draw = True
                logger.warning("%s", failure, exc_info=not isinstance(failure.__cause__, BrokenPromise))
            return str(failure)

    @property
    @abstractmethod
    def _seen_observations(self) -> Floats:
        """The observations of the evaluated rollout as the networks see them, (T·N, n_observations)."""

    @abstractmethod
    def _moments(self) -> AdamMoments:
        """Return a copy of Adam's state."""

    @abstractmethod
    def _restore_moments(self, moments: AdamMoments) -> None:
        """Go back to a copy of Adam's state."""

    def _actor_outputs(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actor's outputs for raw observations (B, n_observations)."""
        return self.actor.perceptron(self._observation_normalizer(observations))
