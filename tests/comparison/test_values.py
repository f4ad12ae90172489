"""The line of values: what is understood, what is refused in one line, and what is suggested."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    MOST_VARIANTS,
    PRESET,
    SETTINGS,
    InvalidComparison,
    varied,
)
from ppo_desktop.comparison.values import (
    own_value,
    parse_values,
    suggested_values,
    varying_fields,
    written_values,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import preset_named, presets_for
from tests.hyperparameters import values_of

CARTPOLE = "CartPole-v1"
STEPWISE = "Stepwise"


# ---- what is understood


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        ("clip_range", "0.02 0.1 0.2, off", [0.02, 0.1, 0.2, None]),
        ("clip_range", "0.02,0.1", [0.02, 0.1]),
        ("clip_range", " ,0.02;;0.1 ;\tOFF,\n", [0.02, 0.1, None]),
        ("clip_range", "0.2", [0.2]),
        ("learning_rate", "1e-3, 3.0E-4", [1e-3, 3e-4]),
        ("rollout_length", "16; 32 64", [16, 32, 64]),
        ("rollout_length", "16,32,64", [16, 32, 64]),
        ("rollout_length", "16,32 64", [16, 32, 64]),
        ("rollout_length", "128,256,512", [128, 256, 512]),
        ("rollout_length", "1, 500", [1, 500]),
        ("rollout_length", "1;500", [1, 500]),
        ("anneal", "on off", [True, False]),
        ("activation", "Tanh, relu", ["tanh", "relu"]),
        ("initial_log_std", "−2, −1, 0", [-2.0, -1.0, 0.0]),
        (ALGORITHM, "A2C ppo", ["a2c", "ppo"]),
        (PRESET, "demonstration, FASTEST", ["demonstration", "fastest"]),
        (
            PRESET,
            "fastest, stepwise,  as on the Slides Demonstration",
            ["fastest", "stepwise", "demonstration"],
        ),
    ],
)
def test_values_are_separated_by_commas_semicolons_or_blanks(
    field: str, text: str, values: list[Value]
) -> None:
    assert parse_values(field, text, CARTPOLE) == values


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        ("clip_range", "0,02 0,1", [0.02, 0.1]),
        ("clip_range", "0,02; 0,1; off", [0.02, 0.1, None]),
        ("clip_range", "0,02, 0,1", [0.02, 0.1]),
        ("learning_rate", "1,5e-3 0,003", [1.5e-3, 3e-3]),
        ("max_grad_norm", "0.5,2 3", [0.5, 2.0, 3.0]),
        ("max_grad_norm", "1,2", [1.0, 2.0]),
    ],
)
def test_a_comma_in_a_number_is_a_decimal_comma_where_other_things_separate(
    field: str, text: str, values: list[Value]
) -> None:
    assert parse_values(field, text, CARTPOLE) == values


def test_off_may_be_called_by_words_with_a_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = dataclasses.replace(DECLARATIONS["target_kl"], off_label="no limit")
    monkeypatch.setitem(DECLARATIONS, "target_kl", unlimited)
    assert parse_values("target_kl", "0.01 No limit", CARTPOLE) == [0.01, None]
    assert written_values("target_kl", [0.01, None], CARTPOLE) == "0.01, no limit"


# ---- what is refused


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("clip_range", "", "Clip range ε: give the values to compare."),
        ("clip_range", " ,; ", "Clip range ε: give the values to compare."),
        (PRESET, "", "Preset: give the values to compare."),
        (ALGORITHM, ",", "Algorithm: give the values to compare."),
        ("clip_range", "0.1 0.10", "0.10 is there twice"),
        ("anneal", "on on", "on is there twice"),
        (ALGORITHM, "ppo PPO", "PPO is there twice"),
        (PRESET, "Fastest fastest", "fastest is there twice"),
        ("rollout_length", "1 2 4 8 16 32 64 128 256", "9 values are too many"),
        ("clip_range", "0.1 " * 10_000, "the line is too long; give at most 8 values"),
        ("clip_range", "9" * 1_000_000, "the line is too long"),
        (PRESET, "Fastest " * 10_000, "the line is too long"),
        ("entropy_coef", "0,02", "0,02 can be read in two ways; write decimals with a point"),
        ("rollout_length", "1,024", "1,024 can be read in two ways"),
        ("rollout_length", "1,500", "1,500 can be read in two ways"),
        ("rollout_length", "16; 1,500", "1,500 can be read in two ways"),
        ("rollout_length", "16,1,500", "16,1,500 can be read in two ways"),
        (PRESET, "fast", f"Preset is fast, but must be one of: Demonstration; Fastest; {STEPWISE}."),
        (PRESET, "Fastest, of all", "Preset is of all, but must be one of"),
        (ALGORITHM, "ppo dqn", "Algorithm is dqn, but must be a2c or ppo."),
        ("clip", "0.1", '"clip" cannot be compared; choose one of clip_range, entropy_coef,'),
        ("", "0.1", '"" cannot be compared; choose one of'),
        (SETTINGS, "A B", '"settings" cannot be compared'),
        ("x" * 100_000, "0.1", "… cannot be compared"),
        ("total_steps", "1000 2000", "all runs of a comparison learn equally long"),
        ("stop_when_solved", "on off", "all runs of a comparison learn equally long"),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_cannot_be_compared_is_refused_in_one_line_that_says_what_to_do(
    field: str, text: str, reason: str
) -> None:
    with pytest.raises(InvalidComparison) as caught:
        parse_values(field, text, CARTPOLE)
    message = str(caught.value)
    assert reason in message
    assert "\n" not in message
    assert len(message) <= 300


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("clip_range", "0.1 5", 'must be a number from 0.01 to 1.00 or "off"'),
        ("clip_range", "0.1 wide", "is wide, but must be a number"),
        ("clip_range", "nan", "must be a number"),
        ("clip_range", "w" * 900, "must be a number"),
        ("rollout_length", "16 32.5", "must be a whole number from 1 to 2 048"),
        ("rollout_length", "9" * 900, "must be a whole number from 1 to 2 048"),
        ("anneal", "on maybe", "must be on or off"),
        ("activation", "tanh sine", "must be tanh or relu"),
        ("hidden_units", "off", "must be a whole number"),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_value_that_is_not_one_of_the_hyperparameter_is_refused(field: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidHyperparameter) as caught:
        parse_values(field, text, CARTPOLE)
    message = str(caught.value)
    assert reason in message
    assert "\n" not in message
    assert len(message) <= 300


# ---- what is written


def test_values_are_written_as_everywhere() -> None:
    assert written_values("clip_range", [0.02, 0.1, 0.2, None], CARTPOLE) == "0.02, 0.10, 0.20, off"
    assert written_values("rollout_length", [16, 1024], CARTPOLE) == "16, 1024"
    assert written_values(ALGORITHM, ["a2c", "ppo"], CARTPOLE) == "A2C, PPO"
    assert written_values("anneal", [True, False], CARTPOLE) == "on, off"


@given(data=st.data(), field=st.sampled_from([f for f in DECLARATIONS if f not in BUDGET_FIELDS]))
def test_what_is_written_is_read_as_the_same_values(data: st.DataObject, field: str) -> None:
    values = data.draw(
        st.lists(values_of(DECLARATIONS[field]), min_size=1, max_size=MOST_VARIANTS, unique=True)
    )
    assert parse_values(field, written_values(field, values, CARTPOLE), CARTPOLE) == values


def test_presets_are_written_and_read_with_commas_in_their_names() -> None:
    presets = [*reversed(presets_for(CARTPOLE))]
    ids: list[Value] = [preset.id for preset in presets]
    line = written_values(PRESET, ids, CARTPOLE)
    assert line == ", ".join(preset.name for preset in presets)
    assert parse_values(PRESET, line, CARTPOLE) == ids


# ---- what is suggested


@pytest.mark.parametrize("environment_id", [*KNOWN_ENVIRONMENTS, "Unknown-v0"])
@pytest.mark.parametrize("algorithm", Algorithm)
def test_all_that_is_suggested_can_be_compared_and_holds_the_bases_own_value(
    environment_id: str, algorithm: Algorithm
) -> None:
    base = presets_for(environment_id)[0].hyperparameters
    for field in varying_fields(environment_id):
        values = suggested_values(field, environment_id, algorithm, base, 100_000)
        assert own_value(field, environment_id, algorithm, base) in values
        assert 2 <= len(values) <= MOST_VARIANTS
        assert parse_values(field, written_values(field, values, environment_id), environment_id) == values
        varied(environment_id, algorithm, base, field, values, n_seeds=1, total_steps=100_000)


@pytest.mark.parametrize(
    ("field", "own", "values"),
    [
        ("clip_range", 0.2, [0.02, 0.05, 0.1, 0.2, 0.5, None]),
        ("clip_range", 0.3, [0.02, 0.05, 0.1, 0.3, 0.5, None]),
        ("entropy_coef", 0.0, [0.0, 2e-4, 2e-3, 0.01, 0.1, 1.0]),
        ("entropy_coef", 0.02, [0.0, 2e-4, 2e-3, 0.02, 0.1, 1.0]),
        ("gamma", 0.99, [0.5, 0.95, 0.99, 0.998, 0.9998]),
        ("gamma", 1.0, [0.5, 0.95, 0.99, 0.998, 1.0]),
        ("gae_lambda", 0.8, [0.1, 0.3, 0.5, 0.7, 0.8]),
        ("rollout_length", 100, [2, 10, 32, 100, 1024]),
        ("hidden_layers", 2, [1, 2, 3, 4]),
        ("activation", "relu", ["tanh", "relu"]),
        ("anneal", False, [True, False]),
    ],
)
def test_suggestions_are_tidy_numbers_spread_over_the_scale_with_the_own_value_in_place_of_its_neighbour(
    field: str, own: Value, values: list[Value]
) -> None:
    base = Hyperparameters().changed({"n_minibatches": 1, field: own})
    assert suggested_values(field, CARTPOLE, Algorithm.PPO, base) == values


def test_values_with_which_the_base_cannot_be_trained_are_not_suggested() -> None:
    base = Hyperparameters(n_envs=1, rollout_length=32, n_minibatches=16)
    assert suggested_values("n_minibatches", CARTPOLE, Algorithm.PPO, base) == [2, 4, 16]
    assert suggested_values("rollout_length", CARTPOLE, Algorithm.PPO, base) == [32, 128, 1024]
    assert suggested_values("rollout_length", CARTPOLE, Algorithm.A2C, base) == [2, 10, 32, 128, 1024]


def test_values_whose_first_rollout_is_longer_than_the_budget_are_not_suggested() -> None:
    base = Hyperparameters(n_envs=8, n_minibatches=1)
    assert suggested_values("rollout_length", CARTPOLE, Algorithm.PPO, base, 4_000) == [2, 10, 32, 128]


@pytest.mark.parametrize("field", [*BUDGET_FIELDS, SETTINGS, "bogus"])
def test_nothing_is_suggested_for_what_cannot_vary(field: str) -> None:
    with pytest.raises(InvalidComparison):
        suggested_values(field, CARTPOLE, Algorithm.PPO, Hyperparameters())


# ---- what can vary


def test_the_menu_begins_with_what_matters_and_has_presets_last_where_there_are_several() -> None:
    fields = varying_fields(CARTPOLE)
    assert fields[:5] == ["clip_range", "entropy_coef", "rollout_length", ALGORITHM, "learning_rate"]
    assert fields[-1] == PRESET
    assert {*fields} == {*DECLARATIONS, ALGORITHM, PRESET} - {*BUDGET_FIELDS}
    assert len(fields) == len(set(fields))
    assert PRESET not in varying_fields("Acrobot-v1")


def test_the_own_value_of_a_preset_is_its_id_whatever_its_budget() -> None:
    preset = presets_for(CARTPOLE)[1]
    changed = preset.hyperparameters.changed({"total_steps": 7_000})
    assert own_value(PRESET, CARTPOLE, Algorithm.PPO, changed) == preset.id
    assert own_value(PRESET, CARTPOLE, Algorithm.PPO, changed.changed({"gamma": 0.5})) is None
    assert own_value(ALGORITHM, CARTPOLE, Algorithm.A2C, changed) == "a2c"
    assert own_value("gamma", CARTPOLE, Algorithm.PPO, changed) == 0.98


def test_a_preset_answers_to_the_name_it_once_had() -> None:
    assert parse_values(PRESET, "stepwise, as on the slides, Demonstration", "CartPole-v1") == [
        "stepwise",
        "demonstration",
    ]
    assert preset_named("CartPole-v1", "Stepwise, as on the slides") is preset_named(
        "CartPole-v1", "stepwise"
    )
    assert preset_named("Pendulum-v1", "") is None
