from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ppo_desktop.ppo.advantages import (
    explained_variance,
    generalized_advantage_estimate,
    normalize_advantages,
    td_errors,
)

Floats = NDArray[np.float64]


def plain_advantages(
    rewards: Floats,
    values: Floats,
    next_values: Floats,
    terminated: NDArray[np.bool_],
    truncated: NDArray[np.bool_],
    gamma: float,
    gae_lambda: float,
) -> Floats:
    """Equation 16 word for word: for every step the weighted sum of all TD errors up to the episode's end."""
    length, n_envs = rewards.shape
    advantages = np.zeros((length, n_envs))
    for agent in range(n_envs):
        for start in range(length):
            for time in range(start, length):
                future = 0.0 if terminated[time, agent] else gamma * next_values[time, agent]
                error = rewards[time, agent] + future - values[time, agent]
                advantages[start, agent] += (gamma * gae_lambda) ** (time - start) * error
                if terminated[time, agent] or truncated[time, agent]:
                    break
    return advantages


@st.composite
def rollouts(draw: st.DrawFn) -> dict[str, Any]:
    """A rollout with ends anywhere: terminated, truncated, both, and in the last row."""
    shape = (draw(st.integers(1, 12)), draw(st.integers(1, 3)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    often = draw(st.sampled_from([0.0, 0.2, 0.7]))
    return {
        "rewards": random.normal(size=shape),
        "values": random.normal(size=shape),
        "next_values": random.normal(size=shape),
        "terminated": random.random(shape) < often,
        "truncated": random.random(shape) < often,
    }


def estimate(rollout: dict[str, Any], gamma: float, gae_lambda: float) -> Floats:
    tensors = {name: torch.from_numpy(array) for name, array in rollout.items()}
    return generalized_advantage_estimate(**tensors, gamma=gamma, gae_lambda=gae_lambda).numpy()


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64).unsqueeze(1)


@given(rollouts(), st.floats(0, 1), st.floats(0, 1))
def test_gae_is_the_weighted_sum_of_td_errors_within_each_episode(
    rollout: dict[str, Any], gamma: float, gae_lambda: float
) -> None:
    expected = plain_advantages(**rollout, gamma=gamma, gae_lambda=gae_lambda)
    np.testing.assert_allclose(estimate(rollout, gamma, gae_lambda), expected, rtol=1e-9, atol=1e-12)


@given(rollouts(), st.floats(0, 1))
def test_lambda_zero_gives_the_td_error(rollout: dict[str, Any], gamma: float) -> None:
    tensors = {name: torch.from_numpy(array) for name, array in rollout.items() if name != "truncated"}
    assert np.array_equal(estimate(rollout, gamma, 0.0), td_errors(**tensors, gamma=gamma).numpy())


@given(rollouts(), st.floats(0, 1), st.floats(0, 1))
def test_what_follows_a_terminated_episode_counts_for_nothing(
    rollout: dict[str, Any], gamma: float, gae_lambda: float
) -> None:
    before = estimate(rollout, gamma, gae_lambda)
    rollout["next_values"][rollout["terminated"]] = 1e6
    assert np.array_equal(estimate(rollout, gamma, gae_lambda), before)


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_a_next_value_that_is_no_number_counts_as_zero_where_the_episode_terminated(nonsense: float) -> None:
    rewards, values, next_values = column(1, 2), column(10, 20), column(20, nonsense)
    terminated, truncated = column(0, 1), column(0, 0)
    errors = td_errors(rewards, values, next_values, terminated, gamma=0.5)
    torch.testing.assert_close(errors, column(1 + 0.5 * 20 - 10, 2 - 20))
    advantages = generalized_advantage_estimate(
        rewards, values, next_values, terminated, truncated, gamma=0.5, gae_lambda=1.0
    )
    torch.testing.assert_close(advantages, column(1 + 0.5 * 2 - 10, 2 - 20))


def test_lambda_one_gives_the_discounted_return_less_the_value() -> None:
    advantages = generalized_advantage_estimate(
        rewards=column(1, 2, 4),
        values=column(10, 20, 30),
        next_values=column(20, 30, 99),
        terminated=column(0, 0, 1),
        truncated=column(0, 0, 0),
        gamma=0.5,
        gae_lambda=1.0,
    )
    torch.testing.assert_close(advantages, column(1 + 1 + 1 - 10, 2 + 2 - 20, 4 - 30))


@pytest.mark.parametrize(
    ("terminated", "truncated", "advantage"),
    [
        (False, False, 1 + 0.9 * 5 - 2),
        (False, True, 1 + 0.9 * 5 - 2),
        (True, False, 1 - 2),
        (True, True, 1 - 2),
    ],
    ids=["going on", "truncated", "terminated", "both: termination wins"],
)
def test_the_last_row_looks_ahead_unless_the_episode_terminated(
    terminated: bool, truncated: bool, advantage: float
) -> None:
    found = generalized_advantage_estimate(
        column(1), column(2), column(5), column(terminated), column(truncated), gamma=0.9, gae_lambda=0.95
    )
    assert found.item() == pytest.approx(advantage)


def test_a_truncated_episode_does_not_learn_from_the_next_one() -> None:
    def first_advantage(reward_of_next_episode: float) -> float:
        advantages = generalized_advantage_estimate(
            column(1, reward_of_next_episode),
            column(0, 0),
            column(3, 0),
            column(0, 0),
            column(1, 0),
            0.9,
            0.95,
        )
        return advantages[0].item()

    assert first_advantage(0) == first_advantage(1000) == pytest.approx(1 + 0.9 * 3)


def test_one_shape_is_required_of_all_tensors() -> None:
    right, wrong = torch.zeros(4, 2), torch.zeros(4, 1)
    for place in range(5):
        tensors: Any = [wrong if index == place else right for index in range(5)]
        with pytest.raises(ValueError, match="Shapes must be equal"):
            generalized_advantage_estimate(*tensors, 0.9, 0.9)


@pytest.mark.parametrize("place", range(4))
def test_one_shape_is_required_of_what_td_errors_are_made_of(place: int) -> None:
    tensors = [torch.zeros(4, 1) if index == place else torch.zeros(4) for index in range(4)]
    with pytest.raises(ValueError, match="Shapes must be equal"):
        td_errors(*tensors, gamma=0.9)


@pytest.mark.parametrize("shape", [(0, 2), (2, 0), (0,), ()], ids=str)
def test_at_least_one_time_step_of_one_agent_is_required(shape: tuple[int, ...]) -> None:
    nothing = [torch.zeros(shape) for _ in range(5)]
    with pytest.raises(ValueError, match="At least one time step is needed"):
        generalized_advantage_estimate(*nothing, gamma=0.9, gae_lambda=0.9)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_normalised_advantages_are_shifted_by_the_mean_and_divided_by_the_standard_deviation(
    numbers: list[float],
) -> None:
    expected = (np.array(numbers) - np.mean(numbers)) / (np.std(numbers, ddof=1) + 1e-8)
    found = normalize_advantages(torch.tensor(numbers, dtype=torch.float64))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6, atol=1e-6)


