"""Environments that want to be made and called in their own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.ppo.agents import Agents
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment, make_environment
from ppo_desktop.ppo.rollout import Rollout

PICTURE = np.zeros((2, 3, 3), np.uint8)


class Plain(gymnasium.Env[Any, Any]):
    """Says that it offers pictures; has no `__init__`, which takes no argument then."""

    metadata = {"render_modes": ["human", "rgb_array"]}  # noqa: RUF012
    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return np.zeros(1), {}

    def step(self, action: Any) -> Any:
        return np.zeros(1), 1.0, False, False, {}

    def render(self) -> Any:
        return PICTURE if self.render_mode == "rgb_array" else None


class Keeps(Plain):
    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode


class TakesNone(Plain):
    def __init__(self) -> None: ...


class Forgets(Plain):
    def __init__(self, render_mode: str | None = None) -> None: ...


class HandsOn(TakesNone):
    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)


class DrawsIn(TakesNone):
    def render(self, mode: str = "human") -> Any:  # type: ignore[override]
        return PICTURE if mode == "rgb_array" else None


class OldMetadata(DrawsIn):
    metadata = {"render.modes": ["human", "rgb_array"]}  # noqa: RUF012


class Refuses(Plain):
    metadata = {"render_modes": ["human"]}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None) -> None:
        assert render_mode in (None, "human")


def make(toys: Any, create: Callable[..., Any], **details: Any) -> Any:
    environment_id = toys.register_maker(lambda: None)
    del gymnasium.registry[environment_id]
    gymnasium.register(environment_id, create, **details)
    return make_environment(environment_id)


@pytest.mark.parametrize("create", [Plain, Keeps, TakesNone, Forgets, HandsOn, DrawsIn, OldMetadata])
@pytest.mark.parametrize("details", [{}, {"max_episode_steps": 9}], ids=str)
def test_an_environment_that_offers_pictures_draws_them_however_it_wants_to_be_asked(
    toys: Any, create: Any, details: Any
) -> None:
    environment = make(toys, create, **details)
    environment.reset(seed=1)
    assert environment.render_mode == "rgb_array"
    assert environment.render() is PICTURE


@pytest.mark.parametrize("create", [lambda **arguments: Keeps(**arguments), lambda: Keeps()])
def test_a_function_may_make_it_and_says_nothing_about_pictures_before(toys: Any, create: Any) -> None:
    assert make(toys, create).render() is PICTURE


@pytest.mark.parametrize("create", [Refuses, lambda **arguments: Refuses(**arguments)])
def test_one_without_pictures_is_not_asked_for_any(toys: Any, create: Any) -> None:
    assert make(toys, create).render_mode is None
    assert make(toys, create, kwargs={"render_mode": "human"}).render_mode is None


@pytest.mark.parametrize("metadata", [None, 5, {}, {"render_modes": None}, {"render_modes": 5}], ids=str)
def test_metadata_that_say_nothing_are_no_hindrance(toys: Any, metadata: Any) -> None:
    assert make(toys, type("Silent", (Keeps,), {"metadata": metadata})).render_mode is None


def test_arguments_it_is_registered_with_reach_it(toys: Any) -> None:
    def create(size: int, render_mode: str | None = None) -> Any:
        environment = Keeps(render_mode)
        environment.observation_space = Box(0, 1, (size,))
        return environment

    assert make(toys, create, kwargs={"size": 7}).observation_space.shape == (7,)


def test_what_is_no_environment_is_refused(toys: Any) -> None:
    with pytest.raises(UnsupportedEnvironment, match="is 5, but promised a gymnasium"):
        make(toys, lambda: 5)


def test_one_of_the_old_gym_package_is_said_to_be_that(toys: Any) -> None:
    old = type("Env", (), {"__module__": "gym.core"})
    with pytest.raises(UnsupportedEnvironment, match="is an environment of the old gym package"):
        make(toys, type("Mine", (old,), {}))


class FourValues(Plain):
    def step(self, action: Any) -> Any:
        return np.zeros(1), 1.0, False, {}


class ObservationOnly(Plain):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return np.zeros(1)


class NoSeed(Plain):
    def reset(self) -> Any:  # type: ignore[override]
        return np.zeros(1)


class NoOptions(Plain):
    def reset(self, seed: int | None = None) -> Any:  # type: ignore[override]
        return np.zeros(1), None


@pytest.mark.parametrize("details", [{}, {"max_episode_steps": 9}], ids=str)
@pytest.mark.parametrize(
    ("create", "reason"),
    [
        (FourValues, r"returned 4 values in step 1 of an episode, but promised 5: .*old gym"),
        (ObservationOnly, r"returned an array of shape \(1,\) .* in reset, but promised a pair: .*old gym"),
        (NoSeed, r"takes no seed in reset, but promised reset\(seed=…\)"),
    ],
)
def test_the_old_form_is_refused_also_below_gymnasiums_own_wrappers(
    toys: Any, create: Any, reason: str, details: Any
) -> None:
    with pytest.raises(EnvironmentFailure, match=reason):
        play(toys, create, details)


@pytest.mark.parametrize("details", [{}, {"max_episode_steps": 2}], ids=str)
def test_a_reset_need_not_take_options(toys: Any, details: Any) -> None:
    play(toys, NoOptions, details)


def play(toys: Any, create: Any, details: Any) -> None:
    agents = Agents(make(toys, create, **details).spec.id, 1, 1)
    rollout = Rollout.empty(3, 1, agents.spaces)
    for time in range(3):
        agents.step(rollout, time, np.zeros(1, np.int64))
