"""Looking back shows moments between which a single step lies, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from ppo_desktop.bridge.moments import MOST_MOMENTS, Moment, Moments
from ppo_desktop.ppo.events import DiscretePolicy, Frame


def moment(steps: int, agent: int = 0) -> Moment:
    policy = DiscretePolicy((0.5, 0.5))
    observation = np.zeros(4, np.float32)
    return Moment(
        Frame("CartPole-v1", agent, 8, observation, False, None, policy, 0.0, 0.7, 0.0, 0, steps, None)
    )


def shown(moments: Moments) -> int:
    assert moments.shown.frame is not None
    return moments.shown.frame.steps


@pytest.fixture
def moments() -> Moments:
    """Of a run that was shown at its beginning and after each of three steps."""
    moments = Moments()
    moments.add(moment(0), 0)
    for steps in (8, 16, 24):
        moments.add(moment(steps), 1)
    return moments


def test_one_looks_back_as_far_as_moments_were_kept_and_returns(moments: Moments) -> None:
    seen = []
    while moments.can_look_back:
        moments.look_back()
        seen.append(shown(moments))
    assert seen == [16, 8, 0]
    moments.look_ahead()
    assert (shown(moments), moments.is_looking_back) == (8, True)
    moments.return_to_newest()
    assert (shown(moments), moments.is_looking_back) == (24, False)


def test_after_several_steps_at_once_there_is_nothing_to_look_back_at(moments: Moments) -> None:
    moments.add(moment(80), 7)
    assert not moments.can_look_back
    moments.add(moment(88), 1)
    moments.look_back()
    assert shown(moments) == 80


def test_the_same_moment_looked_at_again_takes_its_own_place(moments: Moments) -> None:
    moments.add(moment(24), 0)
    moments.look_back()
    assert shown(moments) == 16


def test_what_another_agent_saw_is_no_earlier_moment_of_this_one(moments: Moments) -> None:
    moments.look_back()
    moments.add(moment(24, agent=3), 0)
    assert not moments.is_looking_back
    assert not moments.can_look_back


def test_a_moment_looked_at_stays_in_view_when_the_run_says_something_new(moments: Moments) -> None:
    moments.look_back()
    moments.add(moment(32), 1)
    assert shown(moments) == 16


def test_only_so_many_moments_are_kept(moments: Moments) -> None:
    for steps in range(1, 3 * MOST_MOMENTS):
        moments.add(moment(24 + 8 * steps), 1)
    back = 0
    while moments.can_look_back:
        moments.look_back()
        back += 1
    assert back == MOST_MOMENTS - 1
