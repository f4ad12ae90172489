"""An environment that does not let go of the learner's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.bridge.threads import WorkerThread
from ppo_desktop.bridge.worker import Worker
from ppo_desktop.runs.abandoned import any_abandoned


class Holding(gymnasium.Env[Any, Any]):
    """Waits in one of its methods until it is told to go on."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    goes_on = threading.Event()

    def __init__(self, where: str, render_mode: str | None = None) -> None:
        self._where = where
        self._hold("init")

    def _hold(self, where: str) -> None:
        if where == self._where:
            Holding.goes_on.wait()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self._hold("reset")
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._hold("step")
        return np.zeros(1, np.float32), 1.0, True, False, {}

    def close(self) -> None:
        self._hold("close")


Learners = list[WorkerThread[Worker]]
WHERE = ["init", "reset", "step", "close"]
SAID = WHERE[:-1]
"""Where it is said what holds the learner; in closing, another environment has been asked for already."""


@pytest.fixture
def held(session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Learners]:
    """The learners there were; their environments go on, and their threads end, after the test."""
    monkeypatch.setattr("ppo_desktop.bridge.threads.ASKING_SECONDS", 0.02)
    monkeypatch.setattr("ppo_desktop.bridge.session.SILENT_SECONDS", 0.1)
    monkeypatch.setattr("ppo_desktop.runs.abandoned.MOMENT", 0.05)
    for where in WHERE:
        spec = gymnasium.envs.registration.EnvSpec(f"Holding/{where}-v0", Holding, kwargs={"where": where})
        monkeypatch.setitem(gymnasium.registry, spec.id, spec)
    Holding.goes_on.clear()
    session._learner._timer.setInterval(20)
    learners = [session._learner]
    session.prepare()
    qtbot.waitUntil(lambda: session.frame is not None)
    yield learners
    Holding.goes_on.set()
    session.close()
    learners.append(session._learner)
    for learner in learners:
        qtbot.waitUntil(lambda learner=learner: not learner._thread.isRunning())  # type: ignore[misc]


def hold(session: Session, qtbot: QtBot, where: str = "step") -> None:
    """Have an environment hold the learner, and wait until that is said."""
    session.choose_environment(f"Holding/{where}-v0")
    session.train()
    said = f"Holding/{where}-v0 has not answered"
    qtbot.waitUntil(lambda: session.notices.current.text.startswith(said))


@pytest.mark.parametrize("where", SAID)
def test_another_environment_gives_up_the_one_that_holds_the_learner(
    held: Learners, session: Session, qtbot: QtBot, where: str
) -> None:
    session.set_speed(1_000.0)
    hold(session, qtbot, where)
    session.choose_environment("CartPole-v1")
    session.train()
    qtbot.waitUntil(lambda: session.run_settings.environment_id == "CartPole-v1" and session.steps > 0)
    assert session.state is RunState.RUNNING
    assert session._learner is not held[0]
    assert session._learner.worker._speed == 1_000.0
    assert session.notices.current.text == ""
    Holding.goes_on.set()
    qtbot.waitUntil(lambda: not held[0]._thread.isRunning())
    QCoreApplication.processEvents()  # what it said before it ended
    assert session.run_settings.environment_id == "CartPole-v1"


def test_one_that_holds_the_learner_in_closing_is_given_up_for_the_one_asked_for(
    held: Learners, session: Session, qtbot: QtBot
) -> None:
    session.choose_environment("Holding/close-v0")
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)
    session.choose_environment("Pendulum-v1")
    qtbot.waitUntil(lambda: session.run_settings.environment_id == "Pendulum-v1" and session.steps > 0)
    assert session._learner is not held[0]
    assert session.state is RunState.RUNNING


def test_what_is_said_of_it_goes_when_it_answers_again(
    held: Learners, session: Session, qtbot: QtBot
) -> None:
    hold(session, qtbot)
    Holding.goes_on.set()
    qtbot.waitUntil(lambda: session.notices.current.text == "" and session.steps > 100)
    assert session._learner is held[0]


def test_where_the_next_one_is_refused_the_one_before_can_begin_anew(
    held: Learners, session: Session, qtbot: QtBot
) -> None:
    del held
    hold(session, qtbot)
    session.choose_environment("Nonsense-v0")
    qtbot.waitUntil(lambda: "Nonsense" in session.notices.current.text)
    assert session.settings.environment_id == "Holding/step-v0"
    Holding.goes_on.set()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.RUNNING and session.steps > 100)


@pytest.mark.parametrize("where", SAID)
def test_closing_does_not_wait_for_it(held: Learners, session: Session, qtbot: QtBot, where: str) -> None:
    hold(session, qtbot, where)
    session.close()
    assert held[0]._thread.isRunning()
    assert any_abandoned()
