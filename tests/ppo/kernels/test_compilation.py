from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.compilation import exact_kernel, kernel


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path) -> Iterator[None]:
    """What is compiled here is kept nowhere else."""
    before = cache.use_folder(str(tmp_path / "kernels"))
    yield
    cache.use_folder(before)


def test_an_exact_kernel_rounds_as_python_does_whoever_calls_it() -> None:
    def there_and_back(x: float, far: float) -> float:
        return (x + far) - far

    exactly = exact_kernel(there_and_back)

    @kernel
    def through_a_kernel(x: float, far: float) -> float:
        return exactly(x, far)

    assert there_and_back(0.5, 1e16) == 0.0
    assert through_a_kernel(0.5, 1e16) == 0.0
    assert exactly(0.5, 1e16) == 0.0


def test_a_kernel_knows_what_is_not_finite() -> None:
    @kernel
    def is_finite(x: float) -> bool:
        return math.isfinite(x)

    assert [is_finite(x) for x in (1.0, math.inf, -math.inf, math.nan)] == [True, False, False, False]


def test_functions_of_others_are_not_kept_among_the_kernels(tmp_path: Path) -> None:
    @numba.njit(cache=True)
    def of_an_environment(x: float) -> float:
        return x + 1

    assert of_an_environment(1.0) == 2.0
    assert not (tmp_path / "kernels").exists()
    assert str(tmp_path / "kernels") not in of_an_environment.stats.cache_path


def test_a_kernel_is_kept_in_the_folder_that_was_in_use_when_it_was_made(tmp_path: Path) -> None:
    @kernel
    def doubled(x: float) -> float:
        return 2 * x

    cache.use_folder(str(tmp_path / "another"))
    assert doubled(4.0) == 8.0
    assert list((tmp_path / "kernels").glob("*.nbc"))
    assert not (tmp_path / "another").exists()
