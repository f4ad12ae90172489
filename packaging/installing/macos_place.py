"""A place on this Mac in which nothing of ours has ever been, and its screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from installing.building_cache import building_cache
from installing.clean_place import CleanPlace, Screen, outcome, run
from ppo_desktop.dialogs import TITLE

NO_NETWORK = "(version 1)(allow default)(deny network-outbound (remote ip))"
LEAVES = ("Library/Preferences", "Library/Saved Application State", "Library/Caches")
"""Where macOS keeps things of an app by itself, in the home of whoever is logged in."""


class MacScreen(Screen):
    """The screen of this Mac, on which the app of that identifier is looked for."""

    def __init__(self, identifier: str) -> None:
        super().__init__("")
        self.variables = dict(os.environ)
        self._identifier = identifier

    def windows(self) -> list[str]:
        """Return the names of the app's windows that are shown."""
        asked = f'name of windows of (processes whose bundle identifier is "{self._identifier}")'
        return outcome(["osascript", "-e", f'tell application "System Events" to get {asked}']).stdout.split()

    def shows_program(self) -> bool:
        """Whether the program's window is shown, which the system says when it is painted."""
        return bool(self.windows())

    def close_window(self) -> None:
        """Quit the app as its menu does."""
        outcome(["osascript", "-e", f'tell application id "{self._identifier}" to quit'])

    def take_picture(self, picture: Path) -> None:
        """Keep what is to be seen."""
        subprocess.check_call(["screencapture", "-x", str(picture)])


class MacPlace(CleanPlace):
    """A folder with a home and applications of its own; the app is copied there, as one drags it.

    Args:
        interpreter: Where the interpreter is in the app.
        identifier: The app's.
    """

    def __init__(self, interpreter: str, identifier: str) -> None:
        self.folder = building_cache() / "smoke" / "macos"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.home = self.folder / "home"
        self.app = self.folder / "Übungen im Seminar" / f"{TITLE}.app"
        for folder in (self.home, self.app.parent, self.folder / "shared"):
            folder.mkdir(parents=True)
        self._interpreter = self.app / "Contents" / interpreter
        self._identifier = identifier
        self._left_before = self._left()

    def install(self, installer: Path) -> None:
        with tempfile.TemporaryDirectory() as mounted:
            run(["hdiutil", "attach", "-nobrowse", "-readonly", "-mountpoint", mounted, str(installer)])
            try:
                run(["ditto", f"{mounted}/{TITLE}.app", str(self.app)])
            finally:
                run(["hdiutil", "detach", mounted])
        self.check_signature()

    def program(self, *arguments: str) -> list[str]:
        return self._alone(self.app / "Contents" / "MacOS" / TITLE, *arguments)

    def menu(self) -> list[str]:
        return ["open", "-n", "-W", "--env", f"HOME={self.home}", str(self.app)]

    def python(self, script: Path, *arguments: str) -> list[str]:
        return self._alone(self._interpreter, "-X", "utf8", str(script), *arguments)

    def _alone(self, program: Path, *arguments: str) -> list[str]:
        """Return the command that runs a program without our variables and without a network."""
        known = [f"HOME={self.home}", "PATH=/usr/bin:/bin", "LANG=en_US.UTF-8"]
        return ["sandbox-exec", "-p", NO_NETWORK, "env", "-i", *known, str(program), *arguments]

    def shared(self, name: str) -> tuple[Path, str]:
        path = self.folder / "shared" / name
        return path, str(path)

    def log(self) -> str:
        logs = sorted((self.home / "Library" / "Logs" / "ppo-desktop").rglob("*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def user_files(self) -> set[str]:
        kept = self.home / "Library" / "Application Support" / "ppo-desktop"
        return {str(path.relative_to(self.home)) for path in kept.rglob("*") if path.is_file()}

    def uninstall(self) -> None:
        shutil.rmtree(self.app)

    def left_behind(self) -> list[str]:
        return sorted(self._left() - self._left_before)

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "its use has changed nothing that is signed", self.check_signature

    def check_signature(self) -> str:
        """Check everything that is signed; return what the signature says.

        Raises:
            Problem: Something has been changed, added or removed.
        """
        run(["codesign", "--verify", "--strict", "--deep", str(self.app)])
        said = outcome(["codesign", "--display", "--verbose", str(self.app)]).stderr
        return next((line for line in said.splitlines() if line.startswith(("Authority", "Signature"))), "")

    @contextmanager
    def screen(self) -> Iterator[Screen]:
        yield MacScreen(self._identifier)

    def _left(self) -> set[str]:
        applications = {str(path) for path in self.app.parent.iterdir()}
        found = (Path.home() / folder for folder in LEAVES)
        return applications | {
            str(path) for folder in found if folder.is_dir() for path in folder.glob(f"*{self._identifier}*")
        }
