"""Environments made from their ids, and what is refused."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import logging
import math
import numbers
import os
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.environment_ids import (
    LONGEST_ID,
    EnvironmentId,
    InvalidId,
    check_arguments,
    time_limit_in,
)
from ppo_desktop.ppo.installing import with_exact_commands
from ppo_desktop.ppo.messages import counted, one_line, what_went_wrong

if TYPE_CHECKING:
    import gymnasium
    import numpy as np
    from gymnasium.envs.registration import EnvSpec
    from numpy.typing import NDArray


_AS_GOOD_AS_NONE = 1e15
"""Bounds of this size are written where there are none."""
_SAME_AS = {"Taxi-v3": "Taxi-v4"}
"""Ids that Gymnasium has dropped, from 1.3 on, and what does the same unless it is given arguments."""
_FEWEST_FRAMES, _MOST_FRAMES = 8.0, 30.0

_n_open: Counter[str] = Counter()
"""How many environments of each kind are open in this process."""
_counting = threading.Lock()
logger = logging.getLogger(__name__)


class UnsupportedEnvironment(ValueError):
    """An environment that cannot be trained on; the message is one line and says why."""


class EnvironmentFailure(RuntimeError):
    """An environment raised or returned nonsense; the message is one line."""

    @classmethod
    def caused_by(cls, error: BaseException, environment_id: str, did: str) -> EnvironmentFailure:
        """Return the failure of an environment whose code has raised `error`, and so "failed in reset".

        All code that calls an environment's catches every `BaseException` and raises this instead: one that
        calls `sys.exit()` is to end its run and not the program.
        """
        return cls(f"{environment_id} {did}: {with_exact_commands(what_went_wrong(error))}")


def solved_return(environment_id: str) -> float | None:
    """Return the mean return at which an environment counts as solved, None if it has no such number.

    The module of one that is not built in is not imported for that: nothing is known before it is made. With
    arguments it is another environment, for which no such number is registered.
    """
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    if known is not None:
        return known.solved_return
    if EnvironmentId.of(environment_id).arguments is not None:
        return None
    import gymnasium

    from ppo_desktop.ppo.contract import BrokenPromise, threshold_of

    spec = gymnasium.registry.get(_registered_id(environment_id))
    try:
        return None if spec is None else threshold_of(spec.reward_threshold)
    except BrokenPromise:  # reported when it is made
        return None


def has_discrete_actions(environment_id: str) -> bool | None:
    """Return whether a known environment has discrete actions; None of others, which are not made."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return None if known is None else known.is_discrete


@dataclass(frozen=True)
class Spaces:
    """Sizes of an environment's observations and actions, both flattened.

    Attributes:
        n_observations: Components of an observation.
        n_actions: |A| for discrete actions, None for continuous ones.
        first_action: Number of the first discrete action, usually 0.
        action_low: Lower bound of each component of a continuous action, in the environment's units.
        action_high: Upper bound likewise.
        action_shape: Shape the environment wants a continuous action in.
        action_dtype: NumPy's name of the type it wants an action in.
    """

    n_observations: int
    n_actions: int | None
    first_action: int = 0
    action_low: tuple[float, ...] = ()
    action_high: tuple[float, ...] = ()
    action_shape: tuple[int, ...] = ()
    action_dtype: str = "float32"

    @property
    def n_outputs(self) -> int:
        """How many numbers a policy needs for a state: one for each action, or for each component of it."""
        return self.n_actions or len(self.action_low)

    def in_environment_units(self, drawn: NDArray[Any]) -> NDArray[Any]:
        """Return continuous actions (…, D) in the environment's units, not clipped, from those drawn.

        The policy draws in units in which it can reach the bounds; discrete actions stay what they are.
        """
        if self.n_actions is not None or self._is_drawn_as_played:
            return drawn
        scaled: NDArray[Any] = self._centres + self.action_units * drawn
        return scaled

    @functools.cached_property
    def action_units(self) -> NDArray[np.float64]:
        """The unit in which each component of a continuous action is drawn, (D,)."""
        import numpy as np

        return np.array([unit for _, unit in self._scales])

    @functools.cached_property
    def _centres(self) -> NDArray[np.float64]:
        """What 0 stands for in each component of a continuous action, (D,)."""
        import numpy as np

        return np.array([centre for centre, _ in self._scales])

    @functools.cached_property
    def _is_drawn_as_played(self) -> bool:
        return all(scale == (0.0, 1.0) for scale in self._scales)

    @functools.cached_property
    def _scales(self) -> list[tuple[float, float]]:
        return [_scale_of(low, high) for low, high in zip(self.action_low, self.action_high, strict=True)]


