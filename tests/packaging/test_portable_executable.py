"""Reading what programs and libraries for Windows need."""

from __future__ import annotations

import struct

import pytest

from installing.portable_executable import imports, missing_libraries

HEADER, SECTION, ADDRESS = 0x80, 0x400, 0x1000


def library(*needed: str) -> bytes:
    """Return a library for 64-bit Windows with nothing in it but what it needs."""
    names = b"".join(name.encode() + b"\0" for name in needed)
    names_at = ADDRESS + 20 * (len(needed) + 1)
    entries = b""
    for index in range(len(needed)):
        start = names_at + sum(len(name) + 1 for name in needed[:index])
        entries += struct.pack("<IIIII", 0, 0, 0, start, 0)
    optional = struct.pack("<H118xII112x", 0x20B, ADDRESS if needed else 0, len(entries))
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0)
    section = struct.pack("<8sIIII16x", b".idata", 0x200, ADDRESS, 0x200, SECTION)
    start = struct.pack("<60xI", HEADER).ljust(HEADER, b"\0")
    head = start + b"PE\0\0" + coff + optional + section
    return (head.ljust(SECTION, b"\0") + entries + bytes(20) + names).ljust(SECTION + 0x200, b"\0")


def test_a_library_tells_what_it_needs_in_small_letters():
    assert list(imports(library("KERNEL32.dll", "Qt6Core.dll"))) == ["kernel32.dll", "qt6core.dll"]


def test_a_library_may_need_nothing():
    assert list(imports(library())) == []


def test_what_is_in_the_folder_or_of_windows_is_not_missing(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "One.dll").write_bytes(library("KERNEL32.dll", "api-ms-win-crt-math-l1-1-0.dll"))
    (tmp_path / "two.pyd").write_bytes(library("one.DLL"))
    assert missing_libraries(tmp_path) == {}


@pytest.mark.parametrize("name", ["msvcp140_atomic_wait.dll", "vcruntime140.dll", "libpq.dll"])
def test_a_library_that_a_fresh_windows_lacks_is_missing(tmp_path, name):
    (tmp_path / "torch_python.dll").write_bytes(library(name.upper()))
    assert missing_libraries(tmp_path) == {name: {"torch_python.dll"}}
