"""The players of a comparison: all of them, of this cast only, and none longer than somebody looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Discrete
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.stage import Stage
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import choice
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from tests.comparisons import SMALL

PATIENCE_MS = 20_000
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
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """A stage whose thread is ended after the test."""
    del qtbot
    stage = Stage()
    yield stage
    stage.close()


def seeds(*seeds: int) -> dict[int, RunSettings]:
    return {number: replace(CARTPOLE, seed=seed) for number, seed in enumerate(seeds)}


def cast(stage: Stage, settings: dict[int, RunSettings], *, picture: bool) -> None:
    """Have players that have learnt something: without it they rest."""
    stage.cast(settings, picture=picture)
    stage.learn({number: untaught(run) for number, run in settings.items()})


def untaught(run: RunSettings) -> PolicyState:
    """Return what the networks of a run are before it has learnt anything, whatever its environment does."""
    known = "CartPole-v1" if run.environment_id == "Nowhere-v0" else run.environment_id
    engine = PyTorchEngine(replace(run, environment_id=known))
    learnt = engine.snapshot()
    engine.close()
    return learnt


def wait_until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def wait_for_steps(qtbot: QtBot, stage: Stage, number: int, steps: int) -> None:
    wait_until(qtbot, lambda: number in stage.frames and stage.frames[number].steps >= steps)


def test_every_part_is_seen_in_its_own_environment(qtbot: QtBot, stage: Stage) -> None:
    cast(stage, {0: CARTPOLE, 3: replace(CARTPOLE, environment_id="Pendulum-v1")}, picture=False)
    stage.play(30)
    wait_until(qtbot, lambda: set(stage.frames) == {0, 3})
    assert stage.frames[0].environment_id == "CartPole-v1"
    assert stage.frames[3].environment_id == "Pendulum-v1"
    assert stage.frames[0].picture is None
    wait_for_steps(qtbot, stage, 0, 10)
    wait_for_steps(qtbot, stage, 3, 10)


def test_a_picture_comes_along_when_it_is_wanted(qtbot: QtBot, stage: Stage) -> None:
    cast(stage, seeds(1), picture=True)
    stage.play(30)
    wait_for_steps(qtbot, stage, 0, 2)
    assert stage.frames[0].picture is not None


def test_of_an_earlier_cast_nothing_is_seen_any_more(qtbot: QtBot, stage: Stage) -> None:
    cast(stage, seeds(1, 2, 3), picture=False)
    stage.play(30)
    wait_for_steps(qtbot, stage, 2, 3)
    seen: list[set[tuple[int, str]]] = []
    stage.frames_changed.connect(
        lambda: seen.append({(number, frame.environment_id) for number, frame in stage.frames.items()})
    )
    time.sleep(0.2)  # a frame of the first cast is on its way, unseen
    cast(stage, {0: replace(CARTPOLE, environment_id="Acrobot-v1")}, picture=False)
    assert stage.frames == {}
    wait_for_steps(qtbot, stage, 0, 10)
    assert seen[0] == set(), "the stage is empty at once"
    assert set().union(*seen) == {(0, "Acrobot-v1")}


def test_casts_in_quick_succession_end_with_the_last(qtbot: QtBot, stage: Stage) -> None:
    stage.play(30)
    for seed in range(1, 20):
        cast(stage, seeds(seed), picture=False)
    cast(stage, {7: CARTPOLE}, picture=False)
    wait_for_steps(qtbot, stage, 7, 3)
    assert set(stage.frames) == {7}


def test_it_rests_when_told_and_goes_on_from_there(qtbot: QtBot, stage: Stage) -> None:
    cast(stage, seeds(1), picture=False)
    qtbot.wait(100)
    assert stage.frames == {}, "nobody has told it to play"
    stage.play(30)
    wait_for_steps(qtbot, stage, 0, 3)
    stage.play(0)
    qtbot.wait(150)
    steps = stage.frames[0].steps
    qtbot.wait(200)
    assert stage.frames[0].steps == steps
    stage.play(30)
    wait_until(qtbot, lambda: stage.frames[0].steps != steps)
    assert stage.frames[0].steps == steps + 1


def test_it_never_runs_ahead_of_the_window(qtbot: QtBot, stage: Stage) -> None:
    cast(stage, seeds(1, 2), picture=False)
    stage.play(30)
    wait_for_steps(qtbot, stage, 0, 3)
    steps = stage.frames[0].steps
    time.sleep(0.5)  # the window is busy
    with qtbot.waitSignal(stage.frames_changed, timeout=PATIENCE_MS):
        pass
    assert stage.frames[0].steps == steps + 1


def test_the_end_of_an_episode_stays_to_be_seen(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.stage.END_SECONDS", 1e9)
    cast(stage, seeds(1), picture=False)
    stage.play(30)
    wait_until(qtbot, lambda: 0 in stage.frames and stage.frames[0].episode_over)
    ended = stage.frames[0]
    qtbot.wait(200)
    assert stage.frames[0] is ended


def test_players_act_as_their_runs_have_learnt(qtbot: QtBot, stage: Stage) -> None:
    settings = replace(CARTPOLE, hyperparameters=SMALL.changed({"learning_rate": 0.05}))
    trainer = Trainer(settings, choice.make_engine(settings))
    updates = (event for event in trainer.events() if isinstance(event, UpdateFinished))
    for _ in range(3):
        next(updates)
    trainer.engine.close()
    cast(stage, {0: settings, 1: settings}, picture=False)
    snapshot: Any = trainer.engine.snapshot()
    stage.learn({1: snapshot, 5: snapshot})  # of what is not on the stage nothing is learnt
    stage.play(30)
    wait_until(qtbot, lambda: set(stage.frames) == {0, 1})
    untaught, taught = stage.frames[0], stage.frames[1]
    values = [float(trainer.engine.survey(f.observation[None]).values[0]) for f in (untaught, taught)]
    assert taught.value == pytest.approx(values[1], rel=1e-4, abs=1e-6)
    assert untaught.value != pytest.approx(values[0], rel=1e-4, abs=1e-6)


def test_an_environment_that_fails_ends_no_other(
    qtbot: QtBot, stage: Stage, breaks_down: RunSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        cast(stage, {0: breaks_down, 1: CARTPOLE}, picture=False)
        stage.play(30)
        wait_for_steps(qtbot, stage, 1, 10)
    assert stage.frames[0].steps == 2, "its last frame stays"
    assert caplog.text.count("motor burnt out") >= 1
    assert len(caplog.records) == 1, "it is not asked again and again"
    cast(stage, {}, picture=False)
    wait_until(qtbot, lambda: BreaksDown.made[0].is_closed)


class Holds(BreaksDown):
    """Does not come back from its first step until it is told to."""

    goes_on = threading.Event()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        self.goes_on.wait()
        return np.zeros(1, np.float32), 1.0, False, False, {}


def test_an_environment_that_never_answers_keeps_no_later_cast_from_playing(
    qtbot: QtBot, stage: Stage, breaks_down: RunSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gymnasium.registry, "Holds-v0", EnvSpec("Holds-v0", Holds))
    Holds.goes_on.clear()
    stage._watchdog._timer.setInterval(20)
    cast(stage, {0: replace(breaks_down, environment_id="Holds-v0")}, picture=False)
    stage.play(30)
    wait_until(qtbot, lambda: stage._watchdog.seconds > 0)
    held = stage._thread
    cast(stage, seeds(1), picture=False)
    stage.play(30)
    wait_for_steps(qtbot, stage, 0, 3)
    assert held.isRunning()
    Holds.goes_on.set()
    wait_until(qtbot, lambda: not held.isRunning())


class DrawsNothing(BreaksDown):
    """Offers pictures and draws none."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        return np.zeros(1, np.float32), 1.0, False, False, {}

    def render(self) -> Any:
        raise RuntimeError("no paint left")


