"""What a Debian package says about the program, and which packages it depends on."""

from __future__ import annotations

import re
import subprocess

from installing.elf import Needs
from installing.target import version
from launching.processes import Problem
from ppo_desktop.system_libraries import ANY_PLATFORM, X11

PACKAGES = {
    **ANY_PLATFORM,
    **X11,
    "libX11.so.6": "libx11-6",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb.so.1": "libxcb1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""The package of each library that the program takes from the system."""
OF_GLIBC = re.compile(r"ld-linux|lib(c|m|dl|rt|pthread|resolv|util)\.so\.")
RENAMED = {"libglib2.0-0": "libglib2.0-0t64 | libglib2.0-0"}
"""Packages that newer systems have under another name as well, since time is counted in 64 bits."""
FONTS = ("fonts-dejavu-core", "fonts-liberation", "fonts-noto-core", "fonts-freefont-ttf", "fonts-ubuntu")
"""Any of these will do: without a font no text could be read."""


def dependencies(needs: Needs) -> str:
    """Return the packages that have what the program needs, as the control file wants them.

    Raises:
        Problem: For one of the libraries no package is known.
    """
    libraries = {name for name in needs.libraries if not OF_GLIBC.match(name)}
    if unknown := sorted(libraries - PACKAGES.keys()):
        raise Problem(f"no Debian package is known for {', '.join(unknown)}: add it, or leave out its user.")
    packages = sorted({PACKAGES[name] for name in libraries})
    glibc = ".".join(map(str, needs.glibc))
    return ", ".join(
        [f"libc6 (>= {glibc})", *(RENAMED.get(name, name) for name in packages), " | ".join(FONTS)]
    )


def control(installed_size: int, depends: str) -> str:
    """Return the control file of the package; `installed_size` is in KiB."""
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    return f"""\
Package: ppo-desktop
Version: {version()}
Architecture: {architecture}
Maintainer: PPO Desktop contributors
Installed-Size: {installed_size}
Depends: {depends}
Section: education
Priority: optional
Description: See proximal policy optimization at work
 Trains PPO and A2C live and shows how they learn: the environment, the clipped
 objective and every curve; compares settings and searches for better ones.
"""
