"""From a full rollout to better parameters: values, advantages, gradients, Adam."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.constants import ADAM_BETA_1, ADAM_BETA_2, ADAM_EPSILON, SAME_RETURN
from ppo_desktop.ppo.kernels.compilation import exact_kernel, kernel
from ppo_desktop.ppo.kernels.exponentials import exp
from ppo_desktop.ppo.kernels.layers import backward, forward, transpose_weights

BLOCK = 64
"""Rows that go through the networks at once: their activations stay in the processor's nearest cache."""
_BETA_1, _BETA_2 = np.float32(ADAM_BETA_1), np.float32(ADAM_BETA_2)
_REST_1, _REST_2 = np.float32(1 - ADAM_BETA_1), np.float32(1 - ADAM_BETA_2)
_EPSILON = np.float32(ADAM_EPSILON)
_HALF_LN_2_PI = np.float32(0.5 * math.log(2 * math.pi))
_ONE = np.float32(1)


class Networks(NamedTuple):
    """Actor and critic.

    Attributes:
        parameters: (P,), flat: log σ of a Gaussian policy, the actor's perceptron, the critic's.
        transposed: (P,), the same with transposed weights, for `layers.forward`.
        n_actor_parameters: How many of them are the actor's.
        n_components: D of a Gaussian policy, 0 for a discrete one.
        relu: Whether the activation is ReLU, else tanh.
        hidden: (L, BLOCK, H), memory.
        outputs: (BLOCK, |A| or D), memory.
        probabilities: (BLOCK, |A| or D), memory.
        values: (BLOCK, 1), memory.
    """

    parameters: Floats
    transposed: Floats
    n_actor_parameters: int
    n_components: int
    relu: bool
    hidden: Floats
    outputs: Floats
    probabilities: Floats
    values: Floats


class Batch(NamedTuple):
    """B samples of a rollout, in its order; see `engines.pytorch.Batch`.

    Attributes:
        observations: (B, n_observations), normalised if so set.
        choices: (B,) int64 of a discrete policy, else empty.
        draws: (B, D) of a Gaussian policy, else empty.
        log_probs: (B,), log π_old(a|s).
        values: (B,), V(s) at rollout time.
        advantages: (B,), Â before normalisation.
        value_targets: (B,).
    """

    observations: Floats
    choices: NDArray[np.int64]
    draws: Floats
    log_probs: Floats
    values: Floats
    advantages: Floats
    value_targets: Floats


class Descent(NamedTuple):
    """What gradient descent keeps and computes in.

    Attributes:
        gradient: (P,).
        momentum: (P,), Adam's first moment.
        squares: (P,), Adam's second moment.
        d_hidden: (2, BLOCK, H), memory.
        d_weight: (largest layer,), memory.
        rows: (BLOCK, n_observations), memory.
    """

    gradient: Floats
    momentum: Floats
    squares: Floats
    d_hidden: Floats
    d_weight: Floats
    rows: Floats


class StepNumbers(NamedTuple):
    """What a gradient step needs of the hyperparameters; see `engines.StepSettings`. "Off" is infinite."""

    learning_rate: float
    clip_range: float
    entropy_coef: float
    value_coef: float
    max_grad_norm: float
    normalize_advantages: bool


