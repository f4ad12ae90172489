"""The package for Debian and its relatives: what is where, what it says of itself, what it depends on."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from pathlib import Path

from installing.building_cache import appearing
from installing.elf import Needs, needs_below
from installing.left_out import size_of
from installing.target import CHECKOUT, version
from launching.desktop import MENU_ENTRY
from launching.processes import Problem, check_call
from ppo_desktop.licences import INDEX
from ppo_desktop.system_libraries import ANY_PLATFORM, X11

INSTALLED = "/opt/ppo-desktop"
"""Where the application folder is put."""
PRERM = Path(__file__).with_name("linux_scripts") / "prerm"
"""What says, when the package is removed, what is left."""
XZ = ["-Zxz", "-z2"]
"""Debian 12 cannot read packages packed with zstd. Level 6 makes a tenth less, and takes thrice as long."""
PACKAGES = {
    **ANY_PLATFORM,
    **X11,
    "libX11.so.6": "libx11-6",
    "libcups.so.2": "libcups2",
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
RENAMED = {name: f"{name}t64 | {name}" for name in ("libcups2", "libglib2.0-0")}
"""Packages that newer systems have under another name as well, since time is counted in 64 bits."""
FONTS = ("fonts-dejavu-core", "fonts-liberation", "fonts-noto-core", "fonts-freefont-ttf", "fonts-ubuntu")
"""Any of these will do: without a font no text could be read."""


def pack_debian(application: Path, package: Path) -> None:
    """Pack the application folder as a package for Debian and its relatives.

    Raises:
        Problem: It cannot be packed, or for a library that it needs no package is known.
    """
    with appearing(application.with_name("debian")) as root:
        lay_out(application, root)
        check_call("dpkg-deb", "--root-owner-group", *XZ, "--build", root, package)
    shutil.rmtree(application.with_name("debian"))


def lay_out(application: Path, root: Path) -> None:
    """Put what the package installs below `root` as below /, and what it says of itself into DEBIAN."""
    ours, share, control_files = root / INSTALLED[1:], root / "usr" / "share", root / "DEBIAN"
    documents = share / "doc" / "ppo-desktop"
    icons = share / "icons" / "hicolor" / "scalable" / "apps"
    for folder in (root / "usr" / "bin", share / "applications", icons, documents, control_files):
        folder.mkdir(parents=True)
    shutil.copytree(application, ours, copy_function=os.link, symlinks=True)
    for name in ("install", "uninstall", "ppo-desktop.desktop"):
        (ours / name).unlink()
    (root / "usr" / "bin" / "ppo-desktop").symlink_to(f"{INSTALLED}/ppo-desktop")
    entry = MENU_ENTRY.format(command="ppo-desktop", icon="ppo-desktop")
    (share / "applications" / "ppo-desktop.desktop").write_text(entry, encoding="utf-8")
    (ours / "ppo-desktop.svg").rename(icons / "ppo-desktop.svg")
    (documents / "copyright").write_text(copyright_of(ours / "licences"), encoding="utf-8")
    changes = (CHECKOUT / "CHANGELOG.md").read_bytes()
    (documents / "changelog.gz").write_bytes(gzip.compress(changes, mtime=0))
    shutil.copyfile(PRERM, control_files / "prerm").chmod(0o755)
    said = control(size_of(root) // 1024, dependencies(needs_below(ours)))
    (control_files / "control").write_text(said, encoding="utf-8")


def copyright_of(licences: Path) -> str:
    """Return whose the program is, and what it comes with, going by the folder of licences."""
    ours, *others = json.loads((licences / INDEX).read_text(encoding="utf-8"))
    lines = [
        f"{' '.join(filter(None, (each['name'], each['version'])))}: {each['licence']} ({each['file']})"
        for each in others
    ]
    return "\n".join(
        [
            f"{ours['name']}\n",
            (licences / ours["file"]).read_text(encoding="utf-8"),
            f"It comes with these programs; what their licences say is in {INSTALLED}/licences:\n",
            *lines,
            "",
        ]
    )


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
    return f"""\
Package: ppo-desktop
Version: {version()}
Architecture: amd64
Maintainer: PPO Desktop contributors
Installed-Size: {installed_size}
Depends: {depends}
Section: education
Priority: optional
Description: See proximal policy optimization at work
 Trains PPO and A2C live and shows how they learn: the environment, the clipped
 objective and every curve; compares settings and searches for better ones.
"""
