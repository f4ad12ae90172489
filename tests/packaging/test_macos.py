"""The app for macOS: built here out of a stand-in, as far as that can be checked without a Mac."""

from __future__ import annotations

import io
import json
import os
import plistlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import ppo_desktop
from installing import macos
from installing.mach_o import images
from installing.macos import ENTITLEMENTS, MacOS, Signing, files_with_code, make_app, signing_commands
from installing.target import Target
from launching.processes import Problem
from tests.command_line import posix_only
from tests.packaging.mach_o_files import both_kinds, mach_o

pytestmark = posix_only
PACKAGES = Path("python/lib/python3.13/site-packages")
QT = PACKAGES / "PySide6" / "Qt" / "lib" / "QtCore.framework"
REQUIREMENTS = Path(macos.__file__).parents[1] / "requirements.txt"
NO_SIGNING = Signing.of({})


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """An application folder with little in it: interpreter, a framework as a wheel has it, two modules."""
    folder = tmp_path / "application"
    put(folder, MacOS.interpreter, mach_o("arm64", (11, 0), is_program=True))
    put(folder, "PPO Desktop", mach_o("arm64", (14, 0), ["@rpath/libpython3.13.dylib"], is_program=True))
    put(folder, "python/lib/libpython3.13.dylib", mach_o("arm64", (11, 0)))
    put(folder, "ppo-desktop.icns", b"icns")
    core = both_kinds(mach_o("x86_64", (13, 0)), mach_o("arm64", (13, 0), ["/usr/lib/libSystem.B.dylib"]))
    put(folder, QT / "Versions" / "A" / "QtCore", core)
    put(folder, QT / "Versions" / "A" / "Resources" / "Info.plist", b"of Qt")
    put(folder, QT / "Resources" / "Info.plist", b"of Qt")
    put(folder, PACKAGES / "PySide6" / "QtCore.abi3.so", mach_o("arm64", (14, 2), ["@rpath/QtCore"]))
    put(
        folder,
        PACKAGES / "old" / "old.dylib",
        both_kinds(mach_o("x86_64", (15, 0)), mach_o("arm64", (11, 0))),
    )
    put(folder, PACKAGES / "numpy" / "__init__.py", b"# no library")
    return folder


def put(folder: Path, file: Path | str, content: bytes) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_the_app_has_its_program_where_macos_looks_and_all_else_beside(
    application: Path, tmp_path: Path
) -> None:
    app = make_app(application, tmp_path / "image")
    assert app.name == "PPO Desktop.app"
    assert (app / "Contents" / "MacOS" / "PPO Desktop").is_file()
    assert [path.name for path in (app / "Contents" / "MacOS").iterdir()] == ["PPO Desktop"]
    assert (app / "Contents" / "Resources" / MacOS.interpreter).is_file()
    assert (app / "Contents" / "Resources" / "ppo-desktop.icns").is_file()
    assert (application / "PPO Desktop").is_file(), "the application folder stays as it was"


def test_it_says_what_it_is_and_that_it_needs_the_newest_system_any_library_needs(
    application: Path, tmp_path: Path
) -> None:
    app = make_app(application, tmp_path / "image")
    said = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    assert said["LSMinimumSystemVersion"] == "14.2", "what is for Intel does not count"
    assert said["CFBundleShortVersionString"] == said["CFBundleVersion"] == ppo_desktop.__version__
    assert (app / "Contents" / "MacOS" / said["CFBundleExecutable"]).is_file()
    assert (app / "Contents" / "Resources" / said["CFBundleIconFile"]).is_file()
    assert said["CFBundleIdentifier"].count(".") >= 2
    assert said["CFBundlePackageType"] == "APPL"
    assert said["NSHighResolutionCapable"] is True
    assert "CFBundleDocumentTypes" not in said


def test_only_what_apple_silicon_runs_is_in_it(application: Path, tmp_path: Path) -> None:
    app = make_app(application, tmp_path / "image")
    found = {file.name: [image.processor for image in images(file)] for file in files_with_code(app)}
    assert found["QtCore"] == found["old.dylib"] == ["arm64"]


def test_what_is_for_intel_only_is_not_shipped(application: Path, tmp_path: Path) -> None:
    put(application, PACKAGES / "intel.so", mach_o("x86_64", (10, 13)))
    with pytest.raises(Problem, match=r"intel\.so"):
        make_app(application, tmp_path / "image")


@pytest.mark.parametrize(
    "library", ["/opt/homebrew/lib/libiodbc.2.dylib", "@rpath/QtNetwork.framework/Versions/A/QtNetwork"]
)
def test_a_library_that_would_be_missing_is_found_out(
    application: Path, tmp_path: Path, library: str
) -> None:
    put(application, PACKAGES / "odbc.so", mach_o("arm64", (11, 0), [library]))
    with pytest.raises(Problem, match=rf"odbc\.so needs {library}"):
        make_app(application, tmp_path / "image")


