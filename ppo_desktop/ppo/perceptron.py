"""A fully connected network in NumPy: where its parameters stand, how they begin, the forward pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Floats

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "relu": partial(np.maximum, 0.0)}


class Layer(NamedTuple):
    """A linear layer: weight (n_out, n_in) and bias (n_out,)."""

    weight: Floats
    bias: Floats


class Perceptron:
    """Fully connected layers with an activation between them, (B, n_inputs) → (B, n_outputs).

    The parameters are a flat array that is given: for each layer the weight, row by row, then the bias.
    Changing them changes the network, whose `layers` are views of them.

    Args:
        parameters: As many as `n_parameters` of the sizes.
        sizes: Numbers from the inputs over the units of each hidden layer to the outputs.
        activation: Name of the activation.
    """

    def __init__(self, parameters: Floats, sizes: Sequence[int], activation: str) -> None:
        self.layers: list[Layer] = []
        self.activation = activation
        end = 0
        for n_in, n_out in pairwise(sizes):
            begin, end = end, end + n_out * n_in
            weight = parameters[begin:end].reshape(n_out, n_in)
            begin, end = end, end + n_out
            self.layers.append(Layer(weight, parameters[begin:end]))

    @np.errstate(all="ignore")
    def __call__(self, inputs: Floats) -> Floats:
        """Return the last layer's output, without an activation.

        What is not finite is noticed where the rollout is evaluated.
        """
        return self.layer_by_layer(inputs)[-1]

    @np.errstate(all="ignore")
    def layer_by_layer(self, inputs: Floats) -> list[Floats]:
        """Return what each hidden layer passes on, (B, n_units) each, and the last layer's output."""
        *hidden, head = self.layers
        activation = ACTIVATIONS[self.activation]
        passed: list[Floats] = []
        for layer in hidden:
            inputs = activation(inputs @ layer.weight.T + layer.bias)
            passed.append(inputs)
        return [*passed, inputs @ head.weight.T + head.bias]

    @property
    def n_weights(self) -> int:
        """How many multiplications a forward pass of one row takes."""
        return sum(layer.weight.size for layer in self.layers)

    def initialize_orthogonally(self, head_gain: float, generator: np.random.Generator) -> None:
        """Draw orthogonal weights, √2 long and in the last layer `head_gain`; biases are zero."""
        for layer in self.layers:
            gain = head_gain if layer is self.layers[-1] else math.sqrt(2)
            layer.weight[:] = gain * orthogonal(layer.weight.shape, generator)
            layer.bias[:] = 0

    def initialize_uniformly(self, generator: np.random.Generator) -> None:
        """Draw weights and biases within ±1/√n_in: what PyTorch does with a linear layer of itself."""
        for layer in self.layers:
            bound = 1 / math.sqrt(layer.weight.shape[1])
            for numbers in layer:
                numbers[:] = generator.uniform(-bound, bound, numbers.shape)


def n_parameters(sizes: Sequence[int]) -> int:
    """Return how many weights and biases a perceptron of these sizes has."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def orthogonal(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return a matrix whose rows, or columns if they are fewer, are orthogonal and of length 1.

    It is found in double precision, so that single precision is the same on every machine. The signs make
    every such matrix equally probable.

    Paper: Saxe, McClelland & Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks".
    """
    n_out, n_in = shape
    columns, upper = np.linalg.qr(generator.standard_normal((max(shape), min(shape))))
    columns *= np.sign(np.diag(upper))
    return columns if n_out >= n_in else columns.T
