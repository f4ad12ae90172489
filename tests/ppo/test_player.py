"""A player acts as the policy of its run would, and the run does not notice."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.events import (
    DiscretePolicy,
    EpisodeEnded,
    Frame,
    GaussianPolicy,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.player import Player
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from tests.every_engine import EVERY_ENGINE

MakeTrainer = Callable[..., Trainer]
MakePlayer = Callable[[RunSettings], Player]


@pytest.fixture
def make_player() -> Iterator[MakePlayer]:
    """Return a function that makes a player; its environment is closed after the test."""
    made: list[Player] = []

    def make(settings: RunSettings) -> Player:
        made.append(Player(settings))
        return made[-1]

    yield make
    for player in made:
        player.close()


def has_learnt(trainer: Trainer, n_updates: int = 3) -> Any:
    """Train for some updates and return what has been learnt then."""
    updates = (event for event in trainer.events() if isinstance(event, UpdateFinished))
    for _ in range(n_updates):
        next(updates)
    return trainer.engine.snapshot()


def assert_the_run_agrees(trainer: Trainer, frame: Frame) -> None:
    """The run's own engine says the same of what the player sees."""
    survey = trainer.engine.survey(frame.observation[np.newaxis])
    if isinstance(frame.policy, DiscretePolicy):
        np.testing.assert_allclose(frame.policy.probabilities, survey.policy[0], rtol=1e-5)
    else:
        own: Any = trainer.engine.look(0, 0, picture=False, path=False).policy
        np.testing.assert_allclose(frame.policy.means, survey.policy[0], rtol=1e-5, atol=1e-7)
        assert frame.policy.standard_deviations == own.standard_deviations
    assert frame.value == pytest.approx(float(survey.values[0]), rel=1e-4, abs=1e-6)


@EVERY_ENGINE
@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize(
    ("environment_id", "kind"), [("CartPole-v1", DiscretePolicy), ("Pendulum-v1", GaussianPolicy)]
)
def test_it_thinks_of_a_state_what_its_run_thinks(
    make_trainer: MakeTrainer,
    make_player: MakePlayer,
    environment_id: str,
    kind: type,
    normalised: bool,
    algorithm: Algorithm,
) -> None:
    trainer = make_trainer(
        environment_id,
        algorithm,
        learning_rate=0.05,
        normalize_observations=normalised,
        normalize_rewards=normalised,
    )
    player = make_player(trainer.settings)
    untaught = player.step()
    snapshot = has_learnt(trainer)
    player.set_policy(snapshot)
    taught = player.step()
    assert isinstance(taught.policy, kind)
    assert_the_run_agrees(trainer, taught)
    with pytest.raises(AssertionError):
        assert_the_run_agrees(trainer, untaught)


@EVERY_ENGINE
def test_before_it_is_taught_it_acts_as_the_run_at_its_beginning(
    make_trainer: MakeTrainer, make_player: MakePlayer
) -> None:
    trainer = make_trainer()
    player = make_player(trainer.settings)
    for _ in range(5):
        assert_the_run_agrees(trainer, player.step())


def told(trainer: Trainer, look: Callable[[Any], None] = lambda snapshot: None) -> tuple[Any, str]:
    """Return all returns and losses of a run and its fingerprint; `look` gets each update's snapshot."""
    numbers: list[Any] = []
    for event in trainer.events():
        match event:
            case EpisodeEnded():
                numbers.append((event.steps, event.episode_return))
            case UpdateFinished():
                numbers.append((event.policy_loss, event.value_loss, event.approx_kl))
                look(trainer.engine.snapshot())
            case RunFinished():
                break
    return numbers, trainer.parameters_sha256()


@EVERY_ENGINE
def test_the_run_is_bit_for_bit_what_it_is_without_it(
    make_trainer: MakeTrainer, make_player: MakePlayer
) -> None:
    values = {"total_steps": 320, "learning_rate": 0.01, "normalize_observations": True}
    alone = told(make_trainer(**values))
    watched = make_trainer(**values)
    player = make_player(watched.settings)

    def look(snapshot: Any) -> None:
        player.set_policy(snapshot)
        for _ in range(70):
            player.step()

    assert told(watched, look) == alone


@EVERY_ENGINE
def test_what_it_was_taught_stays_as_it_was_handed_over(
    make_trainer: MakeTrainer, make_player: MakePlayer
) -> None:
    trainer = make_trainer(normalize_observations=True)
    snapshot = has_learnt(trainer)
    before = snapshot.parameters.copy(), snapshot.moments["exp_avg"].copy(), snapshot.observations
    player = make_player(trainer.settings)
    player.set_policy(snapshot)
    for _ in range(200):
        player.step()
    np.testing.assert_array_equal(snapshot.parameters, before[0])
    np.testing.assert_array_equal(snapshot.moments["exp_avg"], before[1])
    assert snapshot.observations is before[2]


