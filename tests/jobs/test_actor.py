"""Whatever is wished of a job, and when: it goes on, rests and ends as if nothing had been wished."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ppo_desktop.comparison.experiment import Experiment, RunEnded, RunEvent
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.jobs.actor import JobActor, Progress
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.jobs.outbox import Outbox
from tests.comparisons import compared

PATIENCE = 60
PLAN = compared((1e-3, 1e-2), n_seeds=2, total_steps=1000, field="learning_rate")


@cache
def undisturbed() -> dict[RunKey, str]:
    """Return the fingerprint of each run of which nobody has wished anything."""
    with Experiment(PLAN) as experiment:
        list(experiment.events())
        return fingerprints(experiment)


def fingerprints(experiment: Experiment) -> dict[RunKey, str]:
    ends = {key: record.end for key, record in experiment.records.items()}
    return {key: end.parameters_sha256 for key, end in ends.items() if end is not None}


class WishedJob(RuleBasedStateMachine):
    """An actor with a real comparison, and the news that came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.experiment = Experiment(PLAN)
        self.attended: list[RunKey] = []
        self.news: list[Any] = []
        self.n_requested = 0
        self.is_cancelled = False
        self.arrived = threading.Event()
        self.outbox = Outbox(self.arrived.set, 0.0)
        self.actor: JobActor[Experiment] = JobActor(self.outbox, self.attend)
        self.thread = threading.Thread(target=self.actor.work, daemon=True)
        self.thread.start()

    def attend(self, event: RunEvent) -> None:
        if isinstance(event, RunEnded):
            assert event.record.end is not None
            self.attended.append(event.key)

    @property
    def n_ended(self) -> int:
        return sum(isinstance(news, Ended) for news in self.news)

    def take(self) -> None:
        self.arrived.clear()
        self.news += self.outbox.take()

    @precondition(lambda self: self.is_cancelled or self.n_ended == self.n_requested)
    @rule()
    def request(self) -> None:
        """Let it go on, also when it is about to end because it was cancelled."""
        self.n_requested += 1
        self.is_cancelled = False
        self.actor.run(lambda: self.experiment)

    @rule()
    def pause(self) -> None:
        self.actor.wish(Experiment.pause)

    @rule()
    def resume(self) -> None:
        self.actor.wish(Experiment.resume)

    @rule()
    def cancel(self) -> None:
        self.is_cancelled = True
        self.actor.wish(Experiment.cancel)

    @rule()
    def look(self) -> None:
        if self.n_ended < self.n_requested:
            self.arrived.wait(0.02)
        self.take()

    @rule()
    def wait_for_the_end(self) -> None:
        self.actor.wish(Experiment.resume)
        while self.n_ended < self.n_requested:
            assert self.arrived.wait(PATIENCE), "it ends"
            self.take()
        if self.n_requested and self.news[-1] == Ended(EndReason.COMPLETED):
            assert self.experiment.is_complete

    @invariant()
    def nothing_is_told_twice(self) -> None:
        assert len(self.attended) == len(set(self.attended))
        assert self.n_ended <= self.n_requested
        done = [news.done for news in self.news if isinstance(news, Progress)]
        assert done == sorted(done), "what is done stays"

    def teardown(self) -> None:
        self.outbox.close()
        self.actor.close()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        n_attended = len(self.attended)
        assert self.outbox.take() == []
        rest = [event.key for event in self.experiment.events() if isinstance(event, RunEnded)]
        assert len(self.attended) == n_attended
        assert sorted([*self.attended, *rest]) == sorted(PLAN.run_keys()), "each has ended once"
        assert fingerprints(self.experiment) == undisturbed()
        self.experiment.close()


def test_any_order_of_wishes_ends_in_the_same_results_and_loses_nothing() -> None:
    run_state_machine_as_test(
        WishedJob, settings=settings(max_examples=12, stateful_step_count=10, deadline=None)
    )


def test_a_job_that_cannot_be_made_fails_and_the_next_one_is_done() -> None:
    arrived = threading.Event()
    outbox = Outbox(arrived.set, 0.0)
    actor: JobActor[Experiment] = JobActor(outbox)

    def fail() -> Experiment:
        raise OSError("disk full")

    actor.run(fail)
    actor.run(lambda: Experiment(PLAN, finished=dict(finished)))
    with Experiment(PLAN) as experiment:
        list(experiment.events())
        finished = experiment.records
    thread = threading.Thread(target=actor.work, daemon=True)
    thread.start()
    ended: list[Ended] = []
    while len(ended) < 2:
        assert arrived.wait(PATIENCE)
        arrived.clear()
        ended += [news for news in outbox.take() if isinstance(news, Ended)]
    actor.close()
    thread.join(PATIENCE)
    assert [end.reason for end in ended] == [EndReason.FAILED, EndReason.COMPLETED]
    assert "disk full" in ended[0].message
