"""One run of a trial: what it was worth, how far it has come, and why it was worth nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.comparison.measures import MEAN_RETURN
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.ppo import evaluation
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.ppo.evaluation import evaluate
from ppo_desktop.ppo.events import EpisodeEnded, RunFinished
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.runner import Runner
from ppo_desktop.study import assessment
from ppo_desktop.study.assessment import SeedRun
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, REPORTS, Objective, StudyPlan
from tests.diverging import let_diverge
from tests.searches import planned

PATIENCE = 60
VALUES = {"learning_rate": 0.01, "gae_lambda": 0.9}


class Circling(gymnasium.Env[Any, Any]):
    """Its episodes last ten steps each in training; the one made to evaluate in never ends its own."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    made = 0
    is_circling = threading.Event()

    def __init__(self, render_mode: str | None = None) -> None:
        Circling.made += 1
        self._steps = 0
        self._ends = Circling.made <= 2

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> Any:
        self._steps += 1
        if not self._ends:
            Circling.is_circling.set()
        return np.zeros(1, np.float32), 1.0, self._ends and self._steps % 10 == 0, False, {}


@pytest.fixture
def circling() -> Iterator[str]:
    """An environment in which always the most probable action leads in circles."""
    Circling.made = 0
    Circling.is_circling.clear()
    gymnasium.register("Circling-v0", Circling)
    yield "Circling-v0"
    del gymnasium.registry["Circling-v0"]


