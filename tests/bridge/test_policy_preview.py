"""The players of a comparison: all of them, of this cast only, and none longer than somebody looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Discrete
from PySide6.QtCore import QCoreApplication, Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.policy_preview import PolicyPreview
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import choice
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from tests.comparisons import SMALL
from tests.other_threads import in_thread

CARTPOLE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)


class BreaksDown(gymnasium.Env[Any, Any]):
    """Breaks down in its third step."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    made: list[BreaksDown]

    def __init__(self, **_: Any) -> None:
        self.made.append(self)
        self.steps = 0
        self.is_closed = False

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        self.steps += 1
        if self.steps == 3:
            raise RuntimeError("motor burnt out")
        return np.zeros(1, np.float32), 1.0, False, False, {}

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def breaks_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunSettings]:
    monkeypatch.setattr(BreaksDown, "made", [], raising=False)
    gymnasium.register("BreaksDown-v0", BreaksDown)
    yield replace(CARTPOLE, environment_id="BreaksDown-v0")
    del gymnasium.registry["BreaksDown-v0"]


@pytest.fixture
def preview(qtbot: QtBot) -> Iterator[PolicyPreview]:
    """A preview whose thread is ended after the test."""
    del qtbot
    preview = PolicyPreview()
    yield preview
    preview.close()


def seeds(*seeds: int) -> dict[int, RunSettings]:
    return {number: replace(CARTPOLE, seed=seed) for number, seed in enumerate(seeds)}


def set_runs(preview: PolicyPreview, settings: dict[int, RunSettings], *, picture: bool) -> None:
    """Have players that have learnt something: without it they rest."""
    preview.set_runs(settings, picture=picture)
    preview.set_weights({number: untaught(run) for number, run in settings.items()})


def untaught(run: RunSettings) -> PolicyState:
    """Return what the networks of a run are before it has learnt anything, whatever its environment does."""
    known = "CartPole-v1" if run.environment_id == "Nowhere-v0" else run.environment_id
    engine = PyTorchEngine(replace(run, environment_id=known))
    learnt = engine.snapshot()
    engine.close()
    return learnt


def rests(qtbot: QtBot, preview: PolicyPreview) -> bool:
    """Whether no time runs in the preview's thread, after all that it was told before."""
    return not in_thread(qtbot, preview._thread, preview._thread.worker._timer.isActive)


def wait_for_steps(qtbot: QtBot, preview: PolicyPreview, number: int, steps: int) -> None:
    qtbot.waitUntil(lambda: number in preview.frames and preview.frames[number].steps >= steps)


def test_every_part_is_seen_in_its_own_environment(qtbot: QtBot, preview: PolicyPreview) -> None:
    set_runs(preview, {0: CARTPOLE, 3: replace(CARTPOLE, environment_id="Pendulum-v1")}, picture=False)
    preview.play(30)
    qtbot.waitUntil(lambda: set(preview.frames) == {0, 3})
    assert preview.frames[0].environment_id == "CartPole-v1"
    assert preview.frames[3].environment_id == "Pendulum-v1"
    assert preview.frames[0].picture is None
    wait_for_steps(qtbot, preview, 0, 10)
    wait_for_steps(qtbot, preview, 3, 10)


def test_a_picture_comes_along_when_it_is_wanted(qtbot: QtBot, preview: PolicyPreview) -> None:
    set_runs(preview, seeds(1), picture=True)
    preview.play(30)
    wait_for_steps(qtbot, preview, 0, 2)
    assert preview.frames[0].picture is not None


def test_of_an_earlier_runs_nothing_is_seen_any_more(qtbot: QtBot, preview: PolicyPreview) -> None:
    set_runs(preview, seeds(1, 2, 3), picture=False)
    preview.play(30)
    wait_for_steps(qtbot, preview, 2, 3)
    seen: list[set[tuple[int, str]]] = []
    preview.frames_changed.connect(
        lambda: seen.append({(number, frame.environment_id) for number, frame in preview.frames.items()})
    )
    sent = threading.Event()
    preview._thread.worker.said.connect(lambda _news: sent.set(), Qt.ConnectionType.DirectConnection)
    assert sent.wait(60)  # a frame of the first cast is on its way, unseen
    set_runs(preview, {0: replace(CARTPOLE, environment_id="Acrobot-v1")}, picture=False)
    assert preview.frames == {}
    wait_for_steps(qtbot, preview, 0, 10)
    assert seen[0] == set(), "the preview is empty at once"
    assert set().union(*seen) == {(0, "Acrobot-v1")}


