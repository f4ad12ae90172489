"""Which packages the Debian package depends on."""

from __future__ import annotations

import pytest

from installing.debian import dependencies
from installing.elf import Needs
from launching.processes import Problem


def depends(*libraries: str, glibc: tuple[int, ...] = (2, 35)) -> list[str]:
    return dependencies(Needs(frozenset(libraries), glibc)).split(", ")


def test_it_depends_on_the_glibc_that_has_every_function():
    assert depends("libc.so.6", "libm.so.6")[0] == "libc6 (>= 2.35)"


def test_each_library_brings_its_package_and_glibc_s_bring_none():
    assert depends("libEGL.so.1", "libxcb-cursor.so.0", "libpthread.so.0")[1:-1] == [
        "libegl1",
        "libxcb-cursor0",
    ]


def test_a_package_with_two_names_is_wanted_under_either():
    assert "libglib2.0-0t64 | libglib2.0-0" in depends("libgthread-2.0.so.0", "libglib-2.0.so.0")


def test_a_font_comes_with_it():
    assert "fonts-dejavu-core" in depends("libc.so.6")[-1]


def test_a_library_of_no_known_package_stops_the_build():
    with pytest.raises(Problem, match=r"libnobody\.so\.1"):
        depends("libnobody.so.1")