class Epochs(NamedTuple):
    """Gradient steps on a batch, in epochs of M minibatches each.

    Attributes:
        indices: The samples of all minibatches, one after the other.
        ends: (minibatches,), where each ends in them.
        n_minibatches: M.
        target_kl: How far the policy may have moved for another epoch to begin, nats; infinite if off.
        steps_before: Steps that Adam has taken before.
        numbers: What each step is to do.
        log_probs: Written: log π(a|s) just before each step, in the order of the indices.
        advantages: Likewise, Â as used in the loss.
        found: (minibatches, N_STEP_COLUMNS), written: what is measured.
        entropies: (B,), memory.
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


N_STEP_COLUMNS = 7
"""What is measured at each gradient step, `step_settings.STEP_QUANTITIES`; then samples are counted."""
POLICY_LOSS, VALUE_LOSS, GRADIENT_NORM, POLICY_GRADIENT_NORM, VALUE_GRADIENT_NORM, N_CLIPPED, N_CUT = range(
    N_STEP_COLUMNS
)


class PolicyMeasured(NamedTuple):
    """Quantities of the policy after an update, see `quantities.UpdateQuantities`."""

    policy_entropy: float
    approx_kl: float
    max_ratio: float
    min_ratio: float


class ValuesMeasured(NamedTuple):
    """Quantities of the values that an update began with, likewise."""

    explained_variance: float
    return_spread: float


@exact_kernel
def log_probs_of_outputs(
    networks: Networks, outputs: Floats, choices: NDArray[np.int64], draws: Floats, log_probs: Floats
) -> None:
    """Write log π(a|s) of each row; of a discrete policy, `outputs` become log π of every action.

    outputs (B, |A| or D), choices (B,) or draws (B, D), log_probs (B,); rounded exactly, so that a ratio of
    equal policies is exactly 1 wherever this is compiled into. B is at most BLOCK; of a discrete policy,
    π of every action is written to `networks.probabilities`.

    Reference: `objective.categorical_log_prob`, `objective.gaussian_log_prob`.
    """
    n_rows, width = len(log_probs), outputs.shape[1]
    if networks.n_components == 0:
        probabilities = networks.probabilities[:n_rows]
        for row in range(n_rows):
            largest = outputs[row, 0]
            for action in range(1, width):
                largest = max(largest, outputs[row, action])
            for action in range(width):
                outputs[row, action] -= largest
        _exponentials(outputs.reshape(-1), probabilities.reshape(-1))
        for row in range(n_rows):
            total = np.float32(0)
            for action in range(width):
                total += probabilities[row, action]
            log_total = math.log(total)
            for action in range(width):
                outputs[row, action] -= log_total
                probabilities[row, action] /= total
            log_probs[row] = outputs[row, choices[row]]
        return
    for row in range(n_rows):
        log_prob = np.float32(0)
        for component in range(width):
            log_std = networks.parameters[component]
            standardized = (draws[row, component] - outputs[row, component]) * math.exp(-log_std)
            log_prob += np.float32(-0.5) * standardized * standardized - log_std - _HALF_LN_2_PI
        log_probs[row] = log_prob


@exact_kernel
def _exponentials(numbers: Floats, exponentials: Floats) -> None:
    """Write eˣ of each number, both flat."""
    for index in range(len(numbers)):
        exponentials[index] = exp(numbers[index])


@kernel
def transpose_networks(networks: Networks, n_observations: int) -> None:
    """Bring `transposed` up to date with the parameters."""
    parameters, transposed = networks.parameters, networks.transposed
    n_layers, _, n_units = networks.hidden.shape
    for begin, n_outputs in (
        (networks.n_components, networks.outputs.shape[1]),
        (networks.n_actor_parameters, 1),
    ):
        transpose_weights(parameters, begin, n_observations, n_layers, n_units, n_outputs, transposed)


@kernel
def actor_outputs(networks: Networks, observations: Floats, outputs: Floats) -> None:
    """Compute the actor's outputs for at most BLOCK rows."""
    forward(networks.transposed, networks.n_components, networks.relu, observations, networks.hidden, outputs)


@kernel
def _critic_outputs(networks: Networks, observations: Floats, values: Floats) -> None:
    """Compute the critic's outputs (B, 1) for at most BLOCK rows."""
    begin, relu = networks.n_actor_parameters, networks.relu
    forward(networks.transposed, begin, relu, observations, networks.hidden, values)


@kernel
def estimate_values(networks: Networks, observations: Floats, values: Floats) -> None:
    """Write V(s) of all rows, (B,)."""
    for begin in range(0, len(values), BLOCK):
        end = min(begin + BLOCK, len(values))
        _critic_outputs(networks, observations[begin:end], networks.values[: end - begin])
        for row in range(end - begin):
            values[begin + row] = networks.values[row, 0]


