"""Programs and libraries of macOS with nothing in them but what they say of themselves."""

from __future__ import annotations

import struct
from collections.abc import Sequence

PROCESSORS = {"arm64": 0x0100000C, "x86_64": 0x01000007}


def mach_o(
    processor: str,
    minimum_system: tuple[int, int],
    libraries: Sequence[str] = (),
    *,
    is_program: bool = False,
    command: str = "LC_BUILD_VERSION",
) -> bytes:
    """Return the content of a file for one kind of processor."""
    version = minimum_system[0] << 16 | minimum_system[1] << 8
    if command == "LC_BUILD_VERSION":
        commands = [struct.pack("<IIIIII", 0x32, 24, 1, version, version, 0)]
    else:
        commands = [struct.pack("<IIII", 0x24, 16, version, version)]
    for library in libraries:
        name = library.encode() + bytes(8 - len(library) % 8)
        commands.append(struct.pack("<IIIIII", 0xC, 24 + len(name), 24, 0, 0, 0) + name)
    content = b"".join(commands)
    kind = 2 if is_program else 6
    return (
        struct.pack(
            "<IIIIIIII", 0xFEEDFACF, PROCESSORS[processor], 0, kind, len(commands), len(content), 0, 0
        )
        + content
    )


def both_kinds(*contents: bytes) -> bytes:
    """Return the content of a file that has several such files in it."""
    header, body = struct.pack(">II", 0xCAFEBABE, len(contents)), b""
    start = 4096
    for content in contents:
        (processor,) = struct.unpack_from("<I", content, 4)
        header += struct.pack(">IIIII", processor, 0, start + len(body), len(content), 12)
        body += content + bytes(-len(content) % 4096)
    return header + bytes(start - len(header)) + body
