from __future__ import annotations

from typing import Any

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.divergence import LargestNumbers, explain_divergence, likely_cause
from ppo_desktop.ppo.hyperparameters import Hyperparameters


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "learning_rate"),
        ({"learning_rate": 0.1}, "learning_rate"),
        ({"clip_range": None}, "clip_range"),
        ({"clip_range": None, "learning_rate": 0.1}, "learning_rate"),
        ({"entropy_coef": 2.0}, "entropy_coef"),
        ({"entropy_coef": 0.001, "learning_rate": 0.1}, "learning_rate"),
        ({"max_grad_norm": None, "learning_rate": 0.03}, "learning_rate"),
    ],
    ids=repr,
)
def test_the_likely_cause_is_the_value_furthest_above_its_default(values: dict[str, Any], field: str) -> None:
    assert likely_cause(Hyperparameters(**values)) == field


def test_a2c_cannot_diverge_for_want_of_a_clip_it_does_not_have() -> None:
    assert likely_cause(Hyperparameters(clip_range=None), Algorithm.A2C) == "learning_rate"


@pytest.mark.parametrize(
    ("largest", "values", "field"),
    [
        (LargestNumbers(reward=1e30), {}, "normalize_rewards"),
        (LargestNumbers(reward=1e30), {"learning_rate": 0.1}, "normalize_rewards"),
        (LargestNumbers(reward=1e30), {"normalize_rewards": True}, "learning_rate"),
        (LargestNumbers(observation=1e30), {}, "normalize_observations"),
        (LargestNumbers(observation=1e30), {"normalize_observations": True}, "learning_rate"),
        (LargestNumbers(1e4, 1e4), {}, "learning_rate"),
    ],
    ids=repr,
)
def test_numbers_too_large_for_any_network_are_the_cause_where_they_are_not_scaled(
    largest: LargestNumbers, values: dict[str, Any], field: str
) -> None:
    assert likely_cause(Hyperparameters(**values), largest=largest) == field


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("normalize_rewards", "Likely cause: rewards of 1e+30. Switch on Scale rewards and"),
        (
            "normalize_observations",
            "Likely cause: observations of 2e+20. Switch on Normalise observations and",
        ),
    ],
)
def test_the_explanation_names_numbers_that_are_too_large(cause: str, said: str) -> None:
    assert said in explain_divergence(Hyperparameters(), cause, LargestNumbers(1e30, 2e20))


def test_the_explanation_is_one_line_that_says_what_was_kept_and_what_to_lower() -> None:
    explanation = explain_divergence(Hyperparameters(learning_rate=0.1), "learning_rate", LargestNumbers())
    assert "last good weights are kept" in explanation
    assert "Likely cause: Learning rate 0.10. Lower it" in explanation
    assert "\n" not in explanation
