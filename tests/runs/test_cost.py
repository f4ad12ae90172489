"""What work costs is measured on this machine, by kinds of work."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from ppo_desktop.ppo.agents import EnvironmentFailure
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.environments import UnsupportedEnvironment
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.runs.cost import (
    Cost,
    EngineNotReady,
    RunKind,
    Work,
    _line,
    _mean,
    _time_not_waited,
    _Update,
    measure_cost,
    run_work,
    update_work,
)

VALUES = Hyperparameters(n_envs=4, rollout_length=32, n_minibatches=2, n_epochs=3)


def test_the_work_of_an_update_is_what_the_settings_say() -> None:
    assert update_work(Algorithm.PPO, VALUES) == Work(0, 32, 128, 1, 6, 384)
    assert update_work(Algorithm.A2C, VALUES) == Work(0, 32, 128, 1, 1, 128)
    assert update_work(Algorithm.PPO, VALUES, n_epochs=1) == Work(0, 32, 128, 1, 2, 128), "ended by target KL"


def test_a_run_is_made_once_and_has_its_updates() -> None:
    assert run_work(Algorithm.PPO, VALUES, steps=1280) == Work(1, 320, 1280, 10, 60, 3840)


def test_a_cost_is_a_sum_over_kinds_of_work() -> None:
    assert Cost(1.0, 0.1, 0.0, 0.0, 0.01, 0.0).seconds(Work(2, 10, 99, 99, 100, 99)) == pytest.approx(4.0)


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_what_is_measured_is_some_time_and_larger_networks_cost_more(engine: str) -> None:
    work = run_work(Algorithm.PPO, VALUES, steps=12_800)
    small, large = (
        measure_cost(RunKind(engine, "CartPole-v1", 2, units)).seconds(work) for units in (16, 256)
    )
    assert 0 < small < large


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_twenty_epochs_cost_several_times_as_much_as_one(engine: str) -> None:
    cost = measure_cost(RunKind(engine, "CartPole-v1", 2, 64))
    one, twenty = (cost.seconds(update_work(Algorithm.PPO, VALUES, n_epochs=epochs)) for epochs in (1, 20))
    assert twenty > 3 * one


def test_an_environment_that_cannot_be_made_is_not_measured() -> None:
    with pytest.raises((UnsupportedEnvironment, EnvironmentFailure)):
        measure_cost(RunKind(PYTORCH, "NoSuchThing-v0", 2, 64))


def test_an_environment_that_is_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppo_desktop.runs.cost.LONGEST_MEASURING", 0.0)
    with pytest.raises(RuntimeError, match="CartPole-v1 is too slow"):
        measure_cost(RunKind(PYTORCH, "CartPole-v1", 2, 16))


def test_that_the_machine_is_busy_is_no_fault_of_an_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scheduling = tmp_path / "schedstat"
    monkeypatch.setattr("ppo_desktop.runs.cost._SCHEDULING", scheduling)
    before = time.perf_counter()
    assert before <= _time_not_waited() <= time.perf_counter(), "nobody tells"
    scheduling.write_text("5 3000000000 7\n", encoding="ascii")
    assert before <= _time_not_waited() + 3.0 <= time.perf_counter()
    monkeypatch.setattr("ppo_desktop.runs.cost.LONGEST_MEASURING", 0.0)
    monkeypatch.setattr("ppo_desktop.runs.cost._time_not_waited", lambda: before)
    assert measure_cost(RunKind(PYTORCH, "CartPole-v1", 2, 16)).sample > 0


def test_an_engine_that_is_not_there_is_not_measured_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppo_desktop.ppo.engines.choice.is_prepared", lambda: False)
    with pytest.raises(EngineNotReady):
        measure_cost(RunKind(COMPILED, "CartPole-v1", 2, 64))


def test_short_updates_are_measured_for_a_while_and_their_mean_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ppo_desktop.runs.cost._MEASURING_SECONDS", 3.0)
    taken = (_Update(0.1 * (number % 2), 0.2 + 0.1 * (number % 2)) for number in itertools.count())
    collecting, learning = _mean(taken)
    assert (collecting, learning) == (pytest.approx(0.05), pytest.approx(0.25))
    assert next(taken) == _Update(0.0, 0.2), "ten of them take 3 seconds"


def test_a_line_has_neither_a_negative_offset_nor_a_negative_slope() -> None:
    assert _line((1, 3.0), (2, 5.0)) == (1.0, 2.0)
    assert _line((1, 5.0), (2, 4.0)) == (4.0, 0.0)
    assert _line((1, 1.0), (2, 4.0)) == (0.0, 2.0)
