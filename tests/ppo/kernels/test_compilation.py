from __future__ import annotations

import math

from ppo_desktop.ppo.kernels.compilation import exact_kernel, kernel


@exact_kernel
def there_and_back(x: float, far: float) -> float:
    return (x + far) - far


@kernel
def through_a_kernel(x: float, far: float) -> float:
    return there_and_back(x, far)


@kernel
def is_finite(x: float) -> bool:
    return math.isfinite(x)


def test_an_exact_kernel_rounds_as_python_does_whoever_calls_it() -> None:
    assert (0.5 + 1e16) - 1e16 == 0.0
    assert through_a_kernel(0.5, 1e16) == 0.0
    assert there_and_back(0.5, 1e16) == 0.0


def test_a_kernel_knows_what_is_not_finite() -> None:
    assert [is_finite(x) for x in (1.0, math.inf, -math.inf, math.nan)] == [True, False, False, False]
