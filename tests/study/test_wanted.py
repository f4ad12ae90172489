"""What is wanted of a study without a window is refused where it would search what changes nothing."""

from __future__ import annotations

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.wanted import WantedStudy


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (WantedStudy("initial_log_std", "CartPole-v1"), "Discrete actions"),
        (WantedStudy("clip_range", algorithm=Algorithm.A2C), "A2C has no use"),
    ],
)
def test_what_would_change_nothing_is_not_searched(wanted: WantedStudy, reason: str) -> None:
    with pytest.raises(InvalidStudy, match=reason):
        wanted.plan()


def test_the_spread_of_continuous_actions_is_searched() -> None:
    assert WantedStudy("initial_log_std", "Pendulum-v1").plan().fields == ("initial_log_std",)
