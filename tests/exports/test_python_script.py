"""A run as one Python program: it comes to the run's parameters where there is nothing of ours."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.exports.code import why_not_as_code
from ppo_desktop.exports.program import GridWorld
from ppo_desktop.exports.python_script import MOST_LINES, python_script
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import KeptTrainer
from ppo_desktop.runs.kept import KeptRun, begin, branch
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_branch, keep_run

RUN_ALL = """
import runpy, sys
sys.modules["ppo_desktop"] = None  # whoever imports it gets an error
for script in sys.argv[1:]:
    runpy.run_path(script, run_name="__main__")
    print("=====")
"""
Moment = tuple[int, int]
"""Updates finished, and gradient steps of the next one."""


@dataclass(frozen=True)
class Case:
    """A run to be written down, and a branch of it.

    Attributes:
        wanted: What is asked of it on the way.
        branched_at: After which update a branch begins, None for no branch; it is what is written down.
        branch_seed: The seed of the branch, None for the run's.
        update: At which it is written down, None for its last.
    """

    environment_id: str = "CartPole-v1"
    algorithm: Algorithm = Algorithm.PPO
    values: Mapping[str, Any] = field(default_factory=dict)
    wanted: Mapping[Moment, Mapping[str, Any]] = field(default_factory=dict)
    branched_at: int | None = None
    branch_seed: int | None = None
    update: int | None = None
    preset: Hyperparameters = SMALL


GAUSSIAN = {"normalize_observations": True, "normalize_rewards": True, "anneal": True, "total_steps": 500}
QUICK = {
    "ppo": Case(),
    "a2c": Case(algorithm=Algorithm.A2C, values={"entropy_coef": 0.01}),
    "gaussian": Case("Pendulum-v1", values=GAUSSIAN),
    "grid": Case("GridWorld-v0", values={"entropy_coef": 0.02, "activation": "relu", "target_kl": 0.002}),
    "one-hot": Case("FrozenLake-v1?is_slippery=False&map_name=4x4&max_episode_steps=7"),
    "changed": Case(
        wanted={
            (0, 1): {"clip_range": 0.1},
            (1, 0): {"learning_rate": 0.01, "gamma": 0.9},
            (1, 3): {"entropy_coef": 0.1},
            (2, 0): {"n_envs": 4, "n_minibatches": 1},
            (3, 0): {"n_envs": 1, "rollout_length": 7},
        },
        branched_at=4,
        branch_seed=9,
    ),
    "earlier": Case(values={"max_grad_norm": None, "orthogonal_initialization": False}, update=2),
}


def all_cases() -> dict[str, Case]:
    """Return presets of all environments with both algorithms, and what else there can be."""
    cases = {}
    for environment_id in KNOWN_ENVIRONMENTS:
        preset = presets_for(environment_id)[0].hyperparameters.changed({"rollout_length": 64})
        for algorithm in Algorithm:
            minibatches = min(preset.n_minibatches, 8)
            values = {"n_minibatches": minibatches}
            cases[f"{environment_id} {algorithm.value}"] = Case(
                environment_id, algorithm, values, preset=preset
            )
    return cases | {
        "all of it": Case(
            "Acrobot-v1",
            values=GAUSSIAN | {"target_kl": 0.01, "entropy_coef": 0.01, "hidden_layers": 3},
            wanted={(1, 0): {"learning_rate": 1e-3, "clip_range": 0.1}},
        ),
        "agents come": Case(values=GAUSSIAN, wanted={(1, 0): {"n_envs": 5}, (2, 2): {"clip_range": None}}),
        "single samples": Case(values={"n_envs": 1, "rollout_length": 1, "n_minibatches": 1, "n_epochs": 1}),
        "single samples, normalised": Case(
            values={"n_envs": 1, "rollout_length": 1, "n_minibatches": 1}
            | {"normalize_observations": True, "normalize_rewards": True}
        ),
        "a map of its own": Case("FrozenLake-v1?desc=['SFF','FHF','FFG']&is_slippery=False"),
        "no clip, no normalisation": Case(values={"clip_range": None, "normalize_advantages": False}),
        "branch": Case(branched_at=2),
        "taxi": Case("Taxi-v4", values={"normalize_observations": True}),
        "blackjack": Case("Blackjack-v1"),
        "cliff": Case("CliffWalking-v1", algorithm=Algorithm.A2C),
    }


@dataclass(frozen=True)
class Ran:
    """A program, and what it said."""

    text: str
    said: str
    expected: str


def learn(run: KeptTrainer, updates: int, wanted: dict[Moment, Mapping[str, Any]]) -> KeptRun:
    """Let a run learn, change what is wanted on the way, and return it as it is kept."""
    taken = 0
    events = run.events()
    for event in events:
        taken = (
            taken + 1 if isinstance(event, MinibatchOptimized) else taken * (run.boundary.gradient_steps > 0)
        )
        if values := wanted.pop((run.update, taken), None):
            run.change(run.wanted.changed(values))
        if run.update == updates:
            break
    events.close()
    assert run.keeper is not None
    return KeptRun(run.keeper.folder)


def kept(case: Case, folder: Path) -> KeptRun:
    settings = RunSettings(case.environment_id, case.algorithm, case.preset.changed(case.values), seed=3)
    run = learn(begin(folder, settings, pytest.fail, PYTORCH), 5, dict(case.wanted))
    if case.branched_at is None:
        return run
    trainer = run.restore(case.branched_at)
    if case.branch_seed is not None:
        trainer.reseed(case.branch_seed)
    branch(folder, trainer, Parent(run.folder.name, case.branched_at), pytest.fail)
    return learn(trainer, 7, {(case.branched_at, 0): {"learning_rate": 0.002}})


def run_all(cases: Mapping[str, Case], folder: Path) -> dict[str, Ran]:
    """Let runs learn, write them down, and let all programs run in another process."""
    written: dict[str, tuple[Path, str, str]] = {}
    for number, (name, case) in enumerate(cases.items()):
        subject = ExportedRun(kept(case, folder / "runs"), case.update)
        script = folder / f"script_{number}.py"
        text = python_script(subject)
        script.write_text(text, encoding="utf-8")
        written[name] = script, text, subject.learnt.parameters_sha256
    scripts = [str(script) for script, *_ in written.values()]
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", RUN_ALL, *scripts],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split("=====")
    return {
        name: Ran(text, output, sha256)
        for (name, (_, text, sha256)), output in zip(written.items(), said, strict=False)
    }


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    return run_all(QUICK, tmp_path_factory.mktemp("scripts"))


def require_formatted(scripts: Mapping[str, Ran], folder: Path) -> None:
    """Fail where a program is not as ruff formats it, or has what it does not use."""
    for number, script in enumerate(scripts.values()):
        (folder / f"script_{number}.py").write_text(script.text, encoding="utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,W"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "110", str(folder)],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def fingerprint(script: Ran) -> str:
    (line,) = [line for line in script.said.splitlines() if line.startswith("parameters_sha256")]
    return line.split()[1]


@pytest.mark.parametrize("name", QUICK)
def test_a_program_comes_to_the_parameters_of_its_run(name: str, ran: dict[str, Ran]) -> None:
    script = ran[name]
    assert fingerprint(script) == script.expected
    assert script.said.strip().endswith("the run's own")
    assert len(script.text.splitlines()) <= MOST_LINES
    ast.parse(script.text, feature_version=(3, 11))


def test_programs_are_formatted_and_have_nothing_unused(ran: dict[str, Ran], tmp_path: Path) -> None:
    require_formatted(ran, tmp_path)


def test_a_program_imports_nothing_but_gymnasium_numpy_and_torch(ran: dict[str, Ran]) -> None:
    for script in ran.values():
        for node in ast.walk(ast.parse(script.text)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                )
                packages = {str(name).partition(".")[0] for name in names}
                assert packages <= {"gymnasium", "numpy", "torch", *sys.stdlib_module_names}


def test_a_program_has_only_what_its_run_uses(ran: dict[str, Ran]) -> None:
    parts = {
        "CHANGES": {"changed"},
        "target_kl": {"grid"},
        "gaussian_log_prob": {"gaussian"},
        "RunningStatistics": {"gaussian"},
        "class GridWorld": {"grid"},
        "FlattenObservation": {"one-hot"},
        "total_loss": {"a2c", "grid", "changed"},
        "np_random =": {"changed"},
        "(settings.seed, MINIBATCHES)": set(QUICK) - {"a2c"},
        "total_steps": {"gaussian"},
    }
    found = {part: {name for name, script in ran.items() if part in script.text} for part in parts}
    assert found == parts


@pytest.mark.slow
def test_programs_of_all_kinds_of_runs_come_to_their_parameters(tmp_path: Path) -> None:
    scripts = run_all(all_cases(), tmp_path)
    assert {name: fingerprint(script) for name, script in scripts.items()} == {
        name: script.expected for name, script in scripts.items()
    }
    assert {name: n for name, one in scripts.items() if (n := len(one.text.splitlines())) > MOST_LINES} == {}
    folder = tmp_path / "formatted"
    folder.mkdir()
    require_formatted(scripts, folder)


def test_of_a_run_of_the_fast_engine_it_does_not_promise_the_same_parameters() -> None:
    text = python_script(ExportedRun(library.open_run(keep_run(2))))
    assert "fast engine" in str(ast.get_docstring(ast.parse(text)))


def test_nothing_is_written_of_a_branch_whose_beginning_is_gone() -> None:
    parent = keep_run(4)
    subject = ExportedRun(library.open_run(keep_branch(parent, 2, 5)))
    assert why_not_as_code(subject) == ""
    shutil.rmtree(runs_folder() / parent)
    assert "deleted" in why_not_as_code(ExportedRun(library.open_run(subject.kept.folder.name)))


def test_the_grid_world_of_a_program_is_ours() -> None:
    own, ours = gymnasium.wrappers.TimeLimit(GridWorld(), 50), gymnasium.make("GridWorld-v0")
    assert (own.observation_space, own.action_space) == (ours.observation_space, ours.action_space)
    actions = np.random.default_rng(1)
    seen = [one.reset(seed=5)[0] for one in (own, ours)]
    for _ in range(600):
        assert np.array_equal(*seen)
        action = actions.integers(4)
        (first, *rest, _), (second, *others, _) = own.step(action), ours.step(action)
        assert rest == others
        seen = [first, second]
        if rest[1] or rest[2]:
            seen = [one.reset()[0] for one in (own, ours)]
