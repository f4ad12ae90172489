"""An episode is played to its time limit as a player plays it, and its targets are those of learning."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
import torch

from ppo_desktop.ppo import whole_episode
from ppo_desktop.ppo.advantages import generalized_advantage_estimate
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.estimates import cut_off_targets
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.player import Player
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.ppo.whole_episode import play_to_the_limit


def moment_of(environment_id: str, *, normalises: bool = False) -> PolicyMoment:
    """Return that after a small update."""
    values = Hyperparameters(
        rollout_length=32,
        n_envs=2,
        n_minibatches=1,
        n_epochs=1,
        hidden_units=8,
        gamma=0.97,
        gae_lambda=0.9,
        normalize_observations=normalises,
        normalize_rewards=normalises,
    )
    settings = RunSettings(environment_id, Algorithm.PPO, values, seed=2)
    trainer = Trainer(settings, PyTorchEngine(settings))
    with closing(trainer.events()) as events:
        while trainer.update < 1:
            next(events)
        return trainer.policy_moment()


@pytest.mark.parametrize("gae_lambda", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("bootstraps", [True, False])
def test_targets_are_those_of_advantages_with_and_without_bootstrap(
    gae_lambda: float, bootstraps: bool
) -> None:
    generator, n_steps = np.random.default_rng(3), 20
    rewards, values = generator.normal(size=n_steps), generator.normal(size=n_steps + 1)
    ends = torch.zeros(n_steps, 1, dtype=torch.bool)
    ends[-1] = True
    never = torch.zeros_like(ends)
    advantages = generalized_advantage_estimate(
        *(torch.from_numpy(numbers).reshape(-1, 1) for numbers in (rewards, values[:-1], values[1:])),
        never if bootstraps else ends,
        ends if bootstraps else never,
        0.97,
        gae_lambda,
    )
    found = cut_off_targets(rewards, values, 0.97, gae_lambda)
    targets = found.bootstrapped if bootstraps else found.not_bootstrapped
    assert targets == pytest.approx(advantages.numpy().ravel() + values[:-1])
    assert found.bootstrap == pytest.approx(0.97 * values[-1])


@pytest.mark.parametrize(
    ("environment_id", "limit"),
    [("MountainCar-v0", 200), ("Pendulum-v1", 200)],
    ids=["discrete", "continuous"],
)
@pytest.mark.parametrize("normalises", [False, True])
def test_it_is_the_episode_that_a_player_plays_from_the_first_start_state(
    environment_id: str, limit: int, normalises: bool
) -> None:
    moment = moment_of(environment_id, normalises=normalises)
    played = play_to_the_limit(moment)
    assert played.n_played == 1
    episode = played.episode
    assert episode is not None
    assert episode.at_time_limit
    with closing(Player(moment.settings)) as player:
        player.set_policy(moment.policy)
        player.begin(START_SEEDS[0])
        frames = [player.look(), *(player.step() for _ in range(limit))]
    assert [frame.episode_over for frame in frames] == [False] * limit + [True]
    values = [frame.value for frame in frames]
    assert episode.values == pytest.approx(values[:-1], rel=1e-4, abs=1e-5)
    rewards = np.diff([frame.episode_return for frame in frames])
    if normalises:
        rewards = rewards / np.sqrt(moment.policy.rewards.variance[0] + 1e-8)
    expected = cut_off_targets(rewards, np.array(values), 0.97, 0.9)
    assert episode.bootstrapped == pytest.approx(expected.bootstrapped, rel=1e-3, abs=1e-3)
    assert episode.not_bootstrapped == pytest.approx(expected.not_bootstrapped, rel=1e-3, abs=1e-3)
    assert episode.bootstrap == pytest.approx(0.97 * values[-1], rel=1e-4, abs=1e-5)
    assert episode.times.tolist() == list(range(limit))


def test_where_no_start_state_leads_to_a_time_limit_it_says_how_many_were_tried() -> None:
    played = play_to_the_limit(moment_of("CartPole-v1"))
    assert played.episode is None
    assert played.n_played == len(START_SEEDS)


def test_it_does_not_play_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_episode, "MOST_STEPS", 150)
    played = play_to_the_limit(moment_of("MountainCar-v0"))
    assert played.episode is None
    assert played.n_played == 0
