"""Advice to install something is a command that can be pasted as it is."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ppo_desktop.ppo.environments import UnsupportedEnvironment, make_environment
from ppo_desktop.ppo.installing import commands_in, with_exact_commands

BOX2D = 'Box2D is not installed, run `pip install swig` followed by `pip install "gymnasium[box2d]"`'


def on(monkeypatch: pytest.MonkeyPatch, executable: str, platform: str = "linux") -> None:
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(sys, "platform", platform)


@pytest.mark.parametrize(
    ("executable", "platform", "begins"),
    [
        ("/opt/ppo/bin/python3", "linux", "/opt/ppo/bin/python3"),
        ("/home/é my/bin/python", "darwin", "'/home/é my/bin/python'"),
        ("C:/ppo/Scripts/python.exe", "win32", "C:/ppo/Scripts/python.exe"),
        ("C:/Program Files/pythonw.exe", "win32", '"C:/Program Files/python.exe"'),
    ],
)
def test_the_command_is_for_the_python_that_runs(
    monkeypatch: pytest.MonkeyPatch, executable: str, platform: str, begins: str
) -> None:
    on(monkeypatch, executable, platform)
    told = with_exact_commands(BOX2D)
    commands = [f"{begins} -m pip install swig", f'{begins} -m pip install "gymnasium[box2d]"']
    assert told == "Box2D is not installed, run `" + "` followed by `".join(commands) + "`"
    assert commands_in(told).splitlines() == commands


@pytest.mark.parametrize(
    ("advice", "arguments"),
    [
        ("`pip install foo`", ["foo"]),
        ("`pip3 install -U foo`", ["-U", "foo"]),
        ("`python -m pip install foo`", ["foo"]),
        ("`python3.11 -m pip install 'foo>=1'`", ["foo>=1"]),
        ("`pip install foo[bar,baz] qux[a]`", ["foo[bar,baz]", "qux[a]"]),
    ],
)
def test_however_it_is_advised(advice: str, arguments: list[str]) -> None:
    command = shlex.split(commands_in(with_exact_commands(f"Please run {advice}.")))
    assert command == [sys.executable, "-m", "pip", "install", *arguments]


def test_what_advises_nothing_is_left_as_it_is() -> None:
    assert with_exact_commands("pipes are installed[0]") == "pipes are installed[0]"
    assert commands_in("see `pip` and `x[0]`") == ""


def test_an_environment_of_uv_has_no_pip_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "/x/python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert commands_in(with_exact_commands("`pip install foo`")) == "uv pip install --python /x/python foo"


def test_to_an_installed_program_nothing_can_be_added(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ppo_desktop.ppo.installing.installation_folder", lambda: tmp_path)
    told = with_exact_commands(BOX2D)
    assert told.startswith(BOX2D)
    assert "nothing can be added" in told
    assert commands_in(told) == ""


def test_a_missing_package_is_refused_with_the_command_however_long_its_path(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, f"/{'long/' * 100}python")

    def create() -> None:
        raise ImportError(BOX2D)

    with pytest.raises(UnsupportedEnvironment) as caught:
        make_environment(toys.register_maker(create))
    assert f"{sys.executable} -m pip install swig" in str(caught.value)
