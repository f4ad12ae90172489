"""A Debian in a folder, for what this computer's own system has not."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from installing.building_cache import appearing
from launching import system_packages
from launching.processes import Problem, say

MIRROR = "http://deb.debian.org/debian"


def debian_root(suite: str, packages: Sequence[str], root: Path) -> Path:
    """Make a small Debian with some packages in the folder `root`, unless it is there; return the folder.

    Raises:
        Problem: It could not be made.
    """
    if root.exists():
        return root
    system_packages.provide_programs("Making a Debian", {"debootstrap": "debootstrap"})
    say(f"Making a Debian {suite} in {root} (some minutes, once) ...")
    root.parent.mkdir(parents=True, exist_ok=True)
    log = root.with_name(f"{root.name}.log")
    include = [f"--include={','.join(packages)}"] if packages else []
    with appearing(root) as unfinished, log.open("wb") as output:
        command = ["debootstrap", "--variant=minbase", *include, suite, str(unfinished), MIRROR]
        if subprocess.call([*system_packages.as_root(), *command], stdout=output, stderr=output):
            raise Problem(f"debootstrap could not make a Debian. (Details: {log})")
    return root
