"""The fast engine: the arithmetic of the PyTorch engine in compiled code, for the built-in environments.

The kernels change the flat parameters in place, so all that looks at a run works as with the other
engine. PyTorch is not needed, and not loaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.agents import Agents, EndedEpisode
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.engines import COMPILED, Divergence
from ppo_desktop.ppo.engines.base import Engine, require_finite
from ppo_desktop.ppo.engines.compiled_agents import LARGEST_ENDED, CompiledAgents
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.kernels import updating
from ppo_desktop.ppo.kernels.normalizing import discounted_sums
from ppo_desktop.ppo.kernels.playing import N_ENDED_COLUMNS, Policy, Workspace
from ppo_desktop.ppo.kernels.updating import BLOCK, Batch, Descent, Networks, StepNumbers
from ppo_desktop.ppo.policy_state import AdamMoments
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import Measured, StepSettings
from ppo_desktop.ppo.update_trace import EvaluatedRollout, GradientSteps

if TYPE_CHECKING:
    from ppo_desktop.ppo.engines.pytorch import PyTorchEngine

SLICE_MULTIPLICATIONS = 100_000_000
"""Work after which a kernel lets others have a word: some milliseconds."""
STEP_MULTIPLICATIONS = 20_000
"""What an environment step costs beside the network."""


class CompiledEngine(Engine):
    """Compiled environments, forward and backward passes and Adam, outside the interpreter's lock.

    Args:
        settings: Of the run.
        in_gymnasium: Whether to act in Gymnasium's own environments, as a player does that may be perturbed.
    """

    name = COMPILED
    _agents: CompiledAgents | Agents

    def __init__(self, settings: RunSettings, *, in_gymnasium: bool = False) -> None:
        hyperparameters = settings.hyperparameters
        kind = Agents if in_gymnasium else CompiledAgents
        agents = kind(settings.environment_id, hyperparameters.n_envs, settings.seed)
        super().__init__(settings, agents, discounted_sums)
        perceptrons = (self.actor.perceptron, self.critic)
        self._n_layers, self._n_units = hyperparameters.hidden_layers, hyperparameters.hidden_units
        self._relu = hyperparameters.activation == "relu"
        self._n_outputs = self.spaces.n_outputs
        self._n_components = 0 if self.spaces.n_actions is not None else self._n_outputs
        self._actor_multiplications = self.actor.perceptron.n_weights
        n_parameters = len(self.parameters)
        self._networks = Networks(
            parameters=self.parameters,
            transposed=self._floats(n_parameters),
            n_actor_parameters=self._n_actor_parameters,
            n_components=self._n_components,
            relu=self._relu,
            hidden=self._floats(self._n_layers, BLOCK, self._n_units),
            outputs=self._floats(BLOCK, self._n_outputs),
            probabilities=self._floats(BLOCK, self._n_outputs),
            values=self._floats(BLOCK, 1),
        )
        self._descent = Descent(
            gradient=self._floats(n_parameters),
            momentum=self._floats(n_parameters),
            squares=self._floats(n_parameters),
            d_hidden=self._floats(2, BLOCK, self._n_units),
            d_weight=self._floats(
                max(layer.weight.size for perceptron in perceptrons for layer in perceptron.layers)
            ),
            rows=self._floats(BLOCK, self.spaces.n_observations),
        )
        self._low = np.array(self.spaces.action_low, np.float32)
        self._high = np.array(self.spaces.action_high, np.float32)
        self._workspace = self._workspace_for(len(agents))
        self._adam_steps = 0

    def take_over(self, other: PyTorchEngine) -> None:
        """Go on between two rollouts where the PyTorch engine is with the same run, episodes and all."""
        assert isinstance(self._agents, CompiledAgents)
        self._take_over(other)
        self._agents.take_over(other._agents)

    def begin_rollout(self, hyperparameters: Hyperparameters, *, is_deterministic: bool = False) -> None:
        super().begin_rollout(hyperparameters, is_deterministic=is_deterministic)
        if len(self._workspace.seen) != len(self._agents):
            self._workspace = self._workspace_for(len(self._agents))
        self._acting = self._acting_policy()

    def step(self, at_most: int) -> tuple[int, list[EndedEpisode]]:
        """Let every agent take up to `at_most` steps, as many as make some milliseconds."""
        if isinstance(self._agents, Agents):
            return super().step(at_most)
        work = len(self._agents) * (self._actor_multiplications + STEP_MULTIPLICATIONS)
        steps = min(at_most, max(1, SLICE_MULTIPLICATIONS // work))
        self._time, ended = self._agents.play(
            self._rollout, self._noise, self._acting, self._workspace, self._time + steps
        )
        return self._time, ended

    @np.errstate(all="ignore")
    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        rollout = self._rollout
        samples = rollout.rewards.size
        rows = rollout.observations.reshape(-1, self.spaces.n_observations)
        observations = self._observation_normalizer(rows)
        cut_off = rollout.truncated & ~rollout.terminated
        final_observations = self._observation_normalizer(rollout.final_observations[cut_off])
        rewards = self._reward_scaler(rollout.rewards, rollout.ended, hyperparameters.gamma)
        choices, draws = rollout.choices_and_draws
        self._batch = Batch(
            observations=observations[:samples],
            choices=choices.reshape(-1),
            draws=draws.reshape(-1, max(self._n_components, 1)),
            log_probs=self._floats(samples),
            values=self._floats(samples),
            advantages=self._floats(samples),
            value_targets=self._floats(samples),
        )
        is_finite = updating.evaluate_rollout(
            self._networks,
            observations,
            self._batch,
            final_observations,
            rewards,
            rollout.terminated,
            rollout.truncated,
            float(hyperparameters.gamma),
            float(hyperparameters.gae_lambda),
            self._floats(len(rows) + len(final_observations)),
        )
        if not is_finite:
            raise Divergence("The networks' outputs are no longer finite.")
        self._clipped = self._cut = self._optimized = 0.0
        batch = self._batch
        self._begin_update(
            EvaluatedRollout(rollout, batch.log_probs, batch.values, batch.advantages, batch.value_targets)
        )
        self._observation_normalizer.update(rows[:samples])

    def improve(self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings) -> list[Measured]:
        """Take gradient steps on the first minibatches, as many as make some milliseconds."""
        # Two networks, each with a forward pass and a backward pass of twice its work.
        work = 6 * self._actor_multiplications * len(minibatches[0])
        minibatches = minibatches[: max(1, SLICE_MULTIPLICATIONS // work)]
        indices = minibatches[0] if len(minibatches) == 1 else np.concatenate(minibatches)
        sizes = [len(minibatch) for minibatch in minibatches]
        log_probs, advantages = self._floats(len(indices)), self._floats(len(indices))
        found = np.empty((len(minibatches), updating.N_STEP_COLUMNS))
        taken = updating.improve(
            self._networks,
            self._batch,
            self._descent,
            indices,
            np.array(list(accumulate(sizes))),
            self._adam_steps,
            _numbers(settings),
            log_probs,
            advantages,
            found,
        )
        self._adam_steps += taken
        if taken < len(minibatches):
            raise Divergence("The gradient is no longer finite.")
        rows = found.tolist()
        self._clipped += sum(row[updating.N_CLIPPED] for row in rows)
        self._cut += sum(row[updating.N_CUT] for row in rows)
        self._optimized += len(indices)
        measured = [dict(zip(updating.STEP_QUANTITIES, row, strict=False)) for row in rows]
        self._steps.append(GradientSteps(minibatches, log_probs, advantages, settings, measured))
        return measured

    def approx_kl(self) -> float:
        entropies = self._floats(len(self._batch.values))
        return updating.measure_policy(self._networks, self._batch, entropies).approx_kl

    def measure_update(self) -> tuple[Measured, NDArray[np.float32]]:
        batch = self._batch
        entropies = self._floats(len(batch.values))
        policy = updating.measure_policy(self._networks, batch, entropies)
        require_finite(policy.policy_entropy, policy.approx_kl)
        measured = {
            "clip_fraction": self._clipped / self._optimized,
            "gradient_cut_fraction": self._cut / self._optimized,
            **policy._asdict(),
            **updating.measure_values(batch.values, batch.value_targets)._asdict(),
        }
        return measured, entropies

    def _set_learnt(self, parameters: Floats, moments: AdamMoments) -> None:
        super()._set_learnt(parameters, moments)
        updating.transpose_networks(self._networks, self.spaces.n_observations)

    @property
    def _seen_observations(self) -> Floats:
        return self._batch.observations

    def _moments(self) -> AdamMoments:
        return {
            "step": np.array(self._adam_steps, np.float32),
            "exp_avg": self._descent.momentum.copy(),
            "exp_avg_sq": self._descent.squares.copy(),
        }

    def _restore_moments(self, moments: AdamMoments) -> None:
        if not moments:  # PyTorch's Adam has none before its first step
            moments = dict.fromkeys(("step", "exp_avg", "exp_avg_sq"), np.zeros((), np.float32))
        self._adam_steps = int(moments["step"])
        self._descent.momentum[:] = moments["exp_avg"]
        self._descent.squares[:] = moments["exp_avg_sq"]

    def _acting_policy(self) -> Policy:
        """Return what acting with the present parameters needs."""
        # They may have been changed from outside: by a snapshot that is restored, by a lesson.
        updating.transpose_networks(self._networks, self.spaces.n_observations)
        mean, scale = self._observation_normalizer.mean_and_scale
        return Policy(
            self._networks.transposed, self._n_components, self._relu, mean, scale, self._low, self._high
        )

    def _workspace_for(self, n_agents: int) -> Workspace:
        return Workspace(
            self._floats(n_agents, self.spaces.n_observations),
            self._floats(self._n_layers, n_agents, self._n_units),
            self._floats(n_agents, self._n_outputs),
            np.empty((LARGEST_ENDED + n_agents, N_ENDED_COLUMNS)),
        )

    @staticmethod
    def _floats(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, np.float32)


def _numbers(settings: StepSettings) -> StepNumbers:
    """Return the same in the types that the kernels are compiled for; "off" is infinite."""
    hyperparameters = settings.hyperparameters
    return StepNumbers(
        learning_rate=float(settings.learning_rate),
        clip_range=_limit(settings.clip_range),
        entropy_coef=float(hyperparameters.entropy_coef),
        value_coef=float(hyperparameters.value_coef),
        max_grad_norm=_limit(hyperparameters.max_grad_norm),
        normalize_advantages=hyperparameters.normalize_advantages,
    )


def _limit(value: float | None) -> float:
    return math.inf if value is None else float(value)
