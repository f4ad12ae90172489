"""Prepared kernels serve wherever they and the program are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ppo_desktop.ppo.kernels import cache
from ppo_desktop.ppo.kernels.target import possible_targets
from tests.command_line import ROOT, variables

TRAIN_EVERYTHING = """
import itertools, json, sys
import numba
numba.njit(lambda x: x + 1)(1)  # somebody else has Numba compile something first

from ppo_desktop.cli import run
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.kernels.compilation import compilations_counted

compiled = []
small = ["--total-steps=64", "--n-envs=2", "--rollout-length=16", "--n-minibatches=2", "--hidden-units=8"]
others = ["--activation=relu", "--hidden-layers=1", "--target-kl=0.01", "--evaluate-episodes=1"]
with compilations_counted(compiled.append):
    for environment, algorithm in itertools.product(KNOWN_ENVIRONMENTS, ("ppo", "a2c")):
        for flags in ([], others):
            command = ["train", "--env", environment, "--algorithm", algorithm, *small, *flags]
            assert run([*command, "--json", sys.argv[1]]) == 0
            told = json.loads(open(sys.argv[1]).read().splitlines()[-1])
            print(told["engine"], told["parameters_sha256"])
print(len(compiled))
"""


def trained(folder: Path, cwd: Path, environment: dict[str, str]) -> list[str]:
    """Return engine and fingerprint of small runs in a process of their own, in which nothing is compiled."""
    command = [sys.executable, "-c", TRAIN_EVERYTHING, str(folder / "told.json")]
    *runs, n_compiled = subprocess.check_output(command, text=True, cwd=cwd, env=environment).splitlines()
    assert n_compiled == "0"
    return runs


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program below spaces and umlauts, whose sources are of another time, without kernels."""
    program = tmp_path / "Süd West" / "PPO Desktop"
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ppo_desktop", program / "ppo_desktop", ignore=leave_out)
    shutil.rmtree(program / "ppo_desktop" / "kernels", ignore_errors=True)
    for source in program.rglob("*.py"):
        os.utime(source, (0, 0))
    return program


def of(program: Path, home: Path) -> dict[str, str]:
    """Return the environment of a program that somebody starts who has the home."""
    return variables() | {
        "PYTHONPATH": str(program),
        "PPO_DESKTOP_HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.mark.timeout(300)
def test_kernels_serve_in_an_installation_that_was_moved_as_they_do_for_a_user(
    program: Path, tmp_path: Path
) -> None:
    """From another current folder, for all there is to train; nothing is written."""
    kernels, home = program / "ppo_desktop" / "kernels", tmp_path / "new home"
    shutil.copytree(cache.users_folder(), kernels / cache.fingerprint())
    before = files(kernels)
    as_user = trained(tmp_path, cwd=ROOT, environment=variables())
    in_installation = trained(tmp_path, cwd=tmp_path, environment=of(program, home))
    assert in_installation == as_user
    assert {run.split()[0] for run in as_user} == {"compiled"}
    assert files(kernels) == before
    assert not (home / "cache" / "kernels").exists()


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_what_is_compiled_into_an_installation_serves_there_with_the_same_numbers(
    program: Path, tmp_path: Path
) -> None:
    home = tmp_path / "new home"
    prepare = [sys.executable, "-m", "ppo_desktop", "prepare-engine", "--in-installation"]
    subprocess.run(prepare, cwd=tmp_path, env=of(program, home), check=True)
    made = {folder.name for folder in (program / "ppo_desktop" / "kernels").iterdir()}
    assert made == set(map(cache.fingerprint_for, possible_targets()))
    assert trained(tmp_path, cwd=tmp_path, environment=of(program, home)) == trained(
        tmp_path, cwd=ROOT, environment=variables()
    )
    assert not (home / "cache" / "kernels").exists()
