"""How long trials take is measured before they run, and learnt from the time they run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from ppo_desktop.bridge import tune_estimate
from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.bridge.tune_estimate import TuneEstimate
from ppo_desktop.runs.cost import Cost
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.tuning import PLAN


class Clock:
    """Stands still but for what a test says, as does the processor time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.used = 10.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.used


class TenSecondsATrial(Estimator):
    """Says of any two trials that they take 20 s, as if that had been measured."""

    def seconds(self, workload: Workload) -> float | None:
        return 20.0 * speeds().factor(workload.overhead_name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tune_estimate, "time", clock)
    return clock


@pytest.fixture
def estimator() -> Iterator[Estimator]:
    estimator = Estimator()
    yield estimator
    estimator.close()


@pytest.fixture
def estimate(session: Session, estimator: Estimator) -> TuneEstimate:
    return TuneEstimate(session, TuneDrafting(session), lambda: (), estimator, Notices())


def running(number: int, steps: int) -> TrialRecord:
    """Return a trial that has come so far."""
    return TrialRecord(number, TrialState.RUNNING, {}, curve=((steps, 10.0),), begun=datetime.now())


def test_what_is_loaded_before_the_first_trial_takes_no_time(estimate: TuneEstimate, clock: Clock) -> None:
    estimate.begin(PLAN, 11)
    clock.now += 40.0
    estimate.take_progress(PLAN, 0, ())
    assert estimate.seconds_spent == 0.0
    estimate.take_progress(PLAN, 0, (running(0, 0),))
    clock.now += 2.0
    estimate.take_progress(PLAN, 1, (running(1, 0),))
    assert estimate.seconds_per_trial == pytest.approx(2.0)
    assert estimate.seconds_left(11) == pytest.approx(20.0)


def test_trials_that_had_ended_when_time_was_first_taken_do_not_make_it_short(
    estimate: TuneEstimate, clock: Clock
) -> None:
    estimate.begin(PLAN, 10)
    clock.now += 40.0
    estimate.take_progress(PLAN, 3, (running(3, 0),))
    assert estimate.seconds_left(10) is None
    clock.now += 2.0
    estimate.take_progress(PLAN, 5, (running(5, 0),))
    assert estimate.seconds_left(10) == pytest.approx(5.0)


def test_a_rest_before_the_first_trial_and_in_the_middle_takes_no_time(
    estimate: TuneEstimate, clock: Clock
) -> None:
    estimate.begin(PLAN, None)
    estimate.rest()
    clock.now += 5.0
    estimate.go_on()
    clock.now += 5.0
    assert estimate.seconds_spent == 0.0
    estimate.take_progress(PLAN, 0, (running(0, 0),))
    clock.now += 1.0
    estimate.rest()
    clock.now += 5.0
    estimate.go_on()
    clock.now += 1.0
    assert estimate.seconds_spent == pytest.approx(2.0)


@pytest.mark.parametrize("rests", [False, True])
def test_what_is_estimated_counts_until_trials_say_it_and_what_they_took_counts_for_the_next(
    session: Session, clock: Clock, rests: bool
) -> None:
    drafting = TuneDrafting(session)
    drafting.set_trials(2)
    estimate = TuneEstimate(session, drafting, lambda: (), TenSecondsATrial(), Notices())
    assert estimate.next_work().endswith(" · about 20 s")
    for kind in estimate._workload(PLAN, 2).kinds:
        speeds()._costs[kind] = Cost(0.0, 0.0, 1e-3, 0.0, 0.0, 0.0)
    estimate.begin(PLAN, 2)
    assert estimate.seconds_left(2) == pytest.approx(20.0)
    estimate.take_progress(PLAN, 0, (running(0, 0),))
    if rests:
        estimate.rest()
        estimate.go_on()
    clock.used += 1000.0
    estimate.take_progress(PLAN, 2, ())
    estimate.rest()
    estimate.finish()
    assert estimate.next_work().endswith(" · about 20 s") is rests


def test_while_the_engine_is_prepared_no_time_is_made_up(session: Session) -> None:
    estimate = TuneEstimate(session, TuneDrafting(session), lambda: (), TenSecondsATrial(), Notices())
    session.preparation.state = PreparationState.GOING_ON
    assert estimate.next_work().endswith(" · time not known yet, once the fast engine is prepared")
    session.preparation.state = PreparationState.NOT_NEEDED
    assert " · about " in estimate.next_work()
