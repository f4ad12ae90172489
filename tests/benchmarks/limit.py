"""How fast could training be on this machine, if the arithmetic were all?

The limit is counted from parts that are measured here and now, each as fast as it can be had: products of
matrices in place, of the shapes that a setting has (the best of NumPy's library, the same called by Numba,
and our own, with blocks of several sizes), tanh of every unit, Adam on all parameters, and a microsecond for
each environment step.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from speed import Setting

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.kernels.compilation import kernel
from ppo_desktop.ppo.kernels.exponentials import tanh
from ppo_desktop.ppo.kernels.products import multiply
from ppo_desktop.ppo.kernels.updating import Descent, _adam_step

ACTOR, CRITIC = (4, 64, 64, 2), (4, 64, 64, 1)
"""Units of each layer, from CartPole's observation."""
STEP_SECONDS = 1e-6
BLOCKS = (32, 64, 128, 256)
_REPEATS, _BATCH_SECONDS = 15, 2e-3


def limit_of(setting: Setting) -> float:
    """Return environment steps per CPU-second that a setting could reach."""
    minibatch = min(setting.minibatch, setting.samples)
    acting = forward(ACTOR, setting.n_envs)
    evaluating = forward(ACTOR, setting.samples) + forward(CRITIC, setting.samples)
    measuring = forward(ACTOR, setting.samples)
    learning = sum(forward(net, minibatch) + backward(net, minibatch) for net in (ACTOR, CRITIC))
    adam = adam_seconds() / minibatch
    return 1 / (STEP_SECONDS + acting + evaluating + measuring + setting.n_epochs * (learning + adam))


def forward(units: tuple[int, ...], rows: int) -> float:
    """Return seconds per row of a forward pass."""
    products = sum(product(rows, n_in, n_out) / rows for n_in, n_out in pairwise(units))
    return products + sum(units[1:-1]) * tanh_seconds()


def backward(units: tuple[int, ...], rows: int) -> float:
    """Return seconds per row of a backward pass: ∂W of every layer, δ of all but the first."""
    layers = list(pairwise(units))
    weights = sum(gradient_product(rows, n_in, n_out) for n_in, n_out in layers)
    deltas = sum(product(rows, n_out, n_in) for n_in, n_out in layers[1:])
    return (weights + deltas) / rows


def product(rows: int, n_in: int, n_out: int) -> float:
    """Return seconds of (rows, n_in)·(n_in, n_out), in whichever blocks of rows are the fastest."""
    blocks = {min(block, rows) for block in BLOCKS}
    return min(best_product(block, n_in, n_out) * rows / block for block in blocks)


def gradient_product(rows: int, n_in: int, n_out: int) -> float:
    """Return seconds of (n_out, rows)·(rows, n_in) likewise, or of its transpose."""
    blocks = {min(block, rows) for block in BLOCKS}
    return min(
        min(best_product(n_out, block, n_in), best_product(n_in, block, n_out)) * rows / block
        for block in blocks
    )


@cache
def best_product(n_rows: int, n_terms: int, n_columns: int) -> float:
    """Return seconds of (n_rows, n_terms)·(n_terms, n_columns) by the fastest that does it."""
    left, right = _numbers(n_rows, n_terms), _numbers(n_terms, n_columns)
    result = _numbers(n_rows, n_columns)

    def by_numpy(times: int) -> None:
        for _ in range(times):
            np.dot(left, right, result)

    ways = (
        by_numpy,
        lambda times: _dot(left, right, result, times),
        lambda times: _multiply(left, right, result, times),
    )
    return min(seconds_of(way) for way in ways)


@cache
def tanh_seconds() -> float:
    """Return seconds of tanh of one number, among thousands in the nearest cache."""
    numbers, result = _numbers(64, 64), _numbers(64, 64)

    def by_numpy(times: int) -> None:
        for _ in range(times):
            np.tanh(numbers, result)

    ways = (by_numpy, lambda times: _tanh(numbers.ravel(), result.ravel(), times))
    return min(seconds_of(way) for way in ways) / numbers.size


@cache
def adam_seconds() -> float:
    """Return seconds of a step of Adam on all parameters."""
    n_parameters = sum((n_in + 1) * n_out for net in (ACTOR, CRITIC) for n_in, n_out in pairwise(net))
    parameters, gradient, momentum = (_numbers(1, n_parameters)[0] for _ in range(3))
    nothing = np.empty((1, 1, 0), np.float32)
    descent = Descent(gradient, momentum, gradient**2, nothing, nothing[0, 0], nothing[0])
    return seconds_of(lambda times: _adam(parameters, descent, times))


def seconds_of(work: Callable[[int], None]) -> float:
    """Return CPU seconds of one time of `work`, which is told how often; the least of several goes."""
    work(1)
    begun = time.perf_counter()
    work(10)
    times = 1 + int(_BATCH_SECONDS / max(1e-7, (time.perf_counter() - begun) / 10))
    taken = []
    for _ in range(_REPEATS):
        begun = time.process_time()
        work(times)
        taken.append((time.process_time() - begun) / times)
    return min(taken)


@kernel
def _dot(left: Floats, right: Floats, result: Floats, times: int) -> None:
    for _ in range(times):
        np.dot(left, right, result)


@kernel
def _multiply(left: Floats, right: Floats, result: Floats, times: int) -> None:
    for _ in range(times):
        multiply(left, right, result)


@kernel
def _tanh(numbers: Floats, result: Floats, times: int) -> None:
    for _ in range(times):
        for index in range(len(numbers)):
            result[index] = tanh(numbers[index])


@kernel
def _adam(parameters: Floats, descent: Descent, times: int) -> None:
    for step in range(times):
        _adam_step(parameters, descent, 1.0, 1e-9, step + 1000)


def _numbers(*shape: int) -> Floats:
    return np.random.default_rng(1).normal(0, 0.1, shape).astype(np.float32)
