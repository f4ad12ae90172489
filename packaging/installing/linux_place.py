"""Debian systems without anything of ours, in which what was built for Linux is tried."""

from __future__ import annotations

import re
import shlex
import shutil
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

from installing.building_cache import building_cache
from installing.clean_place import OF_SCREEN, CleanPlace, outcome, run
from installing.debian import FONTS, INSTALLED
from installing.debian_root import debian_root
from installing.target import Target, version
from launching import system_packages
from launching.processes import Problem, check_call
from ppo_desktop.system_libraries import ANY_PLATFORM, X11

SUITE = "bookworm"
DESKTOP = [*ANY_PLATFORM.values(), *X11.values(), FONTS[0], "zstd"]
"""What a desktop system has of its own and a bare one lacks."""
INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends", "/shared/ppo-desktop.deb"]
USER = "student"
HOME = f"/home/{USER}"
USERS_OWN = (".cache", ".config", ".local/share", ".local/state")
"""The folders in which the program keeps what is a user's own, each in a folder of its name."""
NEWER = f"{version()}.99"
NO_ROOM = "No space left on device"
"""What programs say then, in the language in which they are run here."""
SMALL_DISK = "mount -t tmpfs -o size=50m,mode=1777 tmpfs"
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


class LinuxPlace(CleanPlace):
    """A copy of a Debian, with a user who may do nothing in particular.

    Args:
        target: What is tried.
        desktop: Whether it has what desktop systems have.

    Attributes:
        application: Where the application folder is, once it is installed.
    """

    application: str

    def __init__(self, target: Target, *, desktop: bool) -> None:
        system_packages.provide_programs("Trying out", OF_SCREEN)
        self.target = target
        self.root = building_cache() / "smoke" / "linux"
        check_call(*system_packages.as_root(), "rm", "-rf", self.root)
        self.root.parent.mkdir(parents=True, exist_ok=True)
        name, packages = (f"{SUITE}-desktop", DESKTOP) if desktop else (SUITE, [])
        base = debian_root(SUITE, packages, building_cache() / "roots" / name)  # nothing is written into it
        check_call(*system_packages.as_root(), "cp", "-a", base, self.root)
        self.as_administrator("useradd", "--create-home", "--shell", "/bin/sh", USER)
        self.as_administrator("install", "-d", "-m", "1777", "/shared")
        if outcome(self.as_user("sh", "-c", "command -v python3 || command -v python")).stdout:
            raise Problem("this is no clean place: it has a Python")

    def as_administrator(self, *command: str) -> str:
        """Do something as root, with the network; return what is said.

        Raises:
            Problem: It failed.
        """
        return run(self.by_administrator(*command))

    def by_administrator(self, *command: str) -> list[str]:
        """Return the command that does something as root, with the network."""
        known = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        enter = ["unshare", "--mount", "sh", "-c", AS_ADMINISTRATOR, str(self.root)]
        return [*system_packages.as_root(), *enter, *known, *command]

    def as_user(self, *command: str) -> list[str]:
        """Return the command that does something as the user, without a network and from elsewhere."""
        known = ["PATH=/usr/bin:/bin", f"HOME={HOME}", "LANG=C.UTF-8", f"USER={USER}"]
        apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        return [*system_packages.as_root(), *apart, "sh", "-c", AS_USER, str(self.root), *known, *command]

    def python(self, script: Path, *arguments: str) -> list[str]:
        shutil.copy(script, self.root / "shared")
        interpreter = f"{self.application}/{self.target.interpreter}"
        return self.as_user(interpreter, "-X", "utf8", f"/shared/{script.name}", *arguments)

    def shared(self, name: str) -> tuple[Path, str]:
        return self.root / "shared" / name, f"/shared/{name}"

    @property
    def home(self) -> Path:
        """The user's home, on this computer."""
        return self.root / HOME[1:]

    def log(self) -> str:
        logs = sorted((self.home / ".local" / "state" / "ppo-desktop").rglob("*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)

    def user_files(self) -> set[str]:
        return set(self.contents())

    def contents(self) -> dict[str, bytes]:
        """Return what is in each of the user's files."""
        folders = (self.home / ".config" / "ppo-desktop", self.home / ".local" / "share" / "ppo-desktop")
        files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.home)): path.read_bytes() for path in files}

    def left_behind(self) -> list[str]:
        own = (self.root / "shared", *(self.home / folder / "ppo-desktop" for folder in USERS_OWN))
        found = (path for path in self.root.rglob("*ppo-desktop*") if not any(map(path.is_relative_to, own)))
        return sorted(str(path.relative_to(self.root)) for path in found)

    def further_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "without a display it says so in one line", self.open_without_display
        yield "on too old a system it says so in one line", self.open_on_old_system
        yield "without a home that can be written it trains all the same", self.train_without_home
        yield "a newer version takes its place and keeps the user's files", self.update

    def open_without_display(self) -> str:
        """Open the window where there is none to open; return what is said."""
        return the_line(self.program())

    def open_on_old_system(self) -> str:
        """Open the window where an older glibc is claimed to be; return what is said."""
        (self.root / "shared" / "getconf").write_text("#!/bin/sh\necho glibc 2.31\n", encoding="utf-8")
        (self.root / "shared" / "getconf").chmod(0o755)
        return the_line(self.as_user("env", "PATH=/shared:/usr/bin:/bin", f"{self.application}/ppo-desktop"))

    def train_without_home(self) -> str:
        """Train where nothing can be written; return the last line."""
        train = ["train", "--env", "CartPole-v1", "--total-steps", "1000", "--json", "-"]
        said = run(self.as_user("env", "HOME=/proc", f"{self.application}/ppo-desktop", *train))
        return said.strip().splitlines()[-1]

    def update(self) -> str:
        """Install a newer version as the user would; return what it says of itself.

        Raises:
            Problem: It is not there, or a file of the user is not what it was.
        """
        before = self.contents()
        self.install_newer()
        if NEWER not in (said := run(self.program("--version"))):
            raise Problem(f"it still is {said}")
        if changed := [name for name, content in before.items() if self.contents().get(name) != content]:
            raise Problem(f"{', '.join(changed)} changed")
        return said.strip()

    @abstractmethod
    def install_newer(self) -> None:
        """Install this program as version `NEWER`."""


