"""How long trials take is measured before they run, and learnt from the time they run."""

from __future__ import annotations

import pytest

from ppo_desktop.bridge import start_estimate
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.bridge.study_estimate import StudyEstimate
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.runs.cost import Cost
from ppo_desktop.runs.speeds import speeds
from tests.tuning import PLAN


class Clock:
    """The processor time as a test says it."""

    def __init__(self) -> None:
        self.used = 10.0

    def process_time(self) -> float:
        return self.used


@pytest.fixture(autouse=True)
def ten_seconds_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any two trials take 20 s, as if that had been measured."""
    monkeypatch.setattr(
        StartEstimate, "_measured_seconds", lambda _, workload: 20.0 * speeds().factor(workload.overhead_name)
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(start_estimate, "time", clock)
    return clock


@pytest.mark.parametrize("rests", [False, True])
def test_what_trials_took_counts_for_the_next_unless_they_rested(
    session: Session, clock: Clock, rests: bool
) -> None:
    drafting = TuneDrafting(session)
    drafting.set_trials(2)
    estimate = StudyEstimate(session, drafting, lambda: ())
    assert estimate.next_work().endswith(" · about 20 s")
    for kind in estimate._workload(PLAN, 2).kinds:
        speeds()._costs[kind] = Cost(0.0, 0.0, 1e-3, 0.0, 0.0, 0.0)
    assert estimate.begin(PLAN, 2) == pytest.approx(10.0)
    if rests:
        estimate.forget()
    clock.used += 1000.0
    estimate.finish()
    assert estimate.next_work().endswith(" · about 20 s") is rests


def test_while_the_engine_is_prepared_no_time_is_made_up(session: Session) -> None:
    estimate = StudyEstimate(session, TuneDrafting(session), lambda: ())
    session.preparation.state = PreparationState.GOING_ON
    assert estimate.next_work().endswith(" · time not known yet, once the fast engine is prepared")
    session.preparation.state = PreparationState.NOT_NEEDED
    assert " · about " in estimate.next_work()
