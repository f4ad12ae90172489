"""The reference engine: plain PyTorch with autograd, for any Gymnasium environment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import groupby
from statistics import fmean
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ppo_desktop.ppo.advantages import (
    explained_variance,
    generalized_advantage_estimate,
    normalize_advantages,
)
from ppo_desktop.ppo.agents import Agents
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.constants import ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON
from ppo_desktop.ppo.engines import PYTORCH, Divergence
from ppo_desktop.ppo.engines.base import Engine, require_finite
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.networks import CriticNetwork, as_one_parameter, make_actor_network
from ppo_desktop.ppo.objective import (
    approx_kl,
    calculate_losses,
    calculate_ratios,
    clip_fraction,
    gradient_cut_fraction,
    total_loss,
)
from ppo_desktop.ppo.policy_state import AdamMoments
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import STEP_QUANTITIES, Measured, StepSettings
from ppo_desktop.ppo.update_trace import EvaluatedRollout, GradientSteps

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_UNUSED_ENTROPY = torch.zeros((), dtype=torch.float32, device="cpu")
"""Stands for the entropy where it has no weight, as in most settings; computing it takes time."""


def isolated(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a function compute as if no environment had changed what is global in NumPy and PyTorch.

    An environment's module may set how PyTorch computes in this thread or in the whole process, for its own
    purposes: what it has set is left to it, and does not hold here. It is computed with gradients and on one
    thread; types and devices of tensors are named where they are made.

    What is not finite is noticed where the result is read; NumPy neither warns of it nor raises.
    """

    @wraps(function)
    def compute(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if torch.get_num_threads() != 1:
            torch.set_num_threads(1)  # two threads never helped, and give other bits
        with np.errstate(all="ignore"):
            if _is_untouched():
                return function(*args, **kwargs)
            with (
                torch.inference_mode(False),
                torch.enable_grad(),
                torch.autocast("cpu", enabled=False),
                torch.autograd.set_detect_anomaly(False),
            ):
                return function(*args, **kwargs)

    return compute


def _is_untouched() -> bool:
    """Whether this thread's PyTorch is as it comes; changing it to that takes some microseconds."""
    return (
        torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.is_anomaly_enabled()
    )


class TorchBatch(NamedTuple):
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

    def rows(self, indices: NDArray[np.int64]) -> TorchBatch:
        """Return the samples `indices` in their order."""
        return TorchBatch(*(torch.from_numpy(column.numpy()[indices]) for column in self))


class PyTorchEngine(Engine):
    """Any Gymnasium environment, autograd and Adam, on one CPU thread; its networks have a gradient."""

    name = PYTORCH
    _agents: Agents

    def __init__(self, settings: RunSettings) -> None:
        agents = Agents(settings.environment_id, settings.hyperparameters.n_envs, settings.seed)
        super().__init__(settings, agents)

    @isolated
    def _prepare(self, settings: RunSettings) -> None:
        super()._prepare(settings)
        self.actor_network, self.critic_network = make_actor_network(self.actor), CriticNetwork(self.critic)
        self._learnt = as_one_parameter(self.parameters, [self.actor_network, self.critic_network])
        assert self._learnt.grad is not None
        self._gradient = self._learnt.grad.numpy()
        self._adam = torch.optim.Adam(
            [self._learnt], betas=(ADAM_BETA_1, ADAM_BETA_2), eps=ADAM_EPSILON, fused=True
        )

    @isolated
    @torch.no_grad()
    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        """Evaluate the rollout in one batch: taken as one minibatch, its first ratios are exactly 1."""
        rollout = self._rollout
        length, n_envs = rollout.rewards.shape
        rows = rollout.observations.reshape(-1, self.spaces.n_observations)
        observations = self._seen(rows)
        values = self.critic_network(observations).view(length + 1, n_envs)
        acted_on = observations[: length * n_envs]
        actions = torch.from_numpy(rollout.actions).flatten(0, 1)
        log_probs = self.actor_network.log_prob(self.actor_network(acted_on), actions)
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
        self._batch = TorchBatch(
            acted_on, actions, log_probs, rollout_values, advantages, advantages + rollout_values
        )
        self._check_batch()
        self._begin_update(
            EvaluatedRollout(
                rollout,
                log_probs.numpy(),
                rollout_values.numpy(),
                advantages.numpy(),
                self._batch.value_targets.numpy(),
            )
        )
        self._observation_normalizer.update(rows[: length * n_envs])

    @isolated
    def improve(self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings) -> int:
        """Take one gradient step, on the first of the minibatches."""
        hyperparameters = settings.hyperparameters
        indices = minibatches[0]
        batch = self._minibatch(indices)
        advantages = batch.advantages
        if hyperparameters.normalize_advantages:
            advantages = normalize_advantages(advantages)
        outputs = self.actor_network(batch.observations)
        log_probs = self.actor_network.log_prob(outputs, batch.actions)
        policy_loss, value_loss = calculate_losses(
            log_probs,
            batch.log_probs,
            advantages,
            self.critic_network(batch.observations),
            batch.value_targets,
            settings.clip_range,
        )
        loss = total_loss(
            policy_loss,
            value_loss,
            self.actor_network.entropy(outputs) if hyperparameters.entropy_coef > 0 else _UNUSED_ENTROPY,
            hyperparameters.value_coef,
            hyperparameters.entropy_coef,
        )
        norms = self._descend(loss, settings)
        numbers = np.array([[policy_loss.item(), value_loss.item(), *norms]])
        self._steps.append(
            GradientSteps([indices], log_probs.detach().numpy(), advantages.numpy(), settings, numbers)
        )
        return 1

    @isolated
    @torch.no_grad()
    def approx_kl(self) -> float:
        log_probs = self.actor_network.log_prob(
            self.actor_network(self._batch.observations), self._batch.actions
        )
        return approx_kl(log_probs, self._batch.log_probs).item()

    @isolated
    @torch.no_grad()
    def measure_update(self) -> tuple[Measured, NDArray[np.float32]]:
        batch = self._batch
        outputs = self.actor_network(batch.observations)
        log_probs = self.actor_network.log_prob(outputs, batch.actions)
        ratios, _ = calculate_ratios(log_probs, batch.log_probs, None)
        entropies = self.actor_network.entropy(outputs)
        clipped, cut = fractions_clipped_and_cut(self.trace().minibatches)
        measured = {
            **dict(zip(STEP_QUANTITIES, map(fmean, self._step_columns()), strict=True)),
            "policy_entropy": entropies.mean().item(),
            "clip_fraction": clipped,
            "gradient_cut_fraction": cut,
            "approx_kl": approx_kl(log_probs, batch.log_probs).item(),
            "explained_variance": explained_variance(batch.values, batch.value_targets).item(),
            "return_spread": batch.value_targets.std(correction=0).item(),
            "max_ratio": ratios.max().item(),
            "min_ratio": ratios.min().item(),
        }
        require_finite(measured["policy_entropy"], measured["approx_kl"])
        return measured, entropies.numpy()

    @property
    def _seen_observations(self) -> Floats:
        return self._batch.observations.numpy()

    def _moments(self) -> AdamMoments:
        return {name: moment.numpy().copy() for name, moment in self._adam.state[self._learnt].items()}

    def _restore_moments(self, moments: AdamMoments) -> None:
        self._adam.state[self._learnt] = {
            name: torch.from_numpy(moment.copy()) for name, moment in moments.items()
        }

    def _next_values(self, values: Tensor) -> Tensor:
        """Return V of the observation that really followed each step, (T, N)."""
        next_values = values[1:].clone()
        ended = torch.from_numpy(self._rollout.ended)
        if ended.any():
            next_values[ended] = self.critic_network(
                self._seen(self._rollout.final_observations[self._rollout.ended])
            )
        return next_values

    def _seen(self, observations: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(self._observation_normalizer(observations))

    def _check_batch(self) -> None:
        checksum = self._batch.log_probs.sum() + self._batch.value_targets.sum()
        if not math.isfinite(checksum.item()):
            raise Divergence("The networks' outputs are no longer finite.")

    def _minibatch(self, indices: NDArray[np.int64]) -> TorchBatch:
        if len(indices) == len(self._batch.advantages):
            return self._batch  # not copied: the same numbers in the same place give a ratio of exactly 1
        return self._batch.rows(indices)

    def _descend(self, loss: Tensor, settings: StepSettings) -> tuple[float, float, float]:
        """Take one Adam step; return the gradient's norm, the policy's and the critic's, before clipping."""
        gradient = self._gradient
        gradient.fill(0)
        loss.backward()
        policy_norm = float(np.linalg.norm(gradient[: self._n_actor_parameters]))
        value_norm = float(np.linalg.norm(gradient[self._n_actor_parameters :]))
        norm = math.hypot(policy_norm, value_norm)
        if not math.isfinite(norm):
            raise Divergence("The gradient is no longer finite.")
        limit = settings.hyperparameters.max_grad_norm
        if limit is not None and norm > limit:
            gradient *= limit / norm
        self._adam.param_groups[0]["lr"] = settings.learning_rate
        self._adam.step()
        return norm, policy_norm, value_norm


def fractions_clipped_and_cut(minibatches: Sequence[MinibatchSamples]) -> tuple[float, float]:
    """Return clip fraction and gradient-cut fraction over all samples of all `minibatches`."""
    clipped = cut = 0.0
    for epsilon, same in groupby(minibatches, key=lambda samples: samples.clip_range):
        ratio, advantage = _ratios_and_advantages(list(same))
        clipped += clip_fraction(ratio, epsilon).item() * len(ratio)
        cut += gradient_cut_fraction(ratio, advantage, epsilon).item() * len(ratio)
    total = sum(map(len, minibatches))
    return clipped / total, cut / total


def _ratios_and_advantages(minibatches: list[MinibatchSamples]) -> tuple[Tensor, Tensor]:
    """Return ratios and advantages of many minibatches one after the other, (B,) each."""
    new, old, advantages = (
        torch.from_numpy(np.concatenate([getattr(samples, name) for samples in minibatches]))
        for name in ("log_probs", "log_probs_old", "advantages")
    )
    return calculate_ratios(new, old, None)[0], advantages
