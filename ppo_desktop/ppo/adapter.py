"""An environment from outside, made and called as it wants to be made and called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from ppo_desktop.ppo.contract import BrokenPromise, reset_answer_of, step_answer_of
from ppo_desktop.ppo.encoding import encode, is_of_old_gym, size_of, why_not_observed
from ppo_desktop.ppo.messages import description_of

PICTURES = "rgb_array"


class Adapter(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Lies directly around an environment, below Gymnasium's own wrappers, which trust what they get.

    Observations that are not numbers in a Box become such, if they can; see `encoding`.
    """

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._offers_pictures = PICTURES in _render_modes(environment)
        self._render = environment.render
        if self._offers_pictures:
            self._ask_for_pictures(environment.unwrapped)
        space = getattr(environment, "observation_space", None)
        self._encoded = None if isinstance(space, Box) or why_not_observed(space) else space
        if self._encoded is not None:
            self.observation_space = Box(-np.inf, np.inf, (size_of(self._encoded),), np.float32)

    @property
    def spec(self) -> Any:  # type: ignore[override]
        """That of the environment itself: there is nothing in it of this wrapper."""
        return self.env.spec

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        """The kind of pictures there are, None if there are none; it may not have kept what it was given."""
        return PICTURES if self._offers_pictures else None

    def reset(self, *, seed: int | None = None, **_options: Any) -> Any:
        """Begin an episode; return observation and info. Options are not passed on: not all take them.

        Raises BrokenPromise where it takes no seed, or has returned something else.
        """
        try:
            answer = self.env.reset(seed=seed)
        except TypeError as error:
            if "'seed'" in str(error):
                raise BrokenPromise("takes no seed", "reset(seed=…), as in Gymnasium") from error
            raise
        observation, info = reset_answer_of(answer)
        return self._numbers(observation), info

    def step(self, action: Any) -> Any:
        """Take a step and return its five values, or raise BrokenPromise where there is something else."""
        observation, *rest = step_answer_of(self.env.step(action))
        return self._numbers(observation), *rest

    def render(self) -> Any:
        """Return what the environment draws."""
        return self._render()

    def _numbers(self, observation: Any) -> Any:
        return observation if self._encoded is None else encode(self._encoded, observation)

    def _ask_for_pictures(self, environment: Any) -> None:
        """Ask for pictures where `render_mode` was not taken or not kept, or where `render` takes it."""
        if environment.render_mode != PICTURES:
            with suppress(AttributeError):  # one that cannot be set
                environment.render_mode = PICTURES
        if _takes(environment.render, "mode"):
            self._render = partial(environment.render, mode=PICTURES)


def make_adapted(create: Callable[..., Any], **arguments: Any) -> Adapter:
    """Make an environment by a class or function, with pictures where it offers any, and adapt it.

    Raises:
        BrokenPromise: It is no `gymnasium.Env`.
        Exception: Whatever it raises.
    """
    arguments.pop("render_mode", None)
    environment = None
    if not hasattr(create, "metadata"):  # a function, of which one cannot know before
        with suppress(Exception):
            environment = _make(create, arguments, PICTURES)
    if environment is None:
        environment = _make(create, arguments, PICTURES if PICTURES in _render_modes(create) else None)
    if is_of_old_gym(environment):
        raise BrokenPromise("is an environment of the old gym package", "a gymnasium.Env")
    if not isinstance(environment, gymnasium.Env):
        raise BrokenPromise(f"is {description_of(environment)}", "a gymnasium.Env")
    return Adapter(environment)


def space_before_encoding(environment: gymnasium.Env[Any, Any]) -> gymnasium.Space[Any]:
    """Return the observations of an environment as whoever makes it by `gymnasium.make` finds them."""
    layer: Any = environment
    while isinstance(layer, gymnasium.Wrapper) and layer.observation_space is environment.observation_space:
        if isinstance(layer, Adapter):
            return layer.env.observation_space
        layer = layer.env
    return environment.observation_space


def metadata_of(environment: Any) -> Mapping[str, Any]:
    """Return what an environment, or what makes it, says of itself; nothing where that is no mapping."""
    metadata = getattr(environment, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else {}


def _make(create: Callable[..., Any], arguments: dict[str, Any], render_mode: str | None) -> Any:
    """Make an environment; one that takes no `render_mode`, as none did before Gymnasium, is not given it."""
    try:
        return create(**arguments, render_mode=render_mode)
    except TypeError as error:
        if "render_mode" in str(error) or "takes no arguments" in str(error):
            return create(**arguments)
        raise


def _render_modes(environment: Any) -> list[Any]:
    """Return the kinds of pictures that are offered; before Gymnasium the name of them was another."""
    metadata = metadata_of(environment)
    modes = metadata.get("render_modes") or metadata.get("render.modes")
    if isinstance(modes, str):
        return [modes]
    return list(modes) if isinstance(modes, Iterable) else []


def _takes(function: Callable[..., Any], argument: str) -> bool:
    try:
        return argument in inspect.signature(function).parameters
    except (TypeError, ValueError):  # not written in Python
        return False
