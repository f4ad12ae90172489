"""Resources are found wherever the program runs from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppo_desktop import resource_files
from ppo_desktop.resource_files import documentation_path, resource_path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch()
    return path


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A program that lies in a folder of its own."""
    package = tmp_path / "ppo_desktop"
    package.mkdir()
    monkeypatch.setattr(resource_files, "PACKAGE", package)
    return package


def test_the_icon_is_found_in_this_checkout_or_installation():
    assert resource_path("icons/ppo-desktop.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_checkout_has_its_resources_beside_the_package(package):
    icon = put(package.parent / "resources" / "icons" / "icon.svg")
    assert resource_path("icons/icon.svg") == icon


def test_a_wheel_has_its_resources_inside_the_package(package):
    put(package.parent / "resources" / "icons" / "icon.svg")
    icon = put(package / "resources" / "icons" / "icon.svg")
    assert resource_path("icons/icon.svg") == icon


def test_the_documentation_is_beside_the_package_or_inside_it(package):
    page = put(package.parent / "docs" / "index.md")
    assert documentation_path("index.md") == page
    shipped = put(package / "docs" / "index.md")
    assert documentation_path("index.md") == shipped


def test_a_missing_resource_is_named_with_the_place_it_belongs(package):
    with pytest.raises(FileNotFoundError, match=r"icon\.svg is missing"):
        resource_path("icons/icon.svg")
