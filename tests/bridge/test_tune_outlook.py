"""How long trials take is learnt from the time they run, not from what is loaded before."""

from __future__ import annotations

import platform
from datetime import datetime, timedelta

import pytest

from ppo_desktop.bridge import tune_outlook
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.bridge.tune_outlook import TuneOutlook
from ppo_desktop.study.pace import Pace, pace
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.tuning import PLAN


class Clock:
    """Stands still but for what a test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tune_outlook, "time", clock)
    return clock


@pytest.fixture
def outlook(session: Session) -> TuneOutlook:
    return TuneOutlook(session, TuneDrafting(session), lambda: ())


def running(number: int, steps: int) -> TrialRecord:
    """Return a trial that has come so far."""
    return TrialRecord(number, TrialState.RUNNING, {}, curve=((steps, 10.0),), begun=datetime.now())


def test_what_is_loaded_before_the_first_trial_takes_no_time(outlook: TuneOutlook, clock: Clock) -> None:
    outlook.begin()
    clock.now += 40.0
    outlook.take_progress(PLAN, 0, ())
    assert outlook.seconds_spent == 0.0
    outlook.take_progress(PLAN, 0, (running(0, 0),))
    clock.now += 2.0
    outlook.take_progress(PLAN, 1, (running(1, 0),))
    assert outlook.seconds_per_trial == pytest.approx(2.0)
    assert outlook.seconds_left(11) == pytest.approx(20.0)


def test_trials_that_had_ended_when_time_was_first_taken_do_not_make_it_short(
    outlook: TuneOutlook, clock: Clock
) -> None:
    outlook.begin()
    clock.now += 40.0
    outlook.take_progress(PLAN, 3, (running(3, 0),))
    assert outlook.seconds_left(10) is None
    clock.now += 2.0
    outlook.take_progress(PLAN, 5, (running(5, 0),))
    assert outlook.seconds_left(10) == pytest.approx(5.0)


def test_a_rest_before_the_first_trial_and_in_the_middle_takes_no_time(
    outlook: TuneOutlook, clock: Clock
) -> None:
    outlook.begin()
    outlook.rest()
    clock.now += 5.0
    outlook.go_on()
    clock.now += 5.0
    assert outlook.seconds_spent == 0.0
    outlook.take_progress(PLAN, 0, (running(0, 0),))
    clock.now += 1.0
    outlook.rest()
    clock.now += 5.0
    outlook.go_on()
    clock.now += 1.0
    assert outlook.seconds_spent == pytest.approx(2.0)


def ended(number: int, begun: float, seconds: float, host: str = platform.node()) -> TrialRecord:
    """Return a trial that was complete some seconds after it began."""
    begin = datetime(2026, 1, 1) + timedelta(seconds=begun)
    end = begin + timedelta(seconds=seconds)
    return TrialRecord(number, TrialState.COMPLETE, {}, 1.0, begun=begin, ended=end, worker=f"{host}:7")


def test_a_study_that_goes_on_knows_how_long_its_trials_took_here(session: Session) -> None:
    pairs = [ended(number, 6.0 * (number // 2), 6.0) for number in range(10)]
    pairs.append(ended(10, 100.0, 6.0, "another machine"))
    drafting = TuneDrafting(session)
    drafting.set_trials(60)
    drafting.set_trials_at_once(2)
    outlook = TuneOutlook(session, drafting, lambda: tuple(pairs))
    assert outlook.extent().endswith(" · about 3 min"), "two at a time: 3 s each"
    outlook.begin()
    assert outlook.seconds_left(20) == pytest.approx(60.0)


def test_a_pause_and_what_was_between_two_sessions_do_not_make_trials_long() -> None:
    trials = [ended(number, 1000.0 * number, 2.0) for number in range(5)]
    trials.append(ended(5, 9000.0, 600.0))
    assert pace(trials) == Pace(2.0, 1)
    assert pace([ended(0, 0.0, 2.0, "another machine")]) is None