@kernel
def estimate_advantages(
    batch: Batch,
    rewards: Floats,
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
    gamma: float,
    gae_lambda: float,
    values: Floats,
) -> None:
    """Write Â_t = δ_t + γλ·Â_{t+1}, cut where an episode ends, and Â + V.

    δ_t = r_t + γ·V(s_{t+1})·(1 − terminated_t) − V(s_t). Where an episode was truncated, V(s_{t+1})
    is that of its final observation; these stand at the end of `values`, the last one last.

    Reference: `advantages.generalized_advantage_estimate`.
    """
    length, n_envs = rewards.shape
    discount, decay = np.float32(gamma), np.float32(gamma * gae_lambda)
    final = len(values)
    for time in range(length - 1, -1, -1):
        for agent in range(n_envs - 1, -1, -1):
            sample = time * n_envs + agent
            next_value, next_advantage = values[sample + n_envs], np.float32(0)
            if terminated[time, agent]:
                next_value = np.float32(0)
            elif truncated[time, agent]:
                final -= 1
                next_value = values[final]
            elif time + 1 < length:
                next_advantage = batch.advantages[sample + n_envs]
            value = values[sample]
            advantage = rewards[time, agent] + discount * next_value - value + decay * next_advantage
            batch.values[sample] = value
            batch.advantages[sample] = advantage
            batch.value_targets[sample] = advantage + value


@kernel
def improve(networks: Networks, batch: Batch, descent: Descent, epochs: Epochs) -> tuple[int, bool]:
    """Take a gradient step on each minibatch in turn; return how many, and whether all gradients were finite.

    It ends early where a gradient is not finite, and after an epoch in which the policy has moved too far.
    """
    numbers, n_steps, begin = epochs.numbers, len(epochs.ends), 0
    for step in range(n_steps):
        end, found = epochs.ends[step], epochs.found[step]
        rows, used, seen = (
            epochs.indices[begin:end],
            epochs.advantages[begin:end],
            epochs.log_probs[begin:end],
        )
        _advantages_of(batch.advantages, rows, numbers.normalize_advantages, used)
        descent.gradient[:] = 0
        _add_gradient(networks, batch, descent, rows, numbers, used, seen, found)
        policy_norm = _norm(descent.gradient[: networks.n_actor_parameters])
        value_norm = _norm(descent.gradient[networks.n_actor_parameters :])
        norm = math.hypot(policy_norm, value_norm)
        if not math.isfinite(norm):
            return step, False
        found[GRADIENT_NORM] = norm
        found[POLICY_GRADIENT_NORM] = policy_norm
        found[VALUE_GRADIENT_NORM] = value_norm
        scale = numbers.max_grad_norm / norm if norm > numbers.max_grad_norm else 1.0
        _adam_step(networks.parameters, descent, scale, numbers.learning_rate, epochs.steps_before + step + 1)
        transpose_networks(networks, batch.observations.shape[1])
        begin, is_looked_at = end, epochs.target_kl < math.inf and (step + 1) % epochs.n_minibatches == 0
        if (
            is_looked_at
            and step + 1 < n_steps
            and measure_policy(networks, batch, epochs.entropies).approx_kl > epochs.target_kl
        ):
            return step + 1, True
    return n_steps, True


@kernel
def _advantages_of(advantages: Floats, rows: NDArray[np.int64], normalized: bool, used: Floats) -> None:
    """Write the advantages of `rows`, as they are or as (Â − mean) / (std + 1e-8), std with n − 1.

    Reference: `advantages.normalize_advantages`.
    """
    total = 0.0
    for row in range(len(rows)):
        used[row] = advantages[rows[row]]
        total += used[row]
    if not normalized or len(rows) < 2:
        return
    mean = total / len(rows)
    squares = 0.0
    for row in range(len(rows)):
        squares += (used[row] - mean) ** 2
    scale = 1 / (math.sqrt(squares / (len(rows) - 1)) + 1e-8)
    for row in range(len(rows)):
        used[row] = (used[row] - mean) * scale