def _scale_of(low: float, high: float) -> tuple[float, float]:
    """Return where between its bounds a component of an action is drawn at first, and in which unit.

    An untrained policy draws from N(0, 1), more or less, and learns in steps of that size. Bounds of an
    ordinary size around 0 suit it as they are. Between others low becomes −1 and high 1; where there is
    one bound only, it begins at least one unit away from it.
    """
    has_low, has_high = low > -_AS_GOOD_AS_NONE, high < _AS_GOOD_AS_NONE
    if has_low and has_high:
        centre, unit = (low + high) / 2, (high - low) / 2
        is_ordinary = centre == 0.0 and 0.5 <= unit <= 2.0
        return (0.0, 1.0) if is_ordinary else (centre, unit or 1.0)
    if has_low:
        return max(0.0, low + 1.0), 1.0
    return (min(0.0, high - 1.0) if has_high else 0.0), 1.0


def spaces_of(environment: gymnasium.Env[Any, Any]) -> Spaces:
    """Return the sizes of the spaces of an environment from `make_environment`."""
    from gymnasium.spaces import Discrete

    assert environment.observation_space.shape is not None
    n_observations = math.prod(environment.observation_space.shape)
    actions: Any = environment.action_space
    if isinstance(actions, Discrete):
        return Spaces(
            n_observations, int(actions.n), first_action=int(actions.start), action_dtype=str(actions.dtype)
        )
    return Spaces(
        n_observations,
        None,
        action_low=tuple(actions.low.ravel().tolist()),
        action_high=tuple(actions.high.ravel().tolist()),
        action_shape=actions.shape,
        action_dtype=str(actions.dtype),
    )


@functools.cache
def known_spaces(environment_id: str) -> Spaces:
    """Return the sizes of the spaces of an environment of the catalogue, which do not change."""
    return spaces_of_id(environment_id)


def spaces_of_id(environment_id: str) -> Spaces:
    """Return the sizes of the spaces of an environment, which is made for that.

    Raises: as `make_environment` does.
    """
    environment = make_environment(environment_id)
    try:
        return spaces_of(environment)
    finally:
        close_environment(environment_id, environment)


def make_environment(environment_id: str) -> gymnasium.Env[Any, Any]:
    """Make one environment that can be drawn by `render()` where it offers a picture.

    Raises:
        UnsupportedEnvironment: The id is unknown, what it stands for cannot be made, or its spaces
            cannot be learnt with.
        EnvironmentFailure: It tried to end the program.
    """
    # pygame must never open a window: on macOS that aborts outside the main thread.
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import gymnasium

    from ppo_desktop.ppo.contract import BrokenPromise

    try:
        with _errors_treated_as_before():
            environment = gymnasium.make(_spec_as_made(environment_id), disable_env_checker=True)
    except BrokenPromise as broken:
        raise UnsupportedEnvironment(f"{environment_id} {broken}.") from broken
    except InvalidId as error:
        raise UnsupportedEnvironment(one_line(f'"{environment_id}" cannot be made: {error}.')) from error
    except (gymnasium.error.NameNotFound, gymnasium.error.NamespaceNotFound) as error:
        known = ", ".join(KNOWN_ENVIRONMENTS)
        raise UnsupportedEnvironment(
            one_line(f'"{environment_id}" cannot be made: {error} There are {known}.')
        ) from error
    except (gymnasium.error.Error, ImportError) as error:
        refusal = one_line(f'"{environment_id}" cannot be made: {error}')
        raise UnsupportedEnvironment(with_exact_commands(refusal)) from error
    except Exception as error:
        problem = f'"{environment_id}" cannot be made: {with_exact_commands(what_went_wrong(error))}'
        raise UnsupportedEnvironment(problem + why_not_another(environment_id)) from error
    except BaseException as error:
        raise EnvironmentFailure.caused_by(error, environment_id, "could not be made") from error
    _count_open(environment_id, 1)
    try:
        _check_spaces(environment_id, environment)
    except UnsupportedEnvironment:
        close_environment(environment_id, environment)
        raise
    except BaseException as error:
        close_environment(environment_id, environment)
        if not isinstance(error, Exception):
            raise EnvironmentFailure.caused_by(error, environment_id, "could not be used") from error
        raise UnsupportedEnvironment(
            f'"{environment_id}" cannot be used: {what_went_wrong(error)}'
        ) from error
    return environment


def close_environment(environment_id: str, environment: gymnasium.Env[Any, Any]) -> None:
    """Close an environment; one that fails at that has been of use all the same.

    Raises EnvironmentFailure if it tried to end the program.
    """
    try:
        environment.close()
    except Exception:
        logger.exception("%s could not be closed", environment_id)
    except BaseException as error:
        raise EnvironmentFailure.caused_by(error, environment_id, "could not be closed") from error
    finally:
        _count_open(environment_id, -1)


