"""What the pictures of the update say of many samples at once, in NumPy and double precision.

The window computes it when it is looked at, without PyTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Numbers
from ppo_desktop.ppo.constants import SAME_RETURN
from ppo_desktop.ppo.update_trace import EvaluatedRollout


class CriticFit(NamedTuple):
    """How much of the returns the critic foresaw.

    Attributes:
        target_variance: Var(R).
        error_variance: Var(R − V), what it did not foresee.
        explained_variance: 1 − Var(R − V)/Var(R); nan where all R are equal but for rounding.
    """

    target_variance: float
    error_variance: float
    explained_variance: float


def critic_fit(values: Numbers, targets: Numbers) -> CriticFit:
    """Return the variances of value targets and of errors, and the share explained; all are (n,).

    Reference: `advantages.explained_variance`.
    """
    exact = targets.astype(float)
    target_variance, error_variance = float(exact.var()), float((exact - values).var())
    is_constant = math.sqrt(target_variance) <= SAME_RETURN * np.abs(exact).max()
    explained = math.nan if is_constant else 1 - error_variance / target_variance
    return CriticFit(target_variance, error_variance, explained)


class KLEstimates(NamedTuple):
    """Three estimates of KL(π_old ‖ π) from each sample, with x = log π − log π_old, nats; all are (n,).

    Attributes:
        k1: −x, unbiased, of either sign, and far spread.
        k2: x²/2, biased, but much less spread.
        k3: eˣ − 1 − x, unbiased and never negative.
    """

    k1: Doubles
    k2: Doubles
    k3: Doubles


@np.errstate(all="ignore")
def kl_estimates(log_probs: Numbers, log_probs_old: Numbers) -> KLEstimates:
    """Return what each sample, whose action π_old has drawn, says of the divergence.

    Reference: J. Schulman, "Approximating KL divergence" (2020); `objective.approx_kl` is the mean of k3.
    """
    x: Doubles = log_probs.astype(np.float64) - log_probs_old.astype(np.float64)
    return KLEstimates(-x, x**2 / 2, np.expm1(x) - x)


class Spread(NamedTuple):
    """Mean and spread of several numbers.

    Attributes:
        mean: Their mean.
        deviation: Their standard deviation, with n − 1; 0 of one number.
        error: The standard error of the mean, deviation / √n.
    """

    mean: float
    deviation: float
    error: float


@np.errstate(all="ignore")
def spread_of(numbers: Numbers) -> Spread:
    """Return mean and spread of at least one number."""
    deviation = float(numbers.std(ddof=1)) if len(numbers) > 1 else 0.0
    return Spread(float(numbers.mean()), deviation, deviation / math.sqrt(len(numbers)))


@np.errstate(all="ignore")
def effective_sample_size(log_ratios: Numbers) -> float:
    """Return how many equally weighted samples say as much as these, weighted by their ratios; ln r is (n,).

    (Σr)² / Σr²: n where all ratios are equal, near 1 where one of them outweighs all others.
    """
    exact = log_ratios.astype(float)
    weights = np.exp(exact - exact.max())  # a factor changes nothing, and the largest ratio may be any number
    return float(weights.sum() ** 2 / (weights**2).sum())


def flipped_signs(before: Numbers, after: Numbers) -> NDArray[np.bool_]:
    """Return which numbers (n,) have another sign after than before; 0 has a sign of its own."""
    flipped: NDArray[np.bool_] = np.sign(before) != np.sign(after)
    return flipped


@dataclass(frozen=True, eq=False)
class CutOffEpisode:
    """An episode that was cut off, or its part within a rollout, and what the critic is to learn of it.

    Attributes:
        at_time_limit: Whether it was truncated; else it goes on, and only the rollout ends.
        agent: Whose it is, from 0.
        times: Its steps, from 0, or those of the rollout; the last is the one after which it was cut off.
        values: V(s), of a rollout when it was collected.
        bootstrapped: R with γ·V of the last observation after the end: what is learnt.
        not_bootstrapped: R as if nothing came after the end, as after a terminated episode.
        reward: Of the last step, in units of V.
        bootstrap: γ·V of the last observation.
    """

    at_time_limit: bool
    agent: int
    times: NDArray[np.int64]
    values: Doubles
    bootstrapped: Doubles
    not_bootstrapped: Doubles
    reward: float
    bootstrap: float


def cut_off_targets(rewards: Numbers, values: Numbers, gamma: float, gae_lambda: float) -> CutOffEpisode:
    """Return what the critic would learn of a whole episode that a time limit cuts off.

    R_t = r_t + γ·((1 − λ)·V(s_{t+1}) + λ·R_{t+1}), and at the end r_T + γ·V(s_{T+1}), or r_T without
    bootstrap. Reference: `advantages.generalized_advantage_estimate` plus V(s).

    Args:
        rewards: (T,), in units of V.
        values: (T + 1,), the last one of what was seen after the end.
        gamma: γ.
        gae_lambda: λ.
    """
    own: Doubles = rewards.astype(np.float64)
    expected: Doubles = values.astype(np.float64)
    bootstrap = gamma * float(values[-1])
    lines: list[Doubles] = []
    for beyond in (bootstrap, 0.0):
        targets = own.copy()
        targets[-1] += beyond
        for time in range(len(targets) - 2, -1, -1):
            targets[time] += gamma * ((1 - gae_lambda) * expected[time + 1] + gae_lambda * targets[time + 1])
        lines.append(targets)
    times = np.arange(len(own))
    return CutOffEpisode(True, 0, times, expected[:-1], lines[0], lines[1], float(own[-1]), bootstrap)


def longest_cut_off_episode(
    evaluated: EvaluatedRollout, gamma: float, gae_lambda: float, *, rewards_are_scaled: bool
) -> CutOffEpisode | None:
    """Return the longest part of an episode that was truncated; without one, that the rollout's end cuts off.

    None where every agent's last step has ended its episode by itself.

    The last target is r + γ·V(s_T), so the bootstrap is what it is more than r; without it, each target k
    steps before is less by (γλ)^k of that. Where rewards are scaled, the scale is found in targets that have
    another step after them, R_t = r_t + γ·((1 − λ)·V_{t+1} + λ·R_{t+1}); None where there is no such.
    """
    rollout = evaluated.rollout
    shape = (rollout.length, rollout.n_envs)
    values, targets = (
        column.astype(float).reshape(shape) for column in (evaluated.values, evaluated.value_targets)
    )
    rewards, scale = rollout.rewards.astype(float), 1.0
    if rewards_are_scaled:
        learnt = targets[:-1] - gamma * ((1 - gae_lambda) * values[1:] + gae_lambda * targets[1:])
        goes_on = ~rollout.ended[:-1] & (rewards[:-1] != 0)
        if not goes_on.any():
            return None
        scale = float(np.median(learnt[goes_on] / rewards[:-1][goes_on]))
    cut_off = rollout.truncated & ~rollout.terminated
    at_time_limit = bool(cut_off.any())
    if not at_time_limit:
        cut_off[-1] = ~rollout.terminated[-1]
    parts = [
        (int(time) - _begin(rollout.ended[:time, agent]), int(time), int(agent))
        for time, agent in zip(*np.nonzero(cut_off), strict=True)
    ]
    if not parts:
        return None
    n_before, last, agent = max(parts)
    times = np.arange(last - n_before, last + 1)
    bootstrapped, reward = targets[times, agent], scale * float(rewards[last, agent])
    bootstrap = float(bootstrapped[-1]) - reward
    weights = (gamma * gae_lambda) ** (last - times)
    return CutOffEpisode(
        at_time_limit,
        agent,
        times,
        values[times, agent],
        bootstrapped,
        bootstrapped - weights * bootstrap,
        reward,
        bootstrap,
    )


def _begin(ended: NDArray[np.bool_]) -> int:
    """Return the step after the last end, 0 where none has ended."""
    ends = np.flatnonzero(ended)
    return int(ends[-1]) + 1 if len(ends) else 0
