"""Toy environments whose every answer the test decides, and runs on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer

Answer = tuple[Any, Any, bool, bool]
LINE = Box(-np.inf, np.inf, (1,), np.float32)
_numbers = itertools.count()


class Toy(gymnasium.Env[Any, Any]):
    """Answers with `answer(time, action)`: observation, reward, terminated, truncated.

    `time` counts the steps of the episode from 1. The first observation is `first`.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, answer: Callable[[int, Any], Answer], first: Any, observations: Any, actions: Any):
        self.observation_space, self.action_space = observations, actions
        self.actions: list[Any] = []
        self.closed = 0
        self._answer, self._first, self._time = answer, first, 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self._time = 0
        return self._first(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self._time += 1
        self.actions.append(action)
        return *self._answer(self._time, action), {}

    def close(self) -> None:
        self.closed += 1


class Toys:
    """Registers toy environments; `made` are those that were made, in order."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.ids: list[str] = []

    def register(
        self,
        answer: Callable[[int, Any], Answer],
        *,
        first: Callable[[], Any] = lambda: np.zeros(1, np.float32),
        observations: Any = LINE,
        actions: Any = Discrete(2),  # noqa: B008
        **details: Any,
    ) -> str:
        """Return the id of an environment that gives these answers; `details` are Gymnasium's."""
        return self.register_maker(lambda: Toy(answer, first, observations, actions), **details)

    def register_maker(self, make: Callable[[], Any], **details: Any) -> str:
        """Return the id of the environment that `make` makes."""

        def entry_point(**_: Any) -> Any:
            self.made.append(make())
            return self.made[-1]

        environment_id = f"Toy{next(_numbers)}-v0"
        gymnasium.register(environment_id, entry_point, **details)
        self.ids.append(environment_id)
        return environment_id


@pytest.fixture
def toys() -> Iterator[Toys]:
    toys = Toys()
    yield toys
    for environment_id in toys.ids:
        del gymnasium.registry[environment_id]


@pytest.fixture
def engine_type() -> Callable[[RunSettings], Engine]:
    """The engine of small runs; `tests.every_engine` marks tests that are done with each in turn."""
    return PyTorchEngine


@pytest.fixture
def make_trainer(engine_type: Callable[[RunSettings], Engine]) -> Iterator[Callable[..., Trainer]]:
    """Return a function that makes a small run; its environments are closed after the test."""
    engines = []

    def make(
        environment_id: str = "CartPole-v1",
        algorithm: Algorithm = Algorithm.PPO,
        seed: int = 1,
        **values: Any,
    ) -> Trainer:
        small = {"rollout_length": 16, "n_envs": 2, "n_epochs": 2, "n_minibatches": 2, "hidden_units": 8}
        settings = RunSettings(environment_id, algorithm, Hyperparameters(**(small | values)), seed)
        engines.append(engine_type(settings))
        return Trainer(settings, engines[-1])

    yield make
    for engine in engines:
        engine.close()
