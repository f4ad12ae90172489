"""The two networks of a run: the actor, which acts by a policy, and the critic, which judges states.

Here they are in NumPy, which is all that acting, looking and the fast engine need. For the gradient there
are PyTorch modules on the same parameters, see `networks`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import DiscretePolicy, GaussianPolicy
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.perceptron import Perceptron, n_parameters

POLICY_HEAD_GAIN = 0.01
"""A small last layer: the untrained policy is nearly uniform in every state."""
VALUE_HEAD_GAIN = 1.0
_ALIGNMENT = 64
"""Bytes: where PyTorch's own tensors begin, and the widest registers load fastest."""


class Actor(ABC):
    """The policy π(a|s): its outputs are the parameters of a distribution over actions.

    Attributes:
        spaces: Of the environment.
        perceptron: From observations (B, n_observations) to outputs (B, |A|) or (B, D).
    """

    def __init__(self, spaces: Spaces, perceptron: Perceptron) -> None:
        self.spaces = spaces
        self.perceptron = perceptron

    @abstractmethod
    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Floats:
        """Return the randomness of a whole rollout, (T, N, …), for `sample`."""

    @abstractmethod
    def sample(self, outputs: Floats, noise: Floats) -> NDArray[Any]:
        """Return an action drawn from each row's distribution."""

    @abstractmethod
    def most_likely(self, outputs: Floats) -> NDArray[Any]:
        """Return the most probable action of each row."""

    @abstractmethod
    def entropy(self, outputs: Floats) -> Floats:
        """Return H(π(·|s)), shape (B,), nats."""

    @abstractmethod
    def divergence_to(self, outputs: Floats, other: Actor, other_outputs: Floats) -> Floats:
        """Return KL(π ‖ π_other) in each state, shape (B,), nats: exact, of all actions.

        `other` is an actor for the same actions, and `other_outputs` are its outputs in the same states.
        """

    @abstractmethod
    def describe(self, outputs: Floats) -> DiscretePolicy | GaussianPolicy:
        """Return the policy in a single state, from the outputs for it."""

    @abstractmethod
    def probabilities_or_means(self, outputs: Floats) -> NDArray[Any]:
        """Return the probability of each action, or the mean in the environment's units; a row each."""


class CategoricalActor(Actor):
    """A probability for each of |A| actions; outputs are logits, actions integers of shape (B,)."""

    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Floats:
        """Return Gumbel noise, shape (T, N, |A|)."""
        return gumbel_noise((rollout_length, n_envs, self.spaces.n_outputs), generator)

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[np.int64]:
        """Return argmax(logits + Gumbel noise), which is distributed as the softmax of the logits."""
        return self.most_likely(outputs + noise)

    def most_likely(self, outputs: Floats) -> NDArray[np.int64]:
        actions: NDArray[np.int64] = outputs.argmax(-1)
        return actions

    def entropy(self, outputs: Floats) -> Floats:
        """Return −Σ p·ln p, shape (B,)."""
        log_probs = _log_softmax(outputs)
        entropies: Floats = -(np.exp(log_probs) * log_probs).sum(axis=-1)
        return entropies

    def divergence_to(self, outputs: Floats, other: Actor, other_outputs: Floats) -> Floats:
        """Return Σ p·(ln p − ln q)."""
        del other
        log_probs, other_log_probs = _log_softmax(outputs), _log_softmax(other_outputs)
        divergences: Floats = (np.exp(log_probs) * (log_probs - other_log_probs)).sum(axis=-1)
        return divergences

    def describe(self, outputs: Floats) -> DiscretePolicy:
        return DiscretePolicy(tuple(self.probabilities_or_means(outputs).tolist()))

    def probabilities_or_means(self, outputs: Floats) -> Floats:
        """Return the softmax of the logits."""
        probabilities: Floats = np.exp(_log_softmax(outputs))
        return probabilities


