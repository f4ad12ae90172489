"""Prepared kernels serve wherever they and the program are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ppo_desktop.ppo.kernels import cache
from tests.command_line import ROOT, variables

TRAIN_EVERYTHING = """
import itertools, json, sys
import numba
numba.njit(lambda x: x + 1)(1)  # somebody else has Numba compile something first

from ppo_desktop.cli import run
from ppo_desktop.ppo.environments import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.kernels.compilation import compilations_told

compiled = []
small = ["--total-steps=64", "--n-envs=2", "--rollout-length=16", "--n-minibatches=2", "--hidden-units=8"]
others = ["--activation=relu", "--hidden-layers=1", "--target-kl=0.01", "--evaluate-episodes=1"]
with compilations_told(compiled.append):
    for environment, algorithm in itertools.product(KNOWN_ENVIRONMENTS, ("ppo", "a2c")):
        for flags in ([], others):
            command = ["train", "--env", environment, "--algorithm", algorithm, *small, *flags]
            assert run([*command, "--json", sys.argv[1]]) == 0
            told = json.loads(open(sys.argv[1]).read().splitlines()[-1])
            print(told["engine"], told["parameters_sha256"])
print(len(compiled))
"""


def trained(told: Path, cwd: Path, **environment: str) -> tuple[list[str], int]:
    """Return engine and fingerprint of small runs in a process of their own, and how much it compiled."""
    command = [sys.executable, "-c", TRAIN_EVERYTHING, str(told)]
    *runs, n_compiled = subprocess.check_output(
        command, text=True, cwd=cwd, env=variables(**environment)
    ).splitlines()
    return runs, int(n_compiled)


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.timeout(300)
def test_kernels_serve_in_an_installation_that_was_moved_as_they_do_for_a_user(tmp_path: Path) -> None:
    """From another current folder, below spaces and umlauts; all there is to train; nothing is written."""
    program, told = tmp_path / "Süd West" / "PPO Desktop", tmp_path / "told.json"
    shutil.copytree(
        ROOT / "ppo_desktop",
        program / "ppo_desktop",
        ignore=shutil.ignore_patterns("__pycache__", "kernels.*"),
    )
    kernels = program / "ppo_desktop" / "kernels"
    shutil.copytree(cache.users_folder(), kernels / cache.fingerprint())
    for source in program.rglob("*.py"):
        os.utime(source, (0, 0))
    before, home = files(kernels), tmp_path / "new home"
    as_user, n_compiled = trained(told, ROOT)
    assert n_compiled == 0
    in_installation, n_compiled = trained(
        told, tmp_path, PYTHONPATH=str(program), PPO_DESKTOP_HOME=str(home), PYTHONDONTWRITEBYTECODE="1"
    )
    assert n_compiled == 0
    assert in_installation == as_user
    assert {run.split()[0] for run in as_user} == {"compiled"}
    assert files(kernels) == before
    assert not (home / "cache" / "kernels").exists()
