"""The zip file is one of Stable-Baselines3's own: it loads it, acts as the run does, and learns on."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.wrappers import FlattenObservation
from numpy.typing import NDArray
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.policies import ActorCriticPolicy

from ppo_desktop import library
from ppo_desktop.exports.format import CannotExport
from ppo_desktop.exports.stable_baselines3 import write
from ppo_desktop.exports.subject import ExportedRun, Learnt
from ppo_desktop.policies.stable_baselines3_zip import OURS
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.evaluation import START_SEEDS, play_episode
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.seeding import agent_seed
from tests.kept_runs import keep_run

N_OBSERVATIONS = 1_000
LEARNS_QUICKLY = {"learning_rate": 0.01}
"""So that parameters leave their start, where biases are 0 and every policy is nearly uniform."""


def written(place: Path, environment_id: str = "CartPole-v1", updates: int = 4, **values: Any) -> Learnt:
    """Write what a small run has learnt as a zip file, and return it."""
    run = keep_run(updates, environment_id=environment_id, **LEARNS_QUICKLY | values)
    subject = ExportedRun(library.open_run(run))
    write(subject, place, lambda _share: None)
    return subject.learnt


def loaded(place: Path, environment: Any = None) -> Any:
    return PPO.load(place, env=environment, device="cpu")


def observations_played(learnt: Learnt) -> NDArray[np.float32]:
    """Return what the policy meets and sees uncut: no linear layer cuts off."""
    observations: list[NDArray[np.float32]] = []
    with closing(Player(learnt.moment.settings)) as player:
        player.set_policy(learnt.snapshot)
        while len(observations) < N_OBSERVATIONS:
            observation = player.step().observation
            if np.abs(learnt.normalizer(observation)).max() < LARGEST_NORMALIZED:
                observations.append(observation)
    return np.array(observations)


def said(policy: ActorCriticPolicy, observations: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a policy's probabilities, or means, and its values."""
    with torch.no_grad():
        given, _ = policy.obs_to_tensor(observations)
        distribution: Any = policy.get_distribution(given).distribution
        outputs = distribution.probs if hasattr(distribution, "probs") else distribution.mean
        return outputs.numpy(), policy.predict_values(given).numpy()[:, 0]


def said_by_us(learnt: Learnt, observations: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    seen = learnt.normalizer(observations)
    actor = learnt.networks.actor
    return actor.probabilities_or_means(actor.perceptron(seen)), learnt.networks.critic(seen)[:, 0]


@pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {}),
        ("CartPole-v1", {"hidden_layers": 3, "activation": "relu"}),
        ("Acrobot-v1", {"normalize_observations": True}),
        ("MountainCar-v0", {"normalize_observations": True, "normalize_rewards": True}),
        ("MountainCarContinuous-v0", {"normalize_observations": True}),
        ("Pendulum-v1", {"initial_log_std": -0.5}),
        ("GridWorld-v0", {"activation": "relu"}),
    ],
)
def test_it_says_of_a_thousand_observations_what_the_run_says(
    tmp_path: Path, environment_id: str, values: dict[str, Any]
) -> None:
    learnt = written(tmp_path / "policy.zip", environment_id, **values)
    observations = observations_played(learnt)
    ours, our_values = said_by_us(learnt, observations)
    model = loaded(tmp_path / "policy.zip")
    theirs, their_values = said(model.policy, observations)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)
    np.testing.assert_allclose(their_values, our_values, rtol=1e-5, atol=1e-5)
    actions, _ = model.predict(observations, deterministic=True)
    spaces = learnt.spaces
    best = ours.argmax(-1) if spaces.n_actions else ours.clip(spaces.action_low, spaces.action_high)
    assert np.abs(actions - best).max() < 1e-5
    if spaces.n_actions is None:
        deviations = model.policy.log_std.exp().detach().numpy()
        np.testing.assert_allclose(deviations, spaces.action_units * np.exp(learnt.networks.actor.log_std))


