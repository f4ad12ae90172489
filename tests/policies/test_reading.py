"""Policies of Stable-Baselines3 act here as they do there; nothing of their files is executed."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, DQN, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from ppo_desktop import library
from ppo_desktop.exports.formats import format_called
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.policies import reading
from ppo_desktop.policies.file_policy import FilePolicy
from ppo_desktop.policies.in_environment import DoesNotFit, known_environments_for, moment_in
from ppo_desktop.policies.reading import UnreadablePolicy, read_policy
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.environments import UnsupportedEnvironment
from ppo_desktop.ppo.events import GaussianPolicy
from ppo_desktop.ppo.normalization import ObservationNormalizer
from ppo_desktop.ppo.player import Player
from tests.kept_runs import keep_run
from tests.policies_in_files import saved_by_stable_baselines3, with_data, with_members, with_tensors

EVIL = base64.b64encode(b"cos\nsystem\n(S'exit 3'\ntR.").decode()


def wide(**networks: list[int]) -> dict[str, Any]:
    return {"policy_kwargs": {"net_arch": networks}}


@pytest.mark.parametrize(
    ("environment_id", "details"),
    [
        ("CartPole-v1", {}),
        ("CartPole-v1", {"algorithm": A2C}),
        ("CartPole-v1", wide(pi=[8, 5], vf=[16, 3])),
        ("CartPole-v1", {"policy_kwargs": {"net_arch": [2], "activation_fn": torch.nn.ReLU}}),
        ("Acrobot-v1", wide(pi=[32, 32, 32], vf=[32, 32, 32])),
        ("Pendulum-v1", {"policy_kwargs": {"log_std_init": -1.0}}),
        ("MountainCarContinuous-v0", {}),
        ("FrozenLake-v1", {}),
    ],
)
def test_it_thinks_of_what_it_sees_as_it_does_there(
    tmp_path: Path, environment_id: str, details: dict[str, Any]
) -> None:
    model = saved_by_stable_baselines3(tmp_path / "policy.zip", environment_id, **details)
    policy = read_policy(tmp_path / "policy.zip")
    moment = moment_in(policy, environment_id)
    assert policy.algorithm is (Algorithm.A2C if details.get("algorithm") is A2C else Algorithm.PPO)
    with closing(Player(moment.settings)) as player:
        player.set_policy(moment.policy)
        for _ in range(20):
            frame = player.step()
            theirs, value = thoughts(model, frame.observation)
            ours = (
                frame.policy.means if isinstance(frame.policy, GaussianPolicy) else frame.policy.probabilities
            )
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
            assert frame.value == pytest.approx(value, abs=1e-4)
    if isinstance(frame.policy, GaussianPolicy):
        deviations = model.policy.log_std.exp().detach().numpy()
        np.testing.assert_allclose(frame.policy.standard_deviations, deviations, rtol=1e-5)


def thoughts(model: Any, observation: Any) -> tuple[Any, float]:
    """Return a model's probabilities or means, and its value, of numbers as its networks see them."""
    with torch.no_grad():
        features = torch.from_numpy(observation[np.newaxis])
        policy_latent, value_latent = model.policy.mlp_extractor(features)
        outputs = model.policy.action_net(policy_latent)[0]
        outputs = outputs if hasattr(model.policy, "log_std") else torch.softmax(outputs, 0)
        return outputs.numpy(), model.policy.value_net(value_latent).item()