class Single(gymnasium.Env[Any, Any]):
    """There can be only one of it, for it binds a port."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    n_open = 0

    def __init__(self, render_mode: str | None = None) -> None:
        if Single.n_open:
            raise OSError("Address already in use")
        Single.n_open = 1

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        self._steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> Any:
        self._steps += 1
        return np.zeros(1, np.float32), 1.0, self._steps == 10, False, {}

    def close(self) -> None:
        Single.n_open = 0


@pytest.fixture
def single() -> Iterator[str]:
    """An environment of which there can be only one."""
    Single.n_open = 0
    gymnasium.register("Single-v0", Single)
    yield "Single-v0"
    del gymnasium.registry["Single-v0"]


def run_to_the_end(run: SeedRun) -> SeedRun:
    with Runner(1) as runner:
        runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert run.has_ended
    return run


def assessed(plan: StudyPlan, seed: int = 1, engine: str = COMPILED) -> SeedRun:
    return run_to_the_end(SeedRun(plan, VALUES, seed, engine))


# ---- what it was worth


@pytest.mark.parametrize("engine", ["compiled", "pytorch"])
def test_the_evaluation_return_is_that_of_the_same_run_evaluated_alone(engine: str) -> None:
    plan = planned(objective=Objective.EVALUATION)
    settings = plan.settings(VALUES, seed=2)
    trainer = Trainer(settings, make_engine(settings, engine))
    for event in trainer.events():
        if isinstance(event, RunFinished):
            played = [r for ended in evaluate(trainer.engine, settings, EVALUATION_EPISODES) for r in ended]
    run = assessed(plan, seed=2, engine=engine)
    assert len(played) == EVALUATION_EPISODES
    assert run.objective == fmean(played)
    assert run.failure == ""


def test_the_area_under_the_curve_is_the_mean_return_over_the_budget() -> None:
    run = assessed(planned())
    assert run.objective == MEAN_RETURN.of(run.record, N_BINS)
    assert run.objective != assessed(planned(objective=Objective.EVALUATION)).objective


def test_seeds_differ_and_are_the_same_when_repeated() -> None:
    objectives = [assessed(planned(), seed).objective for seed in (1, 2, 1)]
    assert objectives[0] == objectives[2] != objectives[1]


# ---- how far it has come


def test_each_report_is_the_mean_return_of_the_episodes_in_its_part_of_the_budget() -> None:
    plan = planned(total_steps=2000)
    settings = plan.settings(VALUES, seed=1)
    trainer = Trainer(settings, make_engine(settings))
    parts: dict[int, list[float]] = {}
    for event in trainer.events():
        if isinstance(event, EpisodeEnded) and event.steps <= 2000:
            parts.setdefault((event.steps - 1) * REPORTS // 2000, []).append(event.episode_return)
    run = assessed(plan)
    assert run.reports_done == REPORTS
    assert len(parts) > REPORTS // 2
    for number, returns in parts.items():
        assert run.report(number) == pytest.approx(fmean(returns))


def test_it_says_when_another_report_is_there_and_when_it_has_ended() -> None:
    seen: list[tuple[int, bool]] = []
    run = SeedRun(planned(), VALUES, 1, COMPILED, lambda: seen.append((run.reports_done, run.has_ended)))
    run_to_the_end(run)
    *reports, end = seen
    assert [done for done, _ in reports] == sorted({done for done, _ in reports})
    assert 1 <= reports[0][0] <= 2
    assert not any(has_ended for _, has_ended in reports)
    assert end == (REPORTS, True)


# ---- why it was worth nothing


def test_values_that_contradict_each_other_are_refused_before_anything_is_made() -> None:
    plan = planned("n_minibatches=1:16", rollout_length=16, n_envs=2)
    with pytest.raises(InvalidHyperparameter, match="cannot be cut"):
        SeedRun(plan, {"n_minibatches": 256}, 1, COMPILED)


def test_a_run_that_diverges_has_failed_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    let_diverge(monkeypatch, CompiledEngine)
    run = assessed(planned(objective=Objective.EVALUATION))
    assert run.objective is None
    assert "\n" not in run.failure
    assert "learning rate" in run.failure.lower()


def test_a_run_without_an_episode_has_no_learning_curve_but_can_be_evaluated() -> None:
    endless = {"environment_id": "Pendulum-v1", "n_envs": 8}
    run = assessed(planned(**endless))  # type: ignore[arg-type]
    assert run.objective is None
    assert run.failure == (
        "No episode has ended within 1 000 steps, so there is no learning curve: train for longer."
    )
    evaluated = assessed(planned(**endless, objective=Objective.EVALUATION))  # type: ignore[arg-type]
    assert evaluated.objective is not None
    assert evaluated.objective < 0


def test_a_policy_that_leads_in_circles_has_failed(circling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "LONGEST_EPISODE", 1500)
    run = assessed(planned(environment_id=circling, objective=Objective.EVALUATION))
    assert "With its most probable actions, no episode has ended within 1 500 steps." in run.failure


def test_one_of_which_there_can_be_only_one_is_evaluated_when_it_has_been_closed(single: str) -> None:
    run = assessed(planned(environment_id=single, objective=Objective.EVALUATION, n_envs=1))
    assert (run.objective, run.failure) == (10.0, "")


def test_an_environment_that_fails_has_failed_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> Iterator[list[float]]:
        raise OSError("no\nscreen")
        yield []

    monkeypatch.setattr(assessment, "evaluate", break_down)
    run = assessed(planned(objective=Objective.EVALUATION))
    assert (run.objective, run.failure) == (None, "OSError: no screen")


# ---- when nobody wants to know more


def test_a_run_that_is_left_ends_where_it_is_without_a_word() -> None:
    run = SeedRun(planned(total_steps=100_000), VALUES, 1, COMPILED, lambda: run.cancel())
    with Runner(1) as runner:
        runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert not run.has_ended
    assert 5_000 <= run.record.steps < 10_000


def test_a_run_that_is_left_before_its_turn_is_never_made() -> None:
    run = SeedRun(planned(), VALUES, 1, COMPILED)
    run.cancel()
    with Runner(1) as runner:
        runner.add(run.create, run.take)
        assert runner.wait(PATIENCE)
    assert run.record.steps == 0
    assert not run.has_ended


def test_an_evaluation_can_be_left_in_the_middle(circling: str) -> None:
    run = SeedRun(planned(environment_id=circling, objective=Objective.EVALUATION), VALUES, 1, COMPILED)
    with Runner(1) as runner:
        runner.add(run.create, run.take)
        assert Circling.is_circling.wait(PATIENCE)
        run.cancel()
        assert runner.wait(PATIENCE)
    assert not run.has_ended
