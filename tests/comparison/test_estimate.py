"""How long a comparison will take is told before it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppo_desktop.comparison.estimate import PYTORCH_FACTOR, duration, estimated_seconds
from ppo_desktop.comparison.plan import Comparison, varied
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.presets import presets_for
from tests.comparisons import compared

BASE = presets_for("CartPole-v1")[0].hyperparameters


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def seconds(comparison: Comparison, *, fast: bool = True) -> float:
    return estimated_seconds(comparison, fast=fast)


def test_twice_the_seeds_or_steps_take_twice_as_long() -> None:
    comparison = compared((0.1, 0.2), n_seeds=2, total_steps=32_000)
    assert seconds(comparison.with_seeds(4)) == pytest.approx(2 * seconds(comparison))
    assert seconds(replace(comparison, total_steps=64_000)) == pytest.approx(2 * seconds(comparison))


def test_more_epochs_and_larger_networks_take_longer() -> None:
    few, many = (compared((number,), 2, field="n_epochs") for number in (1, 10))
    assert seconds(few) < seconds(many)
    small, large = (compared((number,), 2, field="hidden_units") for number in (16, 128))
    assert seconds(small) < seconds(large)


def test_a2c_takes_one_gradient_step_where_ppo_takes_many() -> None:
    a2c, ppo = (varied("CartPole-v1", a, BASE, "gamma", (0.9,), 2, 10_000) for a in Algorithm)
    assert seconds(a2c) < seconds(ppo)


def test_processors_share_the_runs_but_one_run_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one_run, two_runs = compared((0.1,), n_seeds=1), compared((0.1,), n_seeds=2)
    assert seconds(one_run) < seconds(two_runs) < 2 * seconds(one_run)
    on_two = seconds(one_run)
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert seconds(one_run) == on_two
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert seconds(two_runs) == pytest.approx(2 * on_two)


def test_the_pytorch_engine_takes_longer_and_has_no_use_for_processors() -> None:
    one_run = compared((0.1,), n_seeds=1)
    assert seconds(one_run, fast=False) == pytest.approx(PYTORCH_FACTOR * seconds(one_run))
    assert seconds(one_run.with_seeds(2), fast=False) == pytest.approx(2 * seconds(one_run, fast=False))


def test_the_demonstration_of_the_clip_range_is_a_matter_of_seconds() -> None:
    values = (0.02, 0.1, 0.2, 0.4, 0.8)
    comparison = varied("CartPole-v1", Algorithm.PPO, BASE, "clip_range", values, 3, 150_000)
    assert 3 < seconds(comparison) < 30


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (12.4, "12 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (240, "4 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
        (360_000, "100.0 h"),
    ],
)
def test_a_time_is_written_as_one_would_say_it(time: float, written: str) -> None:
    assert duration(time) == written


@pytest.mark.parametrize("before", [59, 89.5, 90, 119, 5398, 5400])
def test_the_unit_never_makes_a_longer_time_look_shorter(before: float) -> None:
    units = {"s": 1, "min": 60, "h": 3600}

    def read(text: str) -> float:
        number, unit = text.split()
        return float(number) * units[unit]

    assert read(duration(before)) <= read(duration(before + 1)) + 1