def test_actions_that_do_not_lie_around_0_keep_their_units(tmp_path: Path) -> None:
    with kettle():
        model = saved_by_stable_baselines3(tmp_path / "policy.zip", "Kettle-v0")
        moment = moment_in(read_policy(tmp_path / "policy.zip"), "Kettle-v0")
        with closing(Player(moment.settings)) as player:
            player.set_policy(moment.policy)
            frame = player.step()
    assert isinstance(frame.policy, GaussianPolicy)
    np.testing.assert_allclose(
        frame.policy.means, thoughts(model, frame.observation)[0], rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(
        frame.policy.standard_deviations, model.policy.log_std.exp().detach(), rtol=1e-5
    )


@contextmanager
def kettle() -> Iterator[None]:
    """Let there be an environment whose actions do not lie around 0."""
    gymnasium.register("Kettle-v0", Kettle, max_episode_steps=20)
    try:
        yield
    finally:
        del gymnasium.registry["Kettle-v0"]


class Kettle(gymnasium.Env[Any, Any]):
    observation_space = gymnasium.spaces.Box(-10, 10, (2,), np.float32)
    action_space = gymnasium.spaces.Box(20, 120, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self.np_random.normal(size=2).astype(np.float32), {}

    def step(self, action: Any) -> Any:
        return self.np_random.normal(size=2).astype(np.float32), 0.0, False, False, {}


def test_environments_are_found_by_their_sizes(tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "policy.zip", "MountainCar-v0")
    policy = read_policy(tmp_path / "policy.zip")
    assert known_environments_for(policy) == ["MountainCar-v0"]
    assert policy.environment_id == ""
    for other in ("CartPole-v1", "MountainCarContinuous-v0"):
        with pytest.raises(DoesNotFit, match=r"2 numbers in an observation, 3 actions"):
            moment_in(policy, other)
    with pytest.raises(UnsupportedEnvironment):
        moment_in(policy, "NoSuchThing-v0")


def test_what_needs_vecnormalize_is_opened_with_a_doubt(tmp_path: Path) -> None:
    environments = VecNormalize(DummyVecEnv([lambda: gymnasium.make("CartPole-v1")]))
    model = saved_by_stable_baselines3(tmp_path / "policy.zip", environments, n_steps=32, batch_size=32)
    assert not read_policy(tmp_path / "policy.zip").doubt
    model.learn(32)
    model.save(tmp_path / "policy.zip")
    assert "VecNormalize" in read_policy(tmp_path / "policy.zip").doubt


def test_layers_that_both_networks_shared_once_begin_both(tmp_path: Path) -> None:
    model = saved_by_stable_baselines3(tmp_path / "policy.zip", **wide(pi=[8, 6], vf=[8, 6]))
    known = model.policy.state_dict()
    changes = {name: None for name in known if "_net.0." in name or "_net.2." in name}
    for part in ("weight", "bias"):
        changes[f"mlp_extractor.shared_net.0.{part}"] = known[f"mlp_extractor.policy_net.0.{part}"]
        for name in ("policy_net", "value_net"):
            changes[f"mlp_extractor.{name}.0.{part}"] = known[f"mlp_extractor.{name}.2.{part}"]
    policy = read_policy(with_tensors(tmp_path / "policy.zip", **changes))
    first = known["mlp_extractor.policy_net.0.weight"].numpy()
    for layers, head in ((policy.actor, "action_net"), (policy.critic, "value_net")):
        assert [len(layer.bias) for layer in layers[:-1]] == [8, 6]
        np.testing.assert_array_equal(layers[0].weight, first)
        np.testing.assert_array_equal(layers[-1].bias, known[f"{head}.bias"].numpy())


def test_networks_of_unequal_depth_do_not_fit(tmp_path: Path) -> None:
    saved_by_stable_baselines3(tmp_path / "policy.zip", **wide(pi=[8], vf=[8, 8]))
    with pytest.raises(DoesNotFit, match="1 hidden layer and its value network 2"):
        moment_in(read_policy(tmp_path / "policy.zip"), "CartPole-v1")
    saved_by_stable_baselines3(tmp_path / "policy.zip", **wide(pi=[300], vf=[8]))
    with pytest.raises(DoesNotFit, match="Hidden units"):
        moment_in(read_policy(tmp_path / "policy.zip"), "CartPole-v1")


# ---- what is refused


@pytest.fixture
def place(tmp_path: Path) -> Path:
    saved_by_stable_baselines3(tmp_path / "policy.zip")
    return tmp_path / "policy.zip"


def refusal(place: Path) -> str:
    with pytest.raises(UnreadablePolicy) as refused:
        read_policy(place)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(place.name)
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"algorithm": DQN}, "dqn"),
        ({"algorithm": SAC, "environment": "Pendulum-v1"}, "sac"),
        ({"environment": "Pendulum-v1", "use_sde": True}, "gSDE"),
        ({"policy_kwargs": {"activation_fn": torch.nn.ELU}}, "ELU"),
        ({"policy_kwargs": {"net_arch": []}}, ""),
    ],
)
def test_a_policy_that_acts_otherwise_is_refused(tmp_path: Path, details: dict[str, Any], said: str) -> None:
    saved_by_stable_baselines3(tmp_path / "other.zip", **details)
    if said:
        assert said in refusal(tmp_path / "other.zip")
    else:
        with pytest.raises(DoesNotFit, match="Hidden layers"):
            moment_in(read_policy(tmp_path / "other.zip"), "CartPole-v1")