def test_runs_set_in_quick_succession_end_with_the_last(qtbot: QtBot, preview: PolicyPreview) -> None:
    preview.play(30)
    for seed in range(1, 20):
        set_runs(preview, seeds(seed), picture=False)
    set_runs(preview, {7: CARTPOLE}, picture=False)
    wait_for_steps(qtbot, preview, 7, 3)
    assert set(preview.frames) == {7}


def test_it_rests_when_told_and_goes_on_from_there(qtbot: QtBot, preview: PolicyPreview) -> None:
    set_runs(preview, seeds(1), picture=False)
    assert rests(qtbot, preview)
    assert preview.frames == {}, "nobody has told it to play"
    preview.play(30)
    wait_for_steps(qtbot, preview, 0, 3)
    preview.play(0)
    assert rests(qtbot, preview)
    steps = preview.frames[0].steps
    preview.play(30)
    qtbot.waitUntil(lambda: preview.frames[0].steps != steps)
    assert preview.frames[0].steps == steps + 1


def test_it_never_runs_ahead_of_the_window(qtbot: QtBot, preview: PolicyPreview) -> None:
    set_runs(preview, seeds(1, 2), picture=False)
    preview.play(30)
    wait_for_steps(qtbot, preview, 0, 3)
    steps = preview.frames[0].steps
    turns = threading.Semaphore(0)
    preview._thread.worker._timer.timeout.connect(turns.release, Qt.ConnectionType.DirectConnection)
    for _ in range(10):
        assert turns.acquire(timeout=60)  # the window is busy
    with qtbot.waitSignal(preview.frames_changed):
        pass
    assert preview.frames[0].steps == steps + 1


