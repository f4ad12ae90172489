"""Optuna's trials become records; what somebody else has written does no harm."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from ppo_desktop.study.storage.stored_trials import MOST_DEATHS, curve_values, read_trial, retry_of
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.studies import PLAN

VALUES: dict[str, Any] = {"clip_range": 0.2, "rollout_length": 32, "gamma": 0.99, "anneal": True}
BEGUN, ENDED = datetime(2026, 5, 1, 12, 0, 0), datetime(2026, 5, 1, 12, 0, 30)


def trial(
    state: OptunaState = OptunaState.COMPLETE,
    params: dict[str, Any] | None = None,
    values: list[float] | None = None,
    attributes: dict[str, Any] | None = None,
    system: dict[str, Any] | None = None,
    reports: dict[int, float] | None = None,
) -> FrozenTrial:
    """Return a trial as Optuna gives it, whatever is in it."""
    params = VALUES if params is None else params
    anything: BaseDistribution = CategoricalDistribution([None])
    if values is None and state is OptunaState.COMPLETE:
        values = [5.0]
    return FrozenTrial(
        number=3,
        state=state,
        value=None,
        datetime_start=BEGUN,
        datetime_complete=ENDED if state.is_finished() else None,
        params=params,
        distributions=dict.fromkeys(params, anything),
        user_attrs=attributes or {},
        system_attrs=system or {},
        intermediate_values=reports or {},
        trial_id=1,
        values=values,
    )


def read(**what: Any) -> TrialRecord:
    return read_trial(trial(**what), PLAN)


def test_a_complete_trial_is_read_whole() -> None:
    attributes = {"worker": "here:7", "random": True, "seed_objectives": [4.0, 6.0], "others": 1}
    assert read(attributes=attributes, reports={100: 2.0, 50: 1.0}) == TrialRecord(
        number=3,
        state=TrialState.COMPLETE,
        values=VALUES,
        objective=5.0,
        curve=((50, 1.0), (100, 2.0)),
        seed_objectives=(4.0, 6.0),
        begun=BEGUN,
        ended=ENDED,
        worker="here:7",
        is_random=True,
    )


def test_a_trial_that_is_running_may_lack_values() -> None:
    record = read(state=OptunaState.RUNNING, params={"clip_range": 0.2}, attributes={"reason": "of before"})
    assert (record.state, record.values, record.reason) == (TrialState.RUNNING, {"clip_range": 0.2}, "")
    assert (record.begun, record.ended, record.objective) == (BEGUN, None, None)


def test_a_waiting_trial_shows_the_values_it_was_given() -> None:
    record = read(state=OptunaState.WAITING, params={}, system={"fixed_params": {"clip_range": 0.3}})
    assert (record.state, record.values, record.begun) == (TrialState.WAITING, {"clip_range": 0.3}, None)


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        ({"reason": "nan"}, TrialState.FAILED),
        ({"reason": "nan", "interrupted": True}, TrialState.INTERRUPTED),
        ({"reason": "nan", "interrupted": "yes"}, TrialState.FAILED),
    ],
)
def test_a_trial_without_a_value_says_why(attributes: dict[str, Any], state: TrialState) -> None:
    record = read(state=OptunaState.FAIL, attributes=attributes)
    assert (record.state, record.reason, record.objective) == (state, "nan", None)


def test_a_complete_trial_was_not_interrupted_whatever_somebody_has_begun_to_say() -> None:
    assert read(attributes={"interrupted": True}).state is TrialState.COMPLETE


def test_a_pruned_trial_is_worth_its_last_report() -> None:
    record = read(state=OptunaState.PRUNED, values=[9.0], reports={50: 1.0, 100: 2.0})
    assert (record.state, record.objective) == (TrialState.PRUNED, 2.0)
    assert read(state=OptunaState.PRUNED).objective is None


def test_a_trial_knows_which_it_tries_again() -> None:
    assert read(system={"failed_trial": 0, "retry_history": [0, 2]}).retry_of == 2
    for nonsense in ([], [None], [True], [-1], "02", {"0": 2}):
        assert read(system={"retry_history": nonsense}).retry_of is None


@pytest.mark.parametrize("deaths", [MOST_DEATHS - 1, MOST_DEATHS, MOST_DEATHS + 5])
def test_values_at_which_enough_programs_have_died_are_given_up_whichever_version_has_counted(
    deaths: int,
) -> None:
    attributes = {"worker": "here:7", "deaths": deaths}
    record = read(state=OptunaState.FAIL, attributes=attributes)
    assert record.state is TrialState.FAILED
    assert record.reason == f"{deaths + 1} programs ended while at it; not tried again."
    assert read(state=OptunaState.WAITING, attributes=attributes).state is TrialState.WAITING
    assert read(attributes=attributes).reason == ""


def test_values_at_which_fewer_programs_have_died_are_tried_again_and_all_are_counted() -> None:
    attributes = {"worker": "here:7", "deaths": MOST_DEATHS - 2}
    died = trial(state=OptunaState.FAIL, params={}, attributes=attributes)
    assert read_trial(died, PLAN).state is TrialState.INTERRUPTED
    assert retry_of(died).user_attrs == {"worker": "here:7", "deaths": MOST_DEATHS - 1}


def test_whole_numbers_are_whole() -> None:
    record = read(params=VALUES | {"rollout_length": 32.0})
    assert (record.values["rollout_length"], type(record.values["rollout_length"])) == (32, int)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"clip_range": "wide"}, "Clip range ε cannot be 'wide'."),
        (
            {"clip_range": None},  # allowed in a run, but nowhere on its scale
            "Clip range ε cannot be None.",
        ),
        ({"clip_range": math.nan}, "Clip range ε cannot be nan."),
        ({"clip_range": 1e9}, "Clip range ε cannot be 1000000000.0."),
        ({"clip_range": True}, "Clip range ε cannot be True."),
        ({"rollout_length": 32.5}, "Rollout length T cannot be 32.5."),
        ({"gamma": 2.0}, "Discount γ cannot be 2.0."),
        ({"anneal": 1}, "Anneal α and ε cannot be 1."),
        ({"colour": "red"}, "It has values that this study does not search: colour"),
        ({"a\nb\ud800": 1}, "It has values that this study does not search: a b?"),
    ],
)
def test_a_trial_with_foreign_values_has_failed_and_says_why(changes: dict[str, Any], why: str) -> None:
    record = read(params=VALUES | changes)
    assert (record.state, record.reason, record.objective) == (TrialState.FAILED, why, None)
    assert record.values == {}


def test_a_complete_trial_needs_all_values() -> None:
    record = read(params={"clip_range": 0.2, "gamma": 0.99, "anneal": True})
    assert (record.state, record.reason) == (TrialState.FAILED, "It has no value of Rollout length T.")


@pytest.mark.parametrize("values", [[math.inf], [math.nan], []])
def test_what_is_no_number_is_no_objective(values: list[float]) -> None:
    record = read(values=values)
    assert (record.state, record.reason) == (TrialState.FAILED, "Its value is no number.")


def test_a_curve_has_numbers_only() -> None:
    assert read(reports={-1: 1.0, 50: math.nan, 100: math.inf, 150: 2.0}).curve == ((150, 2.0),)
    columns = {"steps": [50, 100, 150], "mean_return": [math.nan, None, 2.0]}
    assert read(attributes={"curve": columns}).curve == ((150, 2.0),)


def test_a_curve_is_kept_in_columns_beside_what_a_pruner_was_told() -> None:
    points = ((50, 1.0), (100, 2.5))
    assert read(attributes={"curve": curve_values(points)}).curve == points
    told = {"curve": {**curve_values(points), "of another version": [0, 0]}}
    assert read(attributes=told, reports={100: 2.5, 150: 3.0}).curve == (*points, (150, 3.0))


@pytest.mark.parametrize(
    "curve",
    [
        None,
        [],
        {"steps": [1]},
        {"steps": [1], "mean_return": [1.0, 2.0]},
        {"steps": 1, "mean_return": 2},
        {"steps": [True], "mean_return": [1.0]},
        {"version": 99, "steps": [1], "mean_return": [1.0]},
    ],
)
def test_what_is_no_curve_is_none(curve: Any) -> None:
    assert read(attributes={"curve": curve}).curve == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=40)
@given(
    state=st.sampled_from(list(OptunaState)),
    params=st.dictionaries(st.sampled_from([*PLAN.fields, "x"]), ANYTHING),
    attributes=st.dictionaries(
        st.sampled_from(["worker", "random", "reason", "interrupted", "seed_objectives", "curve", "deaths"]),
        ANYTHING,
    ),
    system=st.dictionaries(st.sampled_from(["fixed_params", "retry_history", "failed_trial"]), ANYTHING),
    reports=st.dictionaries(st.integers(), st.floats()),
)
def test_nothing_that_json_can_hold_does_any_harm(state: OptunaState, **what: Any) -> None:
    record = read(state=state, **what)
    assert "\n" not in record.reason + record.worker
    assert set(record.values) <= set(PLAN.fields)
    for field, value in record.values.items():
        assert math.isfinite(PLAN.dimension(field).position(value))
    if record.state is TrialState.COMPLETE:
        assert set(record.values) == set(PLAN.fields)


def test_a_foreign_script_that_adds_a_parameter_is_seen() -> None:
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))

    def objective(asked: optuna.Trial) -> float:
        asked.suggest_float("clip_range", 0.1, 0.4)
        asked.suggest_int("rollout_length", 16, 64)
        asked.suggest_categorical("gamma", PLAN.dimension("gamma").choices)
        asked.suggest_categorical("anneal", [False, True])
        if asked.number == 1:
            asked.suggest_float("temperature", 0, 1)
        return 1.0

    study.optimize(objective, n_trials=2)
    ours, foreign = (read_trial(seen, PLAN) for seen in study.get_trials())
    assert ours.state is TrialState.COMPLETE
    assert foreign.reason == "It has values that this study does not search: temperature"