def test_what_is_no_such_file_is_refused(tmp_path: Path, place: Path) -> None:
    whole = place.read_bytes()
    for name, contents in {"text": b"hello", "nothing": b"", "half": whole[: len(whole) // 2]}.items():
        (tmp_path / name).write_bytes(contents)
        refusal(tmp_path / name)
    refusal(tmp_path)
    refusal(tmp_path / "missing.zip")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        refusal(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["data", "policy.pth"])
def test_without_a_member_it_is_refused(place: Path, name: str) -> None:
    refusal(with_members(place, **{name: None}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"num_timesteps": -1}',
        b'{"num_timesteps": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_it_says_has_to_be_understood(place: Path, data: bytes) -> None:
    refusal(with_members(place, data=data))


def test_nothing_that_is_pickled_in_it_is_executed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle, "loads", pytest.fail)
    monkeypatch.setattr(torch, "load", pytest.fail)
    evil = {":type:": "<class 'os._wrap_close'>", ":serialized:": EVIL}
    names = ("policy_class", "observation_space", "policy_kwargs", "_last_obs", "lr_schedule", "clip_range")
    assert isinstance(read_policy(with_data(place, **dict.fromkeys(names, evil))), FilePolicy)
    with_members(place, policy_pth=pickled_as_torch(b"\x80\x02cos\nsystem\nX\x06\x00\x00\x00exit 3\x85R."))
    assert "os system" in refusal(place)


def pickled_as_torch(pickled: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
    return buffer.getvalue()


def test_a_member_s_name_is_no_path(place: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("../../evil", "x")
        archive.writestr("/tmp/evil-policy", "x")
    read_policy(place)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "tensors",
    [
        {"action_net__bias": None},
        {"mlp_extractor__policy_net__2__weight": torch.zeros(64, 63)},
        {"mlp_extractor__value_net__0__weight": torch.zeros(64, 5)},
        {"value_net__weight": torch.zeros(2, 64), "value_net__bias": torch.zeros(2)},
        {"action_net__weight": torch.zeros(64)},
        {"action_net__bias": torch.full((2,), float("nan"))},
        {"action_net__bias": torch.full((2,), 1e300, dtype=torch.float64)},
        {"log_std": torch.zeros(3)},
        {"lstm__weight": torch.zeros(3)},
    ],
)
def test_networks_have_to_fit_together_and_be_finite(place: Path, tensors: dict[str, Any]) -> None:
    refusal(with_tensors(place, **tensors))


def test_a_bomb_is_refused_before_it_takes_memory(place: Path) -> None:
    assert "too large" in refusal(with_members(place, policy_pth=bytes(100_000_000)))
    assert "too large" in refusal(with_members(place, data=b" " * 100_000_000))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_would_be_unpacked_all_at_once_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: int
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000_000)
    place = tmp_path / "policy.zip"
    with zipfile.ZipFile(place, "w", packing) as archive:
        archive.writestr("data", bytes(20_000_000))
    assert place.stat().st_size < 10_000
    tracemalloc.start()
    try:
        assert "packed" in refusal(place)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


# ---- what was exported here


@pytest.mark.parametrize("format_id", ["sb3", "torch"])
@pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {}),
        ("CartPole-v1", {"algorithm": Algorithm.A2C, "activation": "relu", "hidden_layers": 1}),
        ("Pendulum-v1", {}),
        ("Kettle-v0", {}),
    ],
)
def test_what_was_exported_is_opened_where_it_was_learnt(
    tmp_path: Path, environment_id: str, values: dict[str, Any], format_id: str
) -> None:
    with kettle():
        subject = ExportedRun(library.open_run(keep_run(4, environment_id=environment_id, **values)))
        format_called(format_id).write(subject, tmp_path / "policy", lambda _share: None)
        policy = read_policy(tmp_path / "policy")
        moment = moment_in(policy, policy.environment_id)
    learnt = subject.learnt
    assert (policy.environment_id, policy.algorithm) == (environment_id, subject.settings.algorithm)
    assert policy.steps == learnt.moment.steps
    np.testing.assert_allclose(moment.policy.parameters, learnt.snapshot.parameters, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("format_id", ["sb3", "torch"])
def test_it_is_kept_whether_values_are_of_scaled_rewards(tmp_path: Path, format_id: str) -> None:
    for is_scaled in (False, True):
        subject = ExportedRun(library.open_run(keep_run(2, normalize_rewards=is_scaled)))
        format_called(format_id).write(subject, tmp_path / f"policy{is_scaled}", lambda _share: None)
        assert read_policy(tmp_path / f"policy{is_scaled}").rewards_are_scaled is is_scaled


def test_a_file_for_pytorch_keeps_the_normalisation_of_observations(tmp_path: Path) -> None:
    subject = ExportedRun(library.open_run(keep_run(4, normalize_observations=True)))
    format_called("torch").write(subject, tmp_path / "policy.pt", lambda _share: None)
    moment = moment_in(read_policy(tmp_path / "policy.pt"), "CartPole-v1")
    normalizer = ObservationNormalizer(4, enabled=moment.hyperparameters.normalize_observations)
    normalizer.restore(moment.policy.observations)
    observations = np.linspace(-9, 9, 40, dtype=np.float32).reshape(10, 4)
    np.testing.assert_allclose(normalizer(observations), subject.learnt.normalizer(observations), rtol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"version": 2},
        {"environment_id": "some_module:Thing-v0"},
        {"environment_id": None},
        {"policy": [4, 9, 2]},
        {"activation": "elu"},
        {"actions": {"kind": "continuous", "unit": [1.0], "centre": [0.0]}},
        {"observations": {"mean": [0.0], "scale": [1.0], "cut_at": 10.0}},
        {"observations": {"mean": [0.0] * 4, "scale": [0.0] * 4, "cut_at": 10.0}},
    ],
)
def test_a_file_for_pytorch_has_to_be_what_it_says(tmp_path: Path, change: dict[str, Any]) -> None:
    subject = ExportedRun(library.open_run(keep_run(2)))
    format_called("torch").write(subject, tmp_path / "policy.pt", lambda _share: None)
    saved = torch.load(tmp_path / "policy.pt", weights_only=True)
    saved["architecture"] = json.dumps(json.loads(saved["architecture"]) | change)
    torch.save(saved, tmp_path / "policy.pt")
    refusal(tmp_path / "policy.pt")