def the_line(command: list[str]) -> str:
    """Run what cannot be done and return the one line that says so.

    Raises:
        Problem: It is not one line, or the program has crashed.
    """
    done = outcome(command)
    said = done.stderr.strip()
    if done.returncode not in (1, 2) or len(said.splitlines()) != 1:
        raise Problem(f"status {done.returncode}: {said}")
    return said


def name_newer(packages: str) -> str:
    """Return a shell command that makes the program in the folder `packages` a newer version."""
    package = f"{packages}/ppo_desktop"
    is_newer = f's/^__version__ = .*/__version__ = "{NEWER}"/'
    return f"sed -i {shlex.quote(is_newer)} {package}/__init__.py && rm {package}/__pycache__/__init__.*"


class DebianPlace(LinuxPlace):
    """Where the Debian package is tried: everything it needs comes with it, on a bare system."""

    application = INSTALLED

    def __init__(self, target: Target) -> None:
        super().__init__(target, desktop=False)

    def install(self, installer: Path) -> None:
        shutil.copy(installer, self.root / "shared" / "ppo-desktop.deb")
        self.install_without_room()
        self.as_administrator(*INSTALL)

    def install_without_room(self) -> None:
        """See to it that nothing is there when it could not be installed.

        Raises:
            Problem: It could, or not for another reason, or something is there.
        """
        install = f"{SMALL_DISK} /opt && {shlex.join(INSTALL)}"
        done = outcome(self.by_administrator("sh", "-c", install))
        if not done.returncode or NO_ROOM not in done.stdout + done.stderr:
            said = (done.stderr or done.stdout).strip()[-400:]
            raise Problem(f"installed where there is no room, it ended with status {done.returncode}: {said}")
        if left := self.left_behind():
            raise Problem(f"half installed where there is no room: {', '.join(left)}")

    def program(self, *arguments: str) -> list[str]:
        return self.as_user("ppo-desktop", *arguments)

    def menu(self) -> list[str]:
        return self.as_user(*command_of(self.root / "usr/share/applications/ppo-desktop.desktop"))

    def install_newer(self) -> None:
        steps = [
            "dpkg-deb --raw-extract /shared/ppo-desktop.deb /shared/newer",
            name_newer(f"/shared/newer{self.application}/{self.target.packages}"),
            f"sed -i 's/^Version:.*/Version: {NEWER}/' /shared/newer/DEBIAN/control",
            "dpkg-deb -Zgzip -z1 --build /shared/newer /shared/ppo-desktop.deb",
            shlex.join(INSTALL),
        ]
        self.as_administrator("sh", "-c", " && ".join(steps))

    def uninstall(self) -> None:
        self.as_administrator("apt-get", "remove", "--yes", "ppo-desktop")


