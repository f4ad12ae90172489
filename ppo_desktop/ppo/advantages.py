"""From rewards and values to advantages."""

from __future__ import annotations

import torch
from torch import Tensor


def generalized_advantage_estimate(
    rewards: Tensor,
    values: Tensor,
    next_values: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """Return Â, the exponentially weighted sum of TD errors.

    δ_t = r_t + γ·V(s_{t+1})·(1 − terminated_t) − V(s_t)
    Â_t = δ_t + γλ·Â_{t+1}, cut where an episode ends.

    A terminated episode has no future: its next value counts as zero. A truncated one was only
    stopped: V of its final observation stands for the rest. If both are true, it has terminated.
    λ = 0 gives the TD error of the slides.

    Args:
        rewards: r_t.
        values: V(s_t).
        next_values: V of the observation that really followed step t, the final one where the
            episode ended.
        terminated: Whether the episode ended by itself at step t.
        truncated: Whether it was stopped at step t.
        gamma: Discount γ.
        gae_lambda: λ.

    Shape:
        All tensors, and the result, are (T, N): T time steps of N agents.

    Raises:
        ValueError: The shapes differ.

    Paper: Schulman et al. 2016, "High-dimensional continuous control using generalized advantage
    estimation", equation 16.
    """
    if not rewards.shape == values.shape == next_values.shape == terminated.shape == truncated.shape:
        raise ValueError("Rewards, values, next values, terminated and truncated must have one shape (T, N).")
    errors = td_errors(rewards, values, next_values, terminated, gamma)
    weights = gamma * gae_lambda * (~(terminated.bool() | truncated.bool())).to(errors.dtype)
    following = torch.zeros_like(errors[0])
    advantages = []
    for error, weight in zip(reversed(errors.unbind()), reversed(weights.unbind()), strict=True):
        following = torch.addcmul(error, weight, following)
        advantages.append(following)
    return torch.stack(advantages[::-1])


def td_errors(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, gamma: float
) -> Tensor:
    """Return δ = r + γ·V(s')·(1 − terminated) − V(s).

    Shape:
        All tensors, and the result, have the same shape.

    Slides: "PPO loss calculation", with `terminated` in place of `done`.
    """
    return rewards + gamma * next_values * (~terminated.bool()).to(values.dtype) - values


def normalize_advantages(advantages: Tensor) -> Tensor:
    """Return (Â − mean) / (std + 1e-8), std with n − 1; a single advantage is returned as it is.

    Shape:
        Any; mean and std are taken over all elements.
    """
    if advantages.numel() < 2:
        return advantages
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def explained_variance(values: Tensor, returns: Tensor) -> Tensor:
    """Return 1 − Var(R − V)/Var(R), the share of the returns' variance the critic foresaw, scalar.

    1 is perfect, 0 no better than a constant, negative worse; nan where all returns are equal.

    Raises:
        ValueError: The shapes differ.
    """
    if values.shape != returns.shape:
        raise ValueError("Values and returns must have the same shape.")
    variance = returns.var(correction=0)
    if variance == 0:
        return torch.full((), float("nan"), dtype=returns.dtype)
    return 1 - (returns - values).var(correction=0) / variance
