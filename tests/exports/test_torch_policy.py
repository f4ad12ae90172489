"""PyTorch alone reads what was exported, and finds the same networks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ppo_desktop import library
from ppo_desktop.exports.format import Offer, save
from ppo_desktop.exports.formats import format_called
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.kept import begin
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


def learnt(environment_id: str, engine: str, **values: Any) -> ExportedRun:
    settings = RunSettings(environment_id, Algorithm.PPO, SMALL.changed(values), 1)
    run = begin(runs_folder(), settings, lambda message: pytest.fail(message), engine)
    events = run.events()
    for _ in events:
        if run.update == 3:
            break
    events.close()
    assert run.keeper is not None
    return ExportedRun(library.open_run(run.keeper.folder.name), 2)


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    saved = torch.load(path, weights_only=True)
    return saved["state_dict"], json.loads(saved["architecture"])


def network(name: str, state: dict[str, torch.Tensor], about: dict[str, Any]) -> nn.Sequential:
    """As docs/exports.md says it."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(about[name][:-1], about[name][1:], strict=True):
        layers += [nn.Linear(n_in, n_out), ACTIVATIONS[about["activation"]]()]
    sequence = nn.Sequential(*layers[:-1])
    own = {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}
    sequence.load_state_dict(own)
    return sequence


@pytest.mark.parametrize(
    ("environment_id", "engine", "values"),
    [
        ("CartPole-v1", COMPILED, {"normalize_observations": True}),
        ("CartPole-v1", PYTORCH, {"activation": "relu", "hidden_layers": 1}),
        ("Pendulum-v1", COMPILED, {}),
        ("FrozenLake-v1", PYTORCH, {}),
    ],
)
def test_the_networks_are_those_of_the_run(
    tmp_path: Path, environment_id: str, engine: str, values: dict[str, Any]
) -> None:
    subject = learnt(environment_id, engine, **values)
    place = tmp_path / "Übung.pt"
    save(format_called("torch"), Offer("run", lambda: subject), place, lambda share: None)
    state, about = read(place)
    numbers = b"".join(tensor.numpy().tobytes() for tensor in state.values())
    ours = subject.learnt
    assert hashlib.sha256(numbers).hexdigest() == about["parameters_sha256"] == ours.parameters_sha256
    assert (about["environment_id"], about["update"], about["engine"]) == (environment_id, 2, engine)
    observations = np.random.default_rng(1).normal(size=(50, about["policy"][0])).astype(np.float32)
    seen = torch.from_numpy(observations)
    if about["observations"] is not None:
        mean, scale = (torch.tensor(about["observations"][name]) for name in ("mean", "scale"))
        seen = ((seen - mean) * scale).clip(-about["observations"]["cut_at"], about["observations"]["cut_at"])
    assert (about["observations"] is None) is not values.get("normalize_observations", False)
    for name, perceptron in (("policy", ours.networks.actor.perceptron), ("value", ours.networks.critic)):
        outputs = network(name, state, about)(seen).detach().numpy()
        assert np.allclose(outputs, perceptron(ours.normalizer(observations)), atol=1e-6)


def test_continuous_actions_say_how_they_become_the_environment_s(tmp_path: Path) -> None:
    subject = learnt("Pendulum-v1", COMPILED)
    place = tmp_path / "policy.pt"
    save(format_called("torch"), Offer("run", lambda: subject), place, lambda share: None)
    state, about = read(place)
    actions, spaces = about["actions"], subject.learnt.spaces
    drawn = np.array([[-0.5], [0.3]])
    assert np.array_equal(actions["centre"] + actions["unit"] * drawn, spaces.in_environment_units(drawn))
    assert (actions["low"], actions["high"]) == ([-2.0], [2.0])
    assert next(iter(state)) == "log_std"
