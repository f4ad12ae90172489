"""From rewards and values to advantages."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ppo_desktop.ppo.constants import SAME_RETURN
from ppo_desktop.ppo.objective import require_equal_shapes


def generalized_advantage_estimate(
    rewards: Tensor,
    values: Tensor,
    next_values: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """Return Â, the exponentially weighted sum of TD errors; all tensors are (T, N), T steps of N agents.

    δ_t = r_t + γ·V(s_{t+1})·(1 − terminated_t) − V(s_t)
    Â_t = δ_t + γλ·Â_{t+1}, cut where an episode ends.

    A terminated episode has no future: its next value counts as zero. A truncated one was only
    stopped: V of its final observation, which really followed step t, stands for the rest. If both are true,
    it has terminated. λ = 0 gives the TD error of the slides.

    Raises:
        ValueError: The shapes differ, or there is no time step.

    Paper: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage
    estimation", equation 16.
    """
    require_equal_shapes(rewards, values, next_values, terminated, truncated)
    if rewards.numel() == 0 or rewards.dim() == 0:
        raise ValueError(f"At least one time step is needed, the shape is {tuple(rewards.shape)}.")
    errors = td_errors(rewards, values, next_values, terminated, gamma)
    weights = gamma * gae_lambda * (~(terminated.bool() | truncated.bool())).to(errors.dtype)
    following = torch.zeros_like(errors[0])
    advantages = []
    for error, weight in zip(reversed(errors.unbind()), reversed(weights.unbind()), strict=True):
        following = error + weight * following
        advantages.append(following)
    return torch.stack(advantages[::-1])


def td_errors(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, gamma: float
) -> Tensor:
    """Return δ = r + γ·V(s')·(1 − terminated) − V(s); V(s') may be anything where terminated.

    Raises:
        ValueError: The shapes differ.

    Slides: "PPO loss calculation", with `terminated` in place of `done`.
    """
    require_equal_shapes(rewards, values, next_values, terminated)
    return rewards + gamma * torch.where(terminated.bool(), 0.0, next_values) - values


def normalize_advantages(advantages: Tensor) -> Tensor:
    """Return (Â − mean) / (std + 1e-8) over all elements, std with n − 1; a single advantage as it is."""
    if advantages.numel() < 2:
        return advantages
    exact = advantages.double()  # in single precision equal advantages would differ from their mean
    return ((exact - exact.mean()) / (exact.std() + 1e-8)).to(advantages.dtype)


def explained_variance(values: Tensor, returns: Tensor) -> Tensor:
    """Return 1 − Var(R − V)/Var(R), the share of the returns' variance the critic foresaw, scalar.

    1 is perfect, 0 no better than a constant, negative worse; nan where all returns are equal but
    for rounding. It raises ValueError where the shapes differ.
    """
    require_equal_shapes(values, returns)
    exact = returns.double()
    variance = exact.var(correction=0)
    if variance.sqrt() <= SAME_RETURN * exact.abs().max():
        return returns.new_full((), math.nan)
    return (1 - (exact - values.double()).var(correction=0) / variance).to(returns.dtype)