@kernel
def _add_gradient(
    networks: Networks,
    batch: Batch,
    descent: Descent,
    rows: NDArray[np.int64],
    numbers: StepNumbers,
    advantages: Floats,
    log_probs: Floats,
    found: NDArray[np.float64],
) -> None:
    """Add the gradient of the total loss on the samples `rows` to `descent.gradient`.

    actor_loss + c_V·critic_loss − c_H·mean(entropy), block by block.

    Reference: `objective.calculate_losses`, `objective.total_loss`.
    """
    found[:] = 0
    n_samples = np.float32(len(rows))
    for begin in range(0, len(rows), BLOCK):
        end = min(begin + BLOCK, len(rows))
        samples = rows[begin:end]
        seen = descent.rows[: end - begin]
        _gather(batch.observations, samples, seen)
        outputs = networks.outputs[: end - begin]
        actor_outputs(networks, seen, outputs)
        used, now = advantages[begin:end], log_probs[begin:end]
        if networks.n_components == 0:
            _categorical_loss(networks, batch, samples, numbers, n_samples, used, now, outputs, found)
        else:
            _gaussian_loss(networks, batch, descent, samples, numbers, n_samples, used, now, outputs, found)
        _propagate(networks, descent, networks.n_actor_parameters, seen, outputs)
        values = networks.values[: end - begin]
        _critic_outputs(networks, seen, values)
        found[VALUE_LOSS] += _value_loss(batch.value_targets, samples, numbers.value_coef, n_samples, values)
        _propagate(networks, descent, len(networks.parameters), seen, values)


@kernel
def _gather(rows: Floats, indices: NDArray[np.int64], gathered: Floats) -> None:
    """Write the rows `indices`, (B, n)."""
    for row in range(len(indices)):
        for column in range(rows.shape[1]):
            gathered[row, column] = rows[indices[row], column]


@kernel
def _value_loss(
    targets: Floats, samples: NDArray[np.int64], value_coef: float, n_samples: np.float32, values: Floats
) -> float:
    """Replace values (rows, 1) by the loss's gradient, 2·c_V·(V − R)/B; return the sum of (R − V)²/B.

    Reference: the critic's part of `objective.calculate_losses`.
    """
    weight = np.float32(2 * value_coef) / n_samples
    loss = np.float32(0)
    for row in range(len(samples)):
        error = values[row, 0] - targets[samples[row]]
        loss += error * error
        values[row, 0] = weight * error
    return float(loss / n_samples)


@kernel
def _propagate(networks: Networks, descent: Descent, end: int, rows: Floats, d_outputs: Floats) -> None:
    """Add the gradient of the perceptron that ends at `end`, of whose outputs δ is given."""
    backward(
        networks.parameters,
        end,
        networks.relu,
        rows,
        networks.hidden,
        d_outputs,
        descent.gradient,
        descent.d_hidden,
        descent.d_weight,
    )


@kernel
def _ratios(log_probs: Floats, log_probs_old: Floats, samples: NDArray[np.int64]) -> Floats:
    """Return r = π(a|s)/π_old(a|s) of some samples, whose log π is given, and log π_old of all."""
    changes = log_probs - log_probs_old[samples]
    _exponentials(changes, changes)
    return changes


