"""What differs between the systems the program is built for."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from installing.left_out import LeftOut
from launching.processes import Problem

CHECKOUT = Path(__file__).resolve().parents[2]
ISOLATED = ("-I", "-X", "utf8")
"""How an interpreter is told to be as it is for everybody."""
CHANGING = ("PYTHON", "NUMBA_", "PPO_DESKTOP_")
"""How the variables begin that change what an interpreter, the compiler or the program does."""


def version() -> str:
    """Return the version of the program that is built."""
    text = (CHECKOUT / "ppo_desktop" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found
    return found[1]


def unchanged(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables but for those that would change what an interpreter does."""
    return {name: value for name, value in variables.items() if not name.upper().startswith(CHANGING)}


class Target(ABC):
    """A system for which the application folder is built and packed.

    The application folder is what is installed: interpreter, packages, kernels, licences, launchers.

    Attributes:
        name: As `--system` wants it.
        architecture: As the installer's name has it.
        python_version: The interpreter's.
        interpreter: The interpreter's place in the application folder.
        packages: The place of the wheels and of `ppo_desktop` there.
        packed_as: How the names of the files end that people download.
        wheel_options: How pip is told which wheels to take, whatever it runs on itself.
        left_out: What is not shipped on this system, beside what is not on any.
    """

    name: ClassVar[str]
    architecture: ClassVar[str]
    python_version: ClassVar[str] = platform.python_version()
    interpreter: ClassVar[str]
    packages: ClassVar[str]
    packed_as: ClassVar[Sequence[str]]
    wheel_options: ClassVar[Sequence[str]]
    left_out: ClassVar[Sequence[LeftOut]] = ()

    def wheel_sources(self) -> Sequence[str]:
        """Return pip's options for finding those wheels that the usual index has not."""
        return ()

    @abstractmethod
    def put_interpreter(self, application: Path) -> None:
        """Put an interpreter with its standard library into the application folder.

        It knows its packages and no others, whatever the user's variables and own packages are: a `._pth`
        file beside it sees to that. What else variables change, the launchers keep from it, as `-I` does.
        """

    @abstractmethod
    def put_launchers(self, application: Path) -> None:
        """Put what people start, and the icon, into the application folder."""

    def run(self, application: Path, arguments: Sequence[str | Path]) -> None:
        """Run the interpreter of the application folder on the computer that builds.

        Raises:
            Problem: It failed.
        """
        if self.call(application, arguments):
            raise Problem(f"the interpreter in {application} could not do {' '.join(map(str, arguments))}")

    def call(self, application: Path, arguments: Sequence[str | Path]) -> int:
        """Run it likewise and return its exit status; no variable of the builder changes what it does."""
        command = [application / self.interpreter, *ISOLATED, *arguments]
        return subprocess.call(command, env=unchanged(os.environ))

    @abstractmethod
    def pack(self, application: Path, dist: Path) -> list[Path]:
        """Make the files that people download out of the application folder; return them."""

    @abstractmethod
    def try_out(self, installer: Path) -> int:
        """Install such a file into a clean place, use the program and remove it; return 0 if all was well."""
