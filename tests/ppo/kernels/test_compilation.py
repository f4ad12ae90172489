from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import llvmlite.binding
import numba
import pytest

from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.compilation import exact_kernel, kernel, require_target
from tests.command_line import variables


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path) -> Iterator[None]:
    """What is compiled here is kept nowhere else."""
    before = cache.fill_folder(tmp_path / "kernels")
    yield
    cache.fill_folder(before)


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


def test_nothing_is_added_to_a_folder_that_was_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cache.being_filled(tmp_path / "whole"):
        assert cache.is_filled()
        (tmp_path / "kernels").mkdir(exist_ok=True)
    cache.fill_folder(None)
    monkeypatch.setattr(cache, "whole_folder", lambda: tmp_path / "whole")

    @kernel
    def tripled(x: float) -> float:
        return 3 * x

    assert tripled(4.0) == 12.0
    assert [path.name for path in (tmp_path / "whole").iterdir()] == ["contents.json"]


def test_numba_compiles_for_the_target_of_kernels_unless_somebody_was_there_before() -> None:
    require_target()
    code = """
import numba
numba.njit(lambda x: x + 1)(1)
from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.compilation import require_target
print(cache.target().name)
require_target()
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables())
    if process.stdout.strip() == llvmlite.binding.get_host_cpu_name():
        pytest.skip("this processor is the target itself")
    assert process.stderr.splitlines()[-1].startswith("RuntimeError: Numba compiles for another processor")


def test_a_kernel_is_kept_in_the_folder_that_was_in_use_when_it_was_made(tmp_path: Path) -> None:
    @kernel
    def doubled(x: float) -> float:
        return 2 * x

    cache.fill_folder(tmp_path / "another")
    assert doubled(4.0) == 8.0
    assert list((tmp_path / "kernels").glob("*.nbc"))
    assert not (tmp_path / "another").exists()
