"""The two networks: a policy (actor) and a value function (critic), with separate weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import DiscretePolicy, GaussianPolicy
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.objective import (
    categorical_entropy,
    categorical_log_prob,
    gaussian_entropy,
    gaussian_log_prob,
)

POLICY_HEAD_GAIN = 0.01
"""A small last layer: the untrained policy is nearly uniform in every state."""
VALUE_HEAD_GAIN = 1.0
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


class MultilayerPerceptron(nn.Module):
    """Fully connected layers with an activation between them.

    Shape:
        Input (B, n_inputs), output (B, n_outputs).
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        head_gain: float,
        hyperparameters: Hyperparameters,
        generator: Generator,
    ) -> None:
        super().__init__()
        hidden = [hyperparameters.hidden_units] * hyperparameters.hidden_layers
        self._layers = [nn.Linear(*size) for size in pairwise([n_inputs, *hidden, n_outputs])]
        self.layers = nn.ModuleList(self._layers)
        self.activation = ACTIVATIONS[hyperparameters.activation]
        gains = [math.sqrt(2)] * len(hidden) + [head_gain]
        for layer, gain in zip(self._layers, gains, strict=True):
            initialize = _orthogonal if hyperparameters.orthogonal_initialization else _uniform
            initialize(layer, gain, generator)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the last layer's output, without an activation."""
        *hidden, head = self._layers
        for layer in hidden:
            inputs = self.activation(functional.linear(inputs, layer.weight, layer.bias))
        return functional.linear(inputs, head.weight, head.bias)


def _orthogonal(layer: nn.Linear, gain: float, generator: Generator) -> None:
    nn.init.orthogonal_(layer.weight, gain, generator=generator)
    nn.init.zeros_(layer.bias)


def _uniform(layer: nn.Linear, _gain: float, generator: Generator) -> None:
    """PyTorch's own default for linear layers, ±1/√n_inputs; the gain has no part in it."""
    bound = 1 / math.sqrt(layer.in_features)
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


class ValueNetwork(nn.Module):
    """The critic V(s).

    Shape:
        Observations (B, n_observations), values (B,).
    """

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator) -> None:
        super().__init__()
        self.body = MultilayerPerceptron(
            spaces.n_observations, 1, VALUE_HEAD_GAIN, hyperparameters, generator
        )

    def forward(self, observations: Tensor) -> Tensor:
        """Return V(s) for each observation."""
        values: Tensor = self.body(observations).squeeze(-1)
        return values


