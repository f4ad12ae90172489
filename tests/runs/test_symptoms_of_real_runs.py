"""Symptoms are found on real runs that go wrong, and on none that goes right."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import EpisodeEnded, Event, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs.history import History
from ppo_desktop.runs.symptoms import fallen_and_annealed, symptom_of

pytestmark = pytest.mark.slow
HOT: dict[str, Any] = {"learning_rate": 3e-3, "gamma": 0.99, "gae_lambda": 0.95}


def run_of(environment_id: str, hyperparameters: Hyperparameters, seed: int) -> Iterator[Event]:
    settings = RunSettings(environment_id, Algorithm.PPO, hyperparameters, seed)
    trainer = Trainer(settings, make_engine(settings))
    trainer.stride = LONGEST_STRIDE
    return trainer.events()


def symptoms_during(environment_id: str, steps: int, seed: int, **values: Any) -> Counter[str]:
    """Return after how many updates of a run which symptom was shown."""
    hyperparameters = presets_for(environment_id)[0].hyperparameters.changed({"total_steps": steps} | values)
    history = History()
    seen: Counter[str] = Counter()
    for event in run_of(environment_id, hyperparameters, seed):
        history.add(event)
        if isinstance(event, UpdateFinished):
            symptom = symptom_of(history)
            seen[symptom.key if symptom else ""] += 1
    return seen


@pytest.mark.parametrize("seed", [2, 3])
def test_the_default_preset_shows_no_symptom_in_100_000_steps(seed: int) -> None:
    assert set(symptoms_during("CartPole-v1", 100_000, seed)) == {""}


@pytest.mark.parametrize("seed", [1, 4])
def test_where_its_return_stays_high_it_shows_large_steps_for_a_while_and_no_other(
    seed: int,
) -> None:
    seen = symptoms_during("CartPole-v1", 300_000, seed)
    assert seen.pop("frequent_large_steps", 0) < 0.1 * seen.total()
    assert set(seen) == {""}


@pytest.mark.parametrize(
    ("environment_id", "steps", "seed"),
    [
        ("GridWorld-v0", 60_000, 1),
        ("GridWorld-v0", 60_000, 2),
        ("Acrobot-v1", 200_000, 1),
        ("MountainCar-v0", 250_000, 2),
        ("MountainCarContinuous-v0", 100_000, 1),
        ("Pendulum-v1", 100_000, 2),
    ],
)
def test_the_other_presets_show_none_either(environment_id: str, steps: int, seed: int) -> None:
    """Without annealing, which would come to rest after these few steps already."""
    assert set(symptoms_during(environment_id, steps, seed, anneal=False)) == {""}


def test_reusing_data_without_the_clip_collapses_for_some_seeds_and_is_noticed_for_all() -> None:
    """Which ones depends on how a processor rounds."""
    runs = [symptoms_during("CartPole-v1", 80_000, seed, **HOT, clip_range=None) for seed in range(1, 13)]
    assert sum(run["collapse"] > 5 for run in runs) >= 1
    assert all(run["too_large_updates"] + run["fallen_back"] + run["collapse"] > 20 for run in runs)


def test_a_fall_is_said_while_the_latest_episodes_show_it_whatever_the_mean_of_a_hundred() -> None:
    """Without the clip the preset falls with most seeds, from high returns too; it is always said."""
    values = presets_for("CartPole-v1")[0].hyperparameters.changed(
        {"total_steps": 60_000, "clip_range": None}
    )
    assert sum(updates_after_a_fall(values, seed) > 3 for seed in range(1, 7)) >= 3


def updates_after_a_fall(values: Hyperparameters, seed: int) -> int:
    """Return after how many updates a run was far below where it has been; each must have a symptom."""
    history, fallen = History(), 0
    for event in run_of("CartPole-v1", values, seed):
        history.add(event)
        if not isinstance(event, UpdateFinished) or history.peak is None or len(history.recent_returns) < 20:
            continue
        gain = history.peak.mean_return - 22.0
        if gain > 60 and max(history.recent_returns) < 22.0 + 0.45 * gain:
            fallen += 1
            assert symptom_of(history) is not None
    return fallen


def updates_annealed_after_a_fall(seed: int, steps: int, **values: Any) -> tuple[int, int]:
    """Return after how many updates a run on CartPole was below half of its gain at the end of annealing.

    That is found from the episodes alone, and the symptom must be there after just these updates; and after
    how many of them no graver one is.
    """
    hyperparameters = presets_for("CartPole-v1")[0].hyperparameters.changed(
        {"total_steps": steps, "anneal": True} | values
    )
    history, returns = History(), list[float]()
    first, best = math.nan, -math.inf
    n_fallen = n_shown = 0
    for event in run_of("CartPole-v1", hyperparameters, seed):
        history.add(event)
        if isinstance(event, EpisodeEnded):
            returns.append(event.episode_return)
            if len(returns) >= 20:
                best = max(best, sum(returns[-20:]) / 20)
        if not isinstance(event, UpdateFinished) or not returns:
            continue
        first = sum(returns) / len(returns) if math.isnan(first) else first
        now = sum(returns[-20:]) / 20
        is_annealed = event.steps - hyperparameters.samples_per_rollout >= 0.9 * steps
        is_fallen = len(returns) >= 20 and best - first >= 50 and best - now >= (best - first) / 2
        expected = is_annealed and is_fallen and now < 475
        assert (fallen_and_annealed(history) is not None) is expected, event.update
        if expected:
            symptom = symptom_of(history)
            assert symptom is not None
            n_fallen += 1
            n_shown += symptom.key == "fallen_and_annealed"
    return n_fallen, n_shown


def test_a_fall_that_annealing_leaves_as_it_is_is_noticed() -> None:
    """Seed 9 of the preset fell from 500 to 245, and seeds 14 and 16 without the clip, on the usual kernels.

    Elsewhere they may not, as a processor rounds otherwise; other seeds fall then.
    """
    preset = [updates_annealed_after_a_fall(seed, 60_000) for seed in (5, 9)]
    unclipped = [
        updates_annealed_after_a_fall(seed, 40_960, clip_range=None, learning_rate=0.01)
        for seed in range(1, 17)
    ]
    assert sum(n_fallen > 0 for n_fallen, _ in unclipped) >= 3
    assert sum(n_shown > 0 for _, n_shown in [*preset, *unclipped]) >= 1


def test_a_wide_band_is_noticed_by_its_large_updates() -> None:
    runs = [symptoms_during("CartPole-v1", 40_000, seed, **HOT, clip_range=0.8) for seed in (1, 3, 4, 6)]
    assert sum(run["too_large_updates"] for run in runs) > 10


def test_too_large_an_entropy_bonus_is_noticed() -> None:
    seen = symptoms_during("CartPole-v1", 25_000, seed=1, **HOT, entropy_coef=2.0)
    assert seen["undecided"] > 50
    assert set(seen) == {"", "undecided"}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("values", [{}, HOT], ids=["preset", "hot"])
def test_so_is_one_that_leaves_the_entropy_at_nine_tenths_of_its_ceiling(
    values: dict[str, Any], seed: int
) -> None:
    assert symptoms_during("CartPole-v1", 40_000, seed, **values, entropy_coef=0.5)["undecided"] > 80


@pytest.mark.parametrize("values", [{"n_envs": 1, "rollout_length": 4}, {"n_envs": 4, "rollout_length": 1}])
def test_four_samples_an_update_are_noticed_throughout(values: dict[str, Any]) -> None:
    for seed in (1, 2, 3):
        assert symptoms_during("CartPole-v1", 4_000, seed, **values)[""] == 0


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
