"""How kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_REORDERED = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be added up in another order, several terms at once; infinite and nan stay what they are."""


def kernel(function: Function) -> Function:
    """Compile `function` when it is first called, or take it from the cache on disk."""
    return cast(
        Function, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_REORDERED)(function)
    )


def exact_kernel(function: Function) -> Function:
    """Compile `function` likewise, with every operation rounded as in Python."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