def _count_open(environment_id: str, more: int) -> None:
    with _counting:
        _n_open[environment_id] += more


def why_not_another(environment_id: str) -> str:
    """Return what to add to why an environment could not begin while others of it are open; else nothing."""
    n_others = _n_open[environment_id]
    if not n_others:
        return ""
    others = counted(n_others, "other of it is", "others of it are")
    return f". {others} open: where only one can be at a time, learn with one agent, one run and one seed."


@contextmanager
def _errors_treated_as_before() -> Iterator[None]:
    """Let a module not decide for the whole program what NumPy raises and which warnings are errors."""
    import numpy as np

    filters: Any = warnings.filters
    n_before = len(filters)
    try:
        with np.errstate():
            yield
    finally:
        for index, (action, *warning) in enumerate(filters[: len(filters) - n_before]):
            if action == "error":
                filters[index] = ("default", *warning)


def _spec_as_made(environment_id: str) -> EnvSpec:
    """Return the specification by which we make an environment, one from outside in an adapter.

    Gymnasium's guard against steps before the first reset costs a tenth of a CartPole step. It raises
    BrokenPromise where something is registered that is no threshold.
    """
    from ppo_desktop.ppo.contract import threshold_of

    spec = dataclasses.replace(_spec(environment_id), order_enforce=False)
    if is_compiled(environment_id):  # held against its kernel step by step, so that it keeps its promises
        return dataclasses.replace(spec, kwargs={**spec.kwargs, "render_mode": "rgb_array"})
    threshold_of(spec.reward_threshold)
    if spec.entry_point is None:
        return spec
    from ppo_desktop.ppo.adapter import make_adapted

    return dataclasses.replace(spec, entry_point=functools.partial(make_adapted, _creator(spec)))


def _spec(environment_id: str) -> EnvSpec:
    """Look up an id, with the arguments that it names; raise InvalidId where nothing can be made of it."""
    import gymnasium

    import ppo_desktop.ppo.catalogue.grid_environment  # noqa: F401  (registers our own)

    if not EnvironmentId.can_be_kept(environment_id):
        raise InvalidId(f"an id has at most {LONGEST_ID} characters, on one line")
    parts = EnvironmentId.of(environment_id)
    arguments = parts.read_arguments()
    if parts.module:
        importlib.import_module(parts.module)
    spec = gymnasium.spec(_registered_id(environment_id))
    if not arguments:
        return spec
    time_limit = time_limit_in(arguments) or spec.max_episode_steps
    if arguments and parts.registered_id not in gymnasium.registry:
        raise InvalidId(
            f"Gymnasium has {spec.id} in the place of {parts.registered_id}, which with arguments does "
            f"something else; if that is meant, name {spec.id}"
        )
    check_arguments(_creator(spec), arguments)
    return dataclasses.replace(spec, kwargs={**spec.kwargs, **arguments}, max_episode_steps=time_limit)


def _registered_id(environment_id: str) -> str:
    """Return what Gymnasium knows an environment as, or its successor where it is gone."""
    import gymnasium

    registered_id = EnvironmentId.of(environment_id).registered_id
    return (
        registered_id if registered_id in gymnasium.registry else _SAME_AS.get(registered_id, registered_id)
    )


def frames_per_second(environment_id: str) -> float:
    """Return how many steps of an environment a second look natural, at most 30.

    What an environment says of itself, but for one that would crawl: no fewer than 8. One that says
    nothing, or nothing that is a number, goes at 30.
    """
    from ppo_desktop.ppo.adapter import metadata_of

    try:
        named = metadata_of(_creator(_spec(environment_id))).get("render_fps")
    except BaseException:
        logger.exception("%s does not say how fast it looks natural", environment_id)
        return _MOST_FRAMES
    if not isinstance(named, numbers.Real) or math.isnan(named):
        return _MOST_FRAMES
    return min(max(float(named), _FEWEST_FRAMES), _MOST_FRAMES)


def _creator(spec: EnvSpec) -> Any:
    """Return the class or function that makes an environment."""
    from gymnasium.envs.registration import load_env_creator

    return load_env_creator(spec.entry_point) if isinstance(spec.entry_point, str) else spec.entry_point


def _check_spaces(environment_id: str, environment: gymnasium.Env[Any, Any]) -> None:
    from ppo_desktop.ppo.encoding import why_not_acted_on, why_not_observed

    observations = getattr(environment, "observation_space", None)
    actions = getattr(environment, "action_space", None)
    problem = why_not_observed(observations) or why_not_acted_on(actions)
    if problem:
        raise UnsupportedEnvironment(f"{environment_id} has {problem}")
