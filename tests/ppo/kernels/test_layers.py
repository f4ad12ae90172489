"""Both passes against the readable definition, with autograd, in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ppo_desktop.ppo.kernels.layers import backward, forward, transpose_weights
from ppo_desktop.ppo.networks import MultilayerPerceptron
from ppo_desktop.ppo.perceptron import Perceptron, n_parameters

Floats = NDArray[np.float32]
BEFORE, AFTER = 5, 3
"""Parameters of others, which stand before and after the perceptron's own."""


def perceptron(activation: str, depth: int, n_units: int) -> tuple[Perceptron, Floats]:
    """Return one with 5 inputs and 3 outputs, whose biases are not 0, and its parameters."""
    sizes = [5, *[n_units] * depth, 3]
    parameters = np.empty(n_parameters(sizes), np.float32)
    network = Perceptron(parameters, sizes, activation)
    network.initialize_uniformly(np.random.default_rng(1))
    parameters *= 2
    return network, parameters


class Compiled:
    """The kernels' view of a perceptron: flat parameters among those of others."""

    def __init__(self, network: Perceptron, own: Floats, n_rows: int) -> None:
        self.parameters = np.concatenate([np.full(BEFORE, 7), own, np.full(AFTER, 7)]).astype(np.float32)
        self.gradient = np.full_like(self.parameters, 0.5)
        self.relu = network.activation == "relu"
        depth, n_units = len(network.layers) - 1, len(network.layers[0].bias)
        transposed = np.full_like(self.parameters, 9)
        transpose_weights(self.parameters, BEFORE, 5, depth, n_units, 3, transposed)
        assert (transposed[:BEFORE] == 9).all()
        assert (transposed[-AFTER:] == 9).all()
        self.transposed = transposed
        self.hidden = np.full((depth, n_rows + 2, n_units), math.nan, np.float32)
        self.d_hidden = np.full((2, n_rows + 2, n_units), math.nan, np.float32)
        self.d_weight = np.full(max(layer.weight.size for layer in network.layers), math.nan, np.float32)

    def forward(self, inputs: Floats) -> Floats:
        outputs = np.full((len(inputs), 3), math.nan, np.float32)
        forward(self.transposed, BEFORE, self.relu, inputs, self.hidden, outputs)
        return outputs

    def backward(self, inputs: Floats, d_outputs: Floats) -> None:
        end = len(self.parameters) - AFTER
        backward(
            self.parameters,
            end,
            self.relu,
            inputs,
            self.hidden,
            d_outputs,
            self.gradient,
            self.d_hidden,
            self.d_weight,
        )


@pytest.mark.parametrize("n_rows", [1, 63, 64, 65])
@pytest.mark.parametrize("n_units", [4, 7, 16, 33])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_both_passes_are_those_of_autograd(activation: str, depth: int, n_units: int, n_rows: int) -> None:
    generator = np.random.default_rng(1)
    inputs, d_outputs = (generator.normal(size=(n_rows, n)).astype(np.float32) for n in (5, 3))
    definition, parameters = perceptron(activation, depth, n_units)
    compiled = Compiled(definition, parameters, n_rows)
    network = MultilayerPerceptron(definition).double()
    expected = network(torch.from_numpy(inputs).double())
    np.testing.assert_allclose(compiled.forward(inputs), expected.detach().numpy(), rtol=1e-5, atol=2e-6)

    (expected * torch.from_numpy(d_outputs)).sum().backward()
    gradients: list[Any] = [parameter.grad for parameter in network.parameters()]
    gradient = torch.cat([one.flatten() for one in gradients]).numpy()
    for times in (1, 2):
        compiled.backward(inputs, d_outputs.copy())
        added = compiled.gradient[BEFORE:-AFTER] - 0.5
        np.testing.assert_allclose(added, times * gradient, rtol=1e-4, atol=2e-5)
    assert (compiled.gradient[:BEFORE] == 0.5).all()
    assert (compiled.gradient[-AFTER:] == 0.5).all()


@pytest.mark.parametrize("n_units", [4, 7, 16, 20])
def test_a_row_has_the_same_outputs_wherever_it_stands(n_units: int) -> None:
    """So the ratio of a sample before the first gradient step is 1, whichever minibatch it comes in."""
    compiled = Compiled(*perceptron("tanh", 2, n_units), 7)
    inputs = np.repeat(np.random.default_rng(1).normal(size=(1, 5)), 7, axis=0).astype(np.float32)
    outputs = compiled.forward(inputs)
    assert (outputs == outputs[0]).all()
    assert (compiled.forward(inputs[:1]) == outputs[0]).all()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_what_is_not_a_number_stays_visible(activation: str) -> None:
    compiled = Compiled(*perceptron(activation, 2, 8), 2)
    inputs = np.array([[0, 1, math.nan, 2, 3], [0, 1, 2, 3, 4]], np.float32)
    outputs = compiled.forward(inputs)
    assert np.isnan(outputs[0]).all()
    assert np.isfinite(outputs[1]).all()
