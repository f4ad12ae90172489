"""Making a Debian in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from installing import debian_root
from launching import system_packages
from launching.processes import Problem


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was called to make one."""
    called: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        called.append(command)
        return "broken" in command

    monkeypatch.setattr(debian_root.subprocess, "call", call)
    monkeypatch.setattr(system_packages, "provide_programs", lambda *_: None)
    monkeypatch.setattr(system_packages, "as_root", lambda: ["sudo", "-n"])
    return called


def test_it_is_made_once_with_its_packages(commands: list[list[str]], tmp_path: Path) -> None:
    root = tmp_path / "roots" / "root"
    for _ in range(2):
        assert debian_root.debian_root("trixie", ["wine", "wine64"], root) == root
    (command,) = commands
    assert command[:3] == ["sudo", "-n", "debootstrap"]
    assert "--include=wine,wine64" in command
    assert root.is_dir()


def test_what_could_not_be_made_is_not_there(commands: list[list[str]], tmp_path: Path) -> None:
    root = tmp_path / "root"
    with pytest.raises(Problem, match=r"root\.log"):
        debian_root.debian_root("broken", [], root)
    assert not root.exists()
