"""Wheels are fetched and unpacked if they are the files that are locked, and others are refused."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from installing import wheels
from installing.building_cache import building_cache
from installing.commands import LOCKED, TARGETS
from installing.macos import MacOS
from launching.environment import APP, PACKAGING, PackageSet
from launching.processes import Problem

REAL_LOCKS = wheels.LOCKS
PURE = "thing-1.0-py3-none-any.whl"


class ForAll(MacOS):
    """A target that takes wheels for every system."""

    name = "all"
    wheel_options = ()


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where wheels are found, by a pip that knows no other place; there is one in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    put_wheel(folder / PURE)
    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path / "building"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(wheels, "LOCKS", tmp_path)
    here = SimpleNamespace(python=Path(sys.executable), folder=tmp_path)
    monkeypatch.setattr(wheels, "building_environment", lambda: here)
    return folder


@pytest.fixture
def packages(tmp_path: Path, index: Path) -> PackageSet:
    """A package that is pinned, and locked as it is in the index."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# What there is.\nThing[more]==1.0\n")
    (tmp_path / "all-app.txt").write_text(f"thing==1.0 --hash=sha256:{wheels.sha256(index / PURE)}\n")
    return PackageSet("app", requirements)


def put_wheel(file: Path, content: str = "1") -> None:
    name, version, *_tags = file.name.split("-")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}.py", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n")


def fetched(file: str = PURE) -> Path:
    """Return where a wheel is after it was fetched."""
    folder = building_cache() / "wheels" / "all"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / file


def test_a_lock_names_the_file_that_pip_chooses(packages):
    lock = wheels.lock_of(ForAll(), packages)
    locked = lock.read_text()
    lock.unlink()
    assert wheels.write_lock(ForAll(), packages).read_text() == wheels.LOCK_BEGINS + locked


def test_what_is_locked_is_fetched_once_and_unpacked(packages, index, tmp_path):
    assert wheels.fetch(ForAll(), packages) == fetched().parent
    (index / PURE).unlink()
    folder = wheels.fetch(ForAll(), packages)
    wheels.unpack(ForAll(), folder, tmp_path / "unpacked", packages)
    assert (tmp_path / "unpacked" / "thing.py").read_text() == "1"


def test_a_file_that_is_not_the_locked_one_is_refused_in_one_line(packages, index):
    put_wheel(index / PURE, "2")
    with pytest.raises(
        Problem, match=rf"^thing==1\.0 from .*{PURE} is not the file that was pinned"
    ) as raised:
        wheels.fetch(ForAll(), packages)
    assert "\n" not in str(raised.value)


def test_a_file_that_was_changed_after_it_was_fetched_is_not_unpacked(packages, tmp_path):
    put_wheel(fetched(), "2")
    with pytest.raises(Problem, match="not the file that was pinned"):
        wheels.unpack(ForAll(), fetched().parent, tmp_path / "unpacked", packages)
    assert not (tmp_path / "unpacked" / "thing.py").exists()


def test_a_file_that_was_changed_is_fetched_again(packages, index):
    put_wheel(fetched(), "2")
    wheels.fetch(ForAll(), packages)
    assert fetched().read_bytes() == (index / PURE).read_bytes()


def test_other_versions_than_are_locked_are_not_fetched(packages):
    packages.requirements.write_text("thing==2.0\n")
    with pytest.raises(Problem, match="lock-wheels"):
        wheels.fetch(ForAll(), packages)


@pytest.mark.parametrize(
    ("target", "packages"), LOCKED, ids=[f"{target.name}-{packages.name}" for target, packages in LOCKED]
)
def test_every_pinned_version_is_locked_by_one_file_and_no_other(target, packages):
    lock = REAL_LOCKS / wheels.lock_of(target(), packages).name
    assert wheels.pins(lock) == wheels.pins(*(each.requirements for each in packages.with_included()))
    assert len(wheels.hashes(lock)) == len(wheels.pins(lock))


def test_there_is_a_lock_for_every_system_and_no_lock_for_nothing():
    assert {target for target, packages in LOCKED if packages is APP} == set(TARGETS.values())
    names = {wheels.lock_of(target(), packages).name for target, packages in LOCKED}
    assert {file.name for file in (REAL_LOCKS).iterdir()} == names


def test_pytorch_for_linux_is_the_one_without_cuda():
    assert re.search(r"^torch==[\d.]+\+cpu ", (REAL_LOCKS / "linux-app.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["building", "windows", "wine"])
def test_what_else_is_built_with_is_pinned_by_hash_too(name):
    requirements = PACKAGING / f"requirements-{name}.txt"
    assert len(wheels.hashes(requirements)) == len(wheels.pins(requirements)) > 0
