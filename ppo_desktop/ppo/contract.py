"""What an environment returns against what it promised; each answer is checked once, where it enters.

What is meant beyond doubt is taken: a reward in an array of one number, a list for an observation, a
column for a row. Whatever else differs from the promise is refused, for nobody knows what it means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.messages import description_of

LARGEST = float(np.finfo(np.float32).max)
_SINGLE = np.dtype(np.float32)
_FINITE = f"at most {LARGEST:.1e}"
_STEP = "5: observation, reward, terminated, truncated, info"


class BrokenPromise(ValueError):
    """An environment did something else than it promised.

    Attributes:
        deed: What it did: "returned None as its reward".
        promise: What it promised: "a number".
    """

    def __init__(self, deed: str, promise: str) -> None:
        super().__init__(f"{deed}, but promised {promise}")
        self.deed = deed
        self.promise = promise


def observation_of(
    given: Any, shape: tuple[int, ...], place: str = "as its observation"
) -> NDArray[np.float32]:
    """Return a flat copy of an observation: an environment may write its next one into the same array.

    Args:
        given: What the environment returned; BrokenPromise is raised unless it is numbers of this shape.
        shape: Shape of its observation space; axes of length 1 make no difference.
        place: Which part of its observation that is, in words.
    """
    if type(given) is np.ndarray and given.dtype is _SINGLE and given.shape == shape:  # as a rule
        return given.flatten()
    return shaped_numbers(given, shape, place).astype(np.float32).ravel()


def shaped_numbers(given: Any, shape: tuple[int, ...], place: str) -> NDArray[Any]:
    """Return what an environment returned as an array of numbers; see `observation_of`."""
    numbers = numbers_of(given)
    if numbers is None or (numbers.shape != shape and _long_axes(numbers.shape) != _long_axes(shape)):
        came = description_of(given if numbers is None else numbers)
        promise = f"numbers of shape {shape}" if shape else "a single number"
        raise BrokenPromise(f"returned {came} {place}", promise)
    return numbers


def not_finite(observation: NDArray[np.float32]) -> BrokenPromise:
    """Return what is wrong with an observation in which a number is not finite."""
    number = observation[~np.isfinite(observation)][0]
    return BrokenPromise(f"returned an observation with {number} in it", f"finite numbers, {_FINITE}")


def reward_of(given: Any) -> float:
    """Return a reward as a plain number that single precision can hold, or raise BrokenPromise."""
    reward = float(given) if isinstance(given, float) else _one_number(given)
    if reward is None:
        raise BrokenPromise(f"returned {description_of(given)} as its reward", "a number")
    if not -LARGEST <= reward <= LARGEST:
        raise BrokenPromise(f"returned {description_of(given)} as its reward", f"a finite number, {_FINITE}")
    return reward


def flag_of(given: Any, name: str) -> bool:
    """Return a flag, `name` being "terminated" or "truncated", as true or false, or raise BrokenPromise."""
    if type(given) is bool:
        return given
    number = _one_number(given)
    if number not in (0.0, 1.0):
        raise BrokenPromise(f"returned {description_of(given)} for {name}", "True or False")
    return bool(number)


def step_answer_of(given: Any) -> Any:
    """Return the five values of a step, or raise BrokenPromise."""
    if not isinstance(given, tuple | list):
        raise BrokenPromise(f"returned {description_of(given)}", _STEP)
    if len(given) != 5:
        old = " (four is how it was in the old gym package)" if len(given) == 4 else ""
        raise BrokenPromise(f"returned {len(given)} values", f"{_STEP}{old}")
    return given


def reset_answer_of(given: Any) -> Any:
    """Return the pair of a reset, observation and info, or raise BrokenPromise."""
    is_pair = isinstance(given, tuple | list) and len(given) == 2
    if not is_pair or not isinstance(given[1], Mapping | None):
        raise BrokenPromise(
            f"returned {description_of(given)}",
            "a pair: observation and info (the observation alone is how it was in the old gym package)",
        )
    return given


def threshold_of(given: Any) -> float | None:
    """Return the return at which an environment counts as solved, as registered, or raise BrokenPromise.

    Infinity and nan are taken for what they say: there is none.
    """
    if given is None:
        return None
    number = _one_number(given)
    if number is None:
        raise BrokenPromise(f"is registered with {description_of(given)} as its reward_threshold", "a number")
    return number if math.isfinite(number) else None


def _one_number(given: Any) -> float | None:
    """Return a real number, also out of an array with nothing else in it; None if it is none."""
    if isinstance(given, Real | Decimal | np.bool_):
        try:
            return float(given)
        except (OverflowError, ValueError):  # beyond double precision; a Decimal's signalling nan
            return math.nan
    numbers = None if isinstance(given, str | bytes) else numbers_of(given)
    return None if numbers is None or numbers.size != 1 else float(numbers.item())


def numbers_of(given: Any) -> NDArray[Any] | None:
    """Return what was given as an array of real numbers, None if it cannot be one."""
    try:
        if hasattr(given, "detach"):  # a tensor, which may want a gradient or be on another device
            given = given.detach().cpu()
        array = np.asarray(given)
        if array.dtype.kind == "O" and all(
            isinstance(number, Real | Decimal | np.bool_) for number in array.flat
        ):
            array = array.astype(np.float64)
    except Exception:  # whatever an object from outside raises when asked for its numbers
        return None
    return array if array.dtype.kind in "biuf" else None


def _long_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)
