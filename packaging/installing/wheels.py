"""The packages the program is shipped with: fetched once, unpacked into an application folder."""

from __future__ import annotations

import hashlib
import re
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

from installing.building_cache import building_cache
from installing.target import Target
from launching import pip
from launching.environment import APP, PACKAGING, Environment, PackageSet
from launching.processes import Problem, say

BUILDING = PackageSet("building", PACKAGING / "requirements-building.txt")
"""What installers are built with, in an environment of its own."""
STAMP = "whole"
"""The file in a folder of wheels that says what was asked for when all of them came."""


def building_environment() -> Environment:
    """Return the environment of building, set up."""
    environment = Environment(building_cache() / "environment")
    environment.provide(BUILDING)
    return environment


def fetch(target: Target, packages: PackageSet = APP) -> Path:
    """Download the pinned wheels of the target unless they are here; return their folder.

    Raises:
        Problem: One cannot be had, or PyTorch only with CUDA.
    """
    say(f"Fetching the wheels for {target.name} ...")
    folder = building_cache() / "wheels" / target.name
    if target.name != "linux":
        return download(packages.requirements, folder, target.wheel_options)
    # A build with CUDA from before would do as well for pip, and it need not be the only one there.
    refuse_cuda(folder)
    download(packages.requirements, folder, [*target.wheel_options, *pip.cpu_torch_sources()])
    if refused := refuse_cuda(folder):
        raise Problem(f"only PyTorch with CUDA can be had ({refused}): see that {pip.CPU_INDEX} is reached.")
    return folder


def refuse_cuda(folder: Path) -> str:
    """Delete wheels of PyTorch that need CUDA on Linux; return their names."""
    refused = [wheel for wheel in sorted(folder.glob("torch-*.whl")) if needs_cuda(wheel)]
    for wheel in refused:
        wheel.unlink()
        (folder / STAMP).unlink(missing_ok=True)
    return ", ".join(wheel.name for wheel in refused)


def needs_cuda(wheel: Path) -> bool:
    """Whether a wheel names packages of CUDA among those it needs, whatever it is called itself."""
    with zipfile.ZipFile(wheel) as files:
        name = next(name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        text = files.read(name).decode("utf-8")
    return re.search(r"^Requires-Dist: (nvidia|cuda)-", text, re.MULTILINE) is not None


def download(requirements: Path, folder: Path, options: Sequence[str]) -> Path:
    """Download what a file of requirements pins into a folder unless it is there; return the folder.

    Raises:
        Problem: Something cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / STAMP
    pins = PackageSet(folder.name, requirements).digest
    wanted = hashlib.sha256("\n".join([pins, *options]).encode()).hexdigest()
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
