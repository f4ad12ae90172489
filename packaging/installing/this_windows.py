"""The Windows this runs on, in which what was built for it is tried, as in continuous integration."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from installing.clean_place import Screen
from installing.target import unchanged
from installing.windows_place import WindowsPlace
from launching.processes import Problem
from ppo_desktop.dialogs import TITLE

CLOSE = 0x10
"""What a window is told when its cross is pressed: WM_CLOSE."""
POWERSHELL = Path("WindowsPowerShell", "v1.0", "powershell.exe")
"""In the folder of the system."""
TAKE_PICTURE = """
Add-Type -AssemblyName System.Windows.Forms, System.Drawing
$screen = [Windows.Forms.SystemInformation]::VirtualScreen
$picture = New-Object Drawing.Bitmap $screen.Width, $screen.Height
[Drawing.Graphics]::FromImage($picture).CopyFromScreen($screen.Location, [Drawing.Point]::Empty, $screen.Size)
$picture.Save($env:PICTURE)
"""


class WindowsScreen(Screen):
    """The screen of this Windows."""

    def __init__(self) -> None:
        super().__init__("")
        self.variables = dict(os.environ)

    def windows(self) -> list[str]:
        """Return the number of the program's window, if it is shown."""
        window = _user32().FindWindowW(None, TITLE)
        return [str(window)] if window and _user32().IsWindowVisible(window) else []

    def shows_program(self) -> bool:
        """Whether the program's window is shown, which the system says when it is painted."""
        return bool(self.windows())

    def close_window(self) -> None:
        """Close the window as its cross does."""
        _user32().PostMessageW(int(self.windows()[0]), CLOSE, 0, 0)

    def take_picture(self, picture: Path) -> None:
        """Keep what is to be seen."""
        command = [str(system_folder() / POWERSHELL), "-NoProfile", "-Command", TAKE_PICTURE]
        subprocess.check_call(command, env={**os.environ, "PICTURE": str(picture)})


class ThisWindows:
    """Runs programs on this very computer."""

    def __init__(self) -> None:
        self.drive = Path("C:/")

    def command(self, command: Sequence[str | Path]) -> list[str]:
        """Return the command that runs a program."""
        return [str(part) for part in command]

    def opening(self, path: str) -> list[str]:
        """Return the command that opens a file as a double-click does, and ends with what that starts."""
        return ["cmd", "/c", "start", "", "/wait", path]

    def wait(self) -> None:
        """Wait for nothing: what has ended is forgotten at once."""


class ThisWindowsPlace(WindowsPlace):
    """The Windows this runs on and its user, who must not have installed the program.

    It is less clean than other places: there is a network, the home is that of a user who has done other
    things, and other Pythons may be installed. But neither `PATH` nor a variable of Python's tells of them.
    """

    longest_start = 20.0  # It looks for viruses in each library.

    def __init__(self, interpreter: str) -> None:
        forget_variables()
        home = Path.home()
        watched = ["AppData/Local/Programs", "AppData/Roaming/Microsoft/Windows/Start Menu", "Desktop"]
        super().__init__(interpreter, ThisWindows(), home, [home / folder for folder in watched])
        if self.folder.exists():
            raise Problem(f"{self.folder} is there: remove the program before what was built is tried.")

    @contextmanager
    def screen(self) -> Iterator[Screen]:
        yield WindowsScreen()


def forget_variables() -> None:
    """Let all programs that are started from now on have variables as a fresh Windows has them."""
    clean = clean_variables(os.environ)
    for name in set(os.environ) - set(clean):
        del os.environ[name]
    os.environ.update(clean)


def clean_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those that would change the program, and without others' programs."""
    kept = {name: value for name, value in unchanged(variables).items() if not name.startswith("QT_")}
    return {**kept, "PATH": str(system_folder())}


def system_folder() -> Path:
    """Return where Windows has its own programs."""
    return Path(os.environ["SYSTEMROOT"], "System32")


def _user32() -> Any:
    return getattr(ctypes, "windll").user32  # noqa: B009  (not there on the systems where types are checked)
