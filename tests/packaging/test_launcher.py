"""`packaging/launcher.py`: any Python can read it, and a suitable one gets the work."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import launcher

SCRIPT = Path(launcher.__file__)
SYNTAX_OLD_PYTHONS_LACK = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Starred)

on_posix = pytest.mark.skipif(os.name != "posix", reason="needs executable scripts")


def run_under_python_3_9(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher in a process that takes itself for Python 3.9 and has only `path` to look in."""
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 1, 'final', 0);"
        f"sys.argv = [{str(SCRIPT)!r}, *{list(arguments)!r}];"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    variables = {**os.environ, "PATH": str(path)}
    command = [sys.executable, "-c", pretend]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)


def put_program(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_any_old_python_can_read_it():
    source = SCRIPT.read_bytes().decode("ascii")
    nodes = list(ast.walk(ast.parse(source, feature_version=(3, 4))))
    assert not [node for node in nodes if isinstance(node, SYNTAX_OLD_PYTHONS_LACK)]
    assert not [node for node in nodes if getattr(node, "returns", None) or getattr(node, "annotation", None)]


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (3, 14, 1)])
def test_a_python_every_package_exists_for_is_suitable(version):
    assert launcher.is_suitable(version)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 15, 0)])
def test_an_older_or_newer_python_is_not_suitable(version):
    assert not launcher.is_suitable(version)


def test_an_old_python_is_told_in_one_line_which_one_is_needed(tmp_path):
    result = run_under_python_3_9(tmp_path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "needs Python 3.11 to 3.14 and this is Python 3.9" in result.stderr


@on_posix
def test_a_suitable_python_on_the_path_takes_over(tmp_path):
    put_program(tmp_path, "python3.12", 'if [ "$1" = -c ]; then echo 3.12; else echo "$@"; exit 7; fi')
    result = run_under_python_3_9(tmp_path, "train", "--seed", "1")
    assert result.returncode == 7
    assert result.stdout.split() == [str(SCRIPT), "train", "--seed", "1"]


@on_posix
def test_a_name_on_the_path_with_no_python_behind_it_is_passed_over(tmp_path):
    put_program(tmp_path, "python3.11", "echo 'python3.11: not installed' >&2; exit 127")
    put_program(tmp_path, "python3.13", 'if [ "$1" = -c ]; then echo 3.13; else echo used; fi')
    assert run_under_python_3_9(tmp_path).stdout == "used\n"
