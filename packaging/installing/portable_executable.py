"""What programs and libraries for Windows tell of themselves: what they need, and their version."""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ENDINGS = {".exe", ".dll", ".pyd"}
SECTION_SIZE = 40
IMPORT_SIZE = 20
VERSION_BEGINS = struct.pack("<II", 0xFEEF04BD, 0x10000)
OF_WINDOWS = re.compile(
    r"""(api-ms-win-.*
    |advapi32|authz|bcrypt|comctl32|comdlg32|crypt32|d2d1|d3d9|d3d11|d3d12|dbghelp|dnsapi|dwmapi|dwrite|dxgi
    |gdi32|icuuc|imagehlp|imm32|iphlpapi|kernel32|mf|mfplat|mfreadwrite|mpr|msvcrt|ncrypt|netapi32|ntdll|ole32
    |oleaut32|propsys|psapi|rpcrt4|secur32|setupapi|shell32|shlwapi|uiautomationcore|user32|userenv|uxtheme
    |version|winhttp|winmm|wintrust|ws2_32|wtsapi32
    )\.dll|winspool\.drv""",
    re.VERBOSE,
)
"""Libraries that every Windows 10 since 1809 has. Microsoft's C++ runtime is not among them."""


def missing_libraries(folder: Path) -> dict[str, set[str]]:
    """Return each library that neither Windows nor `folder` has, with the files below it that need it.

    Libraries that are loaded only when they are used count as well.
    """
    files = [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS]
    here = {path.name.lower() for path in files}
    missing: dict[str, set[str]] = defaultdict(set)
    for path in files:
        for library in imports(path.read_bytes()):
            if library not in here and not OF_WINDOWS.fullmatch(library):
                missing[library].add(path.relative_to(folder).as_posix())
    return missing


def imports(content: bytes) -> Iterator[str]:
    """Yield the names of the libraries that must be there for a program or library to be loaded."""
    header: int = struct.unpack_from("<I", content, 0x3C)[0]
    n_sections, optional_size = struct.unpack_from("<H12xH", content, header + 6)
    optional = header + 24
    is_64_bit = struct.unpack_from("<H", content, optional)[0] == 0x20B
    imports_at: int = struct.unpack_from("<I", content, optional + (120 if is_64_bit else 104))[0]
    sections = [
        struct.unpack_from("<IIII", content, optional + optional_size + SECTION_SIZE * i + 8)
        for i in range(n_sections)
    ]

    def position(address: int) -> int:
        """Return where in the file stands what is at this address when it is loaded."""
        for size, start, size_in_file, start_in_file in sections:
            if start <= address < start + max(size, size_in_file):
                return int(address - start + start_in_file)
        raise ValueError(f"no section has the address {address:#x}")

    if not imports_at:
        return
    entry = position(imports_at)
    while name_at := struct.unpack_from("<I", content, entry + 12)[0]:
        start = position(name_at)
        yield content[start : content.index(b"\0", start)].decode("ascii").lower()
        entry += IMPORT_SIZE


def file_version(content: bytes) -> tuple[int, int, int, int]:
    """Return the version that a program or library says it has.

    Raises:
        ValueError: It says none.
    """
    low, high, lowest, third = struct.unpack_from("<4H", content, content.index(VERSION_BEGINS) + 8)
    return high, low, third, lowest
