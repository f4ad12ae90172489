"""The two networks: a policy (actor) and a value function (critic), with separate weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
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
NUMPY_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "relu": partial(np.maximum, 0.0)}

Noise = NDArray[np.float32]
Rows = TypeVar("Rows", Tensor, NDArray[Any])
"""Outputs, noise or actions, a row for each state: tensors for a rollout, arrays for a time step."""


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
        # Without a first initialisation, which would draw from PyTorch's global generator.
        self.layers = [
            nn.utils.skip_init(nn.Linear, *size, dtype=torch.float32, device="cpu")
            for size in pairwise([n_inputs, *hidden, n_outputs])
        ]
        self._registered = nn.ModuleList(self.layers)  # makes their weights ours; slow to go through
        self.activation = hyperparameters.activation
        gains = [math.sqrt(2)] * len(hidden) + [head_gain]
        for layer, gain in zip(self.layers, gains, strict=True):
            initialize = _orthogonal if hyperparameters.orthogonal_initialization else _uniform
            initialize(layer, gain, generator)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the last layer's output, without an activation.

        `linear` is called as a function: calling a module costs as much again.
        """
        *hidden, head = self.layers
        activation = ACTIVATIONS[self.activation]
        for layer in hidden:
            inputs = activation(functional.linear(inputs, layer.weight, layer.bias))
        return functional.linear(inputs, head.weight, head.bias)


class NumpyForward:
    """The forward pass of a perceptron in NumPy, on the very same weights, also after they change.

    For the few rows of one time step PyTorch's calls cost more than the arithmetic.

    Shape:
        Inputs (B, n_inputs), outputs (B, n_outputs).
    """

    def __init__(self, network: MultilayerPerceptron) -> None:
        arrays = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in network.layers]
        self._hidden, self._head = arrays[:-1], arrays[-1]
        self._activation = NUMPY_ACTIVATIONS[network.activation]

    @np.errstate(all="ignore")
    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the last layer's output, without an activation.

        What is not finite is noticed where the rollout is evaluated.
        """
        for weight, bias in self._hidden:
            inputs = self._activation(inputs @ weight + bias)
        weight, bias = self._head
        outputs: NDArray[np.float32] = inputs @ weight + bias
        return outputs


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
    """The actor π(a|s): its outputs are the parameters of a distribution over actions.

    Shape:
        Observations (B, n_observations), outputs (B, |A|) logits or (B, D) means.
    """

    body: MultilayerPerceptron

    def forward(self, observations: Tensor) -> Tensor:
        """Return the distribution's parameters for each observation."""
        outputs: Tensor = self.body(observations)
        return outputs

    @abstractmethod
    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Noise:
        """Return the randomness of a whole rollout, (T, N, …), for `sample`."""

    @abstractmethod
    def sample(self, outputs: Rows, noise: Rows) -> Rows:
        """Return an action drawn from each row's distribution; tensors or arrays."""

    @abstractmethod
    def most_likely(self, outputs: Rows) -> Rows:
        """Return the most probable action of each row; a tensor or an array."""

    @abstractmethod
    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Return log π(a|s), shape (B,), nats."""

    @abstractmethod
    def entropy(self, outputs: Tensor) -> Tensor:
        """Return H(π(·|s)), shape (B,), nats."""

    @abstractmethod
    def describe(self, outputs: Tensor) -> DiscretePolicy | GaussianPolicy:
        """Return the policy in a single state, from the outputs for it."""


class CategoricalPolicyNetwork(PolicyNetwork):
    """A probability for each of |A| actions; outputs are logits, actions integers of shape (B,)."""

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator) -> None:
        super().__init__()
        assert spaces.n_actions is not None
        self.n_actions = spaces.n_actions
        self.body = MultilayerPerceptron(
            spaces.n_observations, spaces.n_actions, POLICY_HEAD_GAIN, hyperparameters, generator
        )

    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Noise:
        """Return Gumbel noise, shape (T, N, |A|): −log of exponentially distributed numbers."""
        shape = (rollout_length, n_envs, self.n_actions)
        exponential = generator.standard_exponential(shape, dtype=np.float32)
        with np.errstate(all="ignore"):  # of a zero, which is possible, the noise is infinite
            noise: Noise = -np.log(exponential)
        return noise

    def sample(self, outputs: Rows, noise: Rows) -> Rows:
        """Return argmax(logits + Gumbel noise), which is distributed as the softmax of the logits."""
        return self.most_likely(outputs + noise)

    def most_likely(self, outputs: Rows) -> Rows:
        """Return the argmax of the logits."""
        actions: Rows = outputs.argmax(-1)
        return actions

    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Return log π(a|s), shape (B,)."""
        return categorical_log_prob(outputs, actions)

    def entropy(self, outputs: Tensor) -> Tensor:
        """Return H(π(·|s)), shape (B,)."""
        return categorical_entropy(outputs)

    def describe(self, outputs: Tensor) -> DiscretePolicy:
        """Return the probabilities in one state."""
        return DiscretePolicy(tuple(torch.softmax(outputs, dim=-1).tolist()))


