from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.declaration import Applies, Declaration, InvalidHyperparameter, Kind
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters, changed_fields

NUMERIC = [declaration for declaration in DECLARATIONS.values() if declaration.numeric]
EVERY_NUMBER = pytest.mark.parametrize("declaration", NUMERIC, ids=lambda declaration: declaration.name)
EVERY = pytest.mark.parametrize(
    "declaration", DECLARATIONS.values(), ids=lambda declaration: declaration.name
)


# ---- declarations


def test_the_fields_are_those_scripts_rely_on() -> None:
    assert set(DECLARATIONS) >= {
        "clip_range",
        "entropy_coef",
        "rollout_length",
        "n_envs",
        "n_epochs",
        "n_minibatches",
        "learning_rate",
        "gamma",
        "gae_lambda",
        "value_coef",
        "max_grad_norm",
        "target_kl",
        "anneal",
        "total_steps",
    }


@EVERY
def test_a_declaration_says_all_there_is_to_say(declaration: Declaration) -> None:
    assert declaration.label
    assert declaration.library_name
    assert declaration.meaning.endswith(".")
    assert declaration.check(declaration.default) == declaration.default
    assert getattr(Hyperparameters(), declaration.name) == declaration.default
    assert declaration.flag == "--" + declaration.name.replace("_", "-")
    assert declaration.library_name in declaration.explanation.tooltip
    assert declaration.applies.label in declaration.explanation.tooltip


@pytest.mark.parametrize("name", ["clip_range", "n_epochs", "n_minibatches", "target_kl"])
def test_what_a2c_has_no_use_for_is_declared_so(name: str) -> None:
    assert DECLARATIONS[name].ppo_only


@EVERY_NUMBER
def test_every_stop_is_allowed_and_stops_increase(declaration: Declaration) -> None:
    numbers = [stop for stop in declaration.stops if stop is not None]
    assert numbers == sorted(set(numbers))
    assert [declaration.check(stop) for stop in declaration.stops] == list(declaration.stops)
    assert (None in declaration.stops) is declaration.off_allowed
    assert declaration.stops[-1] is None or not declaration.off_allowed


@EVERY_NUMBER
def test_the_default_lies_at_a_stop_or_beside_one(declaration: Declaration) -> None:
    nearest = declaration.stops[declaration.nearest_stop(declaration.default)]
    if declaration.default is None or nearest is None:
        assert nearest is declaration.default
        return
    assert isinstance(declaration.default, int | float)
    assert nearest == pytest.approx(declaration.default, rel=0.05, abs=1e-9)


@EVERY_NUMBER
def test_the_nearest_stop_of_a_stop_is_itself(declaration: Declaration) -> None:
    assert [declaration.nearest_stop(stop) for stop in declaration.stops] == list(
        range(len(declaration.stops))
    )


@EVERY_NUMBER
@given(share=st.floats(0, 1))
def test_no_stop_lies_nearer_than_the_nearest(declaration: Declaration, share: float) -> None:
    scale = declaration.scale
    assert scale is not None
    value = scale.low + share * (scale.high - scale.low)
    on_scale = [
        (index, scale.position(stop))
        for index, stop in enumerate(declaration.stops)
        if isinstance(stop, int | float) and stop >= scale.low
    ]
    smallest = min(abs(position - scale.position(value)) for _, position in on_scale)
    found = dict(on_scale)[declaration.nearest_stop(value)]
    assert abs(found - scale.position(value)) == pytest.approx(smallest)


@EVERY_NUMBER
def test_every_stop_is_read_back_as_it_is_written(declaration: Declaration) -> None:
    read = [declaration.parse(declaration.format(stop)) for stop in declaration.stops]
    assert read == list(declaration.stops)
    assert [type(value) for value in read] == [type(stop) for stop in declaration.stops]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("clip_range", 0.2, "0.20"),
        ("clip_range", None, "off"),
        ("clip_range", 0.015, "0.015"),
        ("learning_rate", 3e-4, "3.0e-4"),
        ("learning_rate", 0.000125, "1.25e-4"),
        ("learning_rate", 0.1, "0.10"),
        ("entropy_coef", 0.0, "0"),
        ("rollout_length", 2048, "2 048"),
        ("gamma", 0.9999, "0.9999"),
        ("gamma", 0.99, "0.99"),
        ("gamma", 0.0, "0"),
        ("gamma", 1.0, "1"),
        ("max_grad_norm", 25.0, "25"),
        ("initial_log_std", -2.0, "-2.00"),
        ("total_steps", None, "no limit"),
        ("total_steps", 1_000_000, "1 000 000"),
        ("anneal", True, "on"),
        ("activation", "relu", "relu"),
    ],
)
def test_values_are_written_like_this(name: str, value: Any, text: str) -> None:
    declaration = DECLARATIONS[name]
    assert declaration.format(value) == text
    assert declaration.parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("clip_range", " 0.2 ", 0.2),
        ("clip_range", "OFF", None),
        ("clip_range", "none", None),
        ("clip_range", "2e-1", 0.2),
        ("rollout_length", "1\u00a0024", 1024),
        ("rollout_length", "1\u202f024", 1024),
        ("total_steps", "1e6", 1_000_000),
        ("total_steps", "No Limit", None),
        ("anneal", "True", True),
        ("anneal", "off", False),
        ("gamma", "1", 1.0),
    ],
)
def test_other_ways_of_writing_are_understood(name: str, text: str, value: Any) -> None:
    read = DECLARATIONS[name].parse(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clip_range", "0"),
        ("clip_range", "1.01"),
        ("clip_range", "nan"),
        ("clip_range", "a lot"),
        ("learning_rate", "off"),
        ("learning_rate", "1e400"),
        ("learning_rate", ""),
        ("entropy_coef", "-0.1"),
        ("rollout_length", "2.5"),
        ("rollout_length", "0"),
        ("hidden_units", "3"),
        ("anneal", "maybe"),
        ("activation", "sigmoid"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_that_names_the_range(name: str, text: str) -> None:
    declaration = DECLARATIONS[name]
    with pytest.raises(InvalidHyperparameter, match="must be") as caught:
        declaration.parse(text)
    assert str(caught.value).startswith(declaration.label)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("total_steps", "100.000"),
        ("total_steps", "1.000.000"),
        ("total_steps", "+100.000"),
        ("rollout_length", "1.024"),
        ("max_grad_norm", "1,500"),
        ("total_steps", "10 20"),
        ("rollout_length", "12 8"),
    ],
)
def test_a_number_that_is_not_plain_is_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidHyperparameter, match="must be"):
        DECLARATIONS[name].parse(text)


