from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, Normal

from ppo_desktop.ppo.actor_critic import ActorCritic
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.networks import (
    ActorNetwork,
    CriticNetwork,
    MultilayerPerceptron,
    as_one_parameter,
    make_actor_network,
    select_action,
)

DISCRETE = Spaces(n_observations=4, n_actions=3)
CONTINUOUS = Spaces(4, None, action_low=(-2.0, -math.inf), action_high=(2.0, math.inf), action_shape=(2,))
KINDS = pytest.mark.parametrize("spaces", [DISCRETE, CONTINUOUS], ids=["discrete", "continuous"])


def make(spaces: Spaces, **values: float | str) -> ActorCritic:
    """Return networks whose outputs differ from state to state."""
    networks = ActorCritic.initialized(spaces, Hyperparameters(**values), np.random.default_rng(0))
    networks.actor.perceptron.layers[-1].weight[:] *= 50
    return networks


def policy_of(spaces: Spaces, **values: float | str) -> ActorNetwork:
    return make_actor_network(make(spaces, **values).actor)


def observations(n: int = 20) -> Tensor:
    return torch.randn(n, 4, generator=torch.Generator().manual_seed(9))


def distribution(policy: ActorNetwork, states: Tensor) -> Categorical | Independent:
    outputs = policy.body(states)
    log_std = getattr(policy, "log_std", None)
    return Categorical(logits=outputs) if log_std is None else Independent(Normal(outputs, log_std.exp()), 1)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_network_computes_what_a_plain_sequence_of_layers_does(activation: str) -> None:
    network = MultilayerPerceptron(make(DISCRETE, activation=activation, hidden_layers=3).critic)
    between = {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    parts: list[nn.Module] = []
    for layer in network.layers:
        linear = nn.Linear(*reversed(layer.weight.shape))
        linear.weight, linear.bias = layer
        parts += [linear, between()]
    torch.testing.assert_close(network(observations()), nn.Sequential(*parts[:-1])(observations()))


@KINDS
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_modules_compute_what_actor_and_critic_do_also_after_the_parameters_have_changed(
    activation: str, spaces: Spaces
) -> None:
    networks = make(spaces, activation=activation, hidden_layers=3)
    policy, value = make_actor_network(networks.actor), CriticNetwork(networks.critic)
    seen, close = observations().numpy(), {"rtol": 1e-4, "atol": 1e-5}
    for _ in range(2):
        outputs = networks.actor.perceptron(seen)
        np.testing.assert_allclose(policy(observations()).detach().numpy(), outputs, **close)
        np.testing.assert_allclose(
            value(observations()).detach().numpy(), networks.critic(seen)[:, 0], **close
        )
        entropy = policy.entropy(torch.from_numpy(outputs)).detach().numpy()
        np.testing.assert_allclose(networks.actor.entropy(outputs), entropy, **close)
        networks.parameters += np.random.default_rng(1).normal(size=len(networks.parameters), scale=0.1)


def test_a_value_is_one_number_per_observation() -> None:
    assert CriticNetwork(make(DISCRETE).critic)(observations(5)).shape == (5,)


@KINDS
def test_log_prob_and_entropy_are_those_of_torch_distributions(spaces: Spaces) -> None:
    policy = policy_of(spaces, initial_log_std=0.4)
    reference = distribution(policy, observations())
    actions = reference.sample()
    outputs = policy(observations())
    torch.testing.assert_close(policy.log_prob(outputs, actions), reference.log_prob(actions))
    torch.testing.assert_close(policy.entropy(outputs), reference.entropy())


@KINDS
def test_a_selected_action_comes_with_its_log_probability_and_the_entropy(spaces: Spaces) -> None:
    policy = policy_of(spaces)
    action, log_prob, entropy = select_action(policy, observations(), np.random.default_rng(3))
    noise = policy.actor.draw_noise(1, 20, np.random.default_rng(3))[0]
    outputs = policy.body(observations()).detach().numpy()
    np.testing.assert_array_equal(action.numpy(), policy.actor.sample(outputs, noise))
    torch.testing.assert_close(log_prob, distribution(policy, observations()).log_prob(action))
    torch.testing.assert_close(entropy, distribution(policy, observations()).entropy())


def test_one_adam_step_on_the_flat_parameters_is_one_on_each_of_them() -> None:
    networks, same = make(CONTINUOUS), make(CONTINUOUS)
    policy, plain = make_actor_network(networks.actor), make_actor_network(copy.deepcopy(same.actor))
    flat = as_one_parameter(networks.parameters[: networks.n_actor_parameters], [policy])
    fast = torch.optim.Adam([flat], lr=0.01, eps=1e-5, fused=True)
    slow = torch.optim.Adam(plain.parameters(), lr=0.01, eps=1e-5)
    actions = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    for _ in range(5):
        fast.zero_grad(set_to_none=False)
        slow.zero_grad()
        for one in (policy, plain):
            outputs = one(observations())
            (-one.log_prob(outputs, actions) - one.entropy(outputs)).mean().backward()
        fast.step()
        slow.step()
    for ours, theirs in zip(policy.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)
    np.testing.assert_array_equal(networks.parameters[:2], policy.get_parameter("log_std").detach().numpy())
