"""The pace of a job is that of the time in which it went on."""

from __future__ import annotations

import pytest

from ppo_desktop.jobs import pace
from ppo_desktop.jobs.pace import Pace
from tests.standing_clock import StandingClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    clock = StandingClock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def test_what_is_loaded_before_the_first_work_takes_no_time(clock: StandingClock) -> None:
    trials = Pace(enough=0.5)
    trials.begin(None)
    clock.now += 40.0
    trials.count(0)
    clock.now += 2.0
    trials.count(1)
    assert trials.seconds_for(10) == pytest.approx(20.0)


def test_work_that_was_done_when_time_was_first_taken_does_not_make_it_short(clock: StandingClock) -> None:
    trials = Pace(enough=0.5)
    trials.count(3)
    assert trials.seconds_for(7) is None
    clock.now += 2.0
    trials.count(5)
    assert trials.seconds_for(5) == pytest.approx(5.0)


def test_pauses_take_no_time(clock: StandingClock) -> None:
    trials = Pace(enough=0.5)
    trials.count(0)
    clock.now += 1.0
    trials.count(1, is_paused=True)
    clock.now += 50.0
    trials.count(1, is_paused=True)
    clock.now += 50.0
    trials.count(1)
    clock.now += 1.0
    trials.count(2)
    assert trials.seconds_for(3) == pytest.approx(3.0)


def test_what_is_expected_counts_until_enough_is_seen(clock: StandingClock) -> None:
    trials = Pace(enough=0.5)
    trials.begin(10.0)
    trials.count(0)
    clock.now += 1.0
    trials.count(0.4)
    assert trials.seconds_for(2) == pytest.approx(20.0)
    trials.count(0.5)
    assert trials.seconds_for(2) == pytest.approx(4.0)
    assert trials.seconds_for(-1) == 0.0
