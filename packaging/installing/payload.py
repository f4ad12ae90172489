"""The application folder: everything that is installed, the same on every system."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from installing import wheels
from installing.building_cache import appearing, building_cache
from installing.left_out import OF_PACKAGES, ONCE_COLLECTED, leave_out, megabytes, size_of
from installing.licences import collect_licences
from installing.target import CHECKOUT, Target
from launching.processes import Problem, say

LEAVE_OUT_OF_APP = shutil.ignore_patterns("__pycache__", "*.pyc")
BYTECODE = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-j", "0"]
"""Bytecode that is taken as it is: a start asks no file for its time, and installing may change times."""
SERVE_ALL = ("x86-64-v3", "apple-m1", "generic")
"""The kinds of processors of which one is everybody's for whom something is built."""
TELL_KERNELS = "; ".join(
    (
        "import sys",
        "from ppo_desktop.ppo.kernels import cache, target",
        "here = cache.installed_folder()",
        "place = lambda kind: here.with_name(cache.fingerprint_for(kind))",
        "there = [kind.name for kind in target.possible_targets() if cache.is_whole(place(kind))]",
        "print('Kernels for:', *there, flush=True)",
        "sys.exit(set(there).isdisjoint(sys.argv[1:]))",
    )
)
"""Says which kernels there are; fails if there are none for a kind that is named after it."""


def build_application(target: Target) -> Path:
    """Build the application folder of the target; return it. What was built before stays if this fails."""
    folder = building_cache() / "application" / target.name
    with appearing(folder) as application:
        target.put_interpreter(application)
        put_packages(target, application)
        put_app(application / target.packages)
        target.put_launchers(application)
        collect_licences(target, application)
        leave_out(application / target.packages, ONCE_COLLECTED)
        compile_bytecode(target, application)
        put_kernels(target, application)
    say(f"Built {folder}: {megabytes(size_of(folder))}")
    return folder


def put_packages(target: Target, application: Path) -> None:
    """Put the pinned packages into the application folder, without what is left out."""
    packages = application / target.packages
    wheels.unpack(target, wheels.fetch(target), packages)
    leave_out(packages, (*OF_PACKAGES, *target.left_out))


def put_app(packages: Path) -> None:
    """Put our own package among the others, as a wheel of it has it."""
    shutil.copytree(CHECKOUT / "ppo_desktop", packages / "ppo_desktop", ignore=LEAVE_OUT_OF_APP)
    # What prepare-engine --in-installation has compiled in the checkout is for the Python there.
    shutil.rmtree(packages / "ppo_desktop" / "kernels", ignore_errors=True)
    for source, place in included_in_wheel().items():
        shutil.copytree(CHECKOUT / source, packages / place, ignore=LEAVE_OUT_OF_APP)


def included_in_wheel() -> dict[str, str]:
    """Return which folders of the checkout a wheel has inside the package, and where."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    included: dict[str, str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return included


def compile_bytecode(target: Target, application: Path) -> None:
    """Compile all Python sources with the interpreter that will run them."""
    target.run(application, [*BYTECODE, "-s", application, application / "python"])


def put_kernels(target: Target, application: Path) -> None:
    """Put the compiled kernels of the fast engine into the application folder.

    Raises:
        Problem: They are not for all processors.
    """
    target.run(application, ["-m", "ppo_desktop", "prepare-engine", "--in-installation"])
    if target.call(application, ["-c", TELL_KERNELS, *SERVE_ALL]):
        raise Problem("these kernels serve few processors only: on x86-64, build on one that has AVX2.")
