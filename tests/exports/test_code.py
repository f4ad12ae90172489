"""A run as a command, and its settings for Stable-Baselines3."""

from __future__ import annotations

import re
import shlex
import warnings
from dataclasses import replace
from typing import Any

import pytest

from ppo_desktop import library
from ppo_desktop.cli import flags, train
from ppo_desktop.exports.code import command_line, stable_baselines3_code
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.kept import begin
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_branch, keep_run


def exported(settings: RunSettings, updates: int = 1) -> ExportedRun:
    run = begin(runs_folder(), settings, pytest.fail, PYTORCH)
    for _ in run.events():
        if run.update == updates:
            break
    assert run.keeper is not None
    run.engine.close()
    run.keeper.close()
    return ExportedRun(library.open_run(run.keeper.folder.name))


def read(command: str) -> tuple[RunSettings, str | None]:
    """Return the run, and the engine, that `ppo-desktop train` makes of a command."""
    program, action, *words = shlex.split(command)
    assert (program, action) == ("ppo-desktop", "train")
    parser = flags.Parser()
    train.add_flags(parser)
    options = parser.parse_args(words)
    values = flags.hyperparameters(options, train.DEFAULT_STEPS)
    seed = options.seed or 1
    return RunSettings(options.env, Algorithm(options.algorithm or "ppo"), values, seed), options.engine


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_the_run_of_a_command_comes_to_the_same_parameters(engine: str) -> None:
    subject = ExportedRun(library.open_run(keep_run(4, 7, engine=engine, clip_range=0.3, target_kl=0.1)), 3)
    settings, wanted = read(command_line(subject))
    trainer = Trainer(settings, make_engine(settings, wanted or COMPILED))
    for _ in trainer.events():
        pass
    assert (trainer.update, trainer.engine.name) == (3, engine)
    assert trainer.parameters_sha256() == subject.learnt.parameters_sha256


@pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {"anneal": True, "total_steps": 256}),
        ("Acrobot-v1", {"normalize_rewards": False, "max_grad_norm": None, "rollout_length": 16}),
        ("Pendulum-v1", {"learning_rate": 1.23456789e-3, "rollout_length": 16, "n_minibatches": 2}),
        ("FrozenLake-v1?is_slippery=False&desc=['SF','HG']", {"rollout_length": 16, "activation": "relu"}),
    ],
)
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_command_says_all_that_is_not_the_preset_s(
    environment_id: str, values: dict[str, Any], algorithm: Algorithm
) -> None:
    wanted = presets_for(environment_id)[0].hyperparameters.changed(values)
    settings = RunSettings(environment_id, algorithm, wanted, seed=5)
    found, _ = read(command_line(exported(settings)).splitlines()[-1])
    if not wanted.anneal:
        wanted = wanted.with_budget(wanted.samples_per_rollout)
    assert found == replace(settings, hyperparameters=wanted)


def test_of_a_preset_s_own_run_a_command_gives_the_steps_alone() -> None:
    settings = RunSettings(
        "CartPole-v1", Algorithm.PPO, presets_for("CartPole-v1")[0].hyperparameters, seed=1
    )
    assert command_line(exported(settings)).split() == [
        *("ppo-desktop", "train", "--env", "CartPole-v1", "--engine", "pytorch", "--total-steps", "256")
    ]


def test_what_was_changed_on_the_way_stands_above() -> None:
    subject = ExportedRun(library.open_run(keep_branch(keep_run(4), 2, 5, clip_range=0.05)))
    for text in (command_line(subject), stable_baselines3_code(subject)):
        comments = [line for line in text.splitlines() if line.startswith("#")]
        assert any("update 3" in line and "clip_range" in line and "0.05" in line for line in comments)
    assert read(command_line(subject).splitlines()[-1])[0].hyperparameters.clip_range == SMALL.clip_range


@pytest.mark.parametrize(
    ("environment_id", "algorithm", "values"),
    [
        ("CartPole-v1", Algorithm.PPO, {"anneal": True, "total_steps": 500, "target_kl": 0.01}),
        ("CartPole-v1", Algorithm.A2C, {"normalize_observations": True, "normalize_rewards": True}),
        ("Pendulum-v1", Algorithm.PPO, {"clip_range": None, "max_grad_norm": None, "activation": "relu"}),
        ("GridWorld-v0", Algorithm.PPO, {"hidden_layers": 1}),
        ("FrozenLake-v1?is_slippery=False", Algorithm.PPO, {}),
        ("CartPole-v1", Algorithm.PPO, {"n_envs": 1, "rollout_length": 1, "n_minibatches": 1}),
    ],
)
def test_stable_baselines3_learns_with_the_settings(
    environment_id: str, algorithm: Algorithm, values: dict[str, Any]
) -> None:
    settings = RunSettings(environment_id, algorithm, SMALL.changed(values), seed=5)
    code = stable_baselines3_code(exported(settings))
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of small minibatches
        exec(re.sub(r"total_timesteps=\d+", "total_timesteps=64", code), found)
    model, wanted = found["model"], settings.hyperparameters
    assert type(model).__name__ == algorithm.label
    assert (model.n_envs, model.n_steps, model.gamma) == (wanted.n_envs, wanted.rollout_length, wanted.gamma)
    sizes = [p.shape[0] for p in model.policy.mlp_extractor.policy_net.parameters() if p.dim() == 2]
    assert sizes == [wanted.hidden_units] * wanted.hidden_layers
    assert model.num_timesteps >= 64
    if algorithm is Algorithm.PPO and wanted.clip_range is not None and not wanted.anneal:
        assert model.clip_range(1.0) == wanted.clip_range
