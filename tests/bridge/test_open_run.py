"""A compared run is opened in Train: its settings, and its curves behind those to come."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import RunState, Session
from ppo_desktop.comparison.record import history_of
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History
from tests.comparisons import SMALL, ended_with

OTHER = RunSettings("Acrobot-v1", Algorithm.A2C, SMALL.changed({"gamma": 0.9}), 7)


def is_ready(session: Session) -> bool:
    return session.frame is not None and session.state is RunState.PAUSED and not session.pending


def curves(settings: RunSettings) -> History:
    return history_of(settings, ended_with(100.0))


def test_it_begins_with_its_settings_and_waits(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    qtbot.waitUntil(lambda: is_ready(session))
    baseline = curves(OTHER)
    pinned: list[History | None] = []
    session.baseline_changed.connect(lambda: pinned.append(session.baseline))
    session.open_run(OTHER, baseline, "Trial 1")
    qtbot.waitUntil(lambda: is_ready(session) and session.run_settings == OTHER)
    assert session.settings == OTHER
    assert session.steps == 0
    assert session.frame is not None
    assert session.frame.environment_id == "Acrobot-v1"
    assert pinned == [baseline]
    assert session.baseline is baseline
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: is_ready(session) and session.run_settings != OTHER)
    assert session.settings.environment_id == "CartPole-v1"


def test_a_run_that_is_training_stops_for_it(qtbot: QtBot, session: Session) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)
    settings = replace(session.settings, seed=5)
    session.open_run(settings, curves(settings), "Trial 1")
    qtbot.waitUntil(lambda: is_ready(session) and session.run_settings.seed == 5)
    assert session.steps == 0
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)
    assert session.baseline is not None, "it stays behind the run that follows"


def test_it_can_be_opened_before_train_has_ever_been_used(qtbot: QtBot, session: Session) -> None:
    session.open_run(OTHER, curves(OTHER), "Trial 1")
    qtbot.waitUntil(lambda: is_ready(session))
    assert session.run_settings == OTHER
    assert session.baseline is not None


def test_a_run_that_cannot_be_made_leaves_all_as_it_was(qtbot: QtBot, session: Session) -> None:
    session.prepare()
    qtbot.waitUntil(lambda: is_ready(session))
    before = session.settings
    nowhere = replace(OTHER, environment_id="Nowhere-v0")
    session.open_run(nowhere, curves(nowhere), "Trial 1")
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    assert "Nowhere-v0" in session.notices.current.text
    assert session.settings == before
    assert session.baseline is None, "returns of another environment cannot be compared"
    session.train()
    qtbot.waitUntil(lambda: session.steps > 0)


def test_a_baseline_pinned_before_comes_back_if_the_run_cannot_be_made(
    qtbot: QtBot, session: Session
) -> None:
    session.prepare()
    qtbot.waitUntil(lambda: is_ready(session))
    session.pin_baseline()
    before = session.baseline
    nowhere = replace(OTHER, environment_id="Nowhere-v0")
    session.open_run(nowhere, curves(nowhere), "Trial 1")
    qtbot.waitUntil(lambda: session.notices.current.is_warning)
    assert session.baseline is before
