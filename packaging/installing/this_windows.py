"""The Windows this runs on, in which what was built for it is tried, as in continuous integration."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from installing.clean_place import Screen
from installing.target import TITLE
from installing.windows_place import WindowsPlace
from launching.processes import Problem

CLOSE = 0x10
"""What a window is told when its cross is pressed: WM_CLOSE."""
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
        command = ["powershell", "-NoProfile", "-Command", TAKE_PICTURE]
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
    """The Windows this runs on and its user, who must not have installed the program."""

    def __init__(self, interpreter: str) -> None:
        home = Path.home()
        watched = ["AppData/Local/Programs", "AppData/Roaming/Microsoft/Windows/Start Menu", "Desktop"]
        super().__init__(interpreter, ThisWindows(), home, [home / folder for folder in watched])
        if self.folder.exists():
            raise Problem(f"{self.folder} is there: remove the program before what was built is tried.")

    @contextmanager
    def screen(self) -> Iterator[Screen]:
        yield WindowsScreen()


def _user32() -> Any:
    return getattr(ctypes, "windll").user32  # noqa: B009  (not there on the systems where types are checked)
