"""Who chooses values and who ends trials early: the same whoever asks, and honest about chance."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from ppo_desktop.study import samplers
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.samplers import (
    MAP,
    PRUNER_NAMES,
    RANDOM_TRIALS,
    SAMPLER_NAMES,
    check_strategy,
    make_pruner,
    make_sampler,
    pruners,
    rungs,
)
from ppo_desktop.study.sampling import SeededSampler, distributions
from ppo_desktop.study.study_plan import MOST_COMBINATIONS, Strategy, StudyPlan
from ppo_desktop.study.trials import RANDOM
from tests.searches import planned

EVERYTHING = "clip_range,rollout_length=16:64,gamma,anneal,activation"
Values = dict[str, Any]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Optuna says on the terminal which studies are made."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def study_of(plan: StudyPlan, name: str, seed: int = 1) -> optuna.Study:
    sampler = make_sampler(plan, Strategy(name, seed=seed))
    return optuna.create_study(direction="maximize", sampler=sampler)


def begin(study: optuna.Study, plan: StudyPlan) -> optuna.Trial:
    """Begin a trial, and note down of it what its sampler has to say."""
    trial = study.ask(dict(distributions(plan)))
    if isinstance(study.sampler, SeededSampler):
        for key, value in study.sampler.attributes.items():
            trial.set_user_attr(key, value)
    return trial


def go_on(
    study: optuna.Study,
    plan: StudyPlan,
    n: int,
    worth: Callable[[Values], float] = lambda values: values["clip_range"],
    state: TrialState = TrialState.COMPLETE,
) -> list[tuple[Values, bool]]:
    """Do trials, and return their values and whether they were drawn at random."""
    done = []
    for _ in range(n):
        trial = begin(study, plan)
        done.append((dict(trial.params), trial.user_attrs.get(RANDOM) is True))
        if state is TrialState.PRUNED:
            trial.report(worth(trial.params), 1)
        study.tell(trial, worth(trial.params) if state is TrialState.COMPLETE else None, state)
    return done


def all_values(done: list[tuple[Values, bool]]) -> list[Values]:
    return [values for values, _ in done]


# ---- tables


def test_what_there_is_to_choose_is_known_without_loading_optuna() -> None:
    script = (
        "import sys, ppo_desktop.study.samplers as s; s.samplers(); s.pruners();"
        "print(sorted({'optuna', 'numpy', 'torch', 'scipy', 'cmaes'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_every_sampler_and_pruner_says_what_it_does() -> None:
    assert tuple(samplers.samplers()) == SAMPLER_NAMES
    assert tuple(pruners()) == PRUNER_NAMES
    for choice in (*samplers.samplers().values(), *pruners().values()):
        assert choice.label
        assert choice.meaning.endswith(".")


def test_a_sampler_whose_package_is_not_installed_says_which_one_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samplers.samplers.cache_clear()
    monkeypatch.setattr(samplers, "find_spec", lambda name: None)
    table = samplers.samplers()
    monkeypatch.undo()
    samplers.samplers.cache_clear()
    assert table["cmaes"].unavailable == "Needs the package cmaes: pip install cmaes"
    assert table["gp"].unavailable == "Needs the package scipy and torch: pip install scipy torch"
    assert not any(table[name].unavailable for name in ("tpe", "random", "grid"))
    monkeypatch.setattr(samplers, "samplers", lambda: table)
    with pytest.raises(InvalidStudy, match=r"CMA-ES cannot be used here\. Needs the package cmaes"):
        check_strategy(planned(), Strategy("cmaes"))


@pytest.mark.parametrize(
    ("strategy", "vary", "reason"),
    [
        (Strategy("annealing"), "clip_range", "There is no sampler “annealing”; choose one of tpe, random"),
        (Strategy(pruner="axe"), "clip_range", "There is no pruner “axe”; choose one of none, median"),
        (Strategy("cmaes"), "clip_range,anneal", "CMA-ES needs two ranges of numbers"),
        (Strategy("map"), "clip_range", "A map is of two hyperparameters"),
        (Strategy("map"), "clip_range,anneal,gamma", "A map is of two hyperparameters"),
    ],
)
def test_what_cannot_search_a_space_is_refused(strategy: Strategy, vary: str, reason: str) -> None:
    with pytest.raises(InvalidStudy, match=reason):
        check_strategy(planned(vary), strategy)


def test_a_grid_beyond_measure_is_refused_with_its_size_before_anything_is_made_of_it() -> None:
    ranges = ("clip_range=0.1:0.9", "learning_rate=1e-4:1e-2", "value_coef=0.1:1", "entropy_coef=1e-4:1e-1")
    plan = planned(",".join(f"{text}:100" for text in ranges) + ",gae_lambda=0:1:10")
    with pytest.raises(InvalidStudy, match=r"The grid has 1 000 000 000 combinations, more than 10 000"):
        make_sampler(plan, Strategy("grid"))


def test_a_grid_as_large_as_may_be_is_taken() -> None:
    plan = planned("clip_range=0.1:0.9:100,learning_rate=1e-4:1e-2:100")
    assert plan.combinations == MOST_COMBINATIONS
    check_strategy(plan, Strategy("grid"))


# ---- values


@pytest.mark.parametrize("name", [name for name in SAMPLER_NAMES if name != MAP])
def test_every_sampler_keeps_to_the_ranges_and_warns_of_nothing(name: str) -> None:
    plan = planned("clip_range=0.1:0.4:2,rollout_length=16:64:2,gamma=0.9:0.99,anneal,activation")
    done = all_values(go_on(study_of(plan, name), plan, RANDOM_TRIALS + 3))
    for values in done:
        assert list(values) == list(plan.fields)
        assert 0.1 <= values["clip_range"] <= 0.4
        assert 16 <= values["rollout_length"] <= 64
        assert isinstance(values["rollout_length"], int)
        assert values["gamma"] in plan.dimension("gamma").choices
        assert isinstance(values["anneal"], bool)
        assert values["activation"] in ("tanh", "relu")
    assert len({str(values) for values in done}) == len(done)


@pytest.mark.parametrize("name", ["tpe", "random", "cmaes", "qmc"])
def test_the_seed_decides_the_values(name: str) -> None:
    plan = planned(EVERYTHING)
    first, again, other = (
        all_values(go_on(study_of(plan, name, seed), plan, RANDOM_TRIALS + 4)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first[0] != other[0]


@pytest.mark.parametrize("name", ["tpe", "random", "cmaes"])
def test_whoever_goes_on_with_a_study_comes_to_the_values_it_would_have_had(name: str) -> None:
    plan = planned(EVERYTHING)
    at_once = all_values(go_on(study_of(plan, name), plan, RANDOM_TRIALS + 4))
    study = study_of(plan, name)
    in_parts = all_values(go_on(study, plan, 6))
    study.sampler = make_sampler(plan, Strategy(name))  # another process has its own
    assert [*in_parts, *all_values(go_on(study, plan, RANDOM_TRIALS - 2))] == at_once


def test_the_usual_seed_draws_from_the_whole_of_every_range() -> None:
    plan = planned("clip_range,entropy_coef,value_coef,learning_rate")
    done = all_values(go_on(study_of(plan, "tpe"), plan, RANDOM_TRIALS))
    for dimension in plan.space:
        positions = [dimension.position(values[dimension.field]) for values in done]
        assert min(positions) < 0.35
        assert max(positions) > 0.65


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.PRUNED])
def test_trials_of_tpe_are_random_until_enough_have_a_value(state: TrialState) -> None:
    plan = planned(EVERYTHING)
    done = go_on(study_of(plan, "tpe"), plan, RANDOM_TRIALS + 3, state=state)
    assert [is_random for _, is_random in done] == [True] * RANDOM_TRIALS + [False] * 3


def test_failed_trials_teach_tpe_nothing() -> None:
    plan = planned(EVERYTHING)
    study = study_of(plan, "tpe")
    go_on(study, plan, 5, state=TrialState.FAIL)
    done = go_on(study, plan, RANDOM_TRIALS + 1)
    assert [is_random for _, is_random in done] == [True] * RANDOM_TRIALS + [False]


def test_tpe_comes_closer_to_what_is_good() -> None:
    plan = planned("clip_range=0.05:0.5,learning_rate=1e-4:1e-2")

    def worth(values: Mapping[str, Any]) -> float:
        return -sum(abs(plan.dimension(name).position(value) - 0.8) for name, value in values.items())

    done = all_values(go_on(study_of(plan, "tpe"), plan, 60, worth))
    drawn, chosen = done[:RANDOM_TRIALS], done[-20:]
    assert sum(map(worth, chosen)) / 20 > sum(map(worth, drawn)) / RANDOM_TRIALS + 0.2


def distance_from_the_best(name: str, seed: int) -> float:
    """Return how far the last of many trials are from where they would be worth most."""
    plan = planned("clip_range=0.05:0.5,learning_rate=1e-4:1e-2,rollout_length=16:256")

    def off(values: Mapping[str, Any]) -> float:
        return sum((plan.dimension(name).position(value) - 0.8) ** 2 for name, value in values.items())

    done = all_values(go_on(study_of(plan, name, seed), plan, 120, lambda values: -off(values)))
    return sum(map(off, done[-20:])) / 20


def test_cma_es_moves_to_what_is_good() -> None:
    for seed in (1, 2, 3):
        assert distance_from_the_best("cmaes", seed) < distance_from_the_best("random", seed) / 20


def test_a_slow_trial_does_not_change_what_cma_es_has_learnt_from_its_generation() -> None:
    plan = planned("clip_range=0.05:0.5,learning_rate=1e-4:1e-2")
    study, other = study_of(plan, "cmaes"), study_of(plan, "cmaes")
    values = []
    for each, slow_worth in ((study, None), (other, 100.0)):
        go_on(each, plan, 1)
        slow = begin(each, plan)  # of the first generation, as the ten that follow
        go_on(each, plan, 10)
        if slow_worth is not None:
            each.tell(slow, slow_worth)
        values += all_values(go_on(each, plan, 1))
    assert values[0] == values[1]


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("name", SAMPLER_NAMES)
def test_no_sampler_runs_what_a_study_holds(name: str, tmp_path: Path) -> None:
    plan = planned("clip_range=0.05:0.5,learning_rate=1e-4:1e-2")
    study = study_of(plan, name)
    marker = tmp_path / "was here"
    pickled = pickle.dumps(Hostile(marker)).hex()
    for attribute in ("optimizer:0", "generation", "relative_params:0"):
        for prefix in ("cma:", "sepcma:", "cmawm:", "tpe:", "gp:", "qmc:"):
            trial = study.ask(dict(distributions(plan)))
            trial.set_user_attr("generation", pickled)
            trial.storage.set_trial_system_attr(trial.number, f"{prefix}{attribute}", pickled)
            study.tell(trial, 1.0)
    go_on(study, plan, 2)
    assert not marker.exists()
    pickle.loads(bytes.fromhex(pickled))
    assert marker.exists(), "it is hostile indeed"


def test_cma_es_goes_on_with_what_optuna_or_an_earlier_version_has_noted() -> None:
    plan = planned("clip_range=0.05:0.5,rollout_length=16:64,learning_rate=1e-4:1e-2")
    now, before = study_of(plan, "cmaes"), study_of(plan, "cmaes")
    go_on(now, plan, 20)
    for trial in now.trials:
        earlier = optuna.create_trial(
            params=trial.params, distributions=trial.distributions, value=trial.value
        )
        earlier.system_attrs = {"cma:generation": trial.user_attrs.get("generation")}
        before.add_trial(earlier)
    values, as_before = (all_values(go_on(study, plan, 1)) for study in (now, before))
    assert values == as_before


def test_cma_es_is_not_led_astray_by_what_no_sampler_has_chosen() -> None:
    plan = planned("clip_range=0.05:0.5,learning_rate=1e-4:1e-2")
    study = study_of(plan, "cmaes")
    kinds = dict(distributions(plan))
    storage = study.ask().storage
    for values, generation in (
        ({"clip_range": 0.1, "learning_rate": -1.0}, 0),
        ({"clip_range": math.inf, "learning_rate": 1e-3}, 0),
        ({"clip_range": 0.1, "learning_rate": 1e-3}, [0]),
        ({"clip_range": 0.1, "learning_rate": 1e-3}, "0"),
    ):
        trial = optuna.create_trial(
            params={"clip_range": 0.1, "learning_rate": 1e-3}, distributions=kinds, value=1.0
        )
        trial.params, trial.user_attrs = values, {"generation": generation}
        storage.create_new_trial(storage.get_study_id_from_name(study.study_name), trial)
    done = all_values(go_on(study, plan, 12))
    assert all(0.05 <= values["clip_range"] <= 0.5 for values in done)


@pytest.mark.parametrize(("name", "is_random"), [("random", True), ("grid", False)])
def test_what_is_always_or_never_random_says_so(name: str, is_random: bool) -> None:
    plan = planned("clip_range=0.1:0.4:3,anneal")
    done = go_on(study_of(plan, name), plan, 6)
    assert {marked for _, marked in done} == {is_random}


def test_values_that_were_given_are_not_random() -> None:
    plan = planned("clip_range,learning_rate")
    study = study_of(plan, "random")
    study.enqueue_trial({"clip_range": 0.2, "learning_rate": 1e-3})
    assert go_on(study, plan, 2)[0] == ({"clip_range": 0.2, "learning_rate": 1e-3}, False)


# ---- grids


def test_a_grid_tries_every_combination_once() -> None:
    plan = planned("clip_range=0.1:0.4:3,activation")
    done = all_values(go_on(study_of(plan, "grid"), plan, 6))
    expected = [
        {"clip_range": clip, "activation": kind} for clip in (0.1, 0.2, 0.4) for kind in ("tanh", "relu")
    ]
    assert sorted(map(str, done)) == sorted(map(str, expected))
    assert done != expected, "in a shuffled order"


def test_a_combination_that_is_being_tried_is_not_begun_again() -> None:
    plan = planned("activation,anneal")
    study = study_of(plan, "grid")
    asked = [study.ask(dict(distributions(plan))) for _ in range(4)]
    assert len({str(trial.params) for trial in asked}) == 4


# ---- pruners


def pruned_at(name: str, curve: Callable[[int], float], others: Callable[[int], float]) -> int | None:
    """Return the steps at which a trial is ended beside six others; None if it comes to its end."""
    plan, strategy = planned(total_steps=8000), Strategy(pruner=name)
    asked_at = sorted(rungs(plan, strategy))
    study = optuna.create_study(direction="maximize", pruner=make_pruner(plan, strategy))
    for _ in range(6):
        other = study.ask()
        for steps in asked_at:
            other.report(others(steps), steps)
            other.should_prune()  # successive halving notes there how far it came
        study.tell(other, others(8000))
    trial = study.ask()
    for steps in asked_at:
        trial.report(curve(steps), steps)
        if trial.should_prune():
            return steps
    return None


def test_the_median_ends_a_bad_trial_after_a_quarter_of_its_budget() -> None:
    assert pruned_at("median", lambda steps: 1.0, lambda steps: 5.0) == 2000
    assert pruned_at("median", lambda steps: 9.0, lambda steps: 5.0) is None


def test_halving_ends_a_bad_trial_after_an_eighth_of_its_budget() -> None:
    assert (
        pruned_at("halving", lambda steps: 1.0, lambda steps: 5.0) == 1200
    )  # the first report from 1 000 on
    assert pruned_at("halving", lambda steps: 9.0, lambda steps: 5.0) is None


def test_halving_ends_one_that_falls_behind_at_half_of_its_budget() -> None:
    assert pruned_at("halving", lambda steps: 9.0 if steps < 4000 else 1.0, lambda steps: 5.0) == 4000


def test_a_pruner_is_told_as_little_as_it_needs() -> None:
    plan = planned(total_steps=8000)
    assert rungs(plan, Strategy(pruner="halving")) == {1200, 2000, 4000}
    assert rungs(plan, Strategy(pruner="median")) == {*range(400, 8000, 400)}
    assert not rungs(plan, Strategy(pruner="none"))


def test_without_a_pruner_nobody_is_ended() -> None:
    assert pruned_at("none", lambda steps: 1.0, lambda steps: 5.0) is None
