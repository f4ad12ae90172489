"""What is searched: for Optuna, and as one writes it."""

from __future__ import annotations

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from ppo_desktop.study.dimension import GRID_POINTS, Dimension, InvalidStudy, usual_dimension
from ppo_desktop.study.sampling import distributions
from ppo_desktop.study.wanted import parse_space
from tests.searches import planned


def test_each_hyperparameter_is_searched_on_its_own_scale() -> None:
    plan = planned(
        "clip_range=0.05:0.5,gae_lambda=0.8:1,rollout_length=16:64,gamma=0.9:0.99,anneal,activation"
    )
    assert distributions(plan) == {
        "clip_range": FloatDistribution(0.05, 0.5, log=True),
        "gae_lambda": FloatDistribution(0.8, 1.0),
        "rollout_length": IntDistribution(16, 64, log=True),
        "gamma": CategoricalDistribution((0.9, 0.95, 0.98, 0.99)),
        "anneal": CategoricalDistribution((False, True)),
        "activation": CategoricalDistribution(("tanh", "relu")),
    }
    assert list(distributions(plan)) == list(plan.fields)


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("clip_range", (usual_dimension("clip_range"),)),
        ("clip-range, Learning-Rate", (usual_dimension("clip_range"), usual_dimension("learning_rate"))),
        ("clip_range=0.1:0.3", (Dimension("clip_range", 0.1, 0.3),)),
        ("rollout_length=16:64:3,anneal,", (Dimension("rollout_length", 16, 64, 3), Dimension("anneal"))),
        ("learning_rate = 1e-4 : 1e-2 : 7", (Dimension("learning_rate", 1e-4, 1e-2, 7),)),
    ],
)
def test_a_space_is_read_as_it_is_written(text: str, space: tuple[Dimension, ...]) -> None:
    assert parse_space(text) == space


def test_what_is_known_is_searched_where_no_range_is_written() -> None:
    known = {"clip_range": Dimension("clip_range", 0.1, 0.3, 9)}
    assert parse_space("clip_range,anneal", known) == (known["clip_range"], Dimension("anneal"))
    assert parse_space("clip_range=0.2:0.4", known) == (Dimension("clip_range", 0.2, 0.4, 9),)
    assert parse_space("clip_range=0.2:0.4") == (Dimension("clip_range", 0.2, 0.4, GRID_POINTS),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is nothing to search: name hyperparameters"),
        (" , ", "There is nothing to search"),
        ("clip", '"clip" cannot be searched'),
        ("total_steps", '"total_steps" cannot be searched'),
        ("x\ny", '"x y" cannot be searched'),
        ("clip_range,clip-range=0.1:0.2", "Clip range is searched twice"),
        ("clip_range=0.3:0.1", "the range from 0.30 to 0.10 is empty"),
        ("clip_range=0.3:0.3", "the range from 0.30 to 0.30 is empty"),
        ("clip_range=0.1", "clip_range=0.1 is not FIELD=LOW:HIGH"),
        ("clip_range=", "clip_range= is not FIELD=LOW:HIGH"),
        ("clip_range=0.1:0.2:3:4", "is not FIELD=LOW:HIGH"),
        ("clip_range=:0.2", "Clip range"),
        ("clip_range=a:b", "Clip range (clip_range) is a, but must be a number from 0.01 to 1.00"),
        ("clip_range=nan:0.2", "is nan, but must be"),
        ("clip_range=0.1:inf", "is inf, but must be"),
        ("clip_range=0.1:7", "must be a number from 0.01 to 1.00"),
        ("clip_range=0.1:off", "both ends of a range are numbers; off is none"),
        ("entropy_coef=0:0.1", "has no place on its scale"),
        ("rollout_length=1.5:8", "must be a whole number"),
        ("rollout_length=8:" + "9" * 1000, "must be a whole number"),
        ("anneal=off:on", "has no range, all its values are searched: write anneal alone"),
        ("activation=tanh:relu", "has no range"),
        ("clip_range=0.1:0.2:1", "a grid takes from 2 to 100 values"),
        ("clip_range=0.1:0.2:101", "a grid takes from 2 to 100 values"),
        ("clip_range=0.1:0.2:x", "“x” is no number of values for a grid"),
        ("clip_range=0.1:0.2:-3", "“-3” is no number of values for a grid"),
        ("clip_range," * 500, "too long"),
    ],
    ids=lambda text: repr(text[:24]),
)
def test_what_cannot_be_searched_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(InvalidStudy) as refused:
        parse_space(text)
    message = str(refused.value)
    assert reason in message
    assert "\n" not in message
    assert len(message) < 400
