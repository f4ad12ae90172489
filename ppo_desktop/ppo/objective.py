"""The definitions: probability ratio, clipped surrogate objective, entropies, divergence.

Every function takes and returns tensors, works elementwise unless it says "mean", and is
differentiable where that makes sense. What belongs together has one shape, else ValueError is raised.
Logarithms are natural, so entropies and divergences are in nats; `nats_to_bits` is for display only.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def calculate_ratios(
    action_log_prob: Tensor, action_log_prob_old: Tensor, epsilon: float | None
) -> tuple[Tensor, Tensor]:
    """Return the probability ratio and the ratio clipped to [1−ε, 1+ε]; without ε it is not clipped.

    r = π(a|s) / π_old(a|s) = exp(log π(a|s) − log π_old(a|s)). The difference of logarithms is
    the slide's quotient without its overflow at very small probabilities. No gradient flows through
    log π_old, which is stored data.

    Slides: "The calculate_ratios function". Paper: Schulman et al. 2017, section 3.
    """
    require_equal_shapes(action_log_prob, action_log_prob_old)
    ratio = torch.exp(action_log_prob - action_log_prob_old.detach())
    if epsilon is None:
        return ratio, ratio
    return ratio, torch.clamp(ratio, 1 - epsilon, 1 + epsilon)


def clipped_surrogate_objective(ratio: Tensor, clipped_ratio: Tensor, advantage: Tensor) -> Tensor:
    """Return min(r·Â, clip(r, 1−ε, 1+ε)·Â) for each sample.

    Slides: "The PPO objective function". Paper: Schulman et al. 2017, equation 7.
    """
    require_equal_shapes(ratio, clipped_ratio, advantage)
    return torch.minimum(ratio * advantage, clipped_ratio * advantage)


def calculate_losses(
    action_log_prob: Tensor,
    action_log_prob_old: Tensor,
    advantage: Tensor,
    value: Tensor,
    value_target: Tensor,
    epsilon: float | None,
) -> tuple[Tensor, Tensor]:
    """Return the actor's and the critic's loss, each the mean over the samples, (B,).

    actor_loss = −mean min(r·Â, clip(r)·Â); critic_loss = mean (value_target − V(s))².
    With rollout length 1 and λ = 0 the advantage is the slide's TD error and the critic's loss its
    square. Advantage and target are data: no gradient flows through them.

    Slides: "PPO loss calculation".
    """
    require_equal_shapes(action_log_prob, advantage, value, value_target)
    ratio, clipped_ratio = calculate_ratios(action_log_prob, action_log_prob_old, epsilon)
    actor_loss = -clipped_surrogate_objective(ratio, clipped_ratio, advantage.detach()).mean()
    critic_loss = functional.mse_loss(value, value_target.detach())
    return actor_loss, critic_loss


def total_loss(
    actor_loss: Tensor, critic_loss: Tensor, entropy: Tensor, value_coef: float, entropy_coef: float
) -> Tensor:
    """Return actor_loss + c_V·critic_loss − c_H·mean(entropy), what gradient descent makes small, scalar.

    Slides: "Implementing the entropy bonus". Paper: Schulman et al. 2017, equation 9, negated.
    """
    return actor_loss + value_coef * critic_loss - entropy_coef * entropy.mean()


def approx_kl(action_log_prob: Tensor, action_log_prob_old: Tensor) -> Tensor:
    """Return the mean of eˣ − 1 − x with x = log π − log π_old: how far the policy has moved, nats.

    Never negative; an unbiased estimate of KL(π_old ‖ π) from actions drawn by π_old.

    Reference: J. Schulman, "Approximating KL divergence" (2020), estimator k3.
    """
    require_equal_shapes(action_log_prob, action_log_prob_old)
    log_ratio = action_log_prob - action_log_prob_old
    return (torch.expm1(log_ratio) - log_ratio).mean()


def clip_fraction(ratio: Tensor, epsilon: float | None) -> Tensor:
    """Return the mean of |r − 1| > ε: the share of ratios outside the band, scalar.

    A ratio exactly on the edge is inside. Without clipping (None) nothing is outside.
    """
    if epsilon is None:
        return ratio.new_zeros(())
    outside = _outside_above(ratio, epsilon) | _outside_below(ratio, epsilon)
    return outside.to(ratio.dtype).mean()


def gradient_cut_fraction(ratio: Tensor, advantage: Tensor, epsilon: float | None) -> Tensor:
    """Return the share of samples whose gradient the clip removes, scalar.

    mean((r > 1+ε and Â > 0) or (r < 1−ε and Â < 0)): outside the band *and* on the side to which
    the advantage pushes. Never larger than `clip_fraction`.
    """
    return gradient_is_cut(ratio, advantage, epsilon).to(ratio.dtype).mean()


def gradient_is_cut(ratio: Tensor, advantage: Tensor, epsilon: float | None) -> Tensor:
    """Return for each sample whether the clip removes its gradient, bool; never without clipping."""
    require_equal_shapes(ratio, advantage)
    if epsilon is None:
        return torch.zeros_like(ratio, dtype=torch.bool)
    pushed_up = _outside_above(ratio, epsilon) & (advantage > 0)
    pushed_down = _outside_below(ratio, epsilon) & (advantage < 0)
    return pushed_up | pushed_down


def categorical_log_prob(logits: Tensor, action: Tensor) -> Tensor:
    """Return log π(a|s) of a categorical policy, (…), of logits (…, |A|) and integer actions (…), nats."""
    return logits.log_softmax(-1).gather(-1, action.unsqueeze(-1)).squeeze(-1)


def categorical_entropy(logits: Tensor) -> Tensor:
    """Return H = −Σ p·ln p of a categorical policy, (…), of logits (…, |A|), nats; at most ln |A|.

    Slides: "Entropy of a probability distribution".
    """
    log_prob = torch.log_softmax(logits, dim=-1)
    return -(log_prob.exp() * log_prob).sum(dim=-1)


def gaussian_log_prob(mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
    """Return log π(a|s) of a diagonal Gaussian policy, (…), of means and actions (…, D), nats.

    `log_std` is log σ (D,), `action` the action as drawn, not as clipped for the environment.
    """
    require_equal_shapes(mean, action)
    standardized = (action - mean) * torch.exp(-log_std)
    return (-0.5 * standardized.square() - log_std - 0.5 * math.log(2 * math.pi)).sum(dim=-1)


def gaussian_entropy(log_std: Tensor) -> Tensor:
    """Return Σ (log σ + ½ ln 2πe): differential entropy, scalar, nats; negative for a narrow policy."""
    return (log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()


def nats_to_bits(nats: Tensor) -> Tensor:
    """Return the same amount of information in bits: nats / ln 2."""
    return nats / math.log(2)


# Compared with the very numbers that `clamp` gets: |r − 1| > ε would be rounded differently, and a
# ratio on the edge would count as outside.


def _outside_above(ratio: Tensor, epsilon: float) -> Tensor:
    return ratio > 1 + epsilon


def _outside_below(ratio: Tensor, epsilon: float) -> Tensor:
    return ratio < 1 - epsilon


def require_equal_shapes(*tensors: Tensor) -> None:
    """Raise a ValueError unless all tensors have the same shape: (B,) and (B, 1) would become (B, B)."""
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) > 1:
        raise ValueError(f"Shapes must be equal, got {sorted(shapes)}: broadcasting would mix samples.")
