"""The two networks as PyTorch modules, whose gradient autograd finds: a policy and a value function.

They compute what `actor_critic` computes in NumPy, on the very same parameters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ppo_desktop.ppo.actor_critic import Actor, GaussianActor
from ppo_desktop.ppo.objective import (
    categorical_entropy,
    categorical_log_prob,
    gaussian_entropy,
    gaussian_log_prob,
)
from ppo_desktop.ppo.perceptron import Perceptron

TORCH_ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


class LinearLayer(NamedTuple):
    """Weight (n_out, n_in) and bias (n_out,)."""

    weight: nn.Parameter
    bias: nn.Parameter


class MultilayerPerceptron(nn.Module):
    """Fully connected layers with an activation between them, on the parameters of a `Perceptron`."""

    def __init__(self, perceptron: Perceptron) -> None:
        super().__init__()
        self.layers = [LinearLayer(*map(_parameter, layer)) for layer in perceptron.layers]
        self._registered = nn.ParameterList(parameter for layer in self.layers for parameter in layer)
        self.activation = perceptron.activation

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the last layer's output, without an activation.

        `linear` is called as a function: calling a module costs as much again.
        """
        *hidden, head = self.layers
        activation = TORCH_ACTIVATIONS[self.activation]
        for layer in hidden:
            inputs = activation(functional.linear(inputs, *layer))
        return functional.linear(inputs, *head)


class CriticNetwork(nn.Module):
    """The critic V(s): (B,) of observations (B, n_observations)."""

    def __init__(self, critic: Perceptron) -> None:
        super().__init__()
        self.body = MultilayerPerceptron(critic)

    def forward(self, observations: Tensor) -> Tensor:
        values: Tensor = self.body(observations).squeeze(-1)
        return values


class ActorNetwork(nn.Module, ABC):
    """The actor π(a|s): its outputs are the parameters of a distribution over actions.

    Of observations (B, n_observations) they are (B, |A|) logits or (B, D) means. `actor` is the same in
    NumPy, which draws actions.
    """

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self.actor = actor
        self.body = MultilayerPerceptron(actor.perceptron)

    def forward(self, observations: Tensor) -> Tensor:
        outputs: Tensor = self.body(observations)
        return outputs

    @abstractmethod
    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        """Return log π(a|s), shape (B,), nats."""

    @abstractmethod
    def entropy(self, outputs: Tensor) -> Tensor:
        """Return H(π(·|s)), shape (B,), nats."""


class CategoricalActorNetwork(ActorNetwork):
    """A probability for each of |A| actions; outputs are logits, actions integers of shape (B,)."""

    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        return categorical_log_prob(outputs, actions)

    def entropy(self, outputs: Tensor) -> Tensor:
        return categorical_entropy(outputs)


class GaussianActorNetwork(ActorNetwork):
    """A mean that depends on the state, the output, and one σ per component that does not."""

    def __init__(self, actor: GaussianActor) -> None:
        super().__init__(actor)
        self.log_std = _parameter(actor.log_std)

    def log_prob(self, outputs: Tensor, actions: Tensor) -> Tensor:
        return gaussian_log_prob(outputs, self.log_std, actions)

    def entropy(self, outputs: Tensor) -> Tensor:
        return gaussian_entropy(self.log_std).expand(len(outputs))


def select_action(
    policy_network: ActorNetwork, state: Tensor, generator: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return an action drawn from π(·|s) for each state, its log-probability and the entropy, nats.

    The slides' way of acting, for lessons. The engine does it in two halves: it draws at every
    step, and computes log-probabilities and entropies of a whole rollout at once, which is faster
    and makes the first ratios exactly 1.

    Slides: "Implementing the entropy bonus".
    """
    outputs = policy_network(state)
    noise = policy_network.actor.draw_noise(1, len(state), generator)[0]
    action = torch.from_numpy(policy_network.actor.sample(outputs.detach().numpy(), noise))
    return action, policy_network.log_prob(outputs, action), policy_network.entropy(outputs)


def make_actor_network(actor: Actor) -> ActorNetwork:
    """Return a categorical policy for discrete actions, a Gaussian one for continuous actions."""
    if isinstance(actor, GaussianActor):
        return GaussianActorNetwork(actor)
    return CategoricalActorNetwork(actor)


def as_one_parameter(flat: NDArray[np.float32], networks: Iterable[nn.Module]) -> nn.Parameter:
    """Return the flat array on which the networks stand as one parameter, of whose gradient theirs are views.

    One Adam step, one norm and one copy then serve all networks at once.
    """
    whole = _parameter(flat)
    whole.grad = torch.zeros_like(whole)
    parameters = [parameter for network in networks for parameter in network.parameters()]
    gradients = whole.grad.split([parameter.numel() for parameter in parameters])
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.view_as(parameter)
    return whole


def _parameter(numbers: NDArray[np.float32]) -> nn.Parameter:
    """Return the very same numbers as a parameter."""
    return nn.Parameter(torch.from_numpy(numbers))
