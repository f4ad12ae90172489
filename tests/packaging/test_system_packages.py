"""What the launcher does about libraries that Linux lacks."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from launching import system_packages
from launching.processes import Problem
from ppo_desktop import system_libraries

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def missing(monkeypatch) -> dict[str, str]:
    """Make Qt need a library no system has."""
    libraries = {"libnobody-has-this.so.1": "libnobody1"}
    monkeypatch.setattr(system_libraries, "ANY_PLATFORM", libraries)
    return libraries


def put_program(tmp_path, monkeypatch, name: str, script: str) -> None:
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_nothing_is_installed_when_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(system_libraries, "ANY_PLATFORM", {"libc.so.6": "libc6"})
    monkeypatch.setattr(system_packages, "_install", lambda *_: pytest.fail("installed something"))
    system_packages.provide_qt({"QT_QPA_PLATFORM": "offscreen"})


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get install libnobody1 "),
        ("dnf", "sudo dnf install 'libnobody-has-this.so.1()(64bit)' "),
        ("none", "install libnobody-has-this.so.1 "),
    ],
)
def test_without_permission_the_user_is_told_the_command(monkeypatch, missing, manager, command):
    monkeypatch.setattr(system_packages, "_administrator", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == manager else None)
    with pytest.raises(Problem) as raised:
        system_packages.provide_qt({"QT_QPA_PLATFORM": "offscreen"})
    assert command in str(raised.value)
    assert "\n" not in str(raised.value)


def test_with_permission_the_packages_are_installed(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(system_packages, "_administrator", list)
    put_program(tmp_path, monkeypatch, "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    with pytest.raises(Problem, match=r"still misses libnobody-has-this\.so\.1"):
        system_packages.provide_qt({"QT_QPA_PLATFORM": "offscreen"})
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install --yes --no-install-recommends libnobody1")


def test_a_failed_installation_leaves_the_user_with_the_command(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(system_packages, "_administrator", list)
    put_program(tmp_path, monkeypatch, "apt-get", "exit 100")
    with pytest.raises(Problem, match="run  sudo apt-get install libnobody1  and start again"):
        system_packages.provide_qt({"QT_QPA_PLATFORM": "offscreen"})


def test_a_python_that_cannot_make_environments_names_its_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(system_packages, "_administrator", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(Problem, match=f"sudo apt-get install {package}"):
        system_packages.provide_venv()


def test_elsewhere_a_whole_python_is_advised_and_no_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(Problem, match=r"python\.org"):
        system_packages.provide_venv()


@pytest.fixture
def without_postgresql(tmp_path, monkeypatch):
    """Make this a computer without PostgreSQL."""
    monkeypatch.setattr(system_packages, "DEBIAN_POSTGRESQL", tmp_path / "none")
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_the_newest_postgresql_is_found_where_debian_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr(system_packages, "DEBIAN_POSTGRESQL", tmp_path)
    for version in ("9", "15", "17"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "initdb").touch()
    assert system_packages.postgresql_programs() == tmp_path / "17" / "bin"


def test_elsewhere_postgresql_is_found_by_the_path(tmp_path, monkeypatch, without_postgresql):
    monkeypatch.setattr(shutil, "which", {"initdb": str(tmp_path / "initdb")}.get)
    assert system_packages.postgresql_programs() == tmp_path


def test_postgresql_is_installed_for_the_tests_where_it_is_missing(monkeypatch, without_postgresql):
    installed = []
    monkeypatch.setattr(
        system_packages, "_install", lambda _reason, names, _libraries: installed.extend(names)
    )
    system_packages.provide_postgresql()
    assert installed == ["postgresql"]


def test_tests_go_on_where_postgresql_cannot_be_installed(monkeypatch, capsys, without_postgresql):
    monkeypatch.setattr(system_packages, "_administrator", lambda: None)
    system_packages.provide_postgresql()
    said = capsys.readouterr().out
    assert "install postgresql" in said
    assert said.endswith("Until then those tests are skipped.\n")