class GaussianActor(Actor):
    """A mean that depends on the state, the output, and one σ per component that does not.

    Both, and with them log-probabilities and entropy, are in the units in which actions are drawn, see
    `Spaces.in_environment_units`. `log_std`, ln σ (D,), is a view of the parameters.
    """

    def __init__(self, spaces: Spaces, perceptron: Perceptron, log_std: Floats) -> None:
        super().__init__(spaces, perceptron)
        self.log_std = log_std

    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Floats:
        """Return normal noise of the present σ, shape (T, N, D)."""
        return gaussian_noise((rollout_length, n_envs, len(self.log_std)), self.log_std, generator)

    def sample(self, outputs: Floats, noise: Floats) -> Floats:
        """Return mean + σ·ε; the noise is σ·ε."""
        actions: Floats = outputs + noise
        return actions

    def most_likely(self, outputs: Floats) -> Floats:
        return outputs

    def entropy(self, outputs: Floats) -> Floats:
        """Return the differential entropy Σ (ln σ + ½ ln 2πe), the same in every state, shape (B,)."""
        entropy = (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()
        return np.full(len(outputs), entropy, np.float32)

    def divergence_to(self, outputs: Floats, other: Actor, other_outputs: Floats) -> Floats:
        """Return Σ (ln σ_q/σ_p + (σ_p² + (μ_p − μ_q)²) / 2σ_q² − ½)."""
        assert isinstance(other, GaussianActor)
        variance, other_variance = np.exp(2 * self.log_std), np.exp(2 * other.log_std)
        moved = (variance + (outputs - other_outputs) ** 2) / (2 * other_variance)
        divergences: Floats = (other.log_std - self.log_std + moved - np.float32(0.5)).sum(axis=-1)
        return divergences

    def describe(self, outputs: Floats) -> GaussianPolicy:
        means = self.probabilities_or_means(outputs)
        deviations = self.spaces.action_units * np.exp(self.log_std)
        low, high = self.spaces.action_low, self.spaces.action_high
        return GaussianPolicy(tuple(means.tolist()), tuple(deviations.tolist()), low, high)

    def probabilities_or_means(self, outputs: Floats) -> NDArray[Any]:
        return self.spaces.in_environment_units(outputs)


class ActorCritic:
    """Actor and critic with separate weights on one flat array of parameters.

    One copy, one norm and one optimizer step serve both at once.

    Attributes:
        parameters: All of them: ln σ where actions are continuous, the actor's layers, the critic's.
        n_actor_parameters: How many of them are the actor's.
        actor: The policy.
        critic: The perceptron that judges states, with one output.
    """

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, parameters: Floats) -> None:
        sizes, critic_sizes = layer_sizes(spaces, hyperparameters)
        n_log_std = n_deviations(spaces)
        self.n_actor_parameters = n_log_std + n_parameters(sizes)
        self.parameters = parameters
        log_std, actor, critic = np.split(parameters, (n_log_std, self.n_actor_parameters))
        perceptron = Perceptron(actor, sizes, hyperparameters.activation)
        self.critic = Perceptron(critic, critic_sizes, hyperparameters.activation)
        self.actor: Actor = (
            GaussianActor(spaces, perceptron, log_std) if n_log_std else CategoricalActor(spaces, perceptron)
        )

    @classmethod
    def initialized(
        cls, spaces: Spaces, hyperparameters: Hyperparameters, generator: np.random.Generator
    ) -> Self:
        """Return new ones, as they are before learning."""
        networks = cls(spaces, hyperparameters, _aligned(n_all_parameters(spaces, hyperparameters)))
        networks.parameters[: n_deviations(spaces)] = hyperparameters.initial_log_std
        for network, gain in (
            (networks.actor.perceptron, POLICY_HEAD_GAIN),
            (networks.critic, VALUE_HEAD_GAIN),
        ):
            if hyperparameters.orthogonal_initialization:
                network.initialize_orthogonally(gain, generator)
            else:
                network.initialize_uniformly(generator)
        return networks


@np.errstate(all="ignore")  # of a zero, which is possible, the noise is infinite
def gumbel_noise(shape: tuple[int, ...], generator: np.random.Generator) -> Floats:
    """Return −log of exponentially distributed numbers: argmax(logits + noise) is drawn from the softmax."""
    return -np.log(generator.standard_exponential(shape, dtype=np.float32))


@np.errstate(all="ignore")
def gaussian_noise(shape: tuple[int, ...], log_std: Floats, generator: np.random.Generator) -> Floats:
    """Return normally distributed numbers with the standard deviations σ = exp(log_std) of the last axis."""
    return generator.standard_normal(shape, dtype=np.float32) * np.exp(log_std)


def n_deviations(spaces: Spaces) -> int:
    """Return how many standard deviations a policy learns: one for each component of continuous actions."""
    return 0 if spaces.n_actions is not None else spaces.n_outputs


def n_all_parameters(spaces: Spaces, hyperparameters: Hyperparameters) -> int:
    """Return how many parameters actor and critic have together."""
    return n_deviations(spaces) + sum(map(n_parameters, layer_sizes(spaces, hyperparameters)))


def layer_sizes(spaces: Spaces, hyperparameters: Hyperparameters) -> tuple[list[int], list[int]]:
    """Return the sizes of the actor's perceptron and of the critic's, from inputs to outputs."""
    below = [spaces.n_observations, *[hyperparameters.hidden_units] * hyperparameters.hidden_layers]
    return [*below, spaces.n_outputs], [*below, 1]


def _aligned(n_numbers: int) -> Floats:
    room = np.empty(n_numbers + _ALIGNMENT // 4, np.float32)
    skipped = -room.ctypes.data % _ALIGNMENT // 4
    return room[skipped : skipped + n_numbers]


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probs: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probs
