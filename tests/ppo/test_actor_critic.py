from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ppo_desktop.ppo.actor_critic import ActorCritic, CategoricalActor, GaussianActor
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.hyperparameters import Hyperparameters

DISCRETE = Spaces(n_observations=4, n_actions=3)
CONTINUOUS = Spaces(4, None, action_low=(-2.0, -math.inf), action_high=(2.0, math.inf), action_shape=(2,))
FAR_FROM_ZERO = Spaces(4, None, action_low=(100.0,), action_high=(200.0,), action_shape=(1,))
KINDS = pytest.mark.parametrize("spaces", [DISCRETE, CONTINUOUS], ids=["discrete", "continuous"])


def make(spaces: Spaces, seed: int = 0, **values: float) -> ActorCritic:
    return ActorCritic.initialized(spaces, Hyperparameters(**values), np.random.default_rng(seed))


def categorical(seed: int = 0) -> CategoricalActor:
    actor = make(DISCRETE, seed).actor
    assert isinstance(actor, CategoricalActor)
    return actor


def gaussian(spaces: Spaces = CONTINUOUS, **values: float) -> GaussianActor:
    actor = make(spaces, **values).actor
    assert isinstance(actor, GaussianActor)
    return actor


def observations(n: int = 20) -> NDArray[np.float32]:
    return np.random.default_rng(9).standard_normal((n, 4), dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(float))
    return powers / powers.sum(axis=-1, keepdims=True)


# ---- parameters


@KINDS
def test_the_same_generator_gives_the_same_parameters_and_another_gives_others(spaces: Spaces) -> None:
    first, same, other = (make(spaces, seed).parameters for seed in (1, 1, 2))
    assert first.tolist() == same.tolist() != other.tolist()


@KINDS
def test_actor_and_critic_stand_on_the_flat_parameters_one_after_the_other(spaces: Spaces) -> None:
    networks = make(spaces)
    for wanted, changed, unchanged in (
        (slice(networks.n_actor_parameters), networks.actor.perceptron, networks.critic),
        (slice(networks.n_actor_parameters, None), networks.critic, networks.actor.perceptron),
    ):
        before = changed(observations()), unchanged(observations())
        networks.parameters[wanted] += 0.25
        assert (changed(observations()) != before[0]).all()
        np.testing.assert_array_equal(unchanged(observations()), before[1])


@pytest.mark.parametrize("orthogonal", [True, False])
def test_every_parameter_is_initialised(orthogonal: bool) -> None:
    parameters = make(CONTINUOUS, initial_log_std=-1.5, orthogonal_initialization=orthogonal).parameters
    assert np.isfinite(parameters).all()
    assert parameters[:2].tolist() == [-1.5, -1.5]


def test_parameters_begin_where_pytorchs_own_would() -> None:
    starts = [make(DISCRETE, hidden_units=n).parameters.ctypes.data % 64 for n in (4, 5, 33, 64, 255)]
    assert starts == [0] * 5


# ---- the policy


def test_an_untrained_policy_is_nearly_uniform_everywhere() -> None:
    actor = categorical()
    entropy = actor.entropy(actor.perceptron(10 * observations()))
    assert np.abs(math.log(3) - entropy).max() < 1e-3


def test_an_untrained_gaussian_policy_has_mean_near_zero_and_the_declared_width() -> None:
    actor = gaussian(initial_log_std=-1.0)
    described = actor.describe(actor.perceptron(observations())[0])
    assert described.means == pytest.approx([0, 0], abs=0.05)
    assert described.standard_deviations == pytest.approx([math.exp(-1)] * 2)


def test_drawn_discrete_actions_are_as_frequent_as_they_are_probable() -> None:
    logits, n = np.array([0.0, 1.0, 2.0], np.float32), 200_000
    actor = categorical()
    actions = actor.sample(np.tile(logits, (n, 1)), actor.draw_noise(1, n, np.random.default_rng(5))[0])
    np.testing.assert_allclose(np.bincount(actions, minlength=3) / n, softmax(logits), atol=0.004)


def test_drawn_continuous_actions_have_the_policys_mean_and_deviation() -> None:
    means, n = np.array([0.5, -1.0], np.float32), 200_000
    actor = gaussian(initial_log_std=0.5)
    actions = actor.sample(np.tile(means, (n, 1)), actor.draw_noise(1, n, np.random.default_rng(5))[0])
    np.testing.assert_allclose(actions.mean(axis=0), means, atol=0.015)
    np.testing.assert_allclose(actions.std(axis=0), math.exp(0.5), rtol=0.01)


@KINDS
def test_the_most_likely_action_is_what_is_drawn_without_noise(spaces: Spaces) -> None:
    actor = make(spaces).actor
    outputs = actor.perceptron(observations())
    np.testing.assert_array_equal(actor.most_likely(outputs), actor.sample(outputs, np.zeros_like(outputs)))


def test_logits_far_apart_or_large_give_a_policy_that_is_certain() -> None:
    actor = categorical()
    logits = np.array([[0.0, 500.0, -500.0], [1e4, 1e4, -1e30]], np.float32)
    np.testing.assert_allclose(actor.probabilities_or_means(logits), [[0, 1, 0], [0.5, 0.5, 0]])
    np.testing.assert_allclose(actor.entropy(logits), [0, math.log(2)], rtol=1e-6)


def test_a_discrete_policy_is_described_by_its_probabilities() -> None:
    actor = categorical()
    logits = 100 * actor.perceptron(observations())[0]
    assert actor.describe(logits).probabilities == pytest.approx(softmax(logits).tolist())


def test_a_gaussian_policy_is_described_in_the_environments_units() -> None:
    described = gaussian(FAR_FROM_ZERO, initial_log_std=math.log(0.5)).describe(np.array([0.2], np.float32))
    assert described.means == pytest.approx([160])
    assert described.standard_deviations == pytest.approx([25])
    assert (described.low, described.high) == ((100.0,), (200.0,))


def test_a_gaussian_policy_is_described_with_its_bounds_even_infinite_ones() -> None:
    described = gaussian().describe(np.array([0.5, -0.5], np.float32))
    assert (described.low, described.high) == ((-2.0, -math.inf), (2.0, math.inf))


@KINDS
def test_the_divergence_between_two_policies_is_that_of_their_distributions(spaces: Spaces) -> None:
    one, other = (make(spaces, seed).actor for seed in (1, 2))
    if isinstance(one, GaussianActor) and isinstance(other, GaussianActor):
        one.log_std[:], other.log_std[:] = [-0.3, 0.2], [0.1, -0.5]
    outputs, other_outputs = np.random.default_rng(5).normal(size=(2, 6, spaces.n_outputs)).astype(np.float32)

    def distribution(actor: Any, given: Any) -> torch.distributions.Distribution:
        if spaces.n_actions is not None:
            return torch.distributions.Categorical(logits=torch.from_numpy(given))
        deviations = torch.from_numpy(np.exp(actor.log_std))
        return torch.distributions.Independent(
            torch.distributions.Normal(torch.from_numpy(given), deviations), 1
        )

    expected = torch.distributions.kl_divergence(
        distribution(one, outputs), distribution(other, other_outputs)
    )
    np.testing.assert_allclose(
        one.divergence_to(outputs, other, other_outputs), expected, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(one.divergence_to(outputs, one, outputs), 0, atol=1e-6)
