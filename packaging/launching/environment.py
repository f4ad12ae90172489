"""The private environment: where it is, what is in it, and when it has to be installed again."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from launching import pip, system_packages
from launching.lock import only_one
from launching.processes import NO_CONSOLE, Problem, say

PACKAGING = Path(__file__).resolve().parents[1]
PROMPT = "ppo-desktop"


@dataclass(frozen=True)
class PackageSet:
    """Exactly pinned packages that are installed together.

    Attributes:
        name: What the set is for; also names its stamp.
        requirements: The file that lists the pins.
        includes: The set whose file that file includes.
    """

    name: str
    requirements: Path
    includes: PackageSet | None = None

    @property
    def digest(self) -> str:
        """A fingerprint of the pins and of the Python they are for."""
        fingerprint = hashlib.sha256(f"{sys.platform} {sys.version_info[:2]}".encode())
        for packages in self.with_included():
            fingerprint.update(packages.requirements.read_bytes())
        return fingerprint.hexdigest()

    def with_included(self) -> Iterator[PackageSet]:
        """Yield this set and every set that is installed with it."""
        yield self
        if self.includes:
            yield from self.includes.with_included()


APP = PackageSet("app", PACKAGING / "requirements.txt")
TOOLS = PackageSet("tools", PACKAGING / "requirements-dev.txt", includes=APP)


def environment_folder(checkout: Path, variables: Mapping[str, str]) -> Path:
    """Return where the environment belongs: nothing is installed anywhere else.

    Raises:
        Problem: It belongs into the home folder of a user who has none.
    """
    home = variables.get("PPO_DESKTOP_HOME")
    try:
        if home:
            return Path(home).expanduser().absolute() / "environment"
        return checkout / ".venv" if _can_write(checkout) else _user_data(variables) / "environment"
    except RuntimeError:
        problem = f"there is no user of PPO_DESKTOP_HOME={home}" if home else "there is no home folder"
        raise Problem(f"{problem}: set PPO_DESKTOP_HOME to a folder that can be written.") from None


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _user_data(variables: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        base = variables.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = variables.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "ppo-desktop"


class Environment:
    """A virtual environment in `folder`.

    Beside what Python puts there, the folder holds a stamp for each installed set of packages, a
    mark for as long as an installation is unfinished, and the log of the last installation.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "set-up.log"
        self._lock = folder / "set-up.lock"
        self._unfinished = folder / "set-up.unfinished"
        self._configuration = folder / "pyvenv.cfg"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def has(self, packages: PackageSet) -> bool:
        """Whether exactly these packages were installed for this Python, to the end."""
        try:
            return self.python.exists() and self._stamp(packages).read_text() == packages.digest
        except FileNotFoundError:
            return False

    def provide(self, packages: PackageSet) -> None:
        """Install the packages unless they are there; two starts at once take turns.

        Raises:
            Problem: Something is missing that the user has to see to.
        """
        if self.has(packages):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with only_one(self._lock):
            if not self.has(packages):
                self._install(packages)

    def _install(self, packages: PackageSet) -> None:
        say(f"Setting up PPO Desktop in {self.folder} (a few minutes, once) ...")
        self.log.write_text("")
        was_cut_short = self._unfinished.exists() and self._is_ours()
        if was_cut_short or not self._has_right_python():
            self._make()
        self._unfinished.touch()
        for stamp in self.folder.glob("*.installed"):
            stamp.unlink()
        pip.install(self.python, packages.requirements, self.log)
        for installed in packages.with_included():
            self._stamp(installed).write_text(installed.digest)
        self._unfinished.unlink()
        say("PPO Desktop is set up.")

    def _stamp(self, packages: PackageSet) -> Path:
        return self.folder / f"{packages.name}.installed"

    def _has_right_python(self) -> bool:
        if not self.python.exists():
            return False
        question = "import pip, sys; print(sys.version_info[:2])"
        command = [str(self.python), "-c", question]
        answer = subprocess.run(command, capture_output=True, check=False, creationflags=NO_CONSOLE)
        return answer.stdout.decode().strip() == str(sys.version_info[:2])

    def _make(self) -> None:
        say(f"Making a private environment for Python {sys.version_info[0]}.{sys.version_info[1]} ...")
        system_packages.provide_venv()
        self._empty()
        # Not sys.executable: that may belong to the very environment that was just emptied.
        python = getattr(sys, "_base_executable", "") or sys.executable
        command = [python, "-m", "venv", "--prompt", PROMPT, str(self.folder)]
        with self.log.open("a") as log:
            failed = subprocess.call(command, stdout=log, stderr=log, creationflags=NO_CONSOLE)
        if failed:
            raise Problem(pip.diagnose(self.log))

    def _empty(self) -> None:
        if self._configuration.exists() and not self._is_ours():
            raise Problem(
                f"{self.folder} was not made by PPO Desktop and is not for this Python: "
                "move it away and start again."
            )
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path not in (self.log, self._lock):
                path.unlink()

    def _is_ours(self) -> bool:
        try:
            return f"prompt = {PROMPT!r}" in self._configuration.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
