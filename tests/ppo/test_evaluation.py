from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import chain
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv, PendulumEnv

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.evaluation import START_SEEDS, STARTS_VERSION, evaluate, play_episode
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.seeding import Stream, agent_seed, stream_seed
from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_returns_are_those_of_the_best_actions_played_by_hand(
    make_trainer: MakeTrainer, environment_id: str
) -> None:
    trainer = make_trainer(environment_id)
    environment: Any = gymnasium.make(environment_id)
    observation, _ = environment.reset(seed=agent_seed(stream_seed(1, Stream.EVALUATION), 0))
    expected = [0.0]
    while len(expected) <= 3:
        outputs = trainer.engine.actor.perceptron(observation[np.newaxis])[0]
        action = np.clip(outputs, -2, 2) if environment_id == "Pendulum-v1" else outputs.argmax()
        observation, reward, terminated, truncated, _ = environment.step(action)
        expected[-1] += float(reward)
        if terminated or truncated:
            observation, _ = environment.reset()
            expected.append(0.0)
    environment.close()
    told = list(evaluate(trainer.engine, trainer.settings, 3))
    assert list(chain(*told)) == pytest.approx(expected[:3])


class Noting(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Notes of every step what the agent saw, what it did and the reward."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.notes: list[tuple[Any, Any, float]] = []

    def reset(self, **arguments: Any) -> Any:
        self._seen, info = self.env.reset(**arguments)
        return self._seen, info

    def step(self, action: Any) -> Any:
        answer = self.env.step(action)
        self.notes.append((self._seen, action, float(answer[1])))
        self._seen = answer[0]
        return answer


@pytest.mark.parametrize("normalize", [False, True], ids=["raw", "normalised"])
@pytest.mark.parametrize("kind", [CartPoleEnv, PendulumEnv])
def test_it_plays_what_the_network_likes_best_on_observations_normalised_as_in_training(
    toys: Any, make_trainer: MakeTrainer, kind: Callable[[], Any], normalize: bool
) -> None:
    environment_id = toys.register_maker(lambda: Noting(kind()), max_episode_steps=100)
    trainer = make_trainer(
        environment_id, learning_rate=0.02, n_epochs=1, n_minibatches=1, normalize_observations=normalize
    )
    rows = []
    for event in trainer.events():
        if isinstance(event, MinibatchOptimized):
            rows.append(event.samples.observations)
        if isinstance(event, UpdateFinished) and len(rows) == 3:
            break
    mean, deviation = np.mean(np.concatenate(rows), axis=0), np.std(np.concatenate(rows), axis=0)
    told = [list(evaluate(trainer.engine, trainer.settings, 2)) for _ in range(2)]
    assert told[0] == told[1], "the statistics have moved on, or there was noise"
    notes = toys.made[-1].notes
    observations, actions, rewards = (np.array(column) for column in zip(*notes, strict=True))
    if normalize:
        observations = np.clip((observations - mean) / deviation, -10, 10)
    outputs = trainer.engine.actor.perceptron(observations.astype(np.float32))
    if kind is CartPoleEnv:
        assert actions.tolist() == outputs.argmax(-1).tolist()
    else:
        np.testing.assert_allclose(actions, outputs.clip(-2, 2), rtol=1e-3, atol=1e-5)
    ends = [index + 1 for index, returns in enumerate(told[0]) if returns]
    assert len(told[0]) == ends[-1] == len(notes)
    returns = [sum(rewards[: ends[0]]), sum(rewards[ends[0] :])]
    assert list(chain(*told[0])) == pytest.approx(returns)


@EVERY_ENGINE
@pytest.mark.parametrize("normalize", [False, True], ids=["raw", "normalised"])
def test_evaluating_does_not_change_the_run(make_trainer: MakeTrainer, normalize: bool) -> None:
    fingerprints = []
    for evaluated in (False, True):
        trainer = make_trainer(normalize_observations=normalize, normalize_rewards=normalize)
        updates = 0
        for event in trainer.events():
            if isinstance(event, UpdateFinished):
                updates += 1
                if evaluated:
                    list(evaluate(trainer.engine, trainer.settings, 1))
            if updates == 3:
                break
        fingerprints.append(trainer.parameters_sha256())
    assert fingerprints[0] == fingerprints[1]


@EVERY_ENGINE
def test_no_episodes_are_no_returns(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer()
    assert list(evaluate(trainer.engine, trainer.settings, 0)) == []


def test_stopping_early_closes_the_environment(toys: Any, make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(toys.register(lambda time, action: (np.zeros(1), 1.0, time == 3, False)))
    returns = evaluate(trainer.engine, trainer.settings, 100)
    assert [next(returns) for _ in range(3)] == [[], [], [3.0]]
    returns.close()
    assert toys.made[-1].closed == 1


def test_a_failing_environment_is_closed(toys: Any, make_trainer: MakeTrainer) -> None:
    trainer = make_trainer(toys.register(lambda time, action: (np.full(1, np.nan), 1.0, False, False)))
    with pytest.raises(EnvironmentFailure, match="with nan in it"):
        list(evaluate(trainer.engine, trainer.settings, 1))
    assert toys.made[-1].closed == 1


# ---- episodes from fixed start states

STARTS: dict[str, tuple[list[float], list[float]]] = {
    "CartPole-v1": ([0.002539, -0.000844, -0.005445, -0.0032], [0.02493, -0.049854, 0.00079, 0.044785]),
    "Acrobot-v1": (
        [0.99856, 0.005076, 0.998391, -0.001683, -0.01089, -0.0064],
        [0.998757, 0.049839, 0.995033, -0.099543, 0.00158, 0.089569],
    ),
    "MountainCar-v0": ([-0.494922, 0.0], [-0.45014, 0.0]),
    "MountainCarContinuous-v0": ([-0.494922, 0.0], [-0.45014, 0.0]),
    "Pendulum-v1": ([0.080385, 0.095898, -0.016882], [0.004412, 0.99999, -0.997079]),
    "GridWorld-v0": ([-0.073333, 0.015], [-1.0, 0.0]),
}
"""The mean of all start states of version 1, and the first one: where they are others, so is the version."""


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", KNOWN_ENVIRONMENTS)
def test_episodes_begin_in_the_start_states_of_their_version(
    make_trainer: MakeTrainer, environment_id: str
) -> None:
    assert STARTS_VERSION == 1
    trainer = make_trainer(environment_id)
    with closing(Player(trainer.settings, trainer.engine.name)) as player:
        starts = []
        for seed in START_SEEDS:
            player.play()  # whatever was played before
            player.begin(seed)
            starts.append(player.look().observation)
    mean, first = STARTS[environment_id]
    np.testing.assert_allclose(np.mean(starts, axis=0), mean, atol=2e-6)
    np.testing.assert_allclose(starts[0], first, atol=2e-6)


def played(player: Player, seed: int, acting: Acting) -> float:
    """Return the return of an episode."""
    episode = play_episode(player, seed, acting)
    while True:
        try:
            next(episode)
        except StopIteration as end:
            return float(end.value)


@EVERY_ENGINE
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_an_episode_is_that_of_its_seed_whatever_was_played_before(
    make_trainer: MakeTrainer, environment_id: str
) -> None:
    trainer = make_trainer(environment_id)
    by_hand: Any = gymnasium.make(environment_id)
    observation, _ = by_hand.reset(seed=agent_seed(START_SEEDS[7], 0))
    expected, is_over = 0.0, False
    while not is_over:
        outputs = trainer.engine.actor.perceptron(observation[np.newaxis])[0]
        action = np.clip(outputs, -2, 2) if environment_id == "Pendulum-v1" else outputs.argmax()
        observation, reward, terminated, truncated, _ = by_hand.step(action)
        expected += float(reward)
        is_over = terminated or truncated
    by_hand.close()
    with closing(Player(trainer.settings, trainer.engine.name)) as player:
        player.set_policy(trainer.engine.snapshot())
        assert played(player, START_SEEDS[7], Acting.DETERMINISTIC) == pytest.approx(expected)
        drawn = [played(player, seed, Acting.SAMPLED) for seed in START_SEEDS[:5]]
        again = [played(player, seed, Acting.SAMPLED) for seed in reversed(START_SEEDS[:5])]
        assert drawn == again[::-1]
        assert len({*drawn, played(player, START_SEEDS[0], Acting.DETERMINISTIC)}) > 1
        assert played(player, START_SEEDS[7], Acting.DETERMINISTIC) == pytest.approx(expected)