@pytest.mark.parametrize(("environment_id", "is_normalized"), [("CartPole-v1", True), ("Pendulum-v1", False)])
def test_its_evaluation_has_the_returns_of_ours(
    tmp_path: Path, environment_id: str, is_normalized: bool
) -> None:
    learnt = written(tmp_path / "policy.zip", environment_id, normalize_observations=is_normalized)
    with closing(Player(learnt.moment.settings)) as player:
        player.set_policy(learnt.snapshot)
        ours = [returned(play_episode(player, seed, Acting.DETERMINISTIC)) for seed in START_SEEDS[:5]]
    model = loaded(tmp_path / "policy.zip")
    theirs = [episode_return(model, gymnasium.make(environment_id), seed) for seed in START_SEEDS[:5]]
    np.testing.assert_allclose(theirs, ours, rtol=1e-4)


def returned(playing: Generator[None, None, float]) -> float:
    """Return what a generator returns at its end."""
    while True:
        try:
            next(playing)
        except StopIteration as ended:
            return float(ended.value)


def episode_return(model: Any, environment: Any, seed: int) -> float:
    observation, _ = environment.reset(seed=agent_seed(seed, 0))
    total, over = 0.0, False
    while not over:
        action, _ = model.predict(observation, deterministic=True)
        observation, reward, terminated, truncated, _ = environment.step(action)
        total, over = total + float(reward), terminated or truncated
    environment.close()
    return total


@pytest.mark.parametrize("engine", ["compiled", "pytorch"])
def test_it_learns_on_with_the_run_s_settings_and_adam_s_moments(tmp_path: Path, engine: str) -> None:
    learnt = written(
        tmp_path / "policy.zip", engine=engine, clip_range=None, target_kl=0.1, max_grad_norm=None
    )
    model = loaded(tmp_path / "policy.zip", gymnasium.make("CartPole-v1"))
    values = learnt.hyperparameters
    assert (model.n_steps, model.n_epochs, model.gamma) == (
        values.rollout_length,
        values.n_epochs,
        values.gamma,
    )
    assert model.batch_size == values.samples_per_rollout // values.n_minibatches
    states = model.policy.optimizer.state_dict()["state"]
    assert sum(state["exp_avg"].sum() for state in states.values()) == pytest.approx(
        learnt.snapshot.moments["exp_avg"].sum(), rel=1e-4
    )
    assert {int(state["step"]) for state in states.values()} == {int(learnt.snapshot.moments["step"])}
    before = [parameter.clone() for parameter in model.policy.parameters()]
    model.learn(2 * model.n_steps, reset_num_timesteps=False)
    assert model.num_timesteps == learnt.moment.steps + 2 * model.n_steps
    assert all(not torch.equal(old, new) for old, new in zip(before, model.policy.parameters(), strict=True))
    model.save(tmp_path / "again.zip")
    PPO.load(tmp_path / "again.zip")


def test_adam_begins_anew_where_the_first_layers_are_others(tmp_path: Path) -> None:
    written(tmp_path / "policy.zip", normalize_observations=True)
    model = loaded(tmp_path / "policy.zip", gymnasium.make("CartPole-v1"))
    assert not model.policy.optimizer.state_dict()["state"]
    model.learn(model.n_steps)


def test_a2c_is_loaded_as_a2c(tmp_path: Path) -> None:
    learnt = written(tmp_path / "policy.zip", algorithm=Algorithm.A2C)
    model: Any = A2C.load(tmp_path / "policy.zip", env=gymnasium.make("CartPole-v1"), device="cpu")
    assert isinstance(model.policy.optimizer, torch.optim.Adam)
    ours, _ = said_by_us(learnt, observations_played(learnt))
    theirs, _ = said(model.policy, observations_played(learnt))
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)
    model.learn(model.n_steps)


