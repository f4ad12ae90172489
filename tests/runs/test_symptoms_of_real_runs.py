"""Symptoms are found on real runs that go wrong, and on none that goes right."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import symptom_of

pytestmark = pytest.mark.slow
HOT: dict[str, Any] = {"learning_rate": 3e-3, "gamma": 0.99, "gae_lambda": 0.95}


def symptoms_during(environment_id: str, steps: int, seed: int, **values: Any) -> Counter[str]:
    """Return after how many updates of a run which symptom was shown."""
    hyperparameters = presets_for(environment_id)[0].hyperparameters.changed({"total_steps": steps} | values)
    settings = RunSettings(environment_id, Algorithm.PPO, hyperparameters, seed)
    history = History()
    seen: Counter[str] = Counter()
    trainer = Trainer(settings, make_engine(settings))
    trainer.stride = LONGEST_STRIDE
    for event in trainer.events():
        history.add(event)
        if isinstance(event, UpdateFinished):
            symptom = symptom_of(history)
            seen[symptom.key if symptom else ""] += 1
    return seen


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_default_preset_shows_no_symptom_in_100_000_steps(seed: int) -> None:
    assert set(symptoms_during("CartPole-v1", 100_000, seed)) == {""}


@pytest.mark.parametrize(
    ("environment_id", "steps"),
    [
        ("GridWorld-v0", 40_000),
        ("Acrobot-v1", 100_000),
        ("MountainCar-v0", 120_000),
        ("MountainCarContinuous-v0", 70_000),
        ("Pendulum-v1", 50_000),
    ],
)
def test_the_other_presets_show_none_either(environment_id: str, steps: int) -> None:
    """Without annealing, which would come to rest after these few steps already."""
    assert set(symptoms_during(environment_id, steps, seed=1, anneal=False)) == {""}


def test_reusing_data_without_the_clip_collapses_for_some_seeds_and_is_noticed_for_all() -> None:
    runs = [symptoms_during("CartPole-v1", 40_000, seed, **HOT, clip_range=None) for seed in range(1, 13)]
    assert sum(run["collapse"] > 20 for run in runs) >= 1
    assert all(run["too_large_updates"] > 5 for run in runs)


def test_a_wide_band_is_noticed_by_its_large_updates() -> None:
    runs = [symptoms_during("CartPole-v1", 25_000, seed, **HOT, clip_range=0.8) for seed in (1, 2, 4)]
    assert sum(run["too_large_updates"] for run in runs) > 10


def test_too_large_an_entropy_bonus_is_noticed() -> None:
    seen = symptoms_during("CartPole-v1", 25_000, seed=1, **HOT, entropy_coef=2.0)
    assert seen["undecided"] > 50
    assert set(seen) == {"", "undecided"}


def test_a_tenth_of_it_is_not() -> None:
    assert set(symptoms_during("CartPole-v1", 25_000, seed=1, **HOT, entropy_coef=0.1)) == {""}


def test_too_small_an_epsilon_is_noticed() -> None:
    seen = symptoms_during("CartPole-v1", 25_000, seed=1, **HOT, clip_range=0.02, n_epochs=20)
    assert seen["silenced_samples"] > 30
    assert set(seen) == {"", "silenced_samples"}


def test_too_small_a_learning_rate_is_noticed_and_ten_times_as_much_is_not() -> None:
    tiny, small = (symptoms_during("CartPole-v1", 15_000, 1, learning_rate=rate) for rate in (1e-5, 1e-4))
    assert set(tiny) == {"", "motionless"}
    assert set(small) == {""}