def test_a_refusal_of_thousands_names_both_readings() -> None:
    with pytest.raises(InvalidHyperparameter, match=r"100\.000 .* 100 .* 100000"):
        DECLARATIONS["total_steps"].parse("100.000")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("learning_rate", "0,001", 0.001), ("gamma", "0.999", 0.999), ("max_grad_norm", "1.500", 1.5)],
)
def test_decimals_that_mean_one_thing_are_understood(name: str, text: str, value: float) -> None:
    assert DECLARATIONS[name].parse(text) == value


def test_a_refusal_writes_the_range_as_the_window_does() -> None:
    with pytest.raises(InvalidHyperparameter) as caught:
        DECLARATIONS["total_steps"].parse("7")
    assert str(caught.value) == (
        'Total steps (total_timesteps) is 7, but must be a whole number from 10 to 100 000 000 or "no limit".'
    )


@given(st.sampled_from(NUMERIC), st.text(max_size=12))
def test_no_text_does_anything_but_give_an_allowed_value_or_a_refusal(
    declaration: Declaration, text: str
) -> None:
    try:
        value = declaration.parse(text)
    except InvalidHyperparameter:
        return
    assert declaration.check(value) == value


# ---- hyperparameters


@pytest.mark.parametrize(
    "values",
    [
        {"clip_range": 0},
        {"clip_range": True},
        {"clip_range": "0.2"},
        {"learning_rate": None},
        {"learning_rate": math.nan},
        {"n_epochs": 2.0},
        {"anneal": 1, "total_steps": 1000},
        {"activation": "sine"},
    ],
    ids=repr,
)
def test_values_are_valid_by_construction(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidHyperparameter):
        Hyperparameters(**values)


def test_annealing_needs_an_end() -> None:
    with pytest.raises(InvalidHyperparameter, match="Total steps"):
        Hyperparameters(anneal=True)
    assert Hyperparameters(anneal=True, total_steps=1000).anneal


@pytest.mark.parametrize(("total_steps", "taken"), [(1, 96), (96, 96), (97, 192), (1000, 1056)])
def test_training_ends_with_a_whole_rollout(total_steps: int, taken: int) -> None:
    assert Hyperparameters(n_envs=3, rollout_length=32).whole_rollouts(total_steps) == taken


def test_changed_keeps_everything_else() -> None:
    before = Hyperparameters(gamma=0.9)
    after = before.changed({"clip_range": 0.3})
    assert changed_fields(before, after) == {"clip_range": (0.2, 0.3)}
    assert before == Hyperparameters(gamma=0.9)


def test_changed_checks_values() -> None:
    with pytest.raises(InvalidHyperparameter):
        Hyperparameters().changed({"clip_range": 7})


def test_hyperparameters_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Hyperparameters().gamma = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("applies", "names"),
    [
        (
            Applies.NEXT_MINIBATCH,
            {"clip_range", "entropy_coef", "learning_rate", "value_coef", "max_grad_norm"},
        ),
        (
            Applies.NEXT_ROLLOUT,
            {"rollout_length", "n_envs", "n_epochs", "n_minibatches", "gamma", "gae_lambda"},
        ),
        (Applies.NEXT_RUN, {"hidden_units", "activation", "normalize_observations", "initial_log_std"}),
    ],
)
def test_each_applies_when_the_learner_can_take_it_over(applies: Applies, names: set[str]) -> None:
    assert {DECLARATIONS[name].applies for name in names} == {applies}


# ---- how a rollout is cut


def test_switches_and_choices_have_no_scale() -> None:
    assert {declaration.kind for declaration in DECLARATIONS.values() if declaration.scale is None} == {
        Kind.SWITCH,
        Kind.CHOICE,
    }
