"""The fast engine: the arithmetic of the PyTorch engine in compiled code, for the built-in environments.

The kernels change the flat parameters in place, so all that looks at a run works as with the other
engine. PyTorch is not needed, and not loaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.agents import Agents, EndedEpisode
from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.engines import COMPILED, Divergence
from ppo_desktop.ppo.engines.base import Engine, LearntAtOnce, require_finite
from ppo_desktop.ppo.engines.compiled_agents import LARGEST_ENDED, CompiledAgents, records_of
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.kernels import learning, updating
from ppo_desktop.ppo.kernels.learning import Evaluation
from ppo_desktop.ppo.kernels.playing import N_ENDED_COLUMNS, Policy, Workspace
from ppo_desktop.ppo.kernels.updating import (
    BLOCK,
    Batch,
    Descent,
    Epochs,
    Networks,
    PolicyMeasured,
    StepNumbers,
    ValuesMeasured,
)
from ppo_desktop.ppo.policy_state import AdamMoments, Snapshot
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import STEP_QUANTITIES, Measured, StepSettings
from ppo_desktop.ppo.update_trace import EvaluatedRollout, GradientSteps

if TYPE_CHECKING:
    from ppo_desktop.ppo.engines.pytorch import PyTorchEngine

SLICE_MULTIPLICATIONS = 150_000_000
"""Work after which a kernel lets others have a word: some milliseconds."""
STEP_MULTIPLICATIONS = 20_000
"""What an environment step costs beside the network."""
_PASSES = 6
"""What a sample costs in an epoch: forward passes of one network."""
_OUTPUTS, _GRADIENT = "The networks' outputs are no longer finite.", "The gradient is no longer finite."


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
        super().__init__(settings, agents)
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

    def finish_rollout(self, hyperparameters: Hyperparameters) -> None:
        policy, evaluation = self._acting, self._evaluation(hyperparameters)
        records = records_of(self._rollout)
        if not learning.evaluate(records, policy, self._batch, evaluation):
            raise Divergence(_OUTPUTS)
        self._have_evaluated(evaluation)

    def _evaluation(self, hyperparameters: Hyperparameters) -> Evaluation:
        """Make room for what the networks think of the present rollout; return what that needs beside."""
        rollout = self._rollout
        samples = rollout.rewards.size
        rows = rollout.observations.reshape(-1, self.spaces.n_observations)
        seen = np.empty_like(rows) if len(self._acting.scale) else rows
        choices, draws = rollout.choices_and_draws
        log_probs, values, advantages, targets = np.empty((4, samples), np.float32)
        self._batch = Batch(
            observations=seen[:samples],
            choices=choices.reshape(-1),
            draws=draws.reshape(-1, max(self._n_components, 1)),
            log_probs=log_probs,
            values=values,
            advantages=advantages,
            value_targets=targets,
        )
        return Evaluation(
            gamma=float(hyperparameters.gamma),
            gae_lambda=float(hyperparameters.gae_lambda),
            sums=self._reward_scaler.discounted,
            moments=self._reward_scaler.moments,
            seen=seen,
        )

    def _have_evaluated(self, evaluation: Evaluation) -> None:
        """Be where no gradient step has been taken yet on a rollout that a kernel has evaluated."""
        rollout, batch = self._rollout, self._batch
        self._reward_scaler.take_over(evaluation.moments)
        self._observation_normalizer.update(rollout.observations[:-1].reshape(-1, self.spaces.n_observations))
        self._begin_update(
            EvaluatedRollout(rollout, batch.log_probs, batch.values, batch.advantages, batch.value_targets)
        )

    def improve(self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings) -> int:
        """Take gradient steps on the first minibatches, as many as make some milliseconds."""
        # Two networks, each with a forward pass and a backward pass of twice its work.
        work = _PASSES * self._actor_multiplications * len(minibatches[0])
        minibatches = minibatches[: max(1, SLICE_MULTIPLICATIONS // work)]
        epochs = self._epochs(minibatches, settings)
        taken, is_improving = updating.improve(self._networks, self._batch, self._descent, epochs)
        self._have_improved(minibatches, settings, epochs, taken)
        if not is_improving:
            raise Divergence(_GRADIENT)
        return taken

    def _epochs(
        self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings, n_minibatches: int = 0
    ) -> Epochs:
        """Make room for what gradient steps say; return what kernels need for them."""
        indices = minibatches[0] if len(minibatches) == 1 else np.concatenate(minibatches)
        log_probs, advantages = np.empty((2, len(indices)), np.float32)
        return Epochs(
            indices=indices,
            ends=np.array(list(accumulate(map(len, minibatches)))),
            n_minibatches=n_minibatches or len(minibatches),
            target_kl=_limit(settings.hyperparameters.target_kl),
            steps_before=self._adam_steps,
            numbers=_numbers(settings),
            log_probs=log_probs,
            advantages=advantages,
            found=np.empty((len(minibatches), updating.N_STEP_COLUMNS)),
            entropies=np.empty(len(self._batch.values), np.float32),
        )

    def _have_improved(
        self, minibatches: Sequence[NDArray[np.int64]], settings: StepSettings, epochs: Epochs, taken: int
    ) -> None:
        """Be where a kernel has taken so many of these gradient steps."""
        self._adam_steps += taken
        end = int(epochs.ends[taken - 1]) if taken else 0
        log_probs, advantages = epochs.log_probs[:end], epochs.advantages[:end]
        found = epochs.found[:taken]
        self._steps.append(GradientSteps(minibatches[:taken], log_probs, advantages, settings, found))

    def can_learn_at_once(self, plan: UpdatePlan) -> bool:
        """Return whether all of it together makes some milliseconds, in compiled environments."""
        if isinstance(self._agents, Agents):
            return False
        # What acting takes; forward passes of both networks to evaluate, of one to measure; then the epochs.
        passes = 1 + 2 + 1 + _PASSES * plan.n_epochs
        work = plan.samples * (STEP_MULTIPLICATIONS + passes * self._actor_multiplications)
        return work <= SLICE_MULTIPLICATIONS

    def learn_at_once(
        self,
        hyperparameters: Hyperparameters,
        minibatches: Sequence[NDArray[np.int64]],
        n_minibatches: int,
        settings: StepSettings,
    ) -> LearntAtOnce:
        assert isinstance(self._agents, CompiledAgents)
        parameters, moments = self.parameters.copy(), self._moments()
        evaluation = self._evaluation(hyperparameters)
        epochs = self._epochs(minibatches, settings, n_minibatches)
        ended: list[EndedEpisode] = []
        while self._time < self._rollout.length:
            game = self._agents.game(self._rollout, self._noise, self._acting, self._workspace)
            done = learning.learn(game, self._time, self._batch, self._descent, evaluation, epochs)
            self._time = done.time
            ended += self._agents.have_played(game, done.time, done.n_ended)
        if not done.is_finite:
            return LearntAtOnce(ended, Divergence(_OUTPUTS))
        self._have_evaluated(evaluation)
        observations, rewards = self._observation_normalizer.statistics, self._reward_scaler.statistics
        before = Snapshot(parameters, observations, moments, rewards)
        self._have_improved(minibatches, settings, epochs, done.gradient_steps)
        if not done.is_improving:
            return LearntAtOnce(ended, Divergence(_GRADIENT), before)
        try:
            measured = self._measured(done.policy, done.values)
        except Divergence as divergence:
            return LearntAtOnce(ended, divergence, before)
        return LearntAtOnce(ended, None, before, done.gradient_steps, measured, epochs.entropies)

    def approx_kl(self) -> float:
        entropies = self._floats(len(self._batch.values))
        return updating.measure_policy(self._networks, self._batch, entropies).approx_kl

    def measure_update(self) -> tuple[Measured, NDArray[np.float32]]:
        batch = self._batch
        entropies = self._floats(len(batch.values))
        policy = updating.measure_policy(self._networks, batch, entropies)
        return self._measured(policy, updating.measure_values(batch.values, batch.value_targets)), entropies

    def _measured(self, policy: PolicyMeasured, values: ValuesMeasured) -> Measured:
        """Return what there is to say of an update, with what was measured and counted at its steps."""
        require_finite(policy.policy_entropy, policy.approx_kl)
        columns = self._step_columns()
        n_samples = sum(len(part.log_probs) for part in self._steps)
        return {
            **dict(zip(STEP_QUANTITIES, map(fmean, columns), strict=False)),
            "clip_fraction": sum(columns[updating.N_CLIPPED]) / n_samples,
            "gradient_cut_fraction": sum(columns[updating.N_CUT]) / n_samples,
            **policy._asdict(),
            **values._asdict(),
        }

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
        return Policy(self._networks, *self._observation_normalizer.mean_and_scale, self._low, self._high)

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
