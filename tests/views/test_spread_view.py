from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.views.spread_view import advantage_spread, entropy_spread


def test_entropies_lie_between_certain_and_uniform() -> None:
    nats = np.array([0.0, math.log(4), math.log(2)])
    spread = entropy_spread(nats, 4, "bits")
    assert spread.values == pytest.approx([0, 2, 1])
    assert (spread.low, spread.high) == (0.0, pytest.approx(2.0))
    assert spread.ticks[1][1] == "2.00 uniform"
    assert spread.summary == "mean 1.000 bits"


def test_entropies_in_nats_are_as_they_come() -> None:
    spread = entropy_spread(np.array([0.5]), 2, "nats")
    assert spread.values == pytest.approx([0.5])
    assert spread.high == pytest.approx(math.log(2))


def test_a_gaussian_policy_may_have_negative_entropy() -> None:
    spread = entropy_spread(np.full(3, -1.2), None, "nats")
    assert spread.low < -1.2 < spread.high
    assert spread.summary == "mean −1.200 nats"


def test_before_the_first_update_there_is_nothing_to_show() -> None:
    assert len(entropy_spread(None, 2, "bits").values) == 0
    assert len(advantage_spread(None).values) == 0


def test_advantages_beyond_the_ends_of_the_axis_are_counted_there() -> None:
    generator = np.random.default_rng(1)
    spread = advantage_spread(_samples(np.append(generator.normal(size=255), 7.0)))
    assert [label for _, label in spread.ticks] == ["−4", "0", "4 or more: 1 sample"]
    assert [label for _, label in advantage_spread(_samples(np.array([-1.0, 1.0]))).ticks] == ["−4", "0", "4"]


def _samples(advantages: NDArray[np.float64]) -> MinibatchSamples:
    size = len(advantages)
    rollout = Rollout.empty(size, 1, Spaces(n_observations=4, n_actions=2))
    zeros, values = np.zeros(size, np.float32), advantages.astype(np.float32)
    return MinibatchSamples(rollout, np.arange(size), zeros, zeros, values, values, 0.2)