class ArchivePlace(LinuxPlace):
    """Where the archive is tried: unpacked below a path that is hard to write, on a desktop system."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, desktop=True)
        self.folder = f"{HOME}/Übungen im Seminar"
        self.application = f"{self.folder}/ppo-desktop-{version()}"

    def install(self, installer: Path) -> None:
        shutil.copy(installer, self.root / "shared" / "ppo-desktop.tar.zst")
        run(self.as_user("mkdir", self.folder))
        self.unpack_without_room()
        self.unpack()
        run(self.as_user(f"{self.application}/install"))

    def unpack(self) -> None:
        """Unpack the archive as the user would."""
        run(self.as_user("tar", "-C", self.folder, "-xf", "/shared/ppo-desktop.tar.zst"))

    def unpack_without_room(self) -> None:
        """See to it that nothing can be started of what could not be unpacked.

        Raises:
            Problem: Something can, or it could not be unpacked for another reason.
        """
        unpack = "tar --no-same-owner -xf /shared/ppo-desktop.tar.zst -C /mnt"
        script = f"{SMALL_DISK} /mnt && ! {unpack} && ! test -s /mnt/*/ppo-desktop"
        done = outcome(self.by_administrator("sh", "-c", script))
        if done.returncode or NO_ROOM not in done.stderr:
            said = done.stderr.strip()[-400:]
            raise Problem(f"unpacked where there is no room, it ended with status {done.returncode}: {said}")

    def program(self, *arguments: str) -> list[str]:
        return self.as_user(f"{HOME}/.local/bin/ppo-desktop", *arguments)

    def menu(self) -> list[str]:
        return self.as_user(*command_of(self.home / ".local/share/applications/ppo-desktop.desktop"))

    def install_newer(self) -> None:
        older, self.application = self.application, f"{self.folder}/ppo-desktop-{NEWER}"
        run(self.as_user("mv", older, self.application))
        packages = shlex.quote(f"{self.application}/{self.target.packages}")
        run(self.as_user("sh", "-c", name_newer(packages)))
        self.unpack()
        run(self.as_user(f"{self.application}/install"))
        run(self.as_user("rm", "-r", older))

    def uninstall(self) -> None:
        run(self.as_user(f"{self.application}/uninstall"))
        run(self.as_user("rm", "-r", self.application))


def command_of(entry: Path) -> list[str]:
    """Return the command of a menu entry, as desktops understand its Exec line."""
    lines = entry.read_text(encoding="utf-8").splitlines()
    command = next(line.removeprefix("Exec=") for line in lines if line.startswith("Exec="))
    parts = re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', command.replace("\\\\", "\\"))
    return [(plain or re.sub(r"\\(.)", r"\1", quoted)).replace("%%", "%") for quoted, plain in parts]
