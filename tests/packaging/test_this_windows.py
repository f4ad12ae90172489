"""Trying out what was built for Windows on the Windows this runs on."""

from __future__ import annotations

from pathlib import Path

import pytest

from installing import this_windows


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))


@pytest.mark.parametrize(
    "name", ["PYTHONPATH", "pythonLocation", "QT_QPA_PLATFORM", "NUMBA_DISABLE_JIT", "PPO_DESKTOP_HOME"]
)
def test_a_variable_that_would_change_the_program_is_not_passed_on(name):
    assert name not in this_windows.clean_variables({name: "1"})


def test_other_variables_are_passed_on():
    variables = {"USERPROFILE": "C:/Users/somebody", "LOCALAPPDATA": "C:/Users/somebody/AppData/Local"}
    assert this_windows.clean_variables(variables).items() >= variables.items()


def test_only_the_systems_own_programs_are_found(tmp_path):
    assert this_windows.clean_variables({"PATH": "C:/Python"}) == {"PATH": str(tmp_path / "System32")}
