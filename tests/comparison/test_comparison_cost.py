"""How long a comparison will take is told before it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.comparison.comparison_cost import (
    comparison_workload,
    describe_workload,
    engine_of_comparison,
)
from ppo_desktop.comparison.plan import Comparison, Configuration, RunKey, opposed, varied
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import duration
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.runs.cost import Cost
from ppo_desktop.runs.speeds import Speeds
from tests.comparisons import compared

BASE = presets_for("CartPole-v1")[0].hyperparameters
WIDE = Hyperparameters(n_envs=8, rollout_length=128)


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


@pytest.fixture
def known(tmp_path: Path) -> Speeds:
    return Speeds(tmp_path / "speeds.json")


def seconds(comparison: Comparison, known: Speeds, engine: str = COMPILED, *, together: bool = True) -> float:
    planned = comparison_workload(comparison, engine, "test", together=together)
    known._costs.update(dict.fromkeys(planned.kinds, Cost(0.0, 1e-6, 1e-6, 1e-4, 1e-5, 1e-6)))
    return planned.seconds(known, planned.threads)


def test_twice_the_seeds_or_steps_take_twice_as_long(known: Speeds) -> None:
    comparison = compared((0.1, 0.2), n_seeds=2, total_steps=32_000)
    once = seconds(comparison, known)
    assert seconds(comparison.with_seeds(4), known) == pytest.approx(2 * once)
    assert seconds(replace(comparison, total_steps=64_000), known) == pytest.approx(2 * once)


def test_more_epochs_take_longer_and_a2c_takes_one_gradient_step(known: Speeds) -> None:
    few, many = (compared((number,), 2, field="n_epochs") for number in (1, 10))
    assert seconds(few, known) < seconds(many, known)
    a2c, ppo = (varied("CartPole-v1", a, BASE, "gamma", (0.9,), 2, 10_000) for a in Algorithm)
    assert seconds(a2c, known) < seconds(ppo, known)


def test_each_size_of_a_network_is_a_kind_of_its_own() -> None:
    planned = comparison_workload(compared((16, 128), 2, field="hidden_units"), COMPILED, "test")
    assert {kind.hidden_units for kind in planned.kinds} == {16, 128}


def test_the_pytorch_engine_has_no_use_for_processors() -> None:
    comparison = compared((0.1, 0.2), n_seeds=3)
    assert comparison_workload(comparison, COMPILED, "test").threads == 2
    assert comparison_workload(comparison, PYTORCH, "test").threads == 1
    foreign = replace(comparison, environment_id="CartPole-v0")
    planned = comparison_workload(foreign, COMPILED, "test")
    assert planned.threads == 1
    assert not planned.is_fast


def test_runs_of_which_kernels_do_not_know_all_are_counted_as_the_pytorch_engines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    depth = replace(DECLARATIONS["hidden_layers"], pytorch_only=True, before=2)
    monkeypatch.setitem(DECLARATIONS, "hidden_layers", depth)
    comparison = compared((2, 3), n_seeds=2, field="hidden_layers")
    planned = comparison_workload(comparison, COMPILED, "test")
    assert {(kind.hidden_layers, kind.engine) for kind in planned.kinds} == {(2, COMPILED), (3, PYTORCH)}
    assert planned.threads == 1
    assert engine_of_comparison(compared((1e-3, 1e-4), 2, field="learning_rate"), COMPILED) == COMPILED


def test_only_the_runs_to_come_count(known: Speeds) -> None:
    comparison = compared((0.1, 0.2), n_seeds=2)
    planned = comparison_workload(comparison, COMPILED, "test", [RunKey(1, 2)])
    assert sum(part.n_runs for part in planned.parts) == 1
    assert planned.threads == 1


def test_runs_that_begin_one_after_the_other_are_in_the_order_of_the_comparison(known: Speeds) -> None:
    comparison = compared((0.1, 0.2, 0.3), n_seeds=1)
    assert seconds(comparison, known, together=False) > 1.2 * seconds(comparison, known)


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


# ---- in one line


def planned(n_seeds: int) -> Comparison:
    return varied("CartPole-v1", Algorithm.PPO, WIDE, "clip_range", (0.1, 0.2), n_seeds, 10_000)


@pytest.mark.parametrize(
    ("n_seeds", "to_come", "text"),
    [
        (3, 6, "2 values × 3 seeds = 6 runs · 61 440 steps · about 12 s"),
        (1, 2, "2 values × 1 seed = 2 runs · 20 480 steps · about 12 s"),
        (3, 2, "2 values × 3 seeds = 6 runs, 2 of them to come · 20 480 steps · about 12 s"),
    ],
)
def test_work_counts_whole_rollouts_and_only_what_is_to_come(n_seeds: int, to_come: int, text: str) -> None:
    assert describe_workload(planned(n_seeds), to_come, seconds=12.0) == text


def test_free_configurations_are_called_so() -> None:
    sides = [Configuration(name, algorithm, WIDE) for name, algorithm in zip("ab", Algorithm, strict=True)]
    comparison = opposed("CartPole-v1", sides, n_seeds=1, total_steps=10_000)
    assert describe_workload(comparison, 2, 1.0).startswith("2 configurations × 1 seed = 2 runs")