class PolicyNetwork(nn.Module, ABC):
    """The actor π(a|s). Observations have shape (B, n_observations)."""

    body: MultilayerPerceptron

    @abstractmethod
    def draw_noise(self, rollout_length: int, n_envs: int, generator: Generator) -> Tensor:
        """Return the randomness of a whole rollout, (T, N, …), for `sample`."""

    @abstractmethod
    def sample(self, observations: Tensor, noise: Tensor) -> Tensor:
        """Return one action per observation, drawn from π(·|s) with `noise` (B, …)."""

    @abstractmethod
    def most_likely(self, observations: Tensor) -> Tensor:
        """Return the most probable action per observation."""

    @abstractmethod
    def log_prob_and_entropy(self, observations: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Return log π(a|s), shape (B,), and the entropy, shape (B,) or (); both in nats."""

    @abstractmethod
    def describe(self, observation: Tensor) -> DiscretePolicy | GaussianPolicy:
        """Return the policy in the single state `observation`, shape (n_observations,)."""


class CategoricalPolicyNetwork(PolicyNetwork):
    """A probability for each of |A| actions; actions are integers of shape (B,)."""

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator) -> None:
        super().__init__()
        assert spaces.n_actions is not None
        self.n_actions = spaces.n_actions
        self.body = MultilayerPerceptron(
            spaces.n_observations, spaces.n_actions, POLICY_HEAD_GAIN, hyperparameters, generator
        )

    def draw_noise(self, rollout_length: int, n_envs: int, generator: Generator) -> Tensor:
        """Return Gumbel noise, shape (T, N, |A|)."""
        exponential = torch.empty(rollout_length, n_envs, self.n_actions).exponential_(generator=generator)
        return exponential.log_().neg_()

    def sample(self, observations: Tensor, noise: Tensor) -> Tensor:
        """Return argmax(logits + Gumbel noise), which is distributed as the softmax of the logits."""
        return torch.argmax(self.body(observations) + noise, dim=-1)

    def most_likely(self, observations: Tensor) -> Tensor:
        """Return argmax π(a|s)."""
        return torch.argmax(self.body(observations), dim=-1)

    def log_prob_and_entropy(self, observations: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Return log π(a|s) and H(π(·|s)), both (B,)."""
        logits = self.body(observations)
        return categorical_log_prob(logits, actions), categorical_entropy(logits)

    def describe(self, observation: Tensor) -> DiscretePolicy:
        """Return the probabilities in one state."""
        return DiscretePolicy(tuple(torch.softmax(self.body(observation), dim=-1).tolist()))


class GaussianPolicyNetwork(PolicyNetwork):
    """A mean that depends on the state and one σ per component that does not; actions (B, D)."""

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator) -> None:
        super().__init__()
        self.bounds = (tuple(spaces.action_low), tuple(spaces.action_high))
        n_components = len(spaces.action_low)
        self.body = MultilayerPerceptron(
            spaces.n_observations, n_components, POLICY_HEAD_GAIN, hyperparameters, generator
        )
        self.log_std = nn.Parameter(torch.full((n_components,), hyperparameters.initial_log_std))

    def draw_noise(self, rollout_length: int, n_envs: int, generator: Generator) -> Tensor:
        """Return standard normal noise, shape (T, N, D)."""
        return torch.randn(rollout_length, n_envs, len(self.log_std), generator=generator)

    def sample(self, observations: Tensor, noise: Tensor) -> Tensor:
        """Return mean + σ·noise."""
        actions: Tensor = self.body(observations) + self.log_std.exp() * noise
        return actions

    def most_likely(self, observations: Tensor) -> Tensor:
        """Return the mean."""
        means: Tensor = self.body(observations)
        return means

    def log_prob_and_entropy(self, observations: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Return log π(a|s), shape (B,), and the entropy, the same in every state, shape ()."""
        means = self.body(observations)
        return gaussian_log_prob(means, self.log_std, actions), gaussian_entropy(self.log_std)

    def describe(self, observation: Tensor) -> GaussianPolicy:
        """Return mean and σ in one state."""
        means = self.body(observation)
        return GaussianPolicy(tuple(means.tolist()), tuple(self.log_std.exp().tolist()), *self.bounds)


def select_action(
    policy_network: PolicyNetwork, observations: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return an action per observation drawn from π(·|s), its log-probability and the entropy, nats.

    The slides' way of acting. The engine does it in two halves: it draws at every step, and
    computes log-probabilities and entropies of a whole rollout at once, which is faster and makes
    the first ratios exactly 1.

    Shape:
        observations (B, n_observations), noise as a row of `draw_noise`; the action (B,) or (B, D),
        its log-probability (B,), the entropy (B,) or ().

    Slides: "Implementing the entropy bonus".
    """
    action = policy_network.sample(observations, noise)
    log_prob, entropy = policy_network.log_prob_and_entropy(observations, action)
    return action, log_prob, entropy


def make_policy_network(
    spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator
) -> PolicyNetwork:
    """Return a categorical policy for discrete actions, a Gaussian one for continuous actions."""
    kind = GaussianPolicyNetwork if spaces.n_actions is None else CategoricalPolicyNetwork
    return kind(spaces, hyperparameters, generator)


def flatten_parameters(networks: Iterable[nn.Module]) -> nn.Parameter:
    """Move the networks' parameters into one flat tensor of which they become views, and return it.

    Gradients are views of the flat tensor's gradient likewise, so one Adam step, one norm and one
    copy serve all networks at once.
    """
    parameters = [parameter for network in networks for parameter in network.parameters()]
    flat = nn.Parameter(torch.cat([parameter.detach().flatten() for parameter in parameters]))
    flat.grad = torch.zeros_like(flat)
    sizes = [parameter.numel() for parameter in parameters]
    for parameter, data, gradient in zip(
        parameters, flat.detach().split(sizes), flat.grad.split(sizes), strict=True
    ):
        parameter.data = data.view_as(parameter)
        parameter.grad = gradient.view_as(parameter)
    return flat
