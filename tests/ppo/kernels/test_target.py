from __future__ import annotations

import pytest

from ppo_desktop.ppo.kernels.target import X86_64_V3, X86_64_V4, Target, portable_targets

LINUX = "x86_64-unknown-linux-gnu"


def flattened(*, has: frozenset[str], lacks: frozenset[str] = frozenset()) -> str:
    """Return features as LLVM writes them."""
    return ",".join([*(f"+{name}" for name in sorted(has)), *(f"-{name}" for name in sorted(lacks))])


@pytest.mark.parametrize("triple", [LINUX, "x86_64-pc-windows-msvc", "x86_64-apple-darwin22.6.0"])
def test_what_a_processor_has_beyond_the_portable_one_makes_no_difference(triple: str) -> None:
    old = flattened(has=X86_64_V3, lacks=frozenset({"avx512f"}))
    between = flattened(has=X86_64_V3 | {"avx512f", "avx512vl", "gfni"})
    assert portable_targets(triple, old) == portable_targets(triple, between) == (Target("x86-64-v3", ""),)
    new, newer = flattened(has=X86_64_V4), flattened(has=X86_64_V4 | {"avx512bf16", "gfni"})
    both = (Target("x86-64-v4", ""), Target("x86-64-v3", ""))
    assert portable_targets(triple, new) == portable_targets(triple, newer) == both


@pytest.mark.parametrize("missing", sorted(X86_64_V3))
def test_a_processor_that_lacks_anything_of_the_portable_one_is_compiled_for_as_it_is(missing: str) -> None:
    lacking = frozenset({missing})
    assert portable_targets(LINUX, flattened(has=X86_64_V3 - lacking, lacks=lacking)) == ()
    assert portable_targets(LINUX, flattened(has=X86_64_V4 - lacking)) == ()


@pytest.mark.parametrize(
    ("triple", "name"),
    [
        ("arm64-apple-darwin23.0.0", "apple-m1"),
        ("aarch64-apple-darwin23.0.0", "apple-m1"),
        ("aarch64-unknown-linux-gnu", "generic"),
    ],
)
def test_arm_processors_have_one_target_for_each_system(triple: str, name: str) -> None:
    assert portable_targets(triple, "+neon,+sve2") == (Target(name, ""),)


def test_of_other_processors_no_portable_one_is_known() -> None:
    assert portable_targets("riscv64-unknown-linux-gnu", "+m,+a,+f") == ()
