"""What the licences of everything in an application folder say is collected, or building fails."""

from __future__ import annotations

import sysconfig
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from installing import licences
from installing.bundled import COMPONENTS, TEXTS_OF_PACKAGES
from installing.licences import CHECKOUT, TEXTS, programs_in
from installing.linux import Linux
from launching.processes import Problem
from ppo_desktop.licences import Program


class Some(Linux):
    """A system with its packages in a place of their own."""

    packages = "packages"
    python_version = "3.13.0"

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """An application folder with one package."""
    put_package(tmp_path, "thing", "thing/__init__.py", "thing-1.0.dist-info/LICENSE")
    standard_library = tmp_path / "python" / "lib"
    standard_library.mkdir(parents=True)
    (standard_library / "LICENSE.txt").write_text("Python's")
    return tmp_path


def put_package(application: Path, name: str, *files: str) -> None:
    info = application / "packages" / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\nLicense: {name}'s\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:
        path = application / "packages" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {file}")


def collect(application: Path, system: str = "linux") -> dict[str, Program]:
    return {program.name: program for program in programs_in(Some(system), application)}


def test_every_package_ours_and_python_have_a_file_and_a_line_in_the_index(application: Path) -> None:
    found = collect(application)
    assert found["thing"].version == "1.0"
    assert found["thing"].text() == "text of thing-1.0.dist-info/LICENSE\n"
    assert (found["Python"].version, found["Python"].text()) == ("3.13.0", "Python's\n")
    assert "PPO Desktop contributors" in found["PPO Desktop"].text()


@pytest.mark.parametrize("name", sorted(TEXTS_OF_PACKAGES))
def test_a_wheel_that_forgot_its_licence_gets_the_text_that_it_names(application: Path, name: str) -> None:
    put_package(application, name, "module.py")
    found = collect(application)[name]
    assert "LESSER GENERAL PUBLIC LICENSE" in found.text()
    assert found.licence == f"{name}'s"


def test_a_package_whose_licence_nobody_knows_is_not_shipped(application: Path) -> None:
    put_package(application, "secretive", "secretive.py")
    with pytest.raises(Problem, match="secretive"):
        collect(application)


def test_a_package_that_was_left_out_is_not_listed(application: Path) -> None:
    put_package(application, "absent", "absent/__init__.py", "absent-1.0.dist-info/LICENSE")
    (application / "packages" / "absent" / "__init__.py").unlink()
    assert "absent" not in collect(application)


@pytest.mark.parametrize(
    ("file", "component"),
    [
        (
            "pygame_ce.libs/libSDL2_image-2-d6906c81.0.so.0.800.12",
            "SDL with SDL_image, SDL_mixer and SDL_ttf",
        ),
        ("pygame/SDL2.dll", "SDL with SDL_image, SDL_mixer and SDL_ttf"),
        ("pygame/.dylibs/libz.1.3.1.zlib-ng.dylib", "zlib and zlib-ng"),
        ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", "OpenBLAS"),
        ("psycopg_binary.libs/libcrypto-3-x64-cf63d49b.dll", "OpenSSL"),
        ("psycopg_binary.libs/libcrypt-bc2db45e.so.1", "libxcrypt"),
        ("torch/lib/libomp.dylib", "LLVM's OpenMP runtime"),
        ("PySide6/msvcp140_1.dll", "Microsoft Visual C++ runtime"),
    ],
)
def test_a_library_in_a_wheel_is_named_with_its_own_licence_and_with_the_package(
    application: Path, file: str, component: str
) -> None:
    put_package(application, "bringer", "bringer-1.0.dist-info/LICENSE", file)
    assert collect(application)[component].inside.split(", ")[0] == "bringer"


def test_a_library_beside_the_interpreter_is_named_with_python(application: Path) -> None:
    library = application / "python" / "lib" / "libffi.so.8"
    library.touch()
    assert collect(application)["libffi"].inside == "Python"


def test_a_library_nobody_knows_is_not_shipped(application: Path) -> None:
    put_package(application, "bringer", "bringer-1.0.dist-info/LICENSE", "bringer.libs/libmystery-1.so.2")
    with pytest.raises(Problem, match=r"libmystery-1\.so\.2"):
        collect(application)


def test_modules_of_python_are_part_of_their_package(application: Path) -> None:
    modules = ("thing/_core.cpython-311-x86_64-linux-gnu.so", "thing/_more.abi3.so", "thing/_more.pyd")
    put_package(application, "bringer", "bringer-1.0.dist-info/LICENSE", *modules)
    assert "bringer" in collect(application)


@pytest.mark.parametrize(("system", "has_it"), [("linux", True), ("windows", True), ("macos", False)])
def test_what_is_inside_on_some_systems_only_is_named_there_only(
    application: Path, system: str, has_it: bool
) -> None:
    put_package(application, "torch", "torch/__init__.py", "torch-1.0.dist-info/LICENSE")
    assert ("Intel oneAPI Math Kernel Library" in collect(application, system)) == has_it


def test_what_is_inside_with_notices_of_others_brings_them_but_is_not_named_for_them(
    application: Path,
) -> None:
    put_package(application, "torch", "torch/__init__.py", "torch-1.0.dist-info/LICENSE")
    found = collect(application)["Intel oneAPI Math Kernel Library"]
    assert found.licence == "Intel-Simplified"
    assert "(Version October 2022)" in found.text()
    assert "METIS" in found.text()


def test_every_component_has_its_texts_and_somebody_it_belongs_to() -> None:
    for component in COMPONENTS:
        assert component.libraries or component.within, component.name
        assert component.texts, component.name
        for name in (*component.texts, *component.notices):
            assert (TEXTS / f"{name}.txt").is_file(), name
    assert [component.name.lower() for component in COMPONENTS] == sorted(
        component.name.lower() for component in COMPONENTS
    )


def test_no_text_is_kept_that_nobody_needs() -> None:
    needed = {name for component in COMPONENTS for name in (*component.texts, *component.notices)}
    needed.update(name for names in TEXTS_OF_PACKAGES.values() for name in names)
    assert {file.stem for file in TEXTS.iterdir()} == needed


def test_all_that_is_installed_here_for_the_app_has_a_licence(
    application: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (CHECKOUT / "packaging" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    shipped = {
        canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")
    }

    def is_shipped(package: Distribution) -> bool:
        return canonicalize_name(package.name) in shipped  # and no tool of the tests

    monkeypatch.setattr(Some, "packages", sysconfig.get_path("purelib"))
    monkeypatch.setattr(licences, "_is_there", is_shipped)
    found = collect(application)
    assert {"numpy", "torch", "PySide6_Essentials", "pillow", "psycopg-binary", "OpenSSL"} <= set(found)
