"""How kernels are compiled, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, event
from numba.core.caching import CacheImpl

from ppo_desktop.ppo.kernels import cache

Function = TypeVar("Function", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be added up in another order, several terms at once; infinite and nan stay what they are."""
_OURS = "is_kernel"


def kernel(function: Function) -> Function:
    """Compile `function` when it is first called, or take it from the cache on disk."""
    return _compiled(function, _REORDERED)


def exact_kernel(function: Function) -> Function:
    """Compile `function` likewise, with every operation rounded as in Python.

    "False" has to be said: what is left out, Numba takes from the kernel that is compiled at the moment.
    """
    return _compiled(function, False)


def _compiled(function: Function, fastmath: set[str] | bool) -> Function:
    setattr(function, _OURS, True)
    compile_it = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=fastmath)
    return cast(Function, compile_it(function))


class _Counter(event.Listener):
    """Counts the functions that are compiled."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._n_compiled = 0

    def on_start(self, _event: Any) -> None:
        """Wait for its end."""

    def on_end(self, _event: Any) -> None:
        """Count it."""
        self._n_compiled += 1
        self._tell(self._n_compiled)


@contextmanager
def compilations_told(tell: Callable[[int], None]) -> Iterator[None]:
    """Tell how many functions have been compiled meanwhile, whenever there is another one."""
    with event.install_listener("numba:compile", _Counter(tell)):
        yield


class Locator:
    """Tells Numba where a kernel's compiled code is kept: in one folder for all, see `cache`."""

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], _py_file: str) -> Locator | None:
        """Return the locator of a kernel; None for somebody else's function, an environment's maybe."""
        return cls(py_func) if hasattr(py_func, _OURS) else None

    def __init__(self, function: Callable[..., Any]) -> None:
        self._line = function.__code__.co_firstlineno
        self._folder = cache.folder_in_use()

    def get_cache_path(self) -> str:
        """Return the folder, which is the same for as long as the function lives."""
        return self._folder

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        Path(self._folder).mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return what changes whenever compiled code has to change."""
        return cache.fingerprint()

    def get_disambiguator(self) -> str:
        """Return what tells functions of the same name in one file from each other."""
        return str(self._line)


_config: Any = config
_config.CACHE_LOCATOR_CLASSES = ",".join(
    [f"{__name__}.{Locator.__name__}", *(locator.__name__ for locator in CacheImpl._locator_classes)]
)
