"""The packages the program is shipped with: fetched once, unpacked into an application folder."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from installing.building_cache import building_cache
from installing.target import Target
from launching import pip
from launching.environment import APP, PACKAGING, Environment, PackageSet
from launching.processes import Problem, say

BUILDING = PackageSet("building", PACKAGING / "requirements-building.txt")
"""What installers are built with, in an environment of its own."""


def building_environment() -> Environment:
    """Return the environment of building, set up."""
    environment = Environment(building_cache() / "environment")
    environment.provide(BUILDING)
    return environment


def fetch(target: Target, packages: PackageSet = APP) -> Path:
    """Download the pinned wheels of the target unless they are here; return their folder.

    Raises:
        Problem: One cannot be had.
    """
    say(f"Fetching the wheels for {target.name} ...")
    sources = pip.cpu_torch_sources() if target.name == "linux" else []
    folder = building_cache() / "wheels" / target.name
    return download(packages.requirements, folder, [*target.wheel_options, *sources])


def download(requirements: Path, folder: Path, options: Sequence[str]) -> Path:
    """Download what a file of requirements pins into a folder unless it is there; return the folder.

    Raises:
        Problem: Something cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "whole"
    wanted = PackageSet(folder.name, requirements).digest
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    _pip(
        "download",
        "--no-deps",
        "--no-build-isolation",
        "--only-binary=:all:",
        *options,
        f"--find-links={folder}",
        f"--dest={folder}",
        f"--requirement={requirements}",
    )
    stamp.write_text(wanted)
    return folder


def unpack(target: Target, wheels: Path, folder: Path, packages: PackageSet = APP) -> None:
    """Unpack the pinned wheels into a folder, whatever system they are for.

    Raises:
        Problem: One is missing.
    """
    _pip(
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--only-binary=:all:",
        *target.wheel_options,
        f"--find-links={wheels}",
        f"--target={folder}",
        f"--requirement={packages.requirements}",
    )


def _pip(command: str, *arguments: str) -> None:
    environment = building_environment()
    log = environment.folder / "pip.log"
    log.unlink(missing_ok=True)
    options = ["--disable-pip-version-check", "--quiet", "--log", str(log), command, "--progress-bar=off"]
    if subprocess.call([str(environment.python), "-m", "pip", *options, *arguments]):
        raise Problem(pip.diagnose(log))
