"""A computer, or what passes for one, on which nothing of ours has ever been, and its screen."""

from __future__ import annotations

import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

from launching.processes import Problem
from ppo_desktop.dialogs import TITLE

PATIENCE = 600.0
"""Seconds after which nobody would wait any longer, even on a machine that does much else."""
OF_SCREEN = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick"}
"""What a hidden screen needs of a Linux, with the Debian package of each."""
FEW_COLOURS = 50
"""At most so many has a window that is not painted yet, with what the window manager draws around it."""


class CleanPlace(ABC):
    """Where a file that people download is installed, used and removed, as its user would.

    What it runs finds no Python of ours, no variable of ours and no network; its home is empty at first. A
    place that cannot be that clean says so.

    Attributes:
        longest_start: Seconds that the window may take, but for the first time it is opened.
    """

    longest_start: ClassVar[float] = 10.0

    @abstractmethod
    def install(self, installer: Path) -> None:
        """Install as the user would.

        Raises:
            Problem: It could not be installed.
        """

    @abstractmethod
    def program(self, *arguments: str) -> list[str]:
        """Return the command, for this computer, that runs the installed program on a command line there."""

    @abstractmethod
    def menu(self) -> list[str]:
        """Return the command, for this computer, that does what the entry in the menu does there."""

    @abstractmethod
    def python(self, script: Path, *arguments: str) -> list[str]:
        """Return the command, for this computer, that runs a script with the installed interpreter there."""

    @abstractmethod
    def shared(self, name: str) -> tuple[Path, str]:
        """Return a file that the place may write: its path on this computer, and its name there."""

    @abstractmethod
    def log(self) -> str:
        """Return what the program has logged."""

    @abstractmethod
    def user_files(self) -> set[str]:
        """Return the names of the files that the program has made for its user, but for caches and logs."""

    @abstractmethod
    def uninstall(self) -> None:
        """Remove the program as the user would.

        Raises:
            Problem: It could not be removed.
        """

    @abstractmethod
    def left_behind(self) -> list[str]:
        """Return what there is, beside the user's files, that was not there before the installation."""

    def screen(self) -> AbstractContextManager[Screen]:
        """Provide the screen on which the program shows its window."""
        return hidden_screen()

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield what else is tried on this system before the program is removed.

        Yields:
            What should be, and what tries it: it returns what is worth telling, or raises Problem.
        """
        return iter(())


class Screen:
    """A screen that nobody sees, with a window manager."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.variables = {**os.environ, "DISPLAY": display}

    def wait_for_window(self, is_alive: Callable[[], bool]) -> None:
        """Wait until the program's window is shown and something is painted in it.

        Raises:
            Problem: The program has ended before.
        """
        deadline = time.monotonic() + PATIENCE
        while not self.shows_program():
            if not is_alive() or time.monotonic() > deadline:
                raise Problem("no window was shown")
            time.sleep(0.02)

    def windows(self) -> list[str]:
        """Return the program's windows that are shown."""
        command = ["xdotool", "search", "--onlyvisible", "--name", TITLE]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.variables, check=False
        ).stdout.split()

    def shows_program(self) -> bool:
        """Whether more is to be seen of the program's window than its ground."""
        for window in self.windows():
            count = ["import", "-window", window, "-format", "%k", "info:"]
            counted = subprocess.run(count, capture_output=True, env=self.variables, check=False).stdout
            if counted and int(counted) > FEW_COLOURS:
                return True
        return False

    def close_window(self) -> None:
        """Close the window as its user would, with a key: xdotool's own way gives no close event.

        A key that comes before the window manager listens is lost: it is pressed until the window has gone.

        Raises:
            Problem: It does not go.
        """
        deadline = time.monotonic() + PATIENCE
        while windows := self.windows():
            if time.monotonic() > deadline:
                raise Problem("the window does not close")
            self._xdotool("windowactivate", "--sync", windows[0])
            self._xdotool("key", "--clearmodifiers", "alt+F4")
            time.sleep(2)

    def take_picture(self, picture: Path) -> None:
        """Keep what is to be seen."""
        subprocess.check_call(["import", "-window", "root", str(picture)], env=self.variables)

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.variables, capture_output=True, check=False)


@contextmanager
def hidden_screen() -> Iterator[Screen]:
    """Provide a screen for as long as the block runs."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-ac", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout
        number = server.stdout.readline().decode().strip()
        if not number:
            raise Problem("Xvfb does not start.")
        made = Screen(f":{number}")
        quiet = subprocess.DEVNULL
        with subprocess.Popen(["openbox"], env=made.variables, stdout=quiet, stderr=quiet) as manager:
            try:
                yield made
            finally:
                manager.terminate()
                server.terminate()


def outcome(command: Sequence[str], seconds: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it said."""
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False
    )


def run(command: list[str]) -> str:
    """Run a command and return what it says.

    Raises:
        Problem: It failed.
    """
    done = outcome(command)
    if done.returncode:
        raise Problem(f"status {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout
