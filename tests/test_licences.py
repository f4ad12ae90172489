"""What is installed, in which version, under which licence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.metadata import distribution, distributions, version
from pathlib import Path

import pytest

from ppo_desktop import licences, resource_files
from ppo_desktop.licences import Program, installed_programs, programs_of, write_index

REQUIREMENTS = Path(__file__).resolve().parents[1] / "packaging" / "requirements.txt"
MakePackage = Callable[..., Program]


@pytest.fixture
def package(tmp_path: Path) -> MakePackage:
    """A function that installs a package with these lines of metadata and these files."""

    def install(metadata: str, **files: str) -> Program:
        info = tmp_path / "thing-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n{metadata}\n")
        paths = {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
        for name, text in paths.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (info / "RECORD").write_text("".join(f"{name},,\n" for name in paths))
        (program,) = programs_of(distributions(path=[str(tmp_path)]))
        return program

    return install


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT AND Zlib\nLicense: something else", "MIT AND Zlib"),
        ("License: BSD-3-Clause", "BSD-3-Clause"),
        ("License: First line\n        of a whole text\nClassifier: License :: OSI Approved :: X", "X"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT License"),
        ("Classifier: Topic :: Education", ""),
    ],
)
def test_a_package_names_its_licence_as_exactly_as_it_can(
    package: MakePackage, metadata: str, licence: str
) -> None:
    assert package(metadata).licence == licence


def test_the_texts_of_a_package_are_its_licence_and_its_notices_wherever_they_are(
    package: MakePackage,
) -> None:
    program = package(
        "License: MIT",
        LICENCE="ours",
        thing__vendored__COPYING="theirs",
        thing__NOTICE_dot_md="a notice",
        thing__licences_dot_py="print()",
        thing__again__LICENSE_dot_txt="ours\n",
        thing__readme_dot_txt="read me",
    )
    text = program.text()
    for expected in ("ours", "theirs", "a notice", "thing/vendored/COPYING"):
        assert text.count(expected) == 1
    assert "print" not in text
    assert "read me" not in text


def test_a_single_text_is_told_as_it_is(package: MakePackage) -> None:
    assert package("", LICENSE="the text\n").text() == "the text\n"


def test_a_package_without_a_text_has_an_empty_one(package: MakePackage) -> None:
    assert package("License: MIT").text() == ""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(requirements: Path) -> set[str]:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return {normal(re.split(r"[=\[]", line)[0]) for line in lines if "==" in line}


def test_what_is_listed_is_what_the_program_needs_and_nothing_that_is_installed_beside_it() -> None:
    listed = {normal(program.name): program.version for program in installed_programs()}
    assert pinned(REQUIREMENTS) <= listed.keys()
    assert not listed.keys() & pinned(REQUIREMENTS.with_name("requirements-dev.txt"))
    assert listed["numpy"] == version("numpy")


def test_python_comes_first_with_its_own_licence() -> None:
    python = installed_programs()[0]
    assert python.name == "Python"
    assert "PYTHON SOFTWARE FOUNDATION" in python.text()


def test_a_package_that_pip_has_installed_says_itself_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(licences, "PACKAGE", tmp_path / "site-packages" / "ppo_desktop")
    info = tmp_path / "ppo_desktop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Name: ppo-desktop\nVersion: 1.0\nRequires-Dist: numpy>=1; python_version > '3'\n"
        "Requires-Dist: gymnasium[classic-control]<2\nRequires-Dist: pytest; extra == 'dev'\n"
        "Requires-Dist: nowhere-to-be-found\n"
    )
    ours = next(iter(distributions(path=[str(tmp_path)])))
    monkeypatch.setattr(
        licences, "distribution", lambda name: ours if name == "ppo-desktop" else distribution(name)
    )
    names = {package.name for package in licences.needed_distributions()}
    assert {"numpy", "gymnasium", "pygame-ce"} <= names, "extras bring packages too"
    assert "pytest" not in names


def test_an_installation_tells_what_was_collected_when_it_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = [
        Program("Python", "3.13.0", "PSF-2.0", lambda: "the licence"),
        Program("SDL, ε & more", "", "Zlib", lambda: "free", inside="pygame-ce"),
    ]
    write_index(tmp_path / "app" / "licences", collected)
    package = tmp_path / "app" / "python" / "lib" / "site-packages" / "ppo_desktop"
    monkeypatch.setattr(resource_files, "PACKAGE", package)
    python, sdl = installed_programs()
    assert (python.name, python.version, python.licence, python.inside) == ("Python", "3.13.0", "PSF-2.0", "")
    assert (sdl.name, sdl.inside, sdl.text()) == ("SDL, ε & more", "pygame-ce", "free")
    index = json.loads((tmp_path / "app" / "licences" / "index.json").read_text(encoding="utf-8"))
    assert [(tmp_path / "app" / "licences" / each["file"]).is_file() for each in index] == [True, True]
