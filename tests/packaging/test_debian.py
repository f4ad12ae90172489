"""What is in the Debian package, and which packages it depends on."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from installing.debian import dependencies, pack_debian
from installing.elf import Needs, is_elf, needs_of
from installing.left_out import OF_PACKAGES, leave_out
from installing.linux import Linux
from installing.target import CHECKOUT
from launching.processes import Problem
from ppo_desktop.licences import Program, write_index


def depends(*libraries: str, glibc: tuple[int, ...] = (2, 35)) -> list[str]:
    return dependencies(Needs(frozenset(libraries), glibc)).split(", ")


def test_it_depends_on_the_glibc_that_has_every_function():
    assert depends("libc.so.6", "libm.so.6")[0] == "libc6 (>= 2.35)"


def test_each_library_brings_its_package_and_glibc_s_bring_none():
    assert depends("libEGL.so.1", "libxcb-cursor.so.0", "libpthread.so.0")[1:-1] == [
        "libegl1",
        "libxcb-cursor0",
    ]


def test_a_package_with_two_names_is_wanted_under_either():
    assert "libglib2.0-0t64 | libglib2.0-0" in depends("libgthread-2.0.so.0", "libglib-2.0.so.0")


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("readelf"), reason="Linux with readelf only")
def test_all_that_is_kept_of_qt_needs_libraries_of_known_packages(tmp_path: Path) -> None:
    packages = Path(PySide6.__file__).parents[1]
    for package in ("PySide6", "shiboken6"):
        for library in (packages / package).rglob("*.so*"):
            link = tmp_path / library.relative_to(packages)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(library)
    leave_out(tmp_path, OF_PACKAGES)
    kept = [link.resolve() for link in tmp_path.rglob("*.so*")]
    assert dependencies(needs_of([path for path in kept if is_elf(path)]))


def test_a_font_comes_with_it():
    assert "fonts-dejavu-core" in depends("libc.so.6")[-1]


def test_a_library_of_no_known_package_stops_the_build():
    with pytest.raises(Problem, match=r"libnobody\.so\.1"):
        depends("libnobody.so.1")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package of an application folder with one small program in it, unpacked."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("there is no dpkg-deb")
    application = tmp_path / "application"
    programs = (("PPO Desktop", "1.2"), ("Thing", "3.4"), ("Inside", ""))
    write_index(
        application / "licences", [Program(*program, "MIT", lambda: "You may.\n") for program in programs]
    )
    Linux().put_scripts(application, glibc=(2, 31))
    shutil.copy("/bin/true", application)
    pack_debian(application, tmp_path / "package.deb")
    subprocess.check_call(["dpkg-deb", "--raw-extract", tmp_path / "package.deb", tmp_path / "unpacked"])
    return tmp_path / "unpacked"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_the_package_has_a_menu_entry_a_command_and_what_debian_wants_to_read(package):
    files = {str(path.relative_to(package)) for path in package.rglob("*") if not path.is_dir()}
    assert {file for file in files if not file.startswith("opt/")} == {
        "DEBIAN/control",
        "DEBIAN/prerm",
        "usr/bin/ppo-desktop",
        "usr/share/applications/ppo-desktop.desktop",
        "usr/share/doc/ppo-desktop/changelog.gz",
        "usr/share/doc/ppo-desktop/copyright",
        "usr/share/icons/hicolor/scalable/apps/ppo-desktop.svg",
    }
    documents = package / "usr/share/doc/ppo-desktop"
    copyright_text = (documents / "copyright").read_text(encoding="utf-8")
    assert "You may." in copyright_text
    assert "Thing 3.4: MIT (Thing.txt)" in copyright_text
    assert "Inside: MIT (Inside.txt)" in copyright_text
    assert (package / "opt/ppo-desktop/licences/Thing.txt").is_file()
    assert (
        gzip.decompress((documents / "changelog.gz").read_bytes()) == (CHECKOUT / "CHANGELOG.md").read_bytes()
    )
    assert (package / "DEBIAN" / "prerm").stat().st_mode & 0o111
