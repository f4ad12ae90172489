"""The learner's side of the thread."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge import allowance
from ppo_desktop.bridge import worker as module
from ppo_desktop.bridge.news import Report
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.threads import WorkerThread
from ppo_desktop.bridge.worker import REPORT_SECONDS, SLICE_SECONDS, Worker, create_run
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import processors
from ppo_desktop.runs.keeping import KeptTrainer
from tests.comparisons import SMALL
from tests.other_threads import wait_until_at_rest

CARTPOLE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL.changed({"total_steps": None}), 1)


class Clock:
    """Goes on when it is told to, and by half a millisecond whenever somebody looks at it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        self.now += 5e-4
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(allowance, "time", clock)
    return clock


@pytest.fixture
def worker(clock: Clock, qtbot: QtBot) -> Iterator[Worker]:
    """One at work at full speed, in this thread, whose slices begin when a test says so."""
    del clock, qtbot
    worker = Worker()
    worker.start(1, CARTPOLE, True)
    yield worker
    worker._timer.stop()
    worker._close_run()


def seconds_between_reports(worker: Worker, clock: Clock, *, window_takes: float) -> float:
    """Let a window take so long over each of some reports; return the time between the last two."""
    worker.acknowledge()  # what it has reported before the test began
    reported_at: list[float] = []
    worker.said.connect(lambda news: isinstance(news, Report) and reported_at.append(clock.now))
    for _ in range(10):
        n_before = len(reported_at)
        while len(reported_at) == n_before:
            worker._advance()
        clock.now += window_takes
        worker.acknowledge()
    return reported_at[-1] - reported_at[-2]


def test_a_quick_window_has_a_report_for_every_frame(worker: Worker, clock: Clock) -> None:
    taken = seconds_between_reports(worker, clock, window_takes=REPORT_SECONDS / 8)
    assert taken == pytest.approx(REPORT_SECONDS, abs=2 * SLICE_SECONDS)


def test_a_window_that_takes_long_over_reports_has_half_of_its_time_for_itself(
    worker: Worker, clock: Clock
) -> None:
    taken = seconds_between_reports(worker, clock, window_takes=2 * REPORT_SECONDS)
    assert taken == pytest.approx(4 * REPORT_SECONDS, abs=2 * SLICE_SECONDS)
    taken = seconds_between_reports(worker, clock, window_takes=REPORT_SECONDS / 8)
    assert taken == pytest.approx(REPORT_SECONDS, abs=2 * SLICE_SECONDS)


@pytest.mark.parametrize("speed", [60.0, 250.0])
def test_as_many_steps_are_let_through_as_the_speed_says(worker: Worker, clock: Clock, speed: float) -> None:
    reports: list[Report] = []
    worker.said.connect(reports.append)
    worker.set_speed(speed)
    worker.acknowledge()
    begun_at = clock.now
    while clock.now - begun_at < 10:
        n_before = len(reports)
        worker._advance()
        if len(reports) > n_before:
            worker.acknowledge()
        clock.now += worker._timer.interval() / 1000
    assert sum(report.taken for report in reports) == pytest.approx(10 * speed, rel=0.05)


@pytest.mark.parametrize("is_late", [False, True])
def test_the_learner_rests_between_slices_while_a_late_window_has_a_report_to_take_in(
    worker: Worker, clock: Clock, is_late: bool
) -> None:
    seconds_between_reports(worker, clock, window_takes=REPORT_SECONDS * (2 if is_late else 0.5))
    assert worker._timer.interval() == 0
    reports: list[Report] = []
    worker.said.connect(reports.append)
    while not reports:
        worker._advance()
    assert worker._timer.interval() == (1000 * SLICE_SECONDS if is_late else 0)
    worker.acknowledge()
    assert worker._timer.interval() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_the_learner_comes_after_the_window(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(processors, "_beside_window", threading.Event())
    processors.put_window_first()
    theirs: list[int] = []

    def create(settings: RunSettings, complain: Callable[[str], None], folder: Path) -> KeptTrainer:
        theirs.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return create_run(settings, complain, folder)

    monkeypatch.setattr(module, "create_run", create)
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    learner = WorkerThread("learner", Worker())
    learner.start()
    learner.order(Worker.start, 1, CARTPOLE, False)
    qtbot.waitUntil(lambda: bool(theirs))
    learner.close()
    assert theirs == [max(own, processors.LITTLE)]


@pytest.mark.parametrize("is_begun", [False, True])
def test_the_learner_rests_whatever_somebody_wants_to_see_as_long_as_nothing_runs(
    session: Session, qtbot: QtBot, is_begun: bool
) -> None:
    if is_begun:
        session.prepare()
        qtbot.waitUntil(lambda: session.frame is not None)
    session.show_gymnasium_picture(True)
    session.show_map(True)
    session.choose_agent(1)
    wait_until_at_rest(qtbot, session)
