"""The processor that kernels are compiled for: the same one on all machines, wherever that is possible.

Code for it is nearly as fast as code for the very processor, see docs/performance.md. So there is one set of
kernels that can be shipped, that nothing replaces later, and that gives a run of one seed the same numbers
whether it was shipped or compiled here.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding
from numba.core import codegen, config

_numba: Any = config

X86_64_V3 = frozenset(
    {"64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2"}
    | {"crc32", "cx16", "popcnt", "sahf", "sse3", "sse4.1", "sse4.2", "ssse3"}
    | {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"}
)
"""What a processor must have for it, by LLVM's names: Intel's Core has it since 2013, AMD's since 2015."""


class Target(NamedTuple):
    """A processor as LLVM knows it; its name implies features, to which others may be added."""

    name: str
    features: str = ""


@cache
def target() -> Target:
    """Return what kernels are compiled for here: if a processor was set for Numba by its user, that one."""
    name, features = _numba.CPU_NAME, _numba.CPU_FEATURES
    here = codegen.get_host_cpu_features()
    portable = portable_target(llvmlite.binding.get_process_triple(), here)
    if portable is not None and name is None and features is None:
        return portable
    return Target(
        llvmlite.binding.get_host_cpu_name() if name is None else name, here if features is None else features
    )


def portable_target(triple: str, features: str) -> Target | None:
    """Return what any modern processor of this kind can run, or None where this one cannot.

    Args:
        triple: Processor and system as LLVM names them: "x86_64-unknown-linux-gnu".
        features: What this processor has: "+avx2,-avx512f,…".
    """
    machine = triple.partition("-")[0]
    if machine in ("arm64", "aarch64"):
        return Target("apple-m1" if "apple" in triple else "generic")
    has = {feature.removeprefix("+") for feature in features.split(",") if feature.startswith("+")}
    return Target("x86-64-v3") if machine == "x86_64" and has >= X86_64_V3 else None
