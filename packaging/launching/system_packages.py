"""What Python and Qt need from a Linux system that pip cannot bring."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from launching.processes import Problem, say
from ppo_desktop.system_libraries import installation_advice, libraries_for, missing_libraries

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
"""Has a folder for each version of PostgreSQL."""


def provide_qt(variables: Mapping[str, str]) -> None:
    """Make sure that Qt finds its libraries on Linux.

    Raises:
        Problem: Some are missing and cannot be installed from here; the message names them.
    """
    if sys.platform != "linux":
        return
    needed = libraries_for(variables)
    if missing := missing_libraries(needed):
        packages = [needed[name] for name in missing]
        # What is asked for now need not be asked for in the next step.
        _install("Qt needs libraries of the system", [*packages, *_missing_venv_package()], missing)
        if still := missing_libraries(missing):
            raise Problem(f"Qt still misses {', '.join(still)}: install what contains them and start again.")


def provide_venv() -> None:
    """Make sure that this Python can make virtual environments; on Debian that is a package of its own.

    Raises:
        Problem: It cannot, and the package cannot be installed from here.
    """
    if package := _missing_venv_package():
        reason = "Python lacks its module ensurepip"
        if sys.platform != "linux":
            raise Problem(f"{reason}: install the Python of python.org and start again.")
        _install(reason, package, [])


def provide_postgresql() -> None:
    """Install the PostgreSQL server of some tests where that is possible; elsewhere they are skipped."""
    if sys.platform != "linux" or postgresql_programs():
        return
    try:
        _install("Studies are tested on PostgreSQL too", ["postgresql"], [])
    except Problem as problem:
        say(f"{problem} Until then those tests are skipped.")


def provide_programs(reason: str, programs: Mapping[str, str]) -> None:
    """Make sure that programs can be started on Linux.

    Args:
        reason: What needs them, for the user.
        programs: The Debian package of each.

    Raises:
        Problem: Some are missing and cannot be installed from here; the message names their packages.
    """
    if packages := [package for program, package in programs.items() if not shutil.which(program)]:
        _install(f"{reason} needs programs of the system", packages, [])


def postgresql_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, which Debian keeps out of the PATH; None without."""
    versions = sorted(DEBIAN_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _missing_venv_package() -> list[str]:
    if importlib.util.find_spec("ensurepip"):
        return []
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def _install(reason: str, packages: Sequence[str], libraries: Sequence[str]) -> None:
    """Install Debian packages if that is possible without asking for a password, else say how."""
    administrator = _administrator()
    if administrator is None or not shutil.which("apt-get"):
        raise Problem(f"{reason}: {installation_advice(packages, libraries)}")
    say(f"{reason}: installing {' '.join(packages)} ...")
    as_root = [*administrator, "env", "DEBIAN_FRONTEND=noninteractive"]
    apt = [*as_root, "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60"]
    subprocess.call([*apt, "update"], stdout=subprocess.DEVNULL)
    command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    if subprocess.call(command, stdout=subprocess.DEVNULL):
        raise Problem(f"{reason}: {installation_advice(packages, libraries)}")


def as_root() -> list[str]:
    """Return what to put before a command so that it runs as root.

    Raises:
        Problem: That needs a password.
    """
    administrator = _administrator()
    if administrator is None:
        raise Problem("this needs root without a password: start it as root.")
    return administrator


def _administrator() -> list[str] | None:
    """Return what to put before a command so that it runs as root; None if that needs a password."""
    if sys.platform == "win32":
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL):
        return ["sudo", "-n"]
    return None
