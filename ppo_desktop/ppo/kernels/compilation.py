"""How kernels are compiled, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, event
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.registry import cpu_target

from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.target import Target

Function = TypeVar("Function", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be added up in another order, several terms at once; infinite and nan stay what they are."""
_config: Any = config
_config.CPU_NAME, _config.CPU_FEATURES = cache.target()  # heard by Numba when it compiles for the first time


def kernel(function: Function) -> Function:
    """Compile `function` when it is first called, or take it from the cache on disk."""
    return _compiled(function, _REORDERED)


def exact_kernel(function: Function) -> Function:
    """Compile `function` likewise, with every operation rounded as in Python.

    "False" has to be said: what is left out, Numba takes from the kernel that is compiled at the moment.
    """
    return _compiled(function, False)


def _compiled(function: Function, fastmath: set[str] | bool) -> Function:
    compiled: Any = numba.njit(nogil=True, error_model="numpy", fastmath=fastmath)(function)
    if folder := cache.folder_in_use():
        compiled._cache = _Cache(function, folder)
    return cast(Function, compiled)


class _Counter(event.Listener):
    """Counts the functions that are compiled."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._n_compiled = 0

    def on_start(self, _event: Any) -> None:
        """Wait for its end."""

    def on_end(self, _event: Any) -> None:
        """Count it."""
        self._n_compiled += 1
        self._progress(self._n_compiled)


@contextmanager
def compilations_counted(progress: Callable[[int], None]) -> Iterator[None]:
    """Call `progress` with how many functions have been compiled meanwhile, whenever there is another one."""
    with event.install_listener("numba:compile", _Counter(progress)):
        yield


def require_target() -> None:
    """Raise RuntimeError if Numba compiles for another processor than kernels are meant for.

    It does so where something was compiled before kernels were imported.
    """
    _triple, *compiles_for = cpu_target.target_context.codegen().magic_tuple()
    if Target(*compiles_for) != cache.target():
        raise RuntimeError(f"Numba compiles for another processor than {cache.target().name} in this process")


class _Files(CompileResultCacheImpl):
    """Tells Numba the files of a kernel, which are in one folder with those of all others."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._folder = folder
        self._lineno = function.__code__.co_firstlineno
        self._locator = self
        module = function.__module__.rpartition(".")[-1]
        self._filename_base = self.get_filename_base(f"{module}.{function.__qualname__}", "")

    def get_cache_path(self) -> str:
        """Return the folder, which is the same for as long as the function lives."""
        return str(self._folder)

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return what changes whenever compiled code has to change."""
        return cache.fingerprint()

    def get_disambiguator(self) -> str:
        """Return what tells functions of the same name in one file from each other."""
        return str(self._lineno)


class _Cache(FunctionCache):
    """Finds a kernel's compiled code wherever the sources are, whenever they were written.

    It does not matter either what Numba compiles other functions for.
    """

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._impl_class = partial(_Files, folder=folder)  # type: ignore[assignment]
        super().__init__(function)
        self._is_filled = cache.is_filled()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, unless the folder was whole already."""
        if self._is_filled:
            super().save_overload(sig, data)

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        sig, _compiled_for, function = super()._index_key(sig, codegen)
        return sig, tuple(cache.target()), function
