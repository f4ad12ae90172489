"""Reads programs and libraries of macOS on any system: processors, oldest system, what they load."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FAT, THIN = 0xCAFEBABE, 0xFEEDFACF
PROCESSORS = {0x0100000C: "arm64", 0x01000007: "x86_64"}
PROGRAM = 2
"""File type of what can be started."""
LOADS = (0xC, 0x80000018, 0x8000001F)
"""Load commands: LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB, LC_REEXPORT_DYLIB."""
VERSION_MIN, BUILD_VERSION = 0x24, 0x32
FAT_HEADER, FAT_ENTRY, HEADER, COMMAND = ">II", ">IIIII", "<IIIIIIII", "<II"


@dataclass(frozen=True)
class Image:
    """What a file has for one kind of processor.

    Attributes:
        processor: "arm64" or "x86_64", or its number.
        is_program: Whether it can be started.
        minimum_system: The oldest macOS that loads it, such as (14, 0); (0, 0) where it does not say.
        libraries: What it loads, as it names it.
        offset: Where in the file it is.
        size: Its bytes.
    """

    processor: str
    is_program: bool
    minimum_system: tuple[int, int]
    libraries: tuple[str, ...]
    offset: int
    size: int


def images(file: Path) -> list[Image]:
    """Return what a file has for each kind of processor; nothing where it is no program or library."""
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            return []
        magic, number = struct.unpack(FAT_HEADER, start)
        if magic == FAT and number < 20:  # a compiled Java class has the same magic, and a larger number
            entries = stream.read(number * struct.calcsize(FAT_ENTRY))
            places = [(entry[2], entry[3]) for entry in struct.iter_unpack(FAT_ENTRY, entries)]
        elif struct.unpack("<I", start[:4])[0] == THIN:
            places = [(0, file.stat().st_size)]
        else:
            return []
        found = []
        for offset, size in places:
            stream.seek(offset)
            header = struct.unpack(HEADER, stream.read(struct.calcsize(HEADER)))
            found.append(_image(header, stream.read(header[5]), offset, size))
    return found


def _image(header: tuple[int, ...], commands: bytes, offset: int, size: int) -> Image:
    minimum_system, libraries = (0, 0), []
    for command, content in _commands(commands, header[4]):
        if command in (VERSION_MIN, BUILD_VERSION):
            (packed,) = struct.unpack_from("<I", content, 8 if command == VERSION_MIN else 12)
            minimum_system = (packed >> 16, packed >> 8 & 0xFF)
        elif command in LOADS:
            (name,) = struct.unpack_from("<I", content, 8)
            libraries.append(content[name:].rstrip(b"\0").decode())
    processor = PROCESSORS.get(header[1], str(header[1]))
    return Image(processor, header[3] == PROGRAM, minimum_system, tuple(libraries), offset, size)


def _commands(content: bytes, number: int) -> Iterator[tuple[int, bytes]]:
    offset = 0
    for _ in range(number):
        command, size = struct.unpack_from(COMMAND, content, offset)
        yield command, content[offset : offset + size]
        offset += size


def keep_only(processor: str, file: Path) -> int:
    """Keep of a file what is for one kind of processor; return how many bytes that saves.

    Raises:
        ValueError: There is nothing for it.
    """
    if not (found := images(file)):
        return 0
    image = next((image for image in found if image.processor == processor), None)
    if image is None:
        raise ValueError(f"{file} has nothing for {processor}")
    before = file.stat().st_size
    if image.size < before:
        content = file.read_bytes()
        file.write_bytes(content[image.offset : image.offset + image.size])
    return before - image.size