class GaussianPolicyNetwork(PolicyNetwork):
    """A mean that depends on the state, the output, and one σ per component that does not.

    Both, and with them log-probabilities and entropy, are in the units in which actions are drawn, see
    `Spaces.in_environment_units`.
    """

    def __init__(self, spaces: Spaces, hyperparameters: Hyperparameters, generator: Generator) -> None:
        super().__init__()
        self.spaces = spaces
        n_components = len(spaces.action_low)
        self.body = MultilayerPerceptron(
            spaces.n_observations, n_components, POLICY_HEAD_GAIN, hyperparameters, generator
        )
        initial = float(hyperparameters.initial_log_std)
        self.log_std = nn.Parameter(torch.full((n_components,), initial, dtype=torch.float32, device="cpu"))

    def draw_noise(self, rollout_length: int, n_envs: int, generator: np.random.Generator) -> Noise:
        """Return normal noise of the present σ, shape (T, N, D)."""
        shape = (rollout_length, n_envs, len(self.log_std))
        standard = generator.standard_normal(shape, dtype=np.float32)
        with np.errstate(all="ignore"):
            noise: Noise = standard * self.log_std.detach().exp().numpy()
        return noise

    def sample(self, outputs: Rows, noise: Rows) -> Rows:
        """Return mean + σ·ε; the noise is σ·ε."""
        actions: Rows = outputs + noise
        return actions

    def most_likely(self, outputs: Rows) -> Rows:
        """Return the means as they are."""
        return outputs

    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Return log π(a|s), shape (B,), of actions (B, D)."""
        return gaussian_log_prob(outputs, self.log_std, actions)

    def entropy(self, outputs: Tensor) -> Tensor:
        """Return the differential entropy, the same in every state, shape (B,)."""
        return gaussian_entropy(self.log_std).expand(len(outputs))

    def describe(self, outputs: Tensor) -> GaussianPolicy:
        """Return mean and σ in one state, in the environment's units."""
        means = self.spaces.in_environment_units(outputs.detach().numpy())
        deviations = self.spaces.action_units * self.log_std.detach().exp().numpy()
        low, high = self.spaces.action_low, self.spaces.action_high
        return GaussianPolicy(tuple(means.tolist()), tuple(deviations.tolist()), low, high)


def select_action(
    policy_network: PolicyNetwork, state: Tensor, generator: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return an action drawn from π(·|s) for each state, its log-probability and the entropy, nats.

    The slides' way of acting, for lessons. The engine does it in two halves: it draws at every
    step, and computes log-probabilities and entropies of a whole rollout at once, which is faster
    and makes the first ratios exactly 1.

    Shape:
        state (B, n_observations); the action (B,) or (B, D), its log-probability (B,), the
        entropy (B,).

    Slides: "Implementing the entropy bonus".
    """
    outputs = policy_network(state)
    noise = torch.from_numpy(policy_network.draw_noise(1, len(state), generator)[0])
    action = policy_network.sample(outputs, noise)
    return action, policy_network.log_prob(outputs, action), policy_network.entropy(outputs)


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
