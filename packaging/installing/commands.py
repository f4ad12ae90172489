"""The launcher's commands `installer`, `smoke` and `lock-wheels`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from installing.linux import Linux
from installing.macos import MacOS
from installing.payload import build_application
from installing.target import CHECKOUT, Target
from installing.wheels import sha256, write_lock
from installing.windows import Windows
from launching.environment import APP, TOOLS, PackageSet
from launching.processes import Problem, say

TARGETS: dict[str, type[Target]] = {"linux": Linux, "macos": MacOS, "windows": Windows}
"""The systems for which there is an installer; each knows whether it can be built on this computer."""
THIS_SYSTEM = {"linux": "linux", "win32": "windows", "darwin": "macos"}
LOCKED: tuple[tuple[type[Target], PackageSet], ...] = (
    (Linux, APP),
    (MacOS, APP),
    (Windows, APP),
    (Windows, TOOLS),
)
"""The packages of which somebody builds something; those of the tests are for Wine."""


def installer(arguments: list[str]) -> int:
    """Build what is installed on this system, or on another, into `dist`, and say where it is."""
    parser = argparse.ArgumentParser(prog="launcher.py installer", description=installer.__doc__)
    parser.add_argument("--system", choices=sorted(TARGETS), default=THIS_SYSTEM.get(sys.platform))
    target = target_of(parser.parse_args(arguments).system)
    os.umask(0o022)  # all users of a computer read what is installed
    dist = CHECKOUT / "dist"
    dist.mkdir(exist_ok=True)
    for file in target.pack(build_application(target), dist):
        say(str(file))
        say(str(put_checksum(file)))
    return 0


def target_of(system: str | None) -> Target:
    """Return the target of that name.

    Raises:
        Problem: There is none.
    """
    if system not in TARGETS:
        raise Problem(
            f"there is no installer for this system: choose --system {' or '.join(sorted(TARGETS))}."
        )
    return TARGETS[system]()


def put_checksum(file: Path) -> Path:
    """Write the file's SHA-256 beside it, as `sha256sum --check` reads it; return where."""
    beside = file.with_name(f"{file.name}.sha256")
    beside.write_text(f"{sha256(file)}  {file.name}\n", encoding="utf-8", newline="\n")
    return beside


def smoke(arguments: list[str]) -> int:
    """Install a file into a clean place, use it as people do, and remove it again."""
    parser = argparse.ArgumentParser(prog="launcher.py smoke", description=smoke.__doc__)
    parser.add_argument("file", type=Path, help="what `installer` has built")
    file = parser.parse_args(arguments).file.absolute()
    if not file.is_file():
        raise Problem(f"there is no file {file}: build it with  python3 packaging/launcher.py installer")
    return target_for(file).try_out(file)


def target_for(file: Path) -> Target:
    """Return the target that makes such files.

    Raises:
        Problem: None does.
    """
    for target in TARGETS.values():
        if file.name.endswith(tuple(target.packed_as)):
            return target()
    known = ", ".join(ending for target in TARGETS.values() for ending in target.packed_as)
    raise Problem(f"{file.name} is not what `installer` makes: its name ends with none of {known}.")


def lock_wheels(arguments: list[str]) -> int:
    """Write down anew which wheels of the pinned versions are built from, and what is in each."""
    argparse.ArgumentParser(prog="launcher.py lock-wheels", description=lock_wheels.__doc__).parse_args(
        arguments
    )
    for target, packages in LOCKED:
        say(f"Locking the wheels for {target.name} ...")
        say(str(write_lock(target(), packages)))
    return 0
