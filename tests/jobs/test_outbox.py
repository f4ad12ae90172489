"""News wait to be fetched: in order, joined where they are of one kind, at most one delivery at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from ppo_desktop.jobs import outbox
from ppo_desktop.jobs.actor import Progress
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.jobs.outbox import Growing, Outbox
from tests.standing_clock import StandingClock

END = Ended(EndReason.COMPLETED)


@dataclass(frozen=True)
class Changed(Growing):
    """{name: value} of what has changed."""

    values: Mapping[str, int]

    def added_to(self, earlier: Changed) -> Changed:
        return Changed({**earlier.values, **self.values})


def progress(done: int) -> Progress:
    return Progress(done, 10, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    clock = StandingClock()
    monkeypatch.setattr(outbox, "time", clock)
    return clock


@pytest.fixture
def deliveries(clock: StandingClock) -> list[float]:
    """When there was something to fetch."""
    del clock
    return []


@pytest.fixture
def posted(clock: StandingClock, deliveries: list[float]) -> Outbox:
    return Outbox(lambda: deliveries.append(clock.now), 0.2)


def test_what_is_of_one_kind_is_joined(posted: Outbox) -> None:
    posted.post(Changed({"a": 1, "b": 1}))
    posted.post(progress(1))
    posted.post(Changed({"b": 2, "c": 2}))
    posted.post(progress(2))
    assert posted.take() == [Changed({"a": 1, "b": 2, "c": 2}), progress(2)]
    assert posted.take() == []


def test_nothing_is_joined_across_news_of_another_kind(posted: Outbox) -> None:
    news = [progress(1), END, progress(2)]
    for one in news:
        posted.post(one)
    assert posted.take() == news


def test_there_is_one_delivery_until_it_is_fetched(posted: Outbox, deliveries: list[float]) -> None:
    for message in ("a", "b", "c"):
        posted.post(message)
    assert len(deliveries) == 1
    assert posted.take() == ["a", "b", "c"]
    posted.post("d")
    assert len(deliveries) == 2


def test_what_grows_is_delivered_at_most_five_times_a_second(
    posted: Outbox, deliveries: list[float], clock: StandingClock
) -> None:
    posted.post(progress(0))
    posted.take()
    clock.now += 0.1
    posted.post(progress(1))
    assert deliveries == [100.0]
    clock.now += 0.11
    posted.flush()
    assert len(deliveries) == 2
    assert posted.take() == [progress(1)]


def test_an_end_does_not_wait_and_takes_along_what_does(posted: Outbox, deliveries: list[float]) -> None:
    posted.post(progress(0))
    posted.take()
    posted.post(progress(1))
    posted.post(END)
    assert len(deliveries) == 2
    assert posted.take() == [progress(1), END]


def test_nothing_comes_after_it_was_closed(posted: Outbox, deliveries: list[float]) -> None:
    posted.post("before")
    posted.close()
    posted.post("after")
    posted.flush()
    assert len(deliveries) == 1