@pytest.mark.parametrize(
    ("environment_id", "wrap"),
    [("FrozenLake-v1", lambda environment: environment), ("Blackjack-v1", FlattenObservation)],
)
def test_it_acts_in_an_environment_of_whole_numbers(
    tmp_path: Path, environment_id: str, wrap: Callable[[Any], Any]
) -> None:
    learnt = written(tmp_path / "policy.zip", environment_id)
    environment = wrap(gymnasium.make(environment_id))
    model = loaded(tmp_path / "policy.zip", environment)
    observation, _ = environment.reset(seed=3)
    theirs, _ = said(model.policy, np.asarray(observation))
    from gymnasium.spaces.utils import flatten

    numbers = np.asarray(flatten(environment.observation_space, observation), np.float32)
    ours, _ = said_by_us(learnt, numbers[np.newaxis])
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)
    model.learn(model.n_steps)
    with zipfile.ZipFile(tmp_path / "policy.zip") as archive:
        assert ("Flatten" in json.loads(archive.read(OURS))["observations"]) == (wrap is FlattenObservation)


def test_means_and_widths_are_in_the_units_of_the_environment(tmp_path: Path) -> None:
    gymnasium.register("Heater-v0", Heater, max_episode_steps=20)
    try:
        learnt = written(tmp_path / "policy.zip", "Heater-v0", normalize_observations=True)
        observations = observations_played(learnt)
    finally:
        del gymnasium.registry["Heater-v0"]
    ours, _ = said_by_us(learnt, observations)
    model = loaded(tmp_path / "policy.zip")
    theirs, _ = said(model.policy, observations)
    assert ours.mean() > 50
    np.testing.assert_allclose(theirs, ours, rtol=1e-5)
    deviations = model.policy.log_std.exp().detach().numpy()
    np.testing.assert_allclose(deviations, 50 * np.exp(learnt.networks.actor.log_std), rtol=1e-6)


class Heater(gymnasium.Env[Any, Any]):
    """Its actions are from 20 to 120, not around 0; those of the second, from 1."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space: Any = gymnasium.spaces.Box(20, 120, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self._observation(), {}

    def step(self, action: Any) -> Any:
        return self._observation(), -abs(float(np.ravel(action)[0]) - 80) / 100, False, False, {}

    def _observation(self) -> Any:
        return self.np_random.normal(size=2).astype(np.float32)


class Dial(Heater):
    action_space = gymnasium.spaces.Discrete(3, start=1)


def test_actions_that_do_not_begin_with_0_are_refused(tmp_path: Path) -> None:
    gymnasium.register("Dial-v0", Dial, max_episode_steps=20)
    try:
        with pytest.raises(CannotExport, match="Dial-v0"):
            written(tmp_path / "policy.zip", "Dial-v0")
    finally:
        del gymnasium.registry["Dial-v0"]


def test_it_is_counted_how_often_a_normalised_observation_was_cut(tmp_path: Path) -> None:
    learnt = written(tmp_path / "policy.zip", normalize_observations=True)
    with zipfile.ZipFile(tmp_path / "policy.zip") as archive:
        told = json.loads(archive.read(OURS))
    with closing(Player(learnt.moment.settings)) as player:
        player.set_policy(learnt.snapshot)
        player.begin(START_SEEDS[0])
        played = np.array([player.step().observation for _ in range(told["observations_cut"]["of"])])
    mean, scale = learnt.normalizer.mean_and_scale
    is_cut = (np.abs((played - mean) * scale) >= LARGEST_NORMALIZED).any(axis=1)
    assert told["observations_cut"]["cut"] == is_cut.sum()


def test_pickles_name_nothing_but_classes_that_are_known(tmp_path: Path) -> None:
    import base64
    import pickletools

    written(tmp_path / "policy.zip", "Pendulum-v1", activation="relu")
    with zipfile.ZipFile(tmp_path / "policy.zip") as archive:
        data = json.loads(archive.read("data"))
    pickled = {name: item for name, item in data.items() if isinstance(item, dict) and ":serialized:" in item}
    assert set(pickled) == {"policy_class", "observation_space", "action_space", "policy_kwargs"}
    words = set()
    for item in pickled.values():
        contents = base64.b64decode(item[":serialized:"])
        words |= {given for _, given, _ in pickletools.genops(contents) if isinstance(given, str)}
    modules = {word for word in words if "." in word}
    assert modules == {
        "stable_baselines3.common.policies ActorCriticPolicy",
        "gymnasium.spaces.box",
        "torch.nn.modules.activation",
    }
