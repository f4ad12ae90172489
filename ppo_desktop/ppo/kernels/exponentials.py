"""tanh and the exponential function in single precision, by few operations, done on many numbers at once.

The system's own take many times as long, and would be a large part of a small network's work.
"""

from __future__ import annotations

import math

import numpy as np

from ppo_desktop.ppo.kernels.compilation import exact_kernel, kernel
from ppo_desktop.ppo.kernels.lanes import floor, power_of_two

_ONE, _TWO, _HALF = np.float32(1), np.float32(2), np.float32(0.5)
_LN_2, _LOG2_E = np.float32(math.log(2)), np.float32(1 / math.log(2))
_LN_2_SHORT = np.float32(0.693359375)
"""ln 2 but for the next constant; it has so few digits that n times it is exact."""
_LN_2_REST = np.float32(math.log(2) - 0.693359375)
_SERIES = (0.49999998, 0.16666539, 0.04166722, 0.00836718, 0.00138824)
"""Of eᶻ − 1 − z in powers of z; for |z| ≤ ½ ln 2 the largest error is the least, 1.4e-8 of eᶻ − 1."""
_SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH = map(np.float32, _SERIES)
_SATURATED = np.float32(10)
"""Beyond this tanh is ±1 in single precision."""
_LEAST, _MOST = np.float32(-87), np.float32(89)
"""Beyond these the exponential function is nearly 0, or infinite, in single precision."""


@kernel
def tanh(x: np.float32) -> np.float32:
    """Return tanh x = t/(t + 2) with t = e²ˣ − 1, of a number or of lanes; accurate to 2e-7 of its value.

    t = 2ⁿ·(eᶻ − 1) + (2ⁿ − 1) with 2x = n·ln 2 + z, where |z| is at most ½ ln 2.
    """
    twice = min(max(x, -_SATURATED), _SATURATED) * _TWO
    n = floor(twice * _LOG2_E + _HALF)
    z = twice - n * _LN_2
    series = (((z * _SIXTH + _FIFTH) * z + _FOURTH) * z + _THIRD) * z + _SECOND
    power = power_of_two(n)
    t = power * (z * z * series + z) + (power - _ONE)
    result: np.float32 = t / (t + _TWO)
    return result


@exact_kernel
def exp(x: np.float32) -> np.float32:
    """Return eˣ = 2ⁿ·eᶻ with x = n·ln 2 + z; accurate to 2e-7 of its value, but 1.6e-38 is the least.

    Every operation is rounded, so it is the same number wherever it is compiled into.
    """
    x = min(max(x, _LEAST), _MOST)
    n = floor(x * _LOG2_E + _HALF)
    z = (x - n * _LN_2_SHORT) - n * _LN_2_REST
    series = (((z * _SIXTH + _FIFTH) * z + _FOURTH) * z + _THIRD) * z + _SECOND
    result: np.float32 = power_of_two(n) * ((z * z * series + z) + _ONE)
    return result
