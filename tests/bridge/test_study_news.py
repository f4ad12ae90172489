"""News wait to be fetched: in order, joined where they are of one kind, at most one delivery at a time."""

from __future__ import annotations

import pytest

from ppo_desktop.bridge import study_news
from ppo_desktop.bridge.study_news import Ended, Mailbox, Progress, TrialsChanged, Troubled
from ppo_desktop.study.trials import TrialRecord, TrialState

RUNNING = {n: TrialRecord(n, TrialState.RUNNING, {"gamma": 0.9}) for n in range(3)}
DONE = {n: TrialRecord(n, TrialState.COMPLETE, {"gamma": 0.9}, 1.0) for n in range(3)}


class Clock:
    """A time that stands still until it is set."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(study_news, "time", clock)
    return clock


@pytest.fixture
def deliveries(clock: Clock) -> list[float]:
    """When there was something to fetch."""
    del clock
    return []


@pytest.fixture
def mailbox(clock: Clock, deliveries: list[float]) -> Mailbox:
    return Mailbox(lambda: deliveries.append(clock.now))


def test_what_is_of_one_kind_is_joined(mailbox: Mailbox) -> None:
    mailbox.post(TrialsChanged({0: RUNNING[0]}))
    mailbox.post(Progress((RUNNING[0],), 0))
    mailbox.post(TrialsChanged({0: DONE[0], 1: RUNNING[1]}))
    mailbox.post(Progress((RUNNING[1],), 1))
    assert mailbox.take() == [TrialsChanged({0: DONE[0], 1: RUNNING[1]}), Progress((RUNNING[1],), 1)]
    assert mailbox.take() == []


def test_nothing_is_joined_across_news_of_another_kind(mailbox: Mailbox) -> None:
    news = [Progress((RUNNING[0],), 0), Ended(), Progress((RUNNING[1],), 0)]
    for one in news:
        mailbox.post(one)
    assert mailbox.take() == news


def test_there_is_one_delivery_until_it_is_fetched(mailbox: Mailbox, deliveries: list[float]) -> None:
    for message in ("a", "b", "c"):
        mailbox.post(Troubled(message))
    assert len(deliveries) == 1
    assert mailbox.take() == [Troubled("a"), Troubled("b"), Troubled("c")]
    mailbox.post(Troubled("d"))
    assert len(deliveries) == 2


def test_what_grows_is_delivered_at_most_five_times_a_second(
    mailbox: Mailbox, deliveries: list[float], clock: Clock
) -> None:
    mailbox.post(Progress((), 0))
    mailbox.take()
    clock.now += 0.1
    mailbox.post(Progress((), 1))
    assert deliveries == [100.0]
    clock.now += 0.11
    mailbox.flush()
    assert len(deliveries) == 2
    assert mailbox.take() == [Progress((), 1)]


def test_an_end_does_not_wait_and_takes_along_what_does(mailbox: Mailbox, deliveries: list[float]) -> None:
    mailbox.post(Progress((), 0))
    mailbox.take()
    mailbox.post(Progress((), 1))
    mailbox.post(Ended())
    assert len(deliveries) == 2
    assert mailbox.take() == [Progress((), 1), Ended()]


def test_nothing_comes_after_it_was_closed(mailbox: Mailbox, deliveries: list[float]) -> None:
    mailbox.post(Troubled("before"))
    mailbox.close()
    mailbox.post(Troubled("after"))
    mailbox.flush()
    assert len(deliveries) == 1