def test_a_framework_gets_the_links_that_a_wheel_cannot_hold(application: Path, tmp_path: Path) -> None:
    app = make_app(application, tmp_path / "image")
    framework = app / "Contents" / "Resources" / QT
    assert (framework / "Versions" / "Current").readlink() == Path("A")
    for name in ("QtCore", "Resources"):
        assert (framework / name).readlink() == Path("Versions", "Current", name)
        assert (framework / name).exists()


def test_everything_is_signed_once_from_the_inside_out(application: Path, tmp_path: Path) -> None:
    app = make_app(application, tmp_path / "image")
    signed = [Path(str(command[-1])) for command in signing_commands(app, NO_SIGNING)]
    assert len(signed) == len(set(signed))
    assert signed[-1] == app
    for place, path in enumerate(signed):
        assert not any(later.is_relative_to(path) for later in signed[place + 1 :]), path
    covered = {path for path in signed if path.is_file()}
    framework = app / "Contents" / "Resources" / QT / "Versions" / "A"
    assert framework in signed
    left = set(files_with_code(app)) - covered
    assert left == {framework / "QtCore", app / "Contents" / "MacOS" / "PPO Desktop"}, "signed with the whole"


def test_programs_get_the_entitlements_and_libraries_none(application: Path, tmp_path: Path) -> None:
    app = make_app(application, tmp_path / "image")
    commands = list(signing_commands(app, NO_SIGNING))
    entitled = {Path(str(command[-1])).name for command in commands if ENTITLEMENTS in command}
    assert entitled == {"python3.13", "PPO Desktop.app"}
    assert all("runtime" in command for command in commands)


def test_the_hardened_runtime_lets_numba_compile_and_qt_be_replaced() -> None:
    assert plistlib.loads(ENTITLEMENTS.read_bytes()) == {
        "com.apple.security.cs.allow-jit": True,
        "com.apple.security.cs.allow-unsigned-executable-memory": True,
        "com.apple.security.cs.disable-library-validation": True,
    }


APPLE = {"APPLE_ID": "maker@example.org", "APPLE_TEAM_ID": "TEAM", "APPLE_PASSWORD": "secret"}


def test_without_a_certificate_it_is_signed_for_this_mac_and_nobody_is_asked() -> None:
    signing = Signing.of(APPLE | {"MACOS_SIGNING_IDENTITY": ""})
    assert signing.command[-2:] == ("--sign", "-")
    assert "--timestamp" not in signing.command
    assert signing.notary == ()


def test_with_a_certificate_it_is_signed_with_a_time_and_notarized_if_apple_knows_who_asks() -> None:
    signing = Signing.of(APPLE | {"MACOS_SIGNING_IDENTITY": "Developer ID Application: Maker"})
    assert signing.command[-2:] == ("--sign", "Developer ID Application: Maker")
    assert "--timestamp" in signing.command
    assert signing.notary == (
        "--apple-id", "maker@example.org", "--team-id", "TEAM", "--password", "secret",
    )  # fmt: skip
    assert Signing.of({"MACOS_SIGNING_IDENTITY": "Somebody", "APPLE_ID": "maker@example.org"}).notary == ()


@pytest.mark.slow
def test_real_wheels_become_an_app_that_says_what_their_libraries_need(
    application: Path, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    pins = [
        line for line in REQUIREMENTS.read_text().splitlines() if line.startswith(("shiboken6", "psycopg-b"))
    ]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", *MacOS.wheel_options, f"--dest={wheels}"]
    if subprocess.call([sys.executable, "-m", "pip", "download", *options, *pins]):
        pytest.skip("the package index cannot be reached")
    for wheel in wheels.iterdir():
        zipfile.ZipFile(wheel).extractall(application / PACKAGES)
    app = make_app(application, tmp_path / "image")
    said = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    assert said["LSMinimumSystemVersion"] == "15.0", "Qt for Python says so, though its wheel says 13"
    found = [image.processor for file in files_with_code(app) for image in images(file)]
    assert set(found) == {"arm64"}
    assert len(found) > 15


# ---- the interpreter --------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of an interpreter where it is fetched from."""
    archive = tmp_path / "served" / "cpython.tar.gz"
    archive.parent.mkdir()
    files = {
        "python/bin/python3.13": b"an interpreter",
        "python/bin/python3": b"a link",
        "python/bin/pip3.13": b"pip",
        "python/lib/python3.13/os.py": b"",
        "python/lib/python3.13/LICENSE.txt": b"PSF",
        "python/lib/python3.13/test/test_os.py": b"",
        "python/lib/python3.13/site-packages/pip/__init__.py": b"",
        "python/lib/libpython3.13.dylib": b"",
        "python/lib/libtcl9.0.dylib": b"",
        "python/include/python3.13/Python.h": b"",
        "python/share/man/python.1": b"",
    }
    with tarfile.open(archive, "w:gz") as content:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            content.addfile(member, io.BytesIO(text))
    monkeypatch.setattr(macos, "INTERPRETER_URL", archive.as_uri())
    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path / "building"))
    return archive


