"""The reference engine: plain PyTorch with autograd, for any Gymnasium environment."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ppo_desktop.ppo.advantages import (
    explained_variance,
    generalized_advantage_estimate,
    normalize_advantages,
)
from ppo_desktop.ppo.agents import Agents, EndedEpisode, LastStep, as_tuple
from ppo_desktop.ppo.engines import Divergence, GradientStep, StepSettings, UpdateMeasures
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import Frame, Survey
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.networks import NumpyForward, ValueNetwork, flatten_parameters, make_policy_network
from ppo_desktop.ppo.normalization import ObservationNormalizer, RewardScaler, RunningStatistics
from ppo_desktop.ppo.objective import approx_kl, calculate_losses, calculate_ratios, total_loss
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import MinibatchSamples, fractions_clipped_and_cut
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trajectory import RecentRollouts

ADAM_EPSILON = 1e-5
"""The value of PPO's first implementation ("The 37 implementation details of PPO")."""

_UNUSED_ENTROPY = torch.zeros(())
"""Stands for the entropy where it has no weight, as in most settings; computing it takes time."""


class Batch(NamedTuple):
    """The samples of one rollout, flattened to B = T·N rows in the order t·N + agent.

    Attributes:
        observations: (B, n_observations), normalised if so set.
        actions: (B,) or (B, D), as drawn.
        log_probs: (B,), log π_old(a|s).
        values: (B,), V(s) at rollout time.
        advantages: (B,), Â before normalisation.
        value_targets: (B,), Â + V(s): what the critic learns.
    """

    observations: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    advantages: Tensor
    value_targets: Tensor

    def rows(self, indices: NDArray[np.int64]) -> Batch:
        """Return the samples `indices` in their order."""
        return Batch(*(torch.from_numpy(column.numpy()[indices]) for column in self))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that has been learnt at one moment, copied.

    Attributes:
        parameters: Of both networks, policy first.
        moments: Adam's state; empty before its first step.
        observations: Statistics that normalise the observations.
        rewards: Statistics that scale the rewards.
    """

    parameters: Tensor
    moments: dict[str, Tensor]
    observations: RunningStatistics
    rewards: RunningStatistics


class PyTorchEngine:
    """Networks, optimiser and agents of one run, on one CPU thread."""

    def __init__(self, settings: RunSettings) -> None:
        torch.set_num_threads(1)  # two threads never helped, and give other bits
        hyperparameters = settings.hyperparameters
        self._environment_id = settings.environment_id
        self._agents = Agents(settings.environment_id, hyperparameters.n_envs, settings.seed)
        initialization = _generator(settings.seed, Stream.INITIALIZATION)
        self.policy = make_policy_network(self.spaces, hyperparameters, initialization)
        self.value = ValueNetwork(self.spaces, hyperparameters, initialization)
        self._parameters = flatten_parameters([self.policy, self.value])
        assert self._parameters.grad is not None
        self._gradient = self._parameters.grad.numpy()
        self._act = NumpyForward(self.policy.body)  # now that the weights are where they will stay
        self._n_policy_parameters = sum(parameter.numel() for parameter in self.policy.parameters())
        self._adam = torch.optim.Adam([self._parameters], eps=ADAM_EPSILON, fused=True)
        self._action_generator = _generator(settings.seed, Stream.ACTIONS)
        self._observation_normalizer = ObservationNormalizer(
            self.spaces.n_observations, enabled=hyperparameters.normalize_observations
        )
        self._reward_scaler = RewardScaler(len(self._agents), enabled=hyperparameters.normalize_rewards)
        self._recent = RecentRollouts()
        self._time = 0

    @property
    def spaces(self) -> Spaces:
        """Sizes of observations and actions."""
        return self._agents.spaces

    def begin_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Prepare an empty rollout and draw its noise; the number of agents follows."""
        length, n_envs = hyperparameters.rollout_length, hyperparameters.n_envs
        if n_envs != len(self._agents):
            self._agents.resize(n_envs)
            self._reward_scaler.resize(n_envs)
        self._rollout = Rollout.empty(length, n_envs, self.spaces)
        self._rollout.observations[0] = self._agents.observations
        self._noise = self.policy.draw_noise(length, n_envs, self._action_generator).numpy()
        self._time = 0
        self._recent.begin(self._rollout)

    def step(self) -> list[EndedEpisode]:
        """Let every agent draw an action from the policy and take it."""
        time, rollout = self._time, self._rollout
        outputs = self._policy_outputs(rollout.observations[time])
        actions = self.policy.sample(outputs, self._noise[time])
        rollout.actions[time] = actions
        ended = self._agents.step(rollout, time, actions)
        self._time += 1
        return ended

    @torch.no_grad()
    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Evaluate the rollout in one batch: taken as one minibatch, its first ratios are exactly 1."""
        rollout = self._rollout
        length, n_envs = rollout.rewards.shape
        rows = rollout.observations.reshape(-1, self.spaces.n_observations)
        observations = self._seen(rows)
        values = self.value(observations).view(length + 1, n_envs)
        acted_on = observations[: length * n_envs]
        actions = torch.from_numpy(rollout.actions).flatten(0, 1)
        log_probs = self.policy.log_prob(self.policy(acted_on), actions)
        advantages = generalized_advantage_estimate(
            torch.from_numpy(self._reward_scaler(rollout.rewards, rollout.ended, hyperparameters.gamma)),
            values[:-1],
            self._next_values(values),
            torch.from_numpy(rollout.terminated),
            torch.from_numpy(rollout.truncated),
            hyperparameters.gamma,
            hyperparameters.gae_lambda,
        ).flatten()
        rollout_values = values[:-1].flatten()
        self._batch = Batch(
            acted_on, actions, log_probs, rollout_values, advantages, advantages + rollout_values
        )
        self._check_batch()
        self._minibatches: list[MinibatchSamples] = []  # those of the update to come
        self._observation_normalizer.update(rows[: length * n_envs])

    def improve(self, indices: NDArray[np.int64], settings: StepSettings) -> GradientStep:
        """Take one gradient step on the samples `indices` of the rollout."""
        batch = self._minibatch(indices)
        advantages = batch.advantages
        if settings.normalize_advantages:
            advantages = normalize_advantages(advantages)
        outputs = self.policy(batch.observations)
        log_probs = self.policy.log_prob(outputs, batch.actions)
        policy_loss, value_loss = calculate_losses(
            log_probs,
            batch.log_probs,
            advantages,
            self.value(batch.observations),
            batch.value_targets,
            settings.clip_range,
        )
        loss = total_loss(
            policy_loss,
            value_loss,
            self.policy.entropy(outputs) if settings.entropy_coef > 0 else _UNUSED_ENTROPY,
            settings.value_coef,
            settings.entropy_coef,
        )
        policy_norm, value_norm = self._descend(loss, settings)
        samples = MinibatchSamples(
            rollout=self._rollout,
            indices=indices,
            log_probs_old=batch.log_probs.numpy(),
            log_probs=log_probs.detach().numpy(),
            raw_advantages=batch.advantages.numpy(),
            advantages=advantages.numpy(),
            clip_range=settings.clip_range,
        )
        self._minibatches.append(samples)
        return GradientStep(samples, policy_loss.item(), value_loss.item(), policy_norm, value_norm)

    @torch.no_grad()
    def approx_kl(self) -> float:
        """Return how far the policy has moved since the rollout, over the whole batch, nats."""
        log_probs = self.policy.log_prob(self.policy(self._batch.observations), self._batch.actions)
        return approx_kl(log_probs, self._batch.log_probs).item()

    @torch.no_grad()
    def measure_update(self) -> UpdateMeasures:
        """Return entropy, divergence, ratios and the critic's foresight, over the whole batch."""
        batch = self._batch
        outputs = self.policy(batch.observations)
        log_probs = self.policy.log_prob(outputs, batch.actions)
        ratios, _ = calculate_ratios(log_probs, batch.log_probs, None)
        entropies = self.policy.entropy(outputs)
        clipped, cut = fractions_clipped_and_cut(self._minibatches)
        measures = UpdateMeasures(
            clip_fraction=clipped,
            gradient_cut_fraction=cut,
            policy_entropy=entropies.mean().item(),
            state_entropies=entropies.numpy(),
            approx_kl=approx_kl(log_probs, batch.log_probs).item(),
            explained_variance=explained_variance(batch.values, batch.value_targets).item(),
            return_spread=batch.value_targets.std(correction=0).item(),
            max_ratio=ratios.max().item(),
            min_ratio=ratios.min().item(),
        )
        if not math.isfinite(measures.policy_entropy) or not math.isfinite(measures.approx_kl):
            raise Divergence("The policy's outputs are no longer finite after the update.")
        return measures

    def snapshot(self) -> Snapshot:
        """Return a copy of all that has been learnt: parameters, optimiser, running statistics."""
        return Snapshot(
            self._parameters.detach().clone(),
            {name: moment.clone() for name, moment in self._adam.state[self._parameters].items()},
            self._observation_normalizer.statistics,
            self._reward_scaler.statistics,
        )

    def restore(self, snapshot: object) -> None:
        """Go back to a snapshot of this engine; environments and random numbers go on from where they are."""
        assert isinstance(snapshot, Snapshot)
        self._parameters.detach().copy_(snapshot.parameters)
        self._adam.state[self._parameters] = {
            name: moment.clone() for name, moment in snapshot.moments.items()
        }
        self._observation_normalizer.restore(snapshot.observations)
        self._reward_scaler.restore(snapshot.rewards)

    def parameters_sha256(self) -> str:
        """Return the SHA-256 of all parameters' bytes, policy first."""
        return hashlib.sha256(self._parameters.detach().numpy().tobytes()).hexdigest()

    def look(self, agent: int, steps: int, *, picture: bool, path: bool) -> Frame:
        """Return what an agent sees and thinks; changes nothing, draws no random number."""
        agent = min(agent, len(self._agents) - 1)
        drawn = self._agents.picture(agent) if picture else None
        walked = self._recent.path(agent, self._time) if path else ()
        return self._frame(agent, self._agents.last_step(agent), steps, drawn, walked)

    def look_at(self, samples: MinibatchSamples, row: int, steps: int) -> Frame:
        """Return what the agent of a sample saw and did, and what it would think of it now."""
        seen = LastStep(as_tuple(samples.actions[row]), samples.observations[row], False, math.nan, 0)
        return self._frame(int(samples.agents[row]), seen, steps)

    @torch.no_grad()
    def _frame(
        self,
        agent: int,
        step: LastStep,
        steps: int,
        picture: NDArray[np.uint8] | None = None,
        path: tuple[NDArray[np.float32], ...] = (),
    ) -> Frame:
        observations = self._seen(step.observation[np.newaxis])
        outputs = self.policy(observations)
        return Frame(
            environment_id=self._environment_id,
            agent=agent,
            n_agents=len(self._agents),
            observation=step.observation,
            episode_over=step.episode_over,
            action=step.action,
            policy=self.policy.describe(outputs[0]),
            value=self.value(observations).item(),
            entropy=self.policy.entropy(outputs).mean().item(),
            episode_return=step.episode_return,
            episode_length=step.length,
            steps=steps,
            picture=picture,
            path=path,
        )

    @torch.no_grad()
    def survey(self, observations: NDArray[np.float32]) -> Survey:
        """Return what policy and critic think of many states; changes nothing, draws no random number."""
        seen = self._seen(observations)
        outputs = self.policy(seen)
        policy = outputs if self.spaces.n_actions is None else torch.softmax(outputs, dim=-1)
        return Survey(policy.numpy(), self.value(seen).numpy())

    def most_likely_actions(self, observations: NDArray[np.float32]) -> NDArray[Any]:
        """Return the most probable action of each raw observation (B, n_observations)."""
        return self.policy.most_likely(self._policy_outputs(observations))

    def close(self) -> None:
        """Close the environments."""
        self._agents.close()

    def _policy_outputs(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the policy's outputs for raw observations (B, n_observations)."""
        return self._act(self._observation_normalizer(observations))

    def _seen(self, observations: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(self._observation_normalizer(observations))

    def _next_values(self, values: Tensor) -> Tensor:
        """Return V of the observation that really followed each step, (T, N)."""
        next_values = values[1:].clone()
        final = self._rollout.final_observations
        if final:
            times, agents = zip(*final, strict=True)
            next_values[list(times), list(agents)] = self.value(self._seen(np.stack(list(final.values()))))
        return next_values

    def _check_batch(self) -> None:
        checksum = self._batch.log_probs.sum() + self._batch.value_targets.sum()
        if not math.isfinite(checksum.item()):
            raise Divergence("The networks' outputs are no longer finite.")

    def _minibatch(self, indices: NDArray[np.int64]) -> Batch:
        if len(indices) == len(self._batch.advantages):
            return self._batch  # not copied: the same numbers in the same place give a ratio of exactly 1
        return self._batch.rows(indices)

    def _descend(self, loss: Tensor, settings: StepSettings) -> tuple[float, float]:
        """Take one Adam step and return both gradient norms as they were before clipping."""
        gradient = self._gradient
        gradient.fill(0)
        loss.backward()
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is noticed just below
            policy_norm = float(np.linalg.norm(gradient[: self._n_policy_parameters]))
            value_norm = float(np.linalg.norm(gradient[self._n_policy_parameters :]))
        norm = math.hypot(policy_norm, value_norm)
        if not math.isfinite(norm):
            raise Divergence("The gradient is no longer finite.")
        if settings.max_grad_norm is not None and norm > settings.max_grad_norm:
            gradient *= settings.max_grad_norm / norm
        self._adam.param_groups[0]["lr"] = settings.learning_rate
        self._adam.step()
        return policy_norm, value_norm


def _generator(seed: int, stream: Stream) -> torch.Generator:
    return torch.Generator().manual_seed(stream_seed(seed, stream))
