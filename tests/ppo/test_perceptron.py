from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.perceptron import Perceptron, n_parameters

SIZES = [4, 64, 64, 3]


def perceptron(sizes: list[int] = SIZES, activation: str = "tanh") -> Perceptron:
    return Perceptron(np.full(n_parameters(sizes), np.nan, np.float32), sizes, activation)


def is_orthogonal(weight: NDArray[np.float32], gain: float) -> bool:
    """Whether rows (or columns, whichever are fewer) are orthogonal and of length `gain`."""
    square = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    return np.allclose(square, gain**2 * np.eye(len(square)), atol=1e-5)


@pytest.mark.parametrize("head_gain", [0.01, 1.0])
def test_orthogonal_initialisation_has_the_gains_of_the_paper(head_gain: float) -> None:
    network = perceptron()
    network.initialize_orthogonally(head_gain, np.random.default_rng(0))
    gains = [math.sqrt(2), math.sqrt(2), head_gain]
    assert [is_orthogonal(layer.weight, gain) for layer, gain in zip(network.layers, gains, strict=True)] == [
        True
    ] * 3
    assert all(not layer.bias.any() for layer in network.layers)


def test_every_direction_of_an_orthogonal_weight_is_equally_probable() -> None:
    """The decomposition alone would give the first columns signs of its own."""
    first = []
    for seed in range(400):
        network = perceptron([2, 2])
        network.initialize_orthogonally(1.0, np.random.default_rng(seed))
        first.append(network.layers[0].weight[0])
    np.testing.assert_allclose(np.mean(first, axis=0), 0, atol=0.15)


def test_a_uniform_initialisation_is_within_pytorchs_bound() -> None:
    network = perceptron([4, 256, 256, 3])
    network.initialize_uniformly(np.random.default_rng(0))
    weight, bias = network.layers[1]
    assert np.abs(weight).max() == pytest.approx(1 / 16, rel=0.01)
    assert np.abs(bias).max() == pytest.approx(1 / 16, rel=0.1)
    assert abs(weight.mean()) < 1e-3


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_forward_pass_is_that_of_the_parameters_also_after_they_have_changed(activation: str) -> None:
    parameters = np.zeros(n_parameters([2, 1, 1]), np.float32)
    network = Perceptron(parameters, [2, 1, 1], activation)
    inputs = np.array([[1.0, 1.0], [1.0, -4.0]], np.float32)
    for factor in (1, 2):
        parameters[:] = factor * np.array([0.5, 0.25, -0.5, 3.0, -1.0])  # weight, bias, weight, bias
        hidden = factor * np.array([0.25, -1.0])
        hidden = np.tanh(hidden) if activation == "tanh" else hidden.clip(0)
        np.testing.assert_allclose(network(inputs)[:, 0], factor * (3 * hidden - 1), rtol=1e-6)