SINGLE, PAIR = np.array([7.0]), np.array([7.0, 7.0])


@EVERY_ENGINE
@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": np.array([7.0], np.float32)},
        {"parameters": np.zeros(0, np.float32)},
        {"parameters": np.array(7.0, np.float32)},
        {"observations": RunningStatistics(9, SINGLE, SINGLE)},
        {"observations": RunningStatistics(9, PAIR, PAIR)},
        {"observations": RunningStatistics(9, np.zeros(4), SINGLE)},
        {"observations": RunningStatistics(9, SINGLE, np.ones(4))},
    ],
)
def test_what_belongs_to_other_networks_is_refused_and_changes_nothing(
    make_trainer: MakeTrainer, changes: dict[str, Any]
) -> None:
    trainer = make_trainer(normalize_observations=True)
    learnt = has_learnt(trainer)
    before, statistics = trainer.parameters_sha256(), trainer.engine.snapshot().observations
    other = dataclasses.replace(learnt, parameters=learnt.parameters + 1)
    with pytest.raises(ValueError, match="other networks"):
        trainer.engine.act_as(dataclasses.replace(other, **changes))
    assert trainer.parameters_sha256() == before
    assert trainer.engine.snapshot().observations is statistics
    trainer.engine.act_as(other)
    assert trainer.parameters_sha256() != before


def test_it_plays_one_episode_after_the_other(make_player: MakePlayer) -> None:
    player = make_player(RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), 1))
    frames = [player.step() for _ in range(300)]
    assert [frame.steps for frame in frames] == list(range(1, 301))
    ends = [place for place, frame in enumerate(frames) if frame.episode_over]
    assert len(ends) > 3
    for end in ends[:-1]:
        assert frames[end].episode_length == frames[end].episode_return > 1
        assert frames[end + 1].episode_length == 1
    assert len({frames[end].episode_length for end in ends}) > 1, "not always the same episode"


def test_it_draws_its_actions_from_the_policy(
    toys: Any, make_trainer: MakeTrainer, make_player: MakePlayer
) -> None:
    environment_id = toys.register(lambda time, action: (np.zeros(1, np.float32), 0.0, False, False))
    engine: Any = make_trainer(environment_id).engine
    engine.actor.perceptron.layers[-1].bias[1] = math.log(3)
    player = make_player(make_trainer(environment_id).settings)
    player.set_policy(engine.snapshot())
    frames = [player.step() for _ in range(2000)]
    assert isinstance(frames[0].policy, DiscretePolicy)
    assert frames[0].policy.probabilities == pytest.approx((0.25, 0.75))
    assert np.mean([frame.action == (1.0,) for frame in frames]) == pytest.approx(0.75, abs=0.04)


def test_it_is_one_agent_however_many_the_run_has(make_player: MakePlayer) -> None:
    player = make_player(RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(n_envs=16), 1))
    assert player.step().n_agents == 1


def test_it_takes_a_picture_along_only_when_asked(make_player: MakePlayer) -> None:
    player = make_player(RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), 1))
    assert player.step().picture is None
    picture = player.step(picture=True).picture
    assert picture is not None
    assert picture.shape[2] == 3


def test_another_seed_is_another_player(make_player: MakePlayer) -> None:
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(), 1)
    first, same = make_player(settings), make_player(settings)
    other = make_player(dataclasses.replace(settings, seed=2))
    one = first.step()
    assert np.array_equal(one.observation, same.step().observation)
    assert not np.array_equal(one.observation, other.step().observation)


def test_an_environment_that_cannot_be_made_is_refused(make_player: MakePlayer) -> None:
    with pytest.raises(UnsupportedEnvironment):
        make_player(RunSettings("Nowhere-v0", Algorithm.PPO, Hyperparameters(), 1))


def test_an_environment_that_fails_says_so_and_is_closed(toys: Any, make_player: MakePlayer) -> None:
    def answer(time: int, action: Any) -> Any:
        if time == 3:
            raise RuntimeError("motor burnt out")
        return np.zeros(1, np.float32), 0.0, False, False

    player = make_player(RunSettings(toys.register(answer), Algorithm.PPO, Hyperparameters(), 1))
    player.step()
    player.step()
    with pytest.raises(EnvironmentFailure, match="motor burnt out"):
        player.step()
    player.close()
    assert toys.made[-1].closed == 1
