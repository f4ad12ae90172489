"""A whole update in one call: a rollout is collected, evaluated and improved on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.normalizing import normalize, scale_rewards
from ppo_desktop.ppo.kernels.playing import Game, Policy, Records, play
from ppo_desktop.ppo.kernels.updating import (
    BLOCK,
    Batch,
    Descent,
    Epochs,
    PolicyMeasured,
    ValuesMeasured,
    actor_outputs,
    estimate_advantages,
    estimate_values,
    improve,
    log_probs_of_outputs,
    measure_policy,
    measure_values,
)


class Evaluation(NamedTuple):
    """What is to be known of a rollout's returns.

    Attributes:
        gamma: γ.
        gae_lambda: λ.
        sums: (N,), where the discounted sums of rewards are; written.
        moments: (3,), count, mean and variance of all of them so far; written. Empty where rewards stay as
            they are.
        seen: ((T + 1)·N, n_observations), the rollout's observations normalised; written, unless they stay as
            they are and these are the rollout's own.
    """

    gamma: float
    gae_lambda: float
    sums: Doubles
    moments: Doubles
    seen: Floats


class Progress(NamedTuple):
    """How far an update has got.

    Attributes:
        time: Steps of the rollout taken.
        n_ended: Episodes that ended in those of this call.
        is_finite: Whether all outputs of the networks were finite when the rollout was evaluated.
        is_improving: Whether every gradient was finite.
        gradient_steps: Gradient steps taken.
        policy: What was measured of the policy afterwards, where all was finite.
        values: Likewise of the values.
    """

    time: int
    n_ended: int
    is_finite: bool
    is_improving: bool
    gradient_steps: int
    policy: PolicyMeasured
    values: ValuesMeasured


@kernel
def evaluate(records: Records, policy: Policy, batch: Batch, evaluation: Evaluation) -> bool:
    """Fill `batch` with log-probabilities, values, advantages and targets; return whether all is finite.

    What was seen is normalised, and rewards are scaled, if so set. The observations of the batch are the
    first rows of those of `evaluation`.
    """
    networks, n_samples = policy.networks, len(batch.log_probs)
    rows = records.observations.reshape(-1, records.observations.shape[2])
    if len(policy.scale) > 0:
        normalize(rows, policy.mean, policy.scale, evaluation.seen)
    final = _final_observations(records)
    normalize(final, policy.mean, policy.scale, final)
    for begin in range(0, n_samples, BLOCK):
        end = min(begin + BLOCK, n_samples)
        outputs = networks.outputs[: end - begin]
        actor_outputs(networks, batch.observations[begin:end], outputs)
        choices, draws = batch.choices[begin:end], batch.draws[begin:end]
        log_probs_of_outputs(networks, outputs, choices, draws, batch.log_probs[begin:end])
    values = np.empty(len(rows) + len(final), np.float32)
    estimate_values(networks, evaluation.seen, values[: len(rows)])
    estimate_values(networks, final, values[len(rows) :])
    rewards, terminated, truncated = records.rewards, records.terminated, records.truncated
    gamma, sums, moments = evaluation.gamma, evaluation.sums, evaluation.moments
    if len(moments) > 0:
        rewards = scale_rewards(rewards, terminated | truncated, gamma, sums, moments)
    estimate_advantages(batch, rewards, terminated, truncated, gamma, evaluation.gae_lambda, values)
    checksum = np.float32(0)
    for sample in range(n_samples):
        checksum += batch.log_probs[sample] + batch.value_targets[sample]
    return math.isfinite(checksum)


@kernel
def _final_observations(records: Records) -> Floats:
    """Return the last observation of each episode that was only cut off, (F, n_observations), in order."""
    n_final = 0
    length, n_agents = records.truncated.shape
    for time in range(length):
        for agent in range(n_agents):
            n_final += records.truncated[time, agent] and not records.terminated[time, agent]
    final = np.empty((n_final, records.final_observations.shape[2]), np.float32)
    n_final = 0
    for time in range(length):
        for agent in range(n_agents):
            if records.truncated[time, agent] and not records.terminated[time, agent]:
                final[n_final] = records.final_observations[time, agent]
                n_final += 1
    return final


@kernel
def learn(
    game: Game,
    time: int,
    batch: Batch,
    descent: Descent,
    evaluation: Evaluation,
    epochs: Epochs,
) -> Progress:
    """Let every agent act from `time` to the end of the rollout, then evaluate it and improve on it.

    Where `play` ends early, nothing more is done: it is to be called again.
    """
    networks = game.policy.networks
    no_policy, no_values = PolicyMeasured(0.0, 0.0, 0.0, 0.0), ValuesMeasured(0.0, 0.0)
    length = len(game.records.rewards)
    time, n_ended = play(game, time, length)
    if time < length:
        return Progress(time, n_ended, True, True, 0, no_policy, no_values)
    if not evaluate(game.records, game.policy, batch, evaluation):
        return Progress(time, n_ended, False, True, 0, no_policy, no_values)
    taken, is_improving = improve(networks, batch, descent, epochs)
    if not is_improving:
        return Progress(time, n_ended, True, False, taken, no_policy, no_values)
    policy = measure_policy(networks, batch, epochs.entropies)
    values = measure_values(batch.values, batch.value_targets)
    return Progress(time, n_ended, True, True, taken, policy, values)
