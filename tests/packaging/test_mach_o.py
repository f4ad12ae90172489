"""What programs and libraries of macOS say of themselves."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from installing.mach_o import images, keep_only
from tests.packaging.mach_o_files import both_kinds, mach_o


def put(folder: Path, content: bytes) -> Path:
    file = folder / "library"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("command", ["LC_BUILD_VERSION", "LC_VERSION_MIN_MACOSX"])
def test_a_library_says_for_which_processor_it_is_from_which_system_on_and_what_it_loads(
    tmp_path: Path, command: str
) -> None:
    content = mach_o("arm64", (13, 3), ["@rpath/QtCore", "/usr/lib/libSystem.B.dylib"], command=command)
    (image,) = images(put(tmp_path, content))
    assert (image.processor, image.minimum_system, image.is_program) == ("arm64", (13, 3), False)
    assert image.libraries == ("@rpath/QtCore", "/usr/lib/libSystem.B.dylib")


def test_a_program_is_told_from_a_library(tmp_path: Path) -> None:
    (image,) = images(put(tmp_path, mach_o("arm64", (11, 0), is_program=True)))
    assert image.is_program


def test_a_file_for_two_processors_has_an_image_for_each(tmp_path: Path) -> None:
    file = put(tmp_path, both_kinds(mach_o("x86_64", (10, 13)), mach_o("arm64", (11, 0))))
    assert [(image.processor, image.minimum_system) for image in images(file)] == [
        ("x86_64", (10, 13)),
        ("arm64", (11, 0)),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"short", b"#!/bin/sh\nexit\n", b"\x7fELF" + bytes(60), struct.pack(">II", 0xCAFEBABE, 0x41)],
    ids=["empty", "short", "script", "Linux", "Java"],
)
def test_other_files_are_none(tmp_path: Path, content: bytes) -> None:
    file = put(tmp_path, content)
    assert images(file) == []
    assert keep_only("arm64", file) == 0
    assert file.read_bytes() == content


def test_what_is_for_one_processor_is_kept_byte_for_byte(tmp_path: Path) -> None:
    wanted = mach_o("arm64", (11, 0), ["@rpath/a"])
    file = put(tmp_path, both_kinds(mach_o("x86_64", (10, 13)), wanted))
    file.chmod(0o755)
    before = file.stat()
    assert keep_only("arm64", file) == before.st_size - len(wanted)
    assert file.read_bytes() == wanted
    assert file.stat().st_mode == before.st_mode, "a program stays one"
    assert keep_only("arm64", file) == 0


def test_a_library_for_another_processor_is_no_use(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="arm64"):
        keep_only("arm64", put(tmp_path, mach_o("x86_64", (10, 13))))
