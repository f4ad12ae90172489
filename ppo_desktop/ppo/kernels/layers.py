"""Forward and backward pass of a multilayer perceptron, on its flat parameters.

A perceptron of L hidden layers with H units each stands in the flat parameters as in
`ppo.perceptron.Perceptron`: for each layer the weight (n_out, n_in), row by row, then the bias
(n_out,). The readable definition is `networks.MultilayerPerceptron`, with autograd for its gradient.
"""

from __future__ import annotations

import numpy as np

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.exponentials import tanh
from ppo_desktop.ppo.kernels.lanes import N_LANES, lanes_at, put_lanes
from ppo_desktop.ppo.kernels.products import add_product, multiply

_ONE = np.float32(1)


@kernel
def transpose_weights(
    parameters: Floats,
    offset: int,
    n_inputs: int,
    n_hidden: int,
    n_units: int,
    n_outputs: int,
    transposed: Floats,
) -> None:
    """Write a perceptron's parameters once more, weights of hidden layers as (n_in, n_out), for `forward`.

    It has L = n_hidden layers of H = n_units, and begins at `offset` in the flat parameters; `transposed` is
    as long and is written in the same places.
    """
    n_in = n_inputs
    for _ in range(n_hidden):
        weight, bias, end = _layer(parameters, offset, n_in, n_units)
        weight_there, bias_there, _ = _layer(transposed, offset, n_in, n_units)
        for row in range(n_in):
            for column in range(n_units):
                weight_there[row * n_units + column] = weight[column * n_in + row]
        bias_there[:] = bias
        offset, n_in = end, n_units
    end = offset + n_outputs * (n_in + 1)
    transposed[offset:end] = parameters[offset:end]


@kernel
def forward(
    transposed: Floats, offset: int, relu: bool, inputs: Floats, hidden: Floats, outputs: Floats
) -> None:
    """Compute h₁ = f(x·W₁ᵀ + b₁), …, y = h_L·Wᵀ + b.

    f is max(0, ·) if `relu`, else tanh; the perceptron begins at `offset` in the flat parameters from
    `transpose_weights`; inputs x (B, n_inputs). Written: hidden h₁ … h_L (L, B or more, H) and outputs y
    (B, n_outputs).
    """
    layer = inputs
    for depth in range(len(hidden)):
        n_in, n_out = layer.shape[1], hidden.shape[2]
        weight, bias, offset = _layer(transposed, offset, n_in, n_out)
        following = hidden[depth][: len(inputs)]
        multiply(layer, weight.reshape(n_in, n_out), following)
        _activate(following, bias, relu)
        layer = following
    n_in, n_out = layer.shape[1], outputs.shape[1]
    weight, bias, _ = _layer(transposed, offset, n_in, n_out)
    for row in range(len(outputs)):
        for unit in range(n_out):
            output = bias[unit]
            for below in range(n_in):
                output += layer[row, below] * weight[unit * n_in + below]
            outputs[row, unit] = output


@kernel
def backward(
    parameters: Floats,
    end: int,
    relu: bool,
    inputs: Floats,
    hidden: Floats,
    d_outputs: Floats,
    gradient: Floats,
    d_hidden: Floats,
    d_weight: Floats,
) -> None:
    """Add the gradient of Σ d_outputs·y with respect to the perceptron's parameters to `gradient`.

    ∂W = δᵀ·h, ∂b = Σ δ, and δ of the layer below is (δ·W)·f'(z), with f' = 1 − h² for tanh and
    h > 0 for ReLU. The perceptron ends at `end` in the flat parameters, of which `gradient` is; inputs and
    hidden are as `forward` left them, d_outputs δ of the outputs (B, n_outputs). There is room for δ of two
    layers, d_hidden (2, B, H), and for the largest weight's gradient, d_weight, flat.
    """
    delta = d_outputs
    for row in range(len(delta)):
        for unit in range(delta.shape[1]):
            gradient[end - delta.shape[1] + unit] += delta[row, unit]
    for depth in range(len(hidden), -1, -1):
        below = hidden[depth - 1][: len(inputs)] if depth > 0 else inputs
        n_in, n_out = below.shape[1], delta.shape[1]
        begin = end - n_out * (n_in + 1)
        weight, _, _ = _layer(parameters, begin, n_in, n_out)
        weight_gradient, _, _ = _layer(gradient, begin, n_in, n_out)
        if n_in < n_out:  # products are faster along the longer side
            transposed = d_weight[: n_in * n_out].reshape(n_in, n_out)
            multiply(below.T, delta, transposed)
            for row in range(n_out):
                for column in range(n_in):
                    weight_gradient[row * n_in + column] += transposed[column, row]
        else:
            add_product(delta.T, below, weight_gradient.reshape(n_out, n_in))
        if depth > 0:
            delta_below = d_hidden[depth % 2][: len(inputs)]
            multiply(delta, weight.reshape(n_out, n_in), delta_below)
            _multiply_by_slope(delta_below, below, relu, gradient[begin - n_in : begin])
            delta = delta_below
        end = begin


@kernel
def _layer(parameters: Floats, offset: int, n_in: int, n_out: int) -> tuple[Floats, Floats, int]:
    """Return a layer's weight, flat, its bias (n_out,), and where the next layer begins."""
    bias_at = offset + n_in * n_out
    end = bias_at + n_out
    return parameters[offset:bias_at], parameters[bias_at:end], end


@kernel
def _activate(rows: Floats, bias: Floats, relu: bool) -> None:
    """Replace every z by f(z + bias), (B, H)."""
    n_rows, n_units = rows.shape
    if relu:
        for row in range(n_rows):
            for unit in range(n_units):
                rows[row, unit] = max(rows[row, unit] + bias[unit], np.float32(0))
    elif n_units % N_LANES == 0:
        for first in range(0, n_units, N_LANES):
            of_units = lanes_at(bias.reshape(1, n_units), 0, first)
            for row in range(n_rows):
                put_lanes(rows, row, first, tanh(lanes_at(rows, row, first) + of_units))
    else:
        for row in range(n_rows):
            for unit in range(n_units):
                rows[row, unit] += bias[unit]
        _apply_tanh(rows.reshape(1, n_rows * n_units))


@kernel
def _apply_tanh(numbers: Floats) -> None:
    """Replace each of (1, n) numbers by its tanh, the same wherever it stands."""
    n_numbers = numbers.shape[1]
    in_lanes = n_numbers - n_numbers % N_LANES
    for first in range(0, in_lanes, N_LANES):
        put_lanes(numbers, 0, first, tanh(lanes_at(numbers, 0, first)))
    rest = np.zeros((1, N_LANES), np.float32)
    for index in range(in_lanes, n_numbers):
        rest[0, index - in_lanes] = numbers[0, index]
    put_lanes(rest, 0, 0, tanh(lanes_at(rest, 0, 0)))
    for index in range(in_lanes, n_numbers):
        numbers[0, index] = rest[0, index - in_lanes]


@kernel
def _multiply_by_slope(deltas: Floats, activations: Floats, relu: bool, d_bias: Floats) -> None:
    """Multiply every δ (B, H) by f'(z), which h = f(z) tells, and add Σ δ to ∂b (H,), in one pass."""
    for row in range(len(deltas)):
        for unit in range(deltas.shape[1]):
            h = activations[row, unit]
            slope = np.float32(h > 0) if relu else _ONE - h * h
            deltas[row, unit] *= slope
            d_bias[unit] += deltas[row, unit]
