from __future__ import annotations

import math

import numpy as np
import pytest

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
