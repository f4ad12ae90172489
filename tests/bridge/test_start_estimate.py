"""How long work takes is measured while somebody looks, and never on the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.start_estimate import StartEstimate
from ppo_desktop.ppo.agents import EnvironmentFailure
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.runs import speeds as module
from ppo_desktop.runs.cost import Cost, EngineNotReady, RunKind, Work
from ppo_desktop.runs.workload import EqualRuns, Workload

COST = Cost(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def workload(environment_id: str = "CartPole-v1", engine: str = COMPILED) -> Workload:
    return Workload(
        "job", (EqualRuns(RunKind(engine, environment_id, 2, 64), Work(samples=10), 1),), threads=1
    )


@pytest.fixture
def estimate(session: Session) -> Iterator[StartEstimate]:
    estimate = StartEstimate(session)
    yield estimate
    estimate.close()


def test_nothing_is_measured_before_somebody_looks(
    estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "measure_cost", lambda _kind: pytest.fail("nobody looks"))
    assert estimate.seconds(workload()) is None
    assert estimate._thread is None


def test_what_is_measured_is_told_and_can_then_be_said(
    qtbot: QtBot, estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def measure(_kind: RunKind) -> Cost:
        threads.append(threading.current_thread())
        return COST

    monkeypatch.setattr(module, "measure_cost", measure)
    estimate.set_active(True)
    with qtbot.waitSignal(estimate.measured):
        assert estimate.seconds(workload()) is None
    seconds = estimate.seconds(workload())
    assert seconds is not None
    assert seconds >= 10.0
    assert threads != [threading.main_thread()]
    assert len(threads) == 1


def test_it_is_looked_again_when_somebody_comes_back_to_the_window_and_not_all_the_time(
    qtbot: QtBot, estimate: StartEstimate
) -> None:
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    come_back = partial(application.applicationStateChanged.emit, Qt.ApplicationState.ApplicationActive)
    with qtbot.assertNotEmitted(estimate.measured):
        come_back()
    estimate.set_active(True)
    with qtbot.waitSignal(estimate.measured):
        come_back()
    assert not estimate.findChildren(QTimer)


def test_what_is_asked_for_as_soon_as_something_is_told_is_measured_too(
    qtbot: QtBot, estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []

    def measure(kind: RunKind) -> Cost:
        measured.append(kind.environment_id)
        return COST

    monkeypatch.setattr(module, "measure_cost", measure)
    estimate.set_active(True)
    ask = Qt.ConnectionType.DirectConnection  # still in the thread that measures
    estimate.measured.connect(lambda: estimate.seconds(workload("Acrobot-v1")), ask)
    estimate.seconds(workload())
    qtbot.waitUntil(lambda: measured == ["CartPole-v1", "Acrobot-v1"])


def test_what_fails_to_be_measured_is_not_estimated_and_not_tried_again(
    qtbot: QtBot, estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[RunKind] = []

    def measure(kind: RunKind) -> Cost:
        tried.append(kind)
        raise EnvironmentFailure("It cannot be made.")

    monkeypatch.setattr(module, "measure_cost", measure)
    estimate.set_active(True)
    with qtbot.waitSignal(estimate.measured):
        estimate.seconds(workload("Foreign-v0", PYTORCH))
    assert estimate.seconds(workload("Foreign-v0", PYTORCH)) is None
    assert len(tried) == 1
    assert estimate._thread is not None
    estimate._thread.join()  # it ends as soon as it has told; closing does not wait for what is not ours


def test_an_engine_that_is_not_ready_is_measured_when_it_is(
    qtbot: QtBot, estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([EngineNotReady("not yet"), None])

    def measure(_kind: RunKind) -> Cost:
        answer = next(answers)
        if answer is not None:
            raise answer
        return COST

    monkeypatch.setattr(module, "measure_cost", measure)
    estimate.set_active(True)
    qtbot.waitUntil(lambda: estimate.seconds(workload()) is not None)


def test_closing_does_not_wait_for_an_environment_that_does_not_answer(
    estimate: StartEstimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def measure(_kind: RunKind) -> Cost:
        asked.set()
        answer.wait()
        return COST

    monkeypatch.setattr(module, "measure_cost", measure)
    estimate.set_active(True)
    estimate.seconds(workload("Foreign-v0", PYTORCH))
    assert asked.wait(60)
    estimate.close()
    assert estimate._thread is not None
    assert estimate._thread.is_alive()
    assert estimate._thread.daemon, "nor does the program"
    answer.set()
    estimate._thread.join()
