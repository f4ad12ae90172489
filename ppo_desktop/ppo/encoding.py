"""Which spaces can be learnt with, and observations from them as the numbers that a network takes.

What is one of several becomes one-hot: an observation from Discrete(16) becomes 16 numbers, of which one is 1
and all others 0. The parts of a Tuple or a Dict stand one after the other. It is the order of
`gymnasium.spaces.utils.flatten`, which trusts what it gets; here each part is checked as it enters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple
from numpy.typing import NDArray

from ppo_desktop.ppo.contract import BrokenPromise, observation_of, shaped_numbers
from ppo_desktop.ppo.messages import description_of, grouped

LARGEST_SPACE = 2**24
"""Most numbers in an observation, and most actions: a network for more would not fit into any memory."""
_CHANGES = "and a network takes equally many numbers every time"
_WHY_NOT_ENCODED = {
    "Text": "which are words, and a network takes numbers",
    "Sequence": f"which are of any length, {_CHANGES}",
    "Graph": f"which are of any size, {_CHANGES}",
    "OneOf": "which are now of one kind and now of another, and a network takes one kind",
}


def why_not_observed(space: Any) -> str:
    """Return what is wrong with a space of observations, nothing if one can learn from them."""
    wrong = _wrong_kind(space, "observation")
    if wrong:
        return wrong
    part = _without_encoding(space)
    if part is None:
        return _why_not_sized("observations", size_of(space))
    kind = type(part).__name__
    whole = "observations" if part is space else "parts in its observations"
    reason = f", {_WHY_NOT_ENCODED[kind]}" if kind in _WHY_NOT_ENCODED else ""
    return (
        f"{kind} {whole}{reason}; choose an environment with Box, Discrete, MultiDiscrete or MultiBinary "
        "observations, or a Tuple or Dict of them."
    )


def why_not_acted_on(space: Any) -> str:
    """Return what is wrong with a space of actions, nothing if one can learn to choose among them."""
    if isinstance(space, Discrete):
        return _why_not_sized("actions", int(space.n))
    if not isinstance(space, Box):
        return _wrong_kind(space, "action") or (
            f"{type(space).__name__} actions; choose an environment with Discrete or Box actions."
        )
    if space.dtype.kind != "f":
        return f"{space.dtype} Box actions; choose an environment with real-valued ones."
    return _why_not_sized("actions", math.prod(space.shape))


def is_of_old_gym(value: Any) -> bool:
    """Whether an environment or a space comes from gym, the package that Gymnasium has replaced."""
    return any(kind.__module__.partition(".")[0] == "gym" for kind in type(value).__mro__)


def size_of(space: Space[Any]) -> int:
    """Return how many numbers an observation becomes."""
    match space:
        case Discrete():
            return int(space.n)
        case MultiDiscrete():
            return sum(map(int, space.nvec.ravel()))
        case Tuple() | Dict():
            return sum(map(size_of, _parts(space).values()))
    assert space.shape is not None
    return math.prod(space.shape)


def encode(space: Space[Any], given: Any, place: str = "as its observation") -> NDArray[np.float32]:
    """Return an observation as numbers, (size_of(space),), or raise BrokenPromise if it is not of that space.

    The bounds of a Box are not minded. `place` says in words which part of the observation it is.
    """
    match space:
        case Discrete():
            return _one_hot(given, (), np.array([space.start]), np.array([space.n]), place)
        case MultiDiscrete():
            return _one_hot(given, space.shape, space.start.ravel(), space.nvec.ravel(), place)
        case MultiBinary():
            ends = np.zeros(math.prod(space.shape), np.int64)
            return _whole_numbers(given, space.shape, ends, ends + 2, place).astype(np.float32)
        case Tuple() | Dict():
            parts, found = _parts(space), _parts_given(given, space)
            if found is None or found.keys() != parts.keys():
                names = ", ".join(parts)
                promise = f"a {type(space).__name__.lower()} of {len(parts)}{names and ': '}{names}"
                raise BrokenPromise(f"returned {description_of(given)} {place}", promise)
            encoded = (
                encode(part, found[name], f"as {name} {_inside(place)}") for name, part in parts.items()
            )
            return np.concatenate([np.empty(0, np.float32), *encoded])
    assert space.shape is not None
    return observation_of(given, space.shape, place)


def _one_hot(
    given: Any, shape: tuple[int, ...], starts: NDArray[Any], counts: NDArray[Any], place: str
) -> NDArray[np.float32]:
    """Return `counts[i]` numbers for the i-th whole number given: 1 for what it is, and 0 for all else."""
    numbers = _whole_numbers(given, shape, starts, starts + counts, place)
    encoded = np.zeros(int(counts.sum()), np.float32)
    encoded[np.cumsum(counts) - counts + numbers - starts] = 1.0
    return encoded


def _whole_numbers(
    given: Any, shape: tuple[int, ...], starts: NDArray[Any], ends: NDArray[Any], place: str
) -> NDArray[np.int64]:
    """Return whole numbers, each from `starts[i]` to `ends[i]` − 1."""
    numbers = shaped_numbers(given, shape, place).ravel()
    with np.errstate(invalid="ignore"):
        whole = numbers.astype(np.int64)
    wrong = np.flatnonzero((whole != numbers) | (whole < starts) | (whole >= ends))
    if len(wrong):
        promise = f"a whole number from {starts[wrong[0]]} to {ends[wrong[0]] - 1}"
        raise BrokenPromise(f"returned {description_of(numbers[wrong[0]])} {place}", promise)
    return whole


def _parts(space: Tuple[Any] | Dict) -> dict[str, Space[Any]]:
    """Return the spaces of which one is made, by what they are called in messages."""
    if isinstance(space, Dict):
        return {repr(name): part for name, part in space.spaces.items()}
    return {f"part {number}": part for number, part in enumerate(space.spaces, 1)}


def _parts_given(given: Any, space: Tuple[Any] | Dict) -> dict[str, Any] | None:
    """Return the parts of an observation likewise; None if it has none."""
    if isinstance(space, Dict):
        return {repr(name): part for name, part in given.items()} if isinstance(given, Mapping) else None
    is_several = isinstance(given, tuple | list) or (isinstance(given, np.ndarray) and given.ndim > 0)
    return {f"part {number}": part for number, part in enumerate(given, 1)} if is_several else None


def _inside(place: str) -> str:
    return place.replace("as ", "of ", 1)


def _without_encoding(space: Space[Any]) -> Space[Any] | None:
    """Return the first part of a space that cannot become numbers, None if there is none."""
    if isinstance(space, Tuple | Dict):
        found = map(_without_encoding, _parts(space).values())
        return next((part for part in found if part is not None), None)
    return None if isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary) else space


def _why_not_sized(what: str, size: int) -> str:
    if size == 0:
        return f"{what} without a single number in them."
    if size > LARGEST_SPACE:
        return f"{grouped(size)} numbers in its {what}; at most {grouped(LARGEST_SPACE)} can be learnt with."
    return ""


def _wrong_kind(space: Any, name: str) -> str:
    """Return what is wrong where there is no space of Gymnasium's at all."""
    if space is None:
        return f"no {name}_space; one of gymnasium.spaces was promised."
    if is_of_old_gym(space):
        return "spaces of the old gym package; those of gymnasium.spaces were promised."
    if not isinstance(space, Space):
        return f"{description_of(space)} as its {name}_space; one of gymnasium.spaces was promised."
    return ""
