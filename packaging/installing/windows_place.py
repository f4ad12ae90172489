"""A Windows without anything of ours, in which what was built for it is tried; on Linux, in Wine."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from installing.building_cache import building_cache
from installing.clean_place import OF_SCREEN, PATIENCE, CleanPlace, outcome, run
from installing.wine import Wine
from launching import system_packages
from launching.processes import Problem
from ppo_desktop.dialogs import TITLE

PROGRAMS = {**OF_SCREEN, "ip": "iproute2"}
"""What trying out needs of a Linux, with the Debian package of each."""
ENTRY = rf"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\{TITLE}"
REFUSED = 2
OF_NSIS = re.compile(r"/Temp/~nsu[^/]*$")
"""An empty folder that every uninstaller made with NSIS leaves among the temporary ones."""
OF_WINE = re.compile(r"WARNING qt: .*(open monitor interface|EnableNonClientDpiScaling)")
"""What Qt says of screens that only Wine has."""


class Computer(Protocol):
    """Runs programs for Windows.

    Attributes:
        drive: Where its drive C: is.
    """

    drive: Path

    def command(self, command: Sequence[str | Path]) -> list[str]:
        """Return the command that runs a program; paths are those of the computer that this runs on."""

    def opening(self, path: str) -> list[str]:
        """Return the command that opens a file as a double-click does, and ends with what that starts."""

    def wait(self) -> None:
        """Wait until what has ended is forgotten."""


class WindowsPlace(CleanPlace):
    """A computer with Windows and its user.

    Args:
        interpreter: Where the interpreter is in the application folder.
        computer: What runs the programs.
        home: The user's folder.
        watched: Folders in which the installer may leave something.
        not_watched: Folders in these that it does not matter for.
    """

    def __init__(
        self,
        interpreter: str,
        computer: Computer,
        home: Path,
        watched: Sequence[Path],
        not_watched: Sequence[Path] = (),
    ) -> None:
        self.interpreter = interpreter
        self.computer = computer
        self.home = home
        self.data = home / "AppData" / "Local" / "ppo-desktop"
        self.folder = home / "AppData" / "Local" / "Programs" / TITLE
        self.exchange = home / "shared"
        self.exchange.mkdir(exist_ok=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)  # Windows has it; Wine has not.
        self.installer = Path()
        self._watched = watched
        self._not_watched = (*not_watched, self.data, self.exchange)
        self._before = self._files()

    def install(self, installer: Path) -> None:
        self.installer = installer
        run(self.computer.command([installer, "/S"]))
        for link in (self._menu_entry(), self._desktop_link()):
            if not link.exists():
                raise Problem(f"there is no {self._name(link)}")

    def program(self, *arguments: str) -> list[str]:
        return self.computer.command([self._program("ppo-desktop.exe"), *arguments])

    def menu(self) -> list[str]:
        return self.computer.opening(self._name(self._menu_entry()))

    def python(self, script: Path, *arguments: str) -> list[str]:
        return self.computer.command([self._program(self.interpreter), "-X", "utf8", script, *arguments])

    def shared(self, name: str) -> tuple[Path, str]:
        return self.exchange / name, self._name(self.exchange / name)

    def log(self) -> str:
        logs = sorted((self.data / "Logs").glob("*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def user_files(self) -> set[str]:
        files = (path.relative_to(self.data) for path in self.data.rglob("*") if path.is_file())
        return {path.as_posix() for path in files if path.parts[0] not in ("Cache", "Logs")}

    def uninstall(self) -> None:
        run(self.computer.command([self._program("Uninstall.exe"), "/S"]))
        deadline = time.monotonic() + PATIENCE
        while self._menu_entry().exists():  # It goes on in a copy of itself, and removes this last.
            if time.monotonic() > deadline:
                raise Problem(f"{self._name(self._menu_entry())} is still there")
            time.sleep(0.1)
        self.computer.wait()

    def left_behind(self) -> list[str]:
        in_registry = outcome(self.computer.command(["reg", "query", ENTRY])).returncode == 0
        files = [file for file in sorted(self._files() - self._before) if not OF_NSIS.search(file)]
        return [*files, *([ENTRY] if in_registry else [])]

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "an update replaces the program and nothing else", self.update
        yield "while it is open, it is neither replaced nor removed", self.replace_while_open
        yield "a folder of something else is refused", self.install_over_something_else
        yield "it moves to a folder with spaces and umlauts, and trains there", self.move

    def update(self) -> str:
        """Install the program once more, over what might be an older version, into the same folder.

        It is spelt otherwise than before: the program must not be taken for an older one elsewhere.
        """
        kept = self.user_files()
        old, beside = self.folder / "program" / "old.txt", self.folder / "notes.txt"
        old.touch()
        beside.touch()
        self._desktop_link().unlink()
        same = self._unquoted("/D=", self.folder.parent / ".." / "Programs" / TITLE)
        run(self.computer.command([self.installer, "/S", *same]))
        run(self.program("--version"))
        if old.exists():
            raise Problem("something of the old version is in the new one")
        if self._desktop_link().exists():
            raise Problem("the user has removed the link on the desktop, and it is there again")
        if not beside.exists() or kept - self.user_files():
            raise Problem("files of the user are gone")
        beside.unlink()
        return ""

    def replace_while_open(self) -> str:
        """Try to install and to remove the program while it runs."""
        waiting = [self._program(self.interpreter), "-c", "print(flush=True); input()"]
        before = self._files()
        with subprocess.Popen(
            self.computer.command(waiting), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            process.stdout.readline()
            said = self._refused()
            # With this argument it does not go on in a copy of itself, for which nobody could wait now.
            in_place = self._unquoted("_?=", self.folder / "program")
            done = outcome(self.computer.command([self._program("Uninstall.exe"), "/S", *in_place]))
            process.communicate(b"\n")
        if done.returncode != REFUSED:
            raise Problem(f"the uninstaller ended with status {done.returncode}")
        if before - self._files():
            raise Problem("files of the program are gone")
        return said

    def install_over_something_else(self) -> str:
        """Try to install the program into a folder in which something else has its place."""
        file = self.home / "another" / "program" / "file.txt"
        file.parent.mkdir(parents=True)
        file.touch()
        said = self._refused(*self._unquoted("/D=", self.home / "another"))
        shutil.rmtree(self.home / "another")
        return said

    def move(self) -> str:
        """Install the program elsewhere, which removes it where it was, and train there."""
        before, self.folder = self.folder, self.home / "Übungen im Seminar"
        run(self.computer.command([self.installer, "/S", *self._unquoted("/D=", self.folder)]))
        if before.exists():
            raise Problem(f"something is left in {self._name(before)}")
        run(self.program("train", "--total-steps", "2000", "--engine", "compiled", "--json", "-"))
        return self._name(self.folder)

    def _refused(self, *arguments: str, apart: Sequence[str] = ()) -> str:
        """Return in which words an installation is refused, in which nothing may change.

        Args:
            arguments: Further ones of the installer.
            apart: What is put before its command.
        """
        before = self._files()
        done = outcome([*apart, *self.computer.command([self.installer, "/S", *arguments])])
        said = done.stdout.strip()
        if done.returncode != REFUSED or not said or "\n" in said:
            raise Problem(f"status {done.returncode}: {said or done.stderr}")
        if changed := before ^ self._files():
            raise Problem(f"{', '.join(sorted(changed))} changed")
        return said

    def _unquoted(self, option: str, folder: Path) -> list[str]:
        """Return the arguments that say a folder to NSIS, which takes no quotation marks around it."""
        return (option + self._name(folder)).split(" ")

    def _menu_entry(self) -> Path:
        return self.home / f"AppData/Roaming/Microsoft/Windows/Start Menu/Programs/{TITLE}.lnk"

    def _desktop_link(self) -> Path:
        return self.home / "Desktop" / f"{TITLE}.lnk"

    def _program(self, name: str) -> str:
        return self._name(self.folder / "program" / name)

    def _name(self, path: Path) -> str:
        """Return how a file on drive C: is called in Windows."""
        return "C:\\" + path.relative_to(self.computer.drive).as_posix().replace("/", "\\")

    def _files(self) -> set[str]:
        paths = (path for folder in self._watched for path in folder.rglob("*"))
        return {
            path.relative_to(self.computer.drive).as_posix()
            for path in paths
            if not any(map(path.is_relative_to, self._not_watched))
        }


class WinePlace(WindowsPlace):
    """A Windows 10 in Wine, which starts with the program and for it alone."""

    longest_start = 60.0

    def __init__(self, interpreter: str) -> None:
        system_packages.provide_programs("Trying out", PROGRAMS)
        prefix = building_cache() / "smoke" / "windows"
        shutil.rmtree(prefix, ignore_errors=True)
        prefix.parent.mkdir(parents=True, exist_ok=True)
        wine = Wine.fresh(prefix, is_online=False)
        super().__init__(interpreter, wine, wine.home, [wine.drive], [wine.drive / "windows"])

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield from super().further_checks()
        yield "a Windows that is too old is refused", self.install_on_old_windows
        yield "a disk without room is refused", lambda: self.install_on_disk("size=50m")
        yield "a disk that cannot be written is refused", lambda: self.install_on_disk("ro")

    def log(self) -> str:
        return "\n".join(line for line in super().log().splitlines() if not OF_WINE.search(line))

    def install_on_disk(self, options: str) -> str:
        """Try to install the program on a disk of its own, which is mounted with these options."""
        disk = self.home / "disk"
        disk.mkdir()
        mount = f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"'
        apart = [*system_packages.as_root(), "unshare", "--mount", "sh", "-c", mount, str(disk)]
        self.computer.wait()  # What serves all programs of this Windows sees the disk if it starts with it.
        try:
            return self._refused(*self._unquoted("/D=", disk / TITLE), apart=apart)
        finally:
            self.computer.wait()
            disk.rmdir()

    def install_on_old_windows(self) -> str:
        """Try to install the program on Windows 8.1."""
        run(self.computer.command(["winecfg", "-v", "win81"]))
        try:
            return self._refused()
        finally:
            run(self.computer.command(["winecfg", "-v", "win10"]))
