"""Elementary functions that compile to a few vector instructions, accurate to 2e-7 of their value.

The system's own tanh takes fourteen times as long, and is the larger part of a small network's work.
"""

from __future__ import annotations

import math

import numpy as np

from ppo_desktop.ppo.kernels.compilation import kernel

_LN_2 = np.float32(math.log(2))
_ONE = np.float32(1)
_TAYLOR = tuple(np.float32(1 / math.factorial(power)) for power in range(8))
_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH = _TAYLOR[1:]
_SATURATED = np.float32(10)
"""Beyond this tanh is ±1 in single precision."""


@kernel
def tanh(x: np.float32) -> np.float32:
    """Return tanh x = −t/(t + 2) with t = e^(−2|x|) − 1, and the sign of x."""
    t = _expm1(np.float32(-2) * min(abs(x), _SATURATED))
    magnitude = -t / (t + np.float32(2))
    return -magnitude if x < 0 else magnitude


@kernel
def _expm1(x: np.float32) -> np.float32:
    """Return eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1) with x = n·ln 2 + r, for −20 ≤ x ≤ 0.

    |r| is at most ½ ln 2, where seven terms of the Taylor series are exact in single precision.
    """
    n = np.floor(x / _LN_2 + np.float32(0.5))
    r = x - n * _LN_2
    series = _SEVENTH
    series = series * r + _SIXTH
    series = series * r + _FIFTH
    series = series * r + _FOURTH
    series = series * r + _THIRD
    series = series * r + _SECOND
    series = series * r + _FIRST
    # A float whose exponent bits are n + 127 and whose other bits are 0 is 2ⁿ.
    power_of_two = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    power: np.float32 = power_of_two * (series * r) + (power_of_two - _ONE)
    return power
