from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, Normal

from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import DiscretePolicy, GaussianPolicy
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.networks import (
    CategoricalPolicyNetwork,
    GaussianPolicyNetwork,
    MultilayerPerceptron,
    NumpyForward,
    ValueNetwork,
    flatten_parameters,
    make_policy_network,
    select_action,
)

DISCRETE = Spaces(n_observations=4, n_actions=3)
FAR_FROM_ZERO = Spaces(4, None, action_low=(100.0,), action_high=(200.0,), action_shape=(1,))
CONTINUOUS = Spaces(4, None, action_low=(-2.0, -math.inf), action_high=(2.0, math.inf), action_shape=(2,))
HYPERPARAMETERS = Hyperparameters()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def observations(n: int = 20) -> Tensor:
    return torch.randn(n, 4, generator=generator(9))


def is_orthogonal(weight: Tensor, gain: float) -> bool:
    """Whether rows (or columns, whichever are fewer) are orthogonal and of length `gain`."""
    square = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    return torch.allclose(square, gain**2 * torch.eye(len(square)), atol=1e-5)


@pytest.mark.parametrize("head_gain", [0.01, 1.0])
def test_orthogonal_initialisation_has_the_gains_of_the_paper(head_gain: float) -> None:
    network = MultilayerPerceptron(4, 3, head_gain, HYPERPARAMETERS, generator())
    layers = [layer for layer in network.layers if isinstance(layer, nn.Linear)]
    gains = [math.sqrt(2), math.sqrt(2), head_gain]
    assert [is_orthogonal(layer.weight, gain) for layer, gain in zip(layers, gains, strict=True)] == [
        True
    ] * 3
    assert all(not layer.bias.any() for layer in layers)