def test_a_player_whose_environment_cannot_be_drawn_plays_on_and_says_so(
    qtbot: QtBot, stage: Stage, breaks_down: RunSettings, caplog: pytest.LogCaptureFixture
) -> None:
    gymnasium.registry[breaks_down.environment_id].entry_point = DrawsNothing
    with caplog.at_level(logging.WARNING):
        cast(stage, {0: breaks_down}, picture=True)
        stage.play(30)
        wait_for_steps(qtbot, stage, 0, 5)
    assert stage.frames[0].picture is None
    assert stage.frames[0].no_picture == "BreaksDown-v0 could not be drawn: RuntimeError: no paint left"
    assert len(caplog.records) == 1, "it is logged once"


def test_an_environment_that_cannot_be_made_leaves_its_place_empty(
    qtbot: QtBot, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        cast(stage, {0: replace(CARTPOLE, environment_id="Nowhere-v0"), 1: CARTPOLE}, picture=False)
        stage.play(30)
        wait_for_steps(qtbot, stage, 1, 5)
    assert set(stage.frames) == {1}
    assert "could not be made" in caplog.text


def test_closing_closes_the_environments_and_ends_the_thread(
    qtbot: QtBot, stage: Stage, breaks_down: RunSettings
) -> None:
    cast(stage, {0: breaks_down}, picture=False)
    stage.play(30)
    wait_for_steps(qtbot, stage, 0, 1)
    stage.close()
    assert not stage._thread.isRunning()
    assert all(environment.is_closed for environment in BreaksDown.made)
    stage.close()


def test_closing_before_the_first_cast_and_right_after_one_is_quiet(qtbot: QtBot, stage: Stage) -> None:
    other = Stage()
    other.close()
    stage.play(30)
    cast(stage, seeds(1, 2, 3, 4), picture=False)
    stage.close()
    qtbot.wait(50)
    assert stage.frames == {}


def test_where_nothing_learns_each_plays_for_a_while_and_then_no_time_runs(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.stage.SHOWN_SECONDS", 0.1)
    cast(stage, seeds(1, 2), picture=False)
    stage.play(30, on=False)
    wait_until(qtbot, lambda: stage.resting == {0, 1})
    steps = [stage.frames[number].steps for number in range(2)]
    wait_until(qtbot, lambda: not stage._ensemble._timer.isActive())
    stage.play_again(1)
    wait_until(qtbot, lambda: stage.frames[1].steps > steps[1] and stage.resting == {0, 1})
    assert stage.frames[0].steps == steps[0], "only the one that is to play again does"


def test_what_has_learnt_something_new_plays_again_and_while_runs_learn_nobody_rests(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.stage.SHOWN_SECONDS", 0.1)
    cast(stage, seeds(1), picture=False)
    stage.play(30, on=False)
    wait_until(qtbot, lambda: stage.resting == {0})
    monkeypatch.setattr("ppo_desktop.bridge.stage.SHOWN_SECONDS", 0.0)
    steps = stage.frames[0].steps
    stage.play(30)
    stage.learn({0: untaught(CARTPOLE)})
    wait_until(qtbot, lambda: stage.frames[0].steps > steps + 3)
    assert stage.resting == set()