def test_a_single_advantage_is_not_normalised() -> None:
    assert normalize_advantages(torch.tensor([3.5])).item() == 3.5


def test_equal_advantages_become_zero_not_nan() -> None:
    assert torch.equal(normalize_advantages(torch.full((4,), 3.5)), torch.zeros(4))


@pytest.mark.parametrize(("advantage", "number"), [(0.1, 1000), (-1000.1, 257)])
def test_equal_advantages_whose_mean_is_rounded_become_zero_too(advantage: float, number: int) -> None:
    """In single precision their mean is another number, and dividing by 1e-8 would blow up the difference."""
    assert normalize_advantages(torch.full((number,), advantage)).abs().max().item() < 1e-3


def test_advantages_that_hardly_differ_are_kept_from_blowing_up_by_1e_8() -> None:
    """±1e-8 have a standard deviation of √2·1e-8; 1 / (√2 + 1) = √2 − 1."""
    found = normalize_advantages(torch.tensor([-1e-8, 1e-8]))
    torch.testing.assert_close(found, torch.tensor([1 - math.sqrt(2), math.sqrt(2) - 1]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 2.0, 3.0], 1.0), ([11.0, 12.0, 13.0], 1.0), ([5.0, 5.0, 5.0], 0.0), ([3.0, 2.0, 1.0], -3.0)],
    ids=["perfect", "perfect but shifted", "constant", "the wrong way round"],
)
def test_explained_variance_of_known_critics(values: list[float], expected: float) -> None:
    assert explained_variance(torch.tensor(values), torch.tensor([1.0, 2.0, 3.0])).item() == pytest.approx(
        expected
    )


def test_explained_variance_is_not_defined_where_all_returns_are_equal() -> None:
    assert math.isnan(explained_variance(torch.tensor([1.0, 2.0]), torch.tensor([7.0, 7.0])).item())


@pytest.mark.parametrize("level", [0.1, -1000.1, 1e6])
def test_explained_variance_is_not_defined_where_returns_differ_by_rounding_only(level: float) -> None:
    equal = torch.full((1000,), level)
    neighbours = torch.where(torch.arange(1000) % 3 == 0, torch.nextafter(equal, torch.tensor(0.0)), equal)
    for returns in (equal, neighbours):
        assert math.isnan(explained_variance(torch.zeros(1000), returns).item())


def test_explained_variance_is_defined_where_returns_differ_by_a_hundred_thousandth() -> None:
    returns = torch.tensor([100.0, 100.001, 100.002])
    assert explained_variance(returns, returns).item() == 1
    assert explained_variance(torch.zeros(3), returns).item() == 0


def test_explained_variance_wants_equal_shapes() -> None:
    with pytest.raises(ValueError, match="Shapes must be equal"):
        explained_variance(torch.zeros(3), torch.zeros(3, 1))