def test_without_orthogonal_initialisation_weights_are_within_pytorchs_bound() -> None:
    plain = Hyperparameters(orthogonal_initialization=False, hidden_units=256)
    layer = MultilayerPerceptron(4, 3, 0.01, plain, generator()).layers[1]
    assert isinstance(layer, nn.Linear)
    assert layer.weight.abs().max().item() == pytest.approx(1 / 16, rel=0.01)
    assert layer.bias.abs().max().item() == pytest.approx(1 / 16, rel=0.1)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_network_computes_what_a_plain_sequence_of_layers_does(activation: str) -> None:
    hyperparameters = Hyperparameters(activation=activation, hidden_units=8, hidden_layers=3)
    network = MultilayerPerceptron(4, 3, 1.0, hyperparameters, generator())
    between = {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    plain = nn.Sequential(*[part for layer in network.layers for part in (layer, between())][:-1])
    torch.testing.assert_close(network(observations()), plain(observations()))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_pass_in_numpy_is_the_one_in_pytorch_also_after_the_weights_have_changed(activation: str) -> None:
    hyperparameters = Hyperparameters(activation=activation, hidden_layers=3)
    network = MultilayerPerceptron(4, 3, 0.01, hyperparameters, generator())
    flat = flatten_parameters([network])
    forward = NumpyForward(network)
    for _ in range(2):
        expected = network(observations()).detach().numpy()
        np.testing.assert_allclose(forward(observations().numpy()), expected, rtol=1e-5, atol=1e-6)
        flat.detach().add_(torch.randn(flat.shape, generator=generator()))


def test_the_same_generator_gives_the_same_weights_and_another_gives_others() -> None:
    first, same, other = (ValueNetwork(DISCRETE, HYPERPARAMETERS, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first(observations()), same(observations()))
    assert not torch.equal(first(observations()), other(observations()))


def test_a_value_is_one_number_per_observation() -> None:
    assert ValueNetwork(DISCRETE, HYPERPARAMETERS, generator())(observations(5)).shape == (5,)


def test_the_kind_of_policy_follows_the_kind_of_actions() -> None:
    assert isinstance(make_policy_network(DISCRETE, HYPERPARAMETERS, generator()), CategoricalPolicyNetwork)
    assert isinstance(make_policy_network(CONTINUOUS, HYPERPARAMETERS, generator()), GaussianPolicyNetwork)


def test_an_untrained_policy_is_nearly_uniform_everywhere() -> None:
    policy = CategoricalPolicyNetwork(DISCRETE, HYPERPARAMETERS, generator())
    entropy = policy.entropy(policy(10 * observations()))
    assert (math.log(3) - entropy).abs().max().item() < 1e-3


def test_an_untrained_gaussian_policy_has_mean_near_zero_and_the_declared_width() -> None:
    hyperparameters = Hyperparameters(initial_log_std=-1.0)
    policy = GaussianPolicyNetwork(CONTINUOUS, hyperparameters, generator())
    described = policy.describe(policy(observations())[0])
    assert described.means == pytest.approx([0, 0], abs=0.05)
    assert described.standard_deviations == pytest.approx([math.exp(-1)] * 2)


def test_drawn_discrete_actions_are_as_frequent_as_they_are_probable() -> None:
    policy = CategoricalPolicyNetwork(DISCRETE, HYPERPARAMETERS, generator())
    with torch.no_grad():
        policy.body.layers[-1].bias.copy_(torch.tensor([0.0, 1.0, 2.0]))  # type: ignore[operator]
    n = 200_000
    noise = torch.from_numpy(policy.draw_noise(1, n, np.random.default_rng(5))[0])
    actions = policy.sample(policy(torch.zeros(n, 4)), noise)
    frequencies = torch.bincount(actions, minlength=3) / n
    torch.testing.assert_close(frequencies, torch.tensor([0.0, 1.0, 2.0]).softmax(0), atol=0.004, rtol=0)


def test_drawn_continuous_actions_have_the_policys_mean_and_deviation() -> None:
    policy = GaussianPolicyNetwork(CONTINUOUS, Hyperparameters(initial_log_std=0.5), generator())
    n = 200_000
    state = observations()[:1]
    noise = torch.from_numpy(policy.draw_noise(1, n, np.random.default_rng(5))[0])
    actions = policy.sample(policy(state.expand(n, 4)), noise).detach()
    described = policy.describe(policy(state)[0])
    torch.testing.assert_close(actions.mean(0), torch.tensor(described.means), atol=0.015, rtol=0)
    torch.testing.assert_close(actions.std(0), torch.tensor(described.standard_deviations), rtol=0.01, atol=0)


def test_log_prob_and_entropy_of_a_discrete_policy_are_those_of_torch_distributions() -> None:
    policy = CategoricalPolicyNetwork(DISCRETE, HYPERPARAMETERS, generator())
    actions = torch.randint(3, (20,), generator=generator())
    reference = Categorical(logits=policy.body(observations()))
    outputs = policy(observations())
    log_prob, entropy = policy.log_prob(outputs, actions), policy.entropy(outputs)
    torch.testing.assert_close(log_prob, reference.log_prob(actions))
    torch.testing.assert_close(entropy, reference.entropy())


def test_log_prob_and_entropy_of_a_gaussian_policy_are_those_of_torch_distributions() -> None:
    policy = GaussianPolicyNetwork(CONTINUOUS, Hyperparameters(initial_log_std=0.4), generator())
    actions = torch.randn(20, 2, generator=generator())
    reference = Independent(Normal(policy.body(observations()), policy.log_std.exp()), 1)
    outputs = policy(observations())
    log_prob, entropy = policy.log_prob(outputs, actions), policy.entropy(outputs)
    torch.testing.assert_close(log_prob, reference.log_prob(actions))
    torch.testing.assert_close(entropy.expand(20), reference.entropy())


@pytest.mark.parametrize("spaces", [DISCRETE, CONTINUOUS], ids=["discrete", "continuous"])
def test_a_selected_action_comes_with_its_log_probability_and_the_entropy(spaces: Spaces) -> None:
    policy = make_policy_network(spaces, HYPERPARAMETERS, generator())
    action, log_prob, entropy = select_action(policy, observations(), np.random.default_rng(3))
    parameters = policy.body(observations())
    reference = (
        Categorical(logits=parameters) if spaces is DISCRETE else Independent(Normal(parameters, 1.0), 1)
    )
    noise = torch.from_numpy(policy.draw_noise(1, 20, np.random.default_rng(3))[0])
    torch.testing.assert_close(action, policy.sample(parameters, noise))
    torch.testing.assert_close(log_prob, reference.log_prob(action))
    torch.testing.assert_close(entropy.expand(20), reference.entropy())


def test_the_most_likely_action_has_the_highest_probability() -> None:
    policy = CategoricalPolicyNetwork(DISCRETE, HYPERPARAMETERS, generator())
    per_action = [policy.log_prob(policy(observations()), torch.full((20,), action)) for action in range(3)]
    assert torch.equal(policy.most_likely(policy(observations())), torch.stack(per_action).argmax(0))


def test_a_discrete_policy_is_described_by_its_probabilities() -> None:
    policy = CategoricalPolicyNetwork(DISCRETE, HYPERPARAMETERS, generator())
    described = policy.describe(policy(observations())[0])
    assert isinstance(described, DiscretePolicy)
    assert described.probabilities == pytest.approx(policy.body(observations()[0]).softmax(-1).tolist())
    assert sum(described.probabilities) == pytest.approx(1)


def test_a_gaussian_policy_is_described_in_the_environments_units() -> None:
    policy = GaussianPolicyNetwork(FAR_FROM_ZERO, Hyperparameters(initial_log_std=math.log(0.5)), generator())
    described = policy.describe(torch.tensor([0.2]))
    assert described.means == pytest.approx([160])
    assert described.standard_deviations == pytest.approx([25])
    assert (described.low, described.high) == ((100.0,), (200.0,))


def test_a_gaussian_policy_is_described_with_its_bounds_even_infinite_ones() -> None:
    policy = GaussianPolicyNetwork(CONTINUOUS, HYPERPARAMETERS, generator())
    described = policy.describe(torch.tensor([0.5, -0.5]))
    assert isinstance(described, GaussianPolicy)
    assert (described.low, described.high) == ((-2.0, -math.inf), (2.0, math.inf))


def test_flat_parameters_are_the_networks_own() -> None:
    network = ValueNetwork(DISCRETE, HYPERPARAMETERS, generator())
    before = network(observations()).detach()
    flat = flatten_parameters([network])
    assert torch.equal(network(observations()), before)
    with torch.no_grad():
        flat.zero_()
    assert not network(observations()).any()


def test_one_adam_step_on_the_flat_parameters_is_one_on_each_of_them() -> None:
    flattened = [GaussianPolicyNetwork(CONTINUOUS, HYPERPARAMETERS, generator())]
    plain = copy.deepcopy(flattened)
    flat = flatten_parameters(flattened)
    fast = torch.optim.Adam([flat], lr=0.01, eps=1e-5, fused=True)
    slow = torch.optim.Adam(plain[0].parameters(), lr=0.01, eps=1e-5)
    actions = torch.randn(20, 2, generator=generator())
    for _ in range(5):
        fast.zero_grad(set_to_none=False)
        slow.zero_grad()
        for policy in (flattened[0], plain[0]):
            outputs = policy(observations())
            (-policy.log_prob(outputs, actions) - policy.entropy(outputs)).mean().backward()
        fast.step()
        slow.step()
    for ours, theirs in zip(flattened[0].parameters(), plain[0].parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)
