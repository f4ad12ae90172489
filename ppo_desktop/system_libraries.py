"""What Qt needs from a Linux system: which libraries, which of them are missing, and what brings them."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterable, Mapping, Sequence

ANY_PLATFORM = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
"""Libraries Qt needs even when it shows nothing, with the Debian package of each."""

X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Libraries Qt needs to show windows on X11, with the Debian package of each."""


def libraries_for(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the libraries that Qt will need under these environment variables, with their packages."""
    usual = "wayland" if variables.get("WAYLAND_DISPLAY") else "xcb"
    platform = variables.get("QT_QPA_PLATFORM") or usual
    return ANY_PLATFORM | X11 if platform.startswith("xcb") else ANY_PLATFORM


def missing_libraries(names: Iterable[str]) -> list[str]:
    """Return those of the libraries that the system cannot load."""
    return [name for name in names if not _can_load(name)]


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def installation_advice(packages: Sequence[str], libraries: Sequence[str]) -> str:
    """Return the command that installs what is missing on this kind of Linux."""
    # dnf and zypper find a package by the library in it.
    contents = " ".join(f"'{name}()(64bit)'" for name in libraries)
    if shutil.which("apt-get"):
        return f"run  sudo apt-get install {' '.join(packages)}  and start again."
    for manager in ("dnf", "zypper"):
        if contents and shutil.which(manager):
            return f"run  sudo {manager} install {contents}  and start again."
    return f"install {' '.join(libraries or packages)} and start again."