@kernel
def _surrogate_slope(
    ratio: np.float32,
    advantage: np.float32,
    clip_range: float,
    found: NDArray[np.float64],
    n_samples: np.float32,
) -> np.float32:
    """Return ∂(actor loss)/∂ log π = −r·Â/B, or 0 where the clip removes the gradient.

    The sample's part of the loss, −min(r·Â, clip(r)·Â)/B, and whether its ratio is outside the band
    and its gradient cut, are added to `found`.

    Reference: `objective.clipped_surrogate_objective`, `objective.gradient_is_cut`.
    """
    above, below = np.float32(1 + clip_range), np.float32(1 - clip_range)
    clipped = min(max(ratio, below), above)
    found[POLICY_LOSS] -= min(ratio * advantage, clipped * advantage) / n_samples
    if ratio > above or ratio < below:
        found[N_CLIPPED] += 1
    if (ratio > above and advantage > 0) or (ratio < below and advantage < 0):
        found[N_CUT] += 1
        return np.float32(0)
    return -ratio * advantage / n_samples


@kernel
def _categorical_loss(
    networks: Networks,
    batch: Batch,
    samples: NDArray[np.int64],
    numbers: StepNumbers,
    n_samples: np.float32,
    advantages: Floats,
    log_probs: Floats,
    outputs: Floats,
    found: NDArray[np.float64],
) -> None:
    """Replace logits by the loss's gradient with respect to them, and write log π(a|s).

    ∂ log π(a)/∂ logit_k = [k = a] − p_k, and ∂H/∂ logit_k = −p_k·(log p_k + H); outputs (rows, |A|).

    Reference: autograd of `objective.total_loss` with `categorical_log_prob` and `categorical_entropy`.
    """
    log_probs_of_outputs(networks, outputs, batch.choices[samples], batch.draws, log_probs)
    probabilities, ratios = networks.probabilities, _ratios(log_probs, batch.log_probs, samples)
    bonus = np.float32(numbers.entropy_coef) / n_samples
    for row in range(len(samples)):
        sample = samples[row]
        slope = _surrogate_slope(ratios[row], advantages[row], numbers.clip_range, found, n_samples)
        entropy = np.float32(0)
        if bonus > 0:
            for action in range(outputs.shape[1]):
                entropy -= probabilities[row, action] * outputs[row, action]
        for action in range(outputs.shape[1]):
            log_p, p = outputs[row, action], probabilities[row, action]
            taken = _ONE if action == batch.choices[sample] else np.float32(0)
            outputs[row, action] = slope * (taken - p) + bonus * p * (log_p + entropy)


@kernel
def _gaussian_loss(
    networks: Networks,
    batch: Batch,
    descent: Descent,
    samples: NDArray[np.int64],
    numbers: StepNumbers,
    n_samples: np.float32,
    advantages: Floats,
    log_probs: Floats,
    outputs: Floats,
    found: NDArray[np.float64],
) -> None:
    """Replace means by the loss's gradient with respect to them, and add that of log σ.

    With z = (a − μ)/σ: ∂ log π/∂μ = z/σ, ∂ log π/∂ log σ = z² − 1, ∂H/∂ log σ = 1; outputs (rows, D).

    Reference: autograd of `objective.total_loss` with `gaussian_log_prob` and `gaussian_entropy`.
    """
    draws = batch.draws[samples]
    log_probs_of_outputs(networks, outputs, batch.choices, draws, log_probs)
    ratios = _ratios(log_probs, batch.log_probs, samples)
    bonus = np.float32(numbers.entropy_coef) / n_samples
    for row in range(len(samples)):
        slope = _surrogate_slope(ratios[row], advantages[row], numbers.clip_range, found, n_samples)
        for component in range(outputs.shape[1]):
            precision = math.exp(-networks.parameters[component])
            standardized = (draws[row, component] - outputs[row, component]) * precision
            outputs[row, component] = slope * standardized * precision
            descent.gradient[component] += slope * (standardized * standardized - _ONE) - bonus


@kernel
def _norm(numbers: Floats) -> float:
    """Return the Euclidean norm."""
    squares = np.float32(0)
    for index in range(len(numbers)):
        squares += numbers[index] * numbers[index]
    return math.sqrt(squares)