def test_the_end_of_an_episode_stays_to_be_seen(
    qtbot: QtBot, preview: PolicyPreview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.policy_preview.END_SECONDS", 1e9)
    set_runs(preview, seeds(1), picture=False)
    preview.play(30)
    qtbot.waitUntil(lambda: 0 in preview.frames and preview.frames[0].episode_over)
    ended = preview.frames[0]
    turns: list[None] = []
    preview._thread.worker._timer.timeout.connect(
        lambda: turns.append(None), Qt.ConnectionType.DirectConnection
    )
    qtbot.waitUntil(lambda: len(turns) >= 5)
    assert rests(qtbot, preview) is False
    assert preview.frames[0] is ended


def test_players_act_as_their_runs_have_learnt(qtbot: QtBot, preview: PolicyPreview) -> None:
    settings = replace(CARTPOLE, hyperparameters=SMALL.changed({"learning_rate": 0.05}))
    trainer = Trainer(settings, choice.make_engine(settings))
    updates = (event for event in trainer.events() if isinstance(event, UpdateFinished))
    for _ in range(3):
        next(updates)
    trainer.engine.close()
    set_runs(preview, {0: settings, 1: settings}, picture=False)
    snapshot: Any = trainer.engine.snapshot()
    preview.set_weights({1: snapshot, 5: snapshot})  # of what is not on the preview nothing is learnt
    preview.play(30)
    qtbot.waitUntil(lambda: set(preview.frames) == {0, 1})
    untaught, taught = preview.frames[0], preview.frames[1]
    values = [float(trainer.engine.survey(f.observation[None]).values[0]) for f in (untaught, taught)]
    assert taught.value == pytest.approx(values[1], rel=1e-4, abs=1e-6)
    assert untaught.value != pytest.approx(values[0], rel=1e-4, abs=1e-6)


def test_an_environment_that_fails_ends_no_other(
    qtbot: QtBot, preview: PolicyPreview, breaks_down: RunSettings, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    preview.failed.connect(said.append)
    with caplog.at_level(logging.ERROR):
        set_runs(preview, {0: breaks_down, 1: CARTPOLE}, picture=False)
        preview.play(30)
        wait_for_steps(qtbot, preview, 1, 10)
    assert preview.frames[0].steps == 2, "its last frame stays"
    assert caplog.text.count("motor burnt out") >= 1
    assert len(caplog.records) == len(said) == 1, "it is not asked again and again"
    assert "motor burnt out" in said[0]
    set_runs(preview, {}, picture=False)
    qtbot.waitUntil(lambda: BreaksDown.made[0].is_closed)


class Holds(BreaksDown):
    """Does not come back from its first step until it is told to."""

    goes_on = threading.Event()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        self.goes_on.wait()
        return np.zeros(1, np.float32), 1.0, False, False, {}


def test_an_environment_that_never_answers_keeps_no_later_cast_from_playing(
    qtbot: QtBot, preview: PolicyPreview, breaks_down: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gymnasium.registry, "Holds-v0", EnvSpec("Holds-v0", Holds))
    Holds.goes_on.clear()
    preview._thread._timer.setInterval(20)
    set_runs(preview, {0: replace(breaks_down, environment_id="Holds-v0")}, picture=False)
    preview.play(30)
    qtbot.waitUntil(lambda: preview._thread.silent_seconds > 0)
    held = preview._thread._thread
    set_runs(preview, seeds(1), picture=False)
    preview.play(30)
    wait_for_steps(qtbot, preview, 0, 3)
    assert held.isRunning()
    Holds.goes_on.set()
    qtbot.waitUntil(lambda: not held.isRunning())


class DrawsNothing(BreaksDown):
    """Offers pictures and draws none."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        return np.zeros(1, np.float32), 1.0, False, False, {}

    def render(self) -> Any:
        raise RuntimeError("no paint left")


def test_a_player_whose_environment_cannot_be_drawn_plays_on_and_says_so(
    qtbot: QtBot, preview: PolicyPreview, breaks_down: RunSettings, caplog: pytest.LogCaptureFixture
) -> None:
    gymnasium.registry[breaks_down.environment_id].entry_point = DrawsNothing
    with caplog.at_level(logging.WARNING):
        set_runs(preview, {0: breaks_down}, picture=True)
        preview.play(30)
        wait_for_steps(qtbot, preview, 0, 5)
    assert preview.frames[0].picture is None
    assert preview.frames[0].no_picture == "BreaksDown-v0 could not be drawn: RuntimeError: no paint left"
    assert len(caplog.records) == 1, "it is logged once"


def test_an_environment_that_cannot_be_made_leaves_its_place_empty(
    qtbot: QtBot, preview: PolicyPreview, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        set_runs(preview, {0: replace(CARTPOLE, environment_id="Nowhere-v0"), 1: CARTPOLE}, picture=False)
        preview.play(30)
        wait_for_steps(qtbot, preview, 1, 5)
    assert set(preview.frames) == {1}
    assert "could not be made" in caplog.text


def test_closing_closes_the_environments_and_ends_the_thread(
    qtbot: QtBot, preview: PolicyPreview, breaks_down: RunSettings
) -> None:
    set_runs(preview, {0: breaks_down}, picture=False)
    preview.play(30)
    wait_for_steps(qtbot, preview, 0, 1)
    preview.close()
    assert not preview._thread._thread.isRunning()
    assert all(environment.is_closed for environment in BreaksDown.made)
    preview.close()


def test_closing_before_any_runs_are_set_and_right_after_is_quiet(
    qtbot: QtBot, preview: PolicyPreview
) -> None:
    other = PolicyPreview()
    other.close()
    preview.play(30)
    set_runs(preview, seeds(1, 2, 3, 4), picture=False)
    preview.close()
    QCoreApplication.processEvents()
    assert preview.frames == {}


@pytest.mark.parametrize("has_begun", [False, True])
def test_what_is_closed_begins_no_thread_again(preview: PolicyPreview, has_begun: bool) -> None:
    if has_begun:
        preview.set_runs(seeds(1), picture=False)
    preview.close()
    preview.set_runs(seeds(2), picture=False)
    assert not preview._thread._thread.isRunning()


def test_where_nothing_learns_each_plays_for_a_while_and_then_no_time_runs(
    qtbot: QtBot, preview: PolicyPreview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.policy_preview.SHOWN_SECONDS", 0.1)
    set_runs(preview, seeds(1, 2), picture=False)
    preview.play(30, on=False)
    qtbot.waitUntil(lambda: preview.resting == {0, 1})
    steps = [preview.frames[number].steps for number in range(2)]
    qtbot.waitUntil(lambda: rests(qtbot, preview))
    preview.play_again(1)
    qtbot.waitUntil(lambda: preview.frames[1].steps > steps[1] and preview.resting == {0, 1})
    assert preview.frames[0].steps == steps[0], "only the one that is to play again does"


def test_what_has_learnt_something_new_plays_again_and_while_runs_learn_nobody_rests(
    qtbot: QtBot, preview: PolicyPreview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.policy_preview.SHOWN_SECONDS", 0.1)
    set_runs(preview, seeds(1), picture=False)
    preview.play(30, on=False)
    qtbot.waitUntil(lambda: preview.resting == {0})
    monkeypatch.setattr("ppo_desktop.bridge.policy_preview.SHOWN_SECONDS", 0.0)
    steps = preview.frames[0].steps
    preview.play(30)
    preview.set_weights({0: untaught(CARTPOLE)})
    qtbot.waitUntil(lambda: preview.frames[0].steps > steps + 3)
    assert preview.resting == set()
