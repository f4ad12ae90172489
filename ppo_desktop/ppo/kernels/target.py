"""The processors that kernels are compiled for: few kinds, not the very one at hand.

Code for the kind to which a processor belongs is within some percent of code for itself, see
docs/performance.md. So kernels can be shipped, nothing replaces them later, and on processors of one kind a
run of one seed has the same numbers whether they were shipped or compiled here.
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
X86_64_V4 = X86_64_V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
"""Likewise: AMD's have it since 2022, Intel's in servers and some others."""


class Target(NamedTuple):
    """A processor as LLVM knows it; its name implies features, to which others may be added."""

    name: str
    features: str = ""

    @property
    def has_512_bits(self) -> bool:
        """Whether a register holds sixteen numbers in single precision; there are 32 of them then."""
        return self.name == "x86-64-v4" or "+avx512f" in self.features.split(",")


@cache
def possible_targets() -> tuple[Target, ...]:
    """Return what kernels can be compiled for here, the fastest first.

    It is the processor that its user has set for Numba, if one was, and this very one where no kind is known.
    """
    name, features = _numba.CPU_NAME, _numba.CPU_FEATURES
    here = codegen.get_host_cpu_features()
    kinds = portable_targets(llvmlite.binding.get_process_triple(), here)
    if kinds and name is None and features is None:
        return kinds
    name = llvmlite.binding.get_host_cpu_name() if name is None else name
    return (Target(name, here if features is None else features),)


def portable_targets(triple: str, features: str) -> tuple[Target, ...]:
    """Return the kinds of processors to which this one belongs, the fastest first; none if it is too old.

    LLVM says which it is, "x86_64-unknown-linux-gnu", and what it has, "+avx2,-avx512f,…".
    """
    machine = triple.partition("-")[0]
    if machine in ("arm64", "aarch64"):
        return (Target("apple-m1" if "apple" in triple else "generic"),)
    if machine != "x86_64":
        return ()
    has = {feature.removeprefix("+") for feature in features.split(",") if feature.startswith("+")}
    kinds = (("x86-64-v4", X86_64_V4), ("x86-64-v3", X86_64_V3))
    return tuple(Target(name) for name, needed in kinds if has >= needed)
