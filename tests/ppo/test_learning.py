"""Does it learn? The presets on their environments, and what the demonstrations promise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from statistics import fmean
from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import EpisodeEnded, Event, RunFinished, UpdateFinished
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer

pytestmark = pytest.mark.slow
HOT: dict[str, Any] = {"learning_rate": 3e-3, "gamma": 0.99, "gae_lambda": 0.95, "n_epochs": 10}


def training(environment_id: str, seed: int, engine: str = COMPILED, **values: Any) -> Iterator[Event]:
    """Train with the default preset, some values of it changed; yield what happens."""
    hyperparameters = presets_for(environment_id)[0].hyperparameters.changed(values)
    settings = RunSettings(environment_id, Algorithm.PPO, hyperparameters, seed)
    trainer = Trainer(settings, make_engine(settings, engine))
    trainer.stride = LONGEST_STRIDE
    for event in trainer.events():
        yield event
        assert not (isinstance(event, RunFinished) and event.message)


def trained(environment_id: str, seed: int, **values: Any) -> list[Event]:
    """Train to the end; return episodes and updates."""
    events = training(environment_id, seed, **values)
    return [event for event in events if isinstance(event, EpisodeEnded | UpdateFinished)]


def reaches(
    mean_return: float, environment_id: str, seed: int, engine: str = COMPILED, **values: Any
) -> bool:
    """Train until the mean return of a hundred episodes in a row is so high, or to the end."""
    episodes = 0
    for event in training(environment_id, seed, engine, **values):
        if isinstance(event, EpisodeEnded):
            episodes += 1
            if episodes >= 100 and event.mean_return_100 >= mean_return:
                return True
    return False


def as_many_reach(enough: int, reached: Iterable[bool]) -> bool:
    """Return whether so many runs reach it; those after them are not begun."""
    return sum(1 for _ in islice(filter(None, reached), enough)) == enough


def final_return(events: list[Event]) -> float:
    """The mean return of the last hundred episodes."""
    return [event for event in events if isinstance(event, EpisodeEnded)][-1].mean_return_100


def best_mean_of_100(events: list[Event]) -> float:
    """The best mean return of a hundred episodes in a row; −∞ if there are fewer."""
    episodes = [event for event in events if isinstance(event, EpisodeEnded)]
    return max((episode.mean_return_100 for episode in episodes[99:]), default=-math.inf)


def final_entropy_bits(events: list[Event]) -> float:
    return [event for event in events if isinstance(event, UpdateFinished)][-1].policy_entropy / math.log(2)


@pytest.mark.parametrize(("engine", "seeds", "at_least"), [(PYTORCH, (1, 2), 1), (COMPILED, range(1, 6), 4)])
def test_the_default_preset_solves_cart_pole_within_100_000_steps(
    engine: str, seeds: Sequence[int], at_least: int
) -> None:
    """With nearly every seed: which one fails depends on how a processor rounds."""
    solved = KNOWN_ENVIRONMENTS["CartPole-v1"].solved_return
    assert solved is not None
    runs = (reaches(solved, "CartPole-v1", seed, engine, total_steps=100_000) for seed in seeds)
    assert as_many_reach(at_least, runs)


@pytest.mark.parametrize(
    ("environment_id", "steps", "mean_return"),
    [
        ("Acrobot-v1", 120_000, -110),
        ("MountainCar-v0", 140_000, -160),
        ("MountainCarContinuous-v0", 100_000, 80),
        ("Pendulum-v1", 100_000, -350),
        ("GridWorld-v0", 20_000, 0.9),
    ],
)
def test_the_other_presets_learn_with_most_seeds_too(
    environment_id: str, steps: int, mean_return: float
) -> None:
    runs = (reaches(mean_return, environment_id, seed, total_steps=steps) for seed in range(1, 6))
    assert as_many_reach(3, runs)


def test_a_way_across_the_ice_is_learnt_from_one_hot_observations() -> None:
    environment_id = "FrozenLake-v1?is_slippery=False"
    runs = (reaches(0.9, environment_id, seed, total_steps=25_000) for seed in range(1, 4))
    assert as_many_reach(2, runs)


def test_reusing_a_rollout_needs_the_clip() -> None:
    """Ten epochs at a high learning rate: without the clip, entropy and return break down."""
    clipped, free = (
        [trained("CartPole-v1", seed, **HOT, total_steps=61_000, clip_range=epsilon) for seed in range(1, 7)]
        for epsilon in (0.2, None)
    )
    assert fmean(map(final_return, clipped)) > 1.5 * fmean(map(final_return, free))
    assert min(map(final_entropy_bits, clipped)) > max(map(final_entropy_bits, free))


def test_too_large_an_entropy_bonus_keeps_the_policy_undecided() -> None:
    events = trained("CartPole-v1", 1, **HOT, total_steps=50_000, entropy_coef=2.0)
    assert final_entropy_bits(events) > 0.85
    assert best_mean_of_100(events) < 200
