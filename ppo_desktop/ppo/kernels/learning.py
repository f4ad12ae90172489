"""A whole update in one call: a rollout is collected, evaluated and improved on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.normalizing import normalize, scale_rewards
from ppo_desktop.ppo.kernels.playing import Game, Policy, Records, play
from ppo_desktop.ppo.kernels.updating import (
    Batch,
    Descent,
    Networks,
    PolicyMeasured,
    StepNumbers,
    ValuesMeasured,
    evaluate_rollout,
    improve,
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


class Epochs(NamedTuple):
    """The gradient steps of an update.

    Attributes:
        indices: (K·T·N,), the samples of all minibatches, one after the other.
        ends: (K·M,), where each minibatch ends in them.
        n_minibatches: M.
        target_kl: How far the policy may have moved for another epoch to begin, nats; infinite if off.
        steps_before: Those that Adam has taken before.
        numbers: What each step is to do.
        log_probs: (K·T·N,), written: log π(a|s) just before each step, in the order of the indices.
        advantages: Likewise, Â as used in the loss.
        found: (K·M, N_STEP_COLUMNS), written: what is measured at each step.
        entropies: (T·N,), written: the policy's entropy in each state afterwards.
    """

    indices: NDArray[np.int64]
    ends: NDArray[np.int64]
    n_minibatches: int
    target_kl: float
    steps_before: int
    numbers: StepNumbers
    log_probs: Floats
    advantages: Floats
    found: Doubles
    entropies: Floats


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
    """Normalise what was seen, scale rewards, and fill `batch`; return whether all outputs are finite.

    The observations of the batch are the first rows of those of `evaluation`.
    """
    n_observations = records.observations.shape[2]
    rows = records.observations.reshape(-1, n_observations)
    if len(policy.scale) > 0:
        normalize(rows, policy.mean, policy.scale, evaluation.seen)
    final = _final_observations(records)
    normalize(final, policy.mean, policy.scale, final)
    rewards, terminated, truncated = records.rewards, records.terminated, records.truncated
    if len(evaluation.moments) > 0:
        ended = terminated | truncated
        rewards = scale_rewards(rewards, ended, evaluation.gamma, evaluation.sums, evaluation.moments)
    return evaluate_rollout(
        policy.networks,
        evaluation.seen,
        batch,
        final,
        rewards,
        terminated,
        truncated,
        evaluation.gamma,
        evaluation.gae_lambda,
        np.empty(len(rows) + len(final), np.float32),
    )


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
    taken, is_improving = _improve_in_epochs(networks, batch, descent, epochs)
    if not is_improving:
        return Progress(time, n_ended, True, False, taken, no_policy, no_values)
    policy = measure_policy(networks, batch, epochs.entropies)
    values = measure_values(batch.values, batch.value_targets)
    return Progress(time, n_ended, True, True, taken, policy, values)


@kernel
def _improve_in_epochs(
    networks: Networks, batch: Batch, descent: Descent, epochs: Epochs
) -> tuple[int, bool]:
    """Take the gradient steps of an update; return how many, and whether all gradients were finite."""
    ends, taken, begin = epochs.ends, 0, 0
    while taken < len(ends):
        until = taken + epochs.n_minibatches
        end = ends[until - 1]
        n_finite = improve(
            networks,
            batch,
            descent,
            epochs.indices[begin:end],
            ends[taken:until] - begin,
            epochs.steps_before + taken,
            epochs.numbers,
            epochs.log_probs[begin:end],
            epochs.advantages[begin:end],
            epochs.found[taken:until],
        )
        taken += n_finite
        if taken < until:
            return taken, False
        begin = end
        if (
            taken < len(ends)
            and epochs.target_kl < np.inf
            and measure_policy(networks, batch, epochs.entropies).approx_kl > epochs.target_kl
        ):
            break
    return taken, True
