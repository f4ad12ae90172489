"""Fetching the packages that are shipped: PyTorch never comes with CUDA."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from installing import wheels
from installing.macos import MacOS
from launching import pip
from launching.environment import PackageSet
from launching.processes import Problem

CUDA = "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl"
CPU = "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"


class ForLinux(MacOS):
    """A target whose wheels are fetched as those for Linux are."""

    name = "linux"


@pytest.fixture
def packages(tmp_path: Path) -> PackageSet:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("torch==2.13.0\n")
    return PackageSet("app", requirements)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The names of the wheels that the next download brings."""
    brought: list[str] = []

    def download(_command: str, *arguments: str) -> None:
        folder = next(Path(text.partition("=")[2]) for text in arguments if text.startswith("--dest="))
        for name in brought:
            needs = "filelock" if "+cpu" in name else 'nvidia-cudnn-cu13==9.2; platform_system == "Linux"'
            with zipfile.ZipFile(folder / name, "w") as wheel:
                wheel.writestr("torch-2.13.0.dist-info/METADATA", f"Name: torch\nRequires-Dist: {needs}\n")

    monkeypatch.setenv("PPO_DESKTOP_BUILDING", str(tmp_path / "building"))
    monkeypatch.setattr(wheels, "_pip", download)
    monkeypatch.setattr(pip, "cpu_torch_sources", list)
    return brought


def test_pytorch_with_cuda_is_refused_and_does_not_stay(index, packages):
    index.append(CUDA)
    with pytest.raises(Problem, match=CUDA):
        wheels.fetch(ForLinux(), packages)
    index[:] = [CPU]
    folder = wheels.fetch(ForLinux(), packages)
    assert {path.name for path in folder.iterdir()} == {CPU, wheels.STAMP}


def test_wheels_that_came_for_other_options_are_asked_for_again(index, packages, tmp_path):
    index.append(CPU)
    folder = wheels.download(packages.requirements, tmp_path / "wheels", ["--platform=one"])
    (folder / CPU).unlink()
    wheels.download(packages.requirements, folder, ["--platform=one"])
    assert not (folder / CPU).exists()
    wheels.download(packages.requirements, folder, ["--platform=another"])
    assert (folder / CPU).exists()