def test_an_interpreter_other_than_the_pinned_one_is_refused(served: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not what was pinned"):
        MacOS().put_interpreter(tmp_path)
    assert not list((tmp_path / "building").rglob("*.tar.gz")), "the next start fetches it anew"


def test_an_interpreter_that_cannot_be_had_is_one_line(served: Path, tmp_path: Path) -> None:
    served.unlink()
    with pytest.raises(Problem, match="cannot be had"):
        MacOS().put_interpreter(tmp_path)


def test_the_interpreter_is_alone_and_knows_its_packages_only(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = subprocess.run(["sha256sum", served], capture_output=True, text=True, check=True).stdout.split()[
        0
    ]
    monkeypatch.setattr(macos, "INTERPRETER_SHA256", digest)
    application = tmp_path / "application"
    application.mkdir()
    MacOS().put_interpreter(application)
    found = {str(path.relative_to(application)) for path in application.rglob("*") if path.is_file()}
    assert found == {
        "python/bin/python3.13",
        "python/bin/python3.13._pth",
        "python/include/python3.13/Python.h",
        "python/lib/libpython3.13.dylib",
        "python/lib/python3.13/LICENSE.txt",
        "python/lib/python3.13/os.py",
    }
    known = (application / "python/bin/python3.13._pth").read_text().split()
    assert known == ["../lib/python3.13", "../lib/python3.13/lib-dynload", "../lib/python3.13/site-packages"]


def test_programs_of_macos_are_not_run_elsewhere(application: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("there they are")
    target: Target = MacOS()
    with pytest.raises(Problem, match="build on a Mac"):
        target.run(application, ["-c", "pass"])


# ---- the program that is started --------------------------------------------------------------------------

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
STAND_IN = """
import json, sys
flags = {name: getattr(sys.flags, name) for name in ("isolated", "utf8_mode", "dont_write_bytecode")}
print(json.dumps({"arguments": sys.argv[1:], "executable": sys.executable, "path": sys.path, **flags}))
"""


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """The app's program, compiled with the Python of this system in place of the one for macOS."""
    library = Path(sysconfig.get_config_var("LIBPL") or "", f"lib{VERSION}.a")
    compiler = shutil.which("cc")
    if sys.platform != "linux" or not compiler or not library.is_file():
        pytest.skip("needs a C compiler, and Python as a library")
    contents = tmp_path / "ä b.app" / "Contents"
    home = contents / "Resources" / "python" / "lib" / VERSION
    (home / "site-packages" / "ppo_desktop").mkdir(parents=True)
    (home / "site-packages" / "ppo_desktop" / "__main__.py").write_text(STAND_IN)
    for path in Path(sysconfig.get_path("stdlib")).iterdir():
        if path.name != "site-packages":
            (home / path.name).symlink_to(path)
    program = contents / "MacOS" / "PPO Desktop"
    program.parent.mkdir()
    needs = f"{sysconfig.get_config_var('LIBS')} {sysconfig.get_config_var('SYSLIBS')}".split()
    options = ["-Wall", "-Wextra", "-Werror", "-O1", f'-DINTERPRETER="{VERSION}"', "-rdynamic"]
    include = f"-I{sysconfig.get_path('include')}"
    source = macos.SOURCES / "launcher.c"
    command = [compiler, *options, include, source, library, *needs, "-o", program]
    subprocess.run(command, check=True, timeout=100)
    return program


def test_the_program_is_python_with_the_apps_own_packages_whatever_the_variables_say(
    started: Path, tmp_path: Path
) -> None:
    (tmp_path / "ppo_desktop.py").write_text("raise SystemExit('the wrong one')")
    disturbing = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere", "LC_ALL": "C", "PYTHONUTF8": "0"}
    link = tmp_path / "link"
    link.symlink_to(started)
    done = subprocess.run(
        [link, "train", "--env", "ε"],
        env=os.environ | disturbing,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said = json.loads(done.stdout)
    assert said["arguments"] == ["train", "--env", "ε"]
    resources = started.parents[1] / "Resources"
    assert said["executable"] == str(resources / "python" / "bin" / VERSION)
    assert all(Path(path).is_relative_to(resources) for path in said["path"])
    assert (said["isolated"], said["utf8_mode"], said["dont_write_bytecode"]) == (1, 1, 1)
