"""Observations of every kind become the numbers that Gymnasium's `flatten` makes of them, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Space,
    Text,
    Tuple,
)
from gymnasium.spaces.utils import flatten

from ppo_desktop.ppo.contract import BrokenPromise
from ppo_desktop.ppo.encoding import encode, size_of, why_not_observed

LINE = Box(-1, 1, (2,))
SPACES: list[Space[Any]] = [
    Discrete(5),
    Discrete(3, start=-7),
    Discrete(2, start=2**40, dtype=np.int64),
    MultiDiscrete([2, 3]),
    MultiDiscrete([[2, 3], [4, 1]], start=[[0, 5], [-1, 9]]),
    MultiBinary(4),
    MultiBinary((2, 3)),
    Tuple((Discrete(32), Discrete(11), Discrete(2))),
    Tuple((LINE, Tuple((Discrete(2), MultiBinary(1))))),
    Dict(place=LINE, goal=Discrete(3, start=1), inner=Dict({"7": MultiDiscrete([2, 2])})),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_observations_become_the_numbers_that_gymnasium_flattens_them_to(space: Space[Any]) -> None:
    space.seed(3)
    assert why_not_observed(space) == ""
    for _ in range(20):
        given = space.sample()
        numbers = encode(space, given)
        assert numbers.dtype == np.float32
        assert numbers.tolist() == flatten(space, given).tolist()
        assert len(numbers) == size_of(space)


@pytest.mark.parametrize(
    ("space", "given"),
    [
        *((Discrete(5), given) for given in (3, np.int8(3), 3.0, [3], np.array([[3]]), np.uint64(3))),
        *((MultiDiscrete([4, 4]), given) for given in ([3, 0], (3, 0), np.array([[3.0, 0.0]]))),
        *((MultiBinary(2), given) for given in ([True, False], (1, 0), np.array([1.0, 0.0]))),
        *((Tuple((Discrete(4), Discrete(2))), given) for given in ((3, 0), [3, False], np.array([3, 0]))),
    ],
    ids=str,
)
def test_what_is_meant_beyond_doubt_is_taken(space: Space[Any], given: Any) -> None:
    ones = np.flatnonzero(encode(space, given)).tolist()
    first = 0 if isinstance(space, MultiBinary) else 3
    assert ones == [first] if isinstance(space, Discrete | MultiBinary) else [first, 4]


@pytest.mark.parametrize(
    ("space", "given", "complaint"),
    [
        (Discrete(16), 16, "returned 16 as its observation, but promised a whole number from 0 to 15"),
        (Discrete(16), -1, "returned -1 as its observation, but promised a whole number from 0 to 15"),
        (Discrete(3, start=5), 4, "returned 4 as its observation, but promised a whole number from 5 to 7"),
        *((Discrete(3), given, "whole number from 0 to 2") for given in (0.5, np.nan, np.inf, 1e300, 2**63)),
        (Discrete(3), "2", "returned the text '2' as its observation, but promised a single number"),
        (Discrete(3), None, "returned None as its observation, but promised a single number"),
        (Discrete(3), [0, 1], "shape .2,.* but promised a single number"),
        (MultiDiscrete([2, 3]), [1, 3], "returned 3 as its observation, .* from 0 to 2"),
        (MultiDiscrete([2, 3]), [1], "promised numbers of shape"),
        (MultiBinary(2), [0, 2], "returned 2 as its observation, .* from 0 to 1"),
        (Tuple((Discrete(2), Discrete(3))), (0,), "promised a tuple of 2: part 1, part 2"),
        (Tuple((Discrete(2), Discrete(3))), 1, "returned 1 as its observation, but promised a tuple of 2"),
        (Tuple((Discrete(2), Discrete(3))), (0, 3), "returned 3 as part 2 of its observation"),
        (Dict(a=Discrete(2)), {"b": 1}, "returned a dict of 1 as its observation, .* a dict of 1: 'a'"),
        (Dict(a=Discrete(2)), 1, "but promised a dict of 1: 'a'"),
        (Dict(a=Tuple((LINE,))), {"a": (np.zeros(3),)}, "as part 1 of 'a' of its observation"),
    ],
    ids=str,
)
def test_what_was_not_promised_is_refused_and_named(space: Space[Any], given: Any, complaint: str) -> None:
    with pytest.raises(BrokenPromise, match=complaint):
        encode(space, given)


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (Text(4), "Text observations, which are words"),
        (Sequence(Discrete(3)), "Sequence observations, which are of any length"),
        (Graph(LINE, None), "Graph observations, which are of any size"),
        (OneOf((Discrete(2), LINE)), "OneOf observations, which are now of one kind"),
        (Dict(a=Discrete(2), b=Tuple((Text(4),))), "Text parts in its observations, which are words"),
        (Space(), "Space observations; choose an environment with Box, Discrete"),
        (Discrete(2**40), "1 099 511 627 776 numbers in its observations; at most"),
        (MultiDiscrete([2**40, 2]), "1 099 511 627 778 numbers in its observations; at most"),
        (MultiDiscrete([2**62, 2**62]), "numbers in its observations; at most"),
        (Tuple((Discrete(2**24), Discrete(1))), "16 777 217 numbers in its observations; at most"),
        (Tuple(()), "observations without a single number in them"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_become_numbers_is_refused_in_one_sentence_that_says_why(
    space: Space[Any], reason: str
) -> None:
    refusal = why_not_observed(space)
    assert refusal.startswith(reason) or reason in refusal
    assert refusal.count(".") == 1
    assert "\n" not in refusal