@kernel
def _adam_step(parameters: Floats, descent: Descent, scale: float, learning_rate: float, step: int) -> None:
    """Take Adam's step number `step` along the gradient times `scale`.

    m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − α·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + 1e-5).

    Reference: `torch.optim.Adam`. Paper: Kingma & Ba 2015, algorithm 1.
    """
    rate = np.float32(learning_rate / (1 - ADAM_BETA_1**step))
    correction = np.float32(1 / math.sqrt(1 - ADAM_BETA_2**step))
    shrink = np.float32(scale)
    for index in range(len(parameters)):
        g = descent.gradient[index] * shrink
        m = _BETA_1 * descent.momentum[index] + _REST_1 * g
        v = _BETA_2 * descent.squares[index] + _REST_2 * g * g
        descent.momentum[index], descent.squares[index] = m, v
        parameters[index] -= rate * m / (math.sqrt(v) * correction + _EPSILON)


@kernel
def measure_policy(networks: Networks, batch: Batch, entropies: Floats) -> PolicyMeasured:
    """Return what there is to say of the policy after the update, over the whole batch.

    KL is the mean of eˣ − 1 − x with x = log π − log π_old. `entropies` (B,) are written, nats.

    Reference: `objective.approx_kl`, `objective.categorical_entropy`, `objective.gaussian_entropy`.
    """
    n_samples = len(entropies)
    log_probs = np.empty(BLOCK, np.float32)
    total_entropy, total_kl, largest, smallest = 0.0, 0.0, -math.inf, math.inf
    for begin in range(0, n_samples, BLOCK):
        end = min(begin + BLOCK, n_samples)
        outputs, now = networks.outputs[: end - begin], log_probs[: end - begin]
        actor_outputs(networks, batch.observations[begin:end], outputs)
        log_probs_of_outputs(networks, outputs, batch.choices[begin:end], batch.draws[begin:end], now)
        of_states, before = entropies[begin:end], batch.log_probs[begin:end]
        _entropies(networks, outputs, of_states)
        for row in range(end - begin):
            total_entropy += of_states[row]
            change = now[row] - before[row]
            total_kl += math.expm1(change) - change
            largest, smallest = max(largest, change), min(smallest, change)
    return PolicyMeasured(
        policy_entropy=total_entropy / n_samples,
        approx_kl=total_kl / n_samples,
        max_ratio=math.exp(largest),
        min_ratio=math.exp(smallest),
    )


@kernel
def measure_values(values: Floats, targets: Floats) -> ValuesMeasured:
    """Return the explained variance 1 − Var(R − V)/Var(R) and the standard deviation of R.

    The first is nan where all R are equal but for rounding.

    Reference: `advantages.explained_variance`.
    """
    n_samples = len(targets)
    target_mean, error_mean, largest = 0.0, 0.0, 0.0
    for sample in range(n_samples):
        target_mean += targets[sample] / n_samples
        error_mean += (float(targets[sample]) - values[sample]) / n_samples
        largest = max(largest, abs(targets[sample]))
    target_variance, error_variance = 0.0, 0.0
    for sample in range(n_samples):
        target_variance += (targets[sample] - target_mean) ** 2 / n_samples
        error_variance += (float(targets[sample]) - values[sample] - error_mean) ** 2 / n_samples
    deviation = math.sqrt(target_variance)
    if deviation <= SAME_RETURN * largest:
        return ValuesMeasured(math.nan, deviation)
    return ValuesMeasured(1 - error_variance / target_variance, deviation)


@kernel
def _entropies(networks: Networks, outputs: Floats, entropies: Floats) -> None:
    """Write the entropy of each state, (B,), from π and log π of every action or from log σ."""
    of_gaussian = np.float32(0)
    for component in range(networks.n_components):
        of_gaussian += networks.parameters[component] + _HALF_LN_2_PI + np.float32(0.5)
    for row in range(len(entropies)):
        entropy = of_gaussian
        if networks.n_components == 0:
            for action in range(outputs.shape[1]):
                entropy -= networks.probabilities[row, action] * outputs[row, action]
        entropies[row] = entropy
