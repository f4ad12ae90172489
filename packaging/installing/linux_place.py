"""Debian systems without anything of ours, in which what was built for Linux is tried."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

from installing.building_cache import appearing, building_cache
from installing.clean_place import CleanPlace, outcome, run
from installing.debian import FONTS
from installing.target import version
from launching import system_packages
from launching.processes import Problem, say
from ppo_desktop.system_libraries import ANY_PLATFORM, X11

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
PROGRAMS = {
    "debootstrap": "debootstrap",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "import": "imagemagick",
}
"""What trying out needs of the system, with the Debian package of each."""
DESKTOP = [*ANY_PLATFORM.values(), *X11.values(), FONTS[0], "zstd"]
"""What a desktop system has of its own and a bare one lacks."""
USER = "student"
HOME = f"/home/{USER}"
ELSEWHERE = "/var/tmp"
"""A current folder that has nothing to do with the program."""
MOUNT = """
mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev" && mkdir "$0/dev/shm" || exit
for device in null zero full random urandom tty; do
    touch "$0/dev/$device" && mount --bind "/dev/$device" "$0/dev/$device" || exit
done
chmod 1777 "$0/dev/shm"
mkdir -p "$0/tmp/.X11-unix"
[ ! -d /tmp/.X11-unix ] || mount --bind /tmp/.X11-unix "$0/tmp/.X11-unix" || exit
"""
AS_ADMINISTRATOR = MOUNT + 'exec chroot "$0" /usr/bin/env -i "$@"'
AS_USER = f"""{MOUNT}
exec chroot --userspec={USER}:{USER} "$0" /usr/bin/env -i -C {ELSEWHERE} ${{DISPLAY:+"DISPLAY=$DISPLAY"}} "$@"
"""
"""Scripts that run a command in the root $0; what they mount is seen by nobody else and gone with them."""


def debian(suite: str, *, desktop: bool) -> Path:
    """Return a folder with a Debian, made at the first use, that nothing may be written into.

    Raises:
        Problem: It could not be made.
    """
    root = building_cache() / "roots" / (f"{suite}-desktop" if desktop else suite)
    if not root.exists():
        system_packages.provide_programs("Trying out", PROGRAMS)
        say(f"Making a Debian {suite} in {root} (some minutes, once) ...")
        root.parent.mkdir(parents=True, exist_ok=True)
        log = root.with_name(f"{root.name}.log")
        with appearing(root) as unfinished, log.open("wb") as output:
            include = [f"--include={','.join(DESKTOP)}"] if desktop else []
            command = ["debootstrap", "--variant=minbase", *include, suite, str(unfinished), MIRROR]
            if subprocess.call([*system_packages.as_root(), *command], stdout=output, stderr=output):
                raise Problem(f"debootstrap could not make a Debian. (Details: {log})")
    return root


class LinuxPlace(CleanPlace):
    """A copy of a Debian, with a user who may do nothing in particular.

    Args:
        interpreter: Where the interpreter is in the application folder.
        desktop: Whether it has what desktop systems have.
    """

    def __init__(self, interpreter: str, *, desktop: bool) -> None:
        self.interpreter = interpreter
        self.root = building_cache() / "smoke" / "linux"
        subprocess.check_call([*system_packages.as_root(), "rm", "-rf", str(self.root)])
        self.root.parent.mkdir(parents=True, exist_ok=True)
        base = debian(SUITE, desktop=desktop)
        subprocess.check_call([*system_packages.as_root(), "cp", "-a", str(base), str(self.root)])
        self.as_administrator("useradd", "--create-home", "--shell", "/bin/sh", USER)
        self.as_administrator("install", "-d", "-m", "1777", "/shared")
        if outcome(self.as_user("sh", "-c", "command -v python3 || command -v python")).stdout:
            raise Problem("this is no clean place: it has a Python")

    def as_administrator(self, *command: str) -> str:
        """Do something as root, with the network; return what is said.

        Raises:
            Problem: It failed.
        """
        known = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        enter = ["unshare", "--mount", "sh", "-c", AS_ADMINISTRATOR, str(self.root)]
        return run([*system_packages.as_root(), *enter, *known, *command])

    def as_user(self, *command: str) -> list[str]:
        """Return the command that does something as the user, without a network and from elsewhere."""
        known = ["PATH=/usr/bin:/bin", f"HOME={HOME}", "LANG=C.UTF-8", f"USER={USER}"]
        apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        return [*system_packages.as_root(), *apart, "sh", "-c", AS_USER, str(self.root), *known, *command]

    def python(self, script: Path, *arguments: str) -> list[str]:
        shutil.copy(script, self.root / "shared")
        interpreter = f"{self.application}/{self.interpreter}"
        return self.as_user(interpreter, "-X", "utf8", f"/shared/{script.name}", *arguments)

    def shared(self, name: str) -> tuple[Path, str]:
        return self.root / "shared" / name, f"/shared/{name}"

    def log(self) -> str:
        logs = sorted((self.root / HOME[1:] / ".local/state/ppo-desktop").rglob("*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def user_files(self) -> set[str]:
        home = self.root / HOME[1:]
        folders = (home / ".config" / "ppo-desktop", home / ".local" / "share" / "ppo-desktop")
        return {
            str(path.relative_to(home)) for folder in folders for path in folder.rglob("*") if path.is_file()
        }

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "without a display it says so in one line", self.without_display

    def without_display(self) -> str:
        """Open the window where there is none to open; return what is said."""
        done = outcome(self.program())
        said = done.stderr.strip()
        if done.returncode in (0, -6) or "\n" in said or not said:
            raise Problem(f"status {done.returncode}: {said}")
        return said

    @property
    @abstractmethod
    def application(self) -> str:
        """Return where the application folder is."""


class DebianPlace(LinuxPlace):
    """Where the Debian package is tried: everything it needs comes with it, on a bare system."""

    def __init__(self, interpreter: str) -> None:
        super().__init__(interpreter, desktop=False)

    @property
    def application(self) -> str:
        return "/opt/ppo-desktop"

    def install(self, installer: Path) -> None:
        shutil.copy(installer, self.root / "shared")
        self.as_administrator(
            "apt-get", "install", "--yes", "--no-install-recommends", f"/shared/{installer.name}"
        )

    def program(self, *arguments: str) -> list[str]:
        return self.as_user("ppo-desktop", *arguments)

    def menu(self) -> list[str]:
        return self.as_user(*command_of(self.root / "usr/share/applications/ppo-desktop.desktop"))

    def uninstall(self) -> None:
        self.as_administrator("apt-get", "remove", "--yes", "ppo-desktop")

    def left_behind(self) -> list[str]:
        return left_in(self.root, self.root / HOME[1:])


class ArchivePlace(LinuxPlace):
    """Where the archive is tried: unpacked below a path that is hard to write, on a desktop system."""

    FOLDER = f"{HOME}/Übungen im Seminar"

    def __init__(self, interpreter: str) -> None:
        super().__init__(interpreter, desktop=True)

    @property
    def application(self) -> str:
        return f"{self.FOLDER}/ppo-desktop-{version()}"

    def install(self, installer: Path) -> None:
        shutil.copy(installer, self.root / "shared")
        run(self.as_user("mkdir", "-p", self.FOLDER))
        run(self.as_user("tar", "-C", self.FOLDER, "-xf", f"/shared/{installer.name}"))
        run(self.as_user(f"{self.application}/install"))

    def program(self, *arguments: str) -> list[str]:
        return self.as_user(f"{HOME}/.local/bin/ppo-desktop", *arguments)

    def menu(self) -> list[str]:
        return self.as_user(
            *command_of(self.root / HOME[1:] / ".local/share/applications/ppo-desktop.desktop")
        )

    def uninstall(self) -> None:
        run(self.as_user(f"{self.application}/uninstall"))
        run(self.as_user("rm", "-r", self.application))

    def left_behind(self) -> list[str]:
        return left_in(self.root, self.root / HOME[1:] / ".cache", self.root / HOME[1:] / ".local/state")


def command_of(entry: Path) -> list[str]:
    """Return the command of a menu entry, as desktops understand its Exec line."""
    lines = entry.read_text(encoding="utf-8").splitlines()
    command = next(line.removeprefix("Exec=") for line in lines if line.startswith("Exec="))
    return [part.replace("%%", "%") for part in shlex.split(command.replace("\\\\", "\\"))]


def left_in(root: Path, *but: Path) -> list[str]:
    """Return what has our name in a system, apart from what lies in the folders `but` and /shared."""
    found = (path for path in root.rglob("*ppo-desktop*") if not path.is_relative_to(root / "shared"))
    return [str(path.relative_to(root)) for path in found if not any(path.is_relative_to(one) for one in but)]
