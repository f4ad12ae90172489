"""How long trials will take is told before there have been any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.runs.cost import Cost
from ppo_desktop.runs.speeds import Speeds
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.samplers import GRID, HALVING, MEDIAN, NO_PRUNER, RANDOM
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.trial_cost import engine_of_study, learn_choosing, trials_workload
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.tuning import PLAN

PLAIN = Strategy(sampler=RANDOM, pruner=NO_PRUNER)


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def seconds(
    tmp_path: Path,
    plan: StudyPlan,
    n_trials: int = 20,
    strategy: Strategy = PLAIN,
    trials: tuple[TrialRecord, ...] = (),
) -> float:
    known = Speeds(tmp_path / "speeds.json")
    planned = trials_workload(plan, strategy, n_trials, 2, COMPILED, "test", trials)
    known._costs.update(dict.fromkeys(planned.kinds, Cost(0.0, 1e-6, 1e-6, 1e-4, 1e-5, 1e-6)))
    return replace(planned, beside=0.0).seconds(known, planned.threads)


def test_more_trials_seeds_and_steps_take_longer(tmp_path: Path) -> None:
    once = seconds(tmp_path, PLAN)
    assert seconds(tmp_path, PLAN, 40) == pytest.approx(2 * once)
    assert seconds(tmp_path, replace(PLAN, n_seeds=2 * PLAN.n_seeds)) == pytest.approx(2 * once)


def test_trials_with_more_gradient_steps_take_longer(tmp_path: Path) -> None:
    few = replace(PLAN, space=(Dimension("n_epochs", 1, 2),))
    many = replace(PLAN, space=(Dimension("n_epochs", 19, 20),))
    assert seconds(tmp_path, many) > 2 * seconds(tmp_path, few)


def test_a_grid_is_estimated_by_its_own_values(tmp_path: Path) -> None:
    ends = replace(PLAN, space=(Dimension("n_epochs", 1, 20, 2),))
    grid = trials_workload(ends, Strategy(sampler=GRID, pruner=NO_PRUNER), 2, 2, COMPILED, "test")
    (part,) = grid.parts
    per_sample = part.work.gradient_samples / part.work.samples
    assert 5 < per_sample < 16, "1 and 20 epochs, drawn about equally often"


def test_only_few_networks_have_to_be_measured() -> None:
    plan = replace(PLAN, space=(Dimension("hidden_units", 4, 256),))
    assert 1 < len(trials_workload(plan, PLAIN, 100, 2, COMPILED, "test").kinds) <= 8


def test_an_evaluation_is_work_too(tmp_path: Path) -> None:
    curve = replace(PLAN, objective=Objective.LEARNING_CURVE)
    evaluated = replace(PLAN, objective=Objective.EVALUATION)
    assert seconds(tmp_path, curve) < seconds(tmp_path, evaluated)


def test_at_most_as_many_processors_are_used_as_runs_go_on() -> None:
    one = replace(PLAN, n_seeds=1)
    assert trials_workload(one, PLAIN, 10, 1, COMPILED, "test").threads == 1
    assert trials_workload(one, PLAIN, 10, 2, COMPILED, "test").threads == 2
    assert trials_workload(one, PLAIN, 10, 2, PYTORCH, "test").threads == 1


@pytest.mark.parametrize(
    ("field", "serves"), [("n_epochs", COMPILED), ("hidden_layers", PYTORCH)], ids=["known", "unknown"]
)
def test_a_search_of_what_no_kernel_knows_is_counted_as_the_pytorch_engines(
    monkeypatch: pytest.MonkeyPatch, field: str, serves: str
) -> None:
    depth = replace(DECLARATIONS["hidden_layers"], pytorch_only=True, before=2)
    monkeypatch.setitem(DECLARATIONS, "hidden_layers", depth)
    plan = replace(PLAN, space=(Dimension(field, 1, 3),))
    assert engine_of_study(plan, COMPILED) == serves
    planned = trials_workload(plan, PLAIN, 10, 2, COMPILED, "test")
    assert planned.threads == (2 if serves == COMPILED else 1)
    assert planned.is_fast == (serves == COMPILED)


@pytest.mark.parametrize("pruner", [MEDIAN, HALVING])
def test_pruned_trials_take_less_and_the_first_ones_are_not_pruned(pruner: str, tmp_path: Path) -> None:
    pruned = replace(PLAIN, pruner=pruner)
    assert seconds(tmp_path, PLAN, 100, pruned) < 0.8 * seconds(tmp_path, PLAN, 100)
    assert seconds(tmp_path, PLAN, 5, pruned) == pytest.approx(seconds(tmp_path, PLAN, 5))


def test_what_the_studys_own_trials_did_counts_more_than_what_is_usual(tmp_path: Path) -> None:
    ended = (
        TrialRecord(0, TrialState.COMPLETE, {}, 1.0, curve=((PLAN.total_steps, 1.0),)),
        TrialRecord(1, TrialState.PRUNED, {}, 1.0, curve=((PLAN.total_steps // 4, 1.0),)),
    )
    share = seconds(tmp_path, PLAN, strategy=replace(PLAIN, pruner=MEDIAN), trials=ended)
    assert share == pytest.approx(0.625 * seconds(tmp_path, PLAN))


def test_choosing_trials_takes_time_and_a_search_learns_how_much() -> None:
    strategy = replace(PLAIN, pruner=MEDIAN)

    def beside() -> float:
        return trials_workload(PLAN, strategy, 100, 2, COMPILED, "test").beside

    usual = beside()
    assert usual > trials_workload(PLAN, PLAIN, 100, 2, COMPILED, "test").beside > 0, (
        "a pruner is asked often"
    )
    learn_choosing(strategy, n_trials=100, taken=2 * usual)
    assert usual < beside() < 2 * usual
