"""The packages the program is shipped with: fetched once, unpacked into an application folder.

Which wheels these are is locked for each system: by version and by the SHA-256 of the file, as pip reads it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from installing.building_cache import building_cache
from installing.target import Target
from launching import pip
from launching.environment import APP, PACKAGING, Environment, PackageSet
from launching.processes import Problem, say

BUILDING = PackageSet("building", PACKAGING / "requirements-building.txt")
"""What installers are built with, in an environment of its own."""
LOCKS = PACKAGING / "locks"
LOCK_COMMAND = "python3 packaging/launcher.py lock-wheels"
LOCK_BEGINS = f"""\
# The wheels that what is built consists of, pinned by what is in the files. Not to be edited:
# {LOCK_COMMAND}
# writes it anew when the versions in the requirements have changed.
"""
PIN = re.compile(r"^([\w.-]+)(?:\[.+?\])?==([^\s;+]+)", re.MULTILINE)
"""A pinned version, in a lock or in requirements: its package and what it is to everybody (not `+cpu`)."""
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def building_environment() -> Environment:
    """Return the environment of building, set up."""
    environment = Environment(building_cache() / "environment")
    environment.provide(BUILDING)
    return environment


def fetch(target: Target, packages: PackageSet = APP) -> Path:
    """Download the locked wheels of the target unless they are here; return their folder.

    Raises:
        Problem: One cannot be had or is another file, or other versions are wanted than are locked.
    """
    say(f"Fetching the wheels for {target.name} ...")
    lock = lock_of(target, packages)
    if pins(lock) != pins(*(each.requirements for each in packages.with_included())):
        raise Problem(
            f"{lock.name} is not of the versions that are wanted: write it anew with  {LOCK_COMMAND}"
        )
    folder = building_cache() / "wheels" / target.name
    if not holds(folder, lock):
        download(lock, folder, [*target.wheel_options, *target.wheel_sources()])
    return folder


def download(requirements: Path, folder: Path, options: Sequence[str]) -> Path:
    """Download what a file of requirements pins by hash into a folder unless it is there; return the folder.

    Raises:
        Problem: Something cannot be had, or is another file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not holds(folder, requirements):
        _download("--require-hashes", *options, requirements=requirements, to=folder)
    return folder


def holds(folder: Path, requirements: Path) -> bool:
    """Return whether every file is in a folder that requirements pin by hash."""
    return hashes(requirements) <= {sha256(file) for file in folder.glob("*")}


def unpack(target: Target, wheels: Path, folder: Path, packages: PackageSet = APP) -> None:
    """Unpack the locked wheels into a folder, whatever system they are for.

    Raises:
        Problem: One is missing, or is another file.
    """
    _pip(
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--only-binary=:all:",
        "--require-hashes",
        *target.wheel_options,
        f"--find-links={wheels}",
        f"--target={folder}",
        f"--requirement={lock_of(target, packages)}",
    )


# ---- locks ------------------------------------------------------------------------------------------------


def lock_of(target: Target, packages: PackageSet) -> Path:
    """Return the file that says which wheels of the packages are for the target."""
    return LOCKS / f"{target.name}-{packages.name}.txt"


def write_lock(target: Target, packages: PackageSet) -> Path:
    """Download the pinned versions for the target, write down which wheels came; return where.

    Raises:
        Problem: One cannot be had.
    """
    lock = lock_of(target, packages)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = [*target.wheel_options, *target.wheel_sources()]
        _download(*options, requirements=packages.requirements, to=folder)
        lines = sorted(_locked(wheel) for wheel in folder.iterdir())
    lock.write_text(LOCK_BEGINS + "".join(lines), encoding="utf-8", newline="\n")
    return lock


def _locked(wheel: Path) -> str:
    name, version, *_tags = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{sha256(wheel)}\n"


def pins(*requirements: Path) -> dict[str, str]:
    """Return the versions that files pin, of each package."""
    found = (pin for file in requirements for pin in PIN.findall(file.read_text(encoding="utf-8")))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def hashes(requirements: Path) -> set[str]:
    """Return the SHA-256 of each file that is pinned."""
    return set(HASH.findall(requirements.read_text(encoding="utf-8")))


def sha256(file: Path) -> str:
    """Return the SHA-256 of what is in a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


# ---- pip --------------------------------------------------------------------------------------------------


def _download(*options: str, requirements: Path, to: Path) -> None:
    always = ("--no-deps", "--no-build-isolation", "--only-binary=:all:")
    _pip("download", *always, *options, f"--dest={to}", f"--requirement={requirements}")


def _pip(command: str, *arguments: str) -> None:
    environment = building_environment()
    log = environment.folder / "pip.log"
    log.unlink(missing_ok=True)
    options = ["--disable-pip-version-check", "--quiet", "--log", str(log), command, "--progress-bar=off"]
    # pip writes its errors into the log as well; the user gets one line instead.
    called = [str(environment.python), "-m", "pip", *options, *arguments]
    if subprocess.call(called, stderr=subprocess.DEVNULL):
        raise Problem(pip.diagnose(log))
