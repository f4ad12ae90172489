"""An episode is played while it is seen and the run rests, and not a moment longer; a failure is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.session import RunState
from ppo_desktop.bridge.whole_episode import WholeEpisode
from ppo_desktop.ppo import whole_episode
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer


class Treadmill(gymnasium.Env[Any, Any]):
    """Never ends; it breaks where it is told to."""

    observation_space, action_space = Box(-1.0, 1.0, (1,)), Discrete(2)
    runs, was_closed = threading.Event(), threading.Event()
    is_broken = False

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if self.is_broken:
            raise RuntimeError("belt torn")
        self.runs.set()
        return np.zeros(1, np.float32), 1.0, False, False, {}

    def close(self) -> None:
        self.was_closed.set()


class AtRest(QObject):
    """A run that rests, and passes on its policy at once."""

    state_changed, run_changed = Signal(), Signal()

    def __init__(self, moment: PolicyMoment) -> None:
        super().__init__()
        self.state, self._moment, self.asked = RunState.PAUSED, moment, 0

    def copy_policy(self, then: Callable[[PolicyMoment], None]) -> None:
        self.asked += 1
        then(self._moment)

    def become(self, state: RunState) -> None:
        self.state = state
        self.state_changed.emit()


@pytest.fixture
def run(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[AtRest]:
    """One in an environment of which an episode never ends; nor is one given up."""
    del qtbot
    gymnasium.register("Treadmill-v0", Treadmill)
    values = Hyperparameters(rollout_length=8, n_envs=1, n_minibatches=1, hidden_units=4)
    settings = RunSettings("Treadmill-v0", Algorithm.PPO, values, seed=1)
    with closing(PyTorchEngine(settings)) as engine:
        moment = Trainer(settings, engine).policy_moment()
    for event in (Treadmill.runs, Treadmill.was_closed):
        event.clear()
    monkeypatch.setattr(whole_episode, "MOST_STEPS", 10**12)
    yield AtRest(moment)
    del gymnasium.registry["Treadmill-v0"]


@pytest.fixture
def episode(run: AtRest) -> Iterator[WholeEpisode]:
    episode = WholeEpisode(run)  # type: ignore[arg-type]
    yield episode
    episode.close()


def wait_until_it_plays(qtbot: QtBot, episode: WholeEpisode) -> None:
    episode.set_visible(True)
    qtbot.waitUntil(Treadmill.runs.is_set)
    assert not Treadmill.was_closed.is_set()


def test_hidden_nothing_is_asked_or_played(run: AtRest, episode: WholeEpisode) -> None:
    run.become(RunState.FINISHED)
    run.run_changed.emit()
    assert run.asked == 0
    assert not episode._inquiry._thread._thread.is_alive()


@pytest.mark.parametrize("how", ["hidden", "run goes on", "another run", "closed"])
def test_what_plays_stops_when_it_is_no_longer_wanted(
    qtbot: QtBot, run: AtRest, episode: WholeEpisode, how: str
) -> None:
    wait_until_it_plays(qtbot, episode)
    stop: dict[str, Callable[[], object]] = {
        "hidden": lambda: episode.set_visible(False),
        "run goes on": lambda: run.become(RunState.RUNNING),
        "another run": run.run_changed.emit,
        "closed": episode.close,
    }
    stop[how]()
    qtbot.waitUntil(Treadmill.was_closed.is_set)
    assert episode.played is None


def test_the_thread_ends_while_an_episode_is_played(qtbot: QtBot, episode: WholeEpisode) -> None:
    wait_until_it_plays(qtbot, episode)
    episode.close()
    thread = episode._inquiry._thread._thread
    qtbot.waitUntil(lambda: not thread.is_alive())


def test_shown_again_it_is_played_anew(qtbot: QtBot, run: AtRest, episode: WholeEpisode) -> None:
    wait_until_it_plays(qtbot, episode)
    episode.set_visible(False)
    qtbot.waitUntil(Treadmill.was_closed.is_set)
    Treadmill.runs.clear()
    Treadmill.was_closed.clear()
    wait_until_it_plays(qtbot, episode)
    assert run.asked == 2


def test_an_environment_that_fails_is_why_there_is_none(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, episode: WholeEpisode
) -> None:
    monkeypatch.setattr(Treadmill, "is_broken", True)
    with qtbot.waitSignal(episode.changed):
        episode.set_visible(True)
    assert episode.played is not None
    assert episode.played.episode is None
    assert "belt torn" in episode.played.why_not
    assert Treadmill.was_closed.is_set()
