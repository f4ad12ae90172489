"""What is meant beyond doubt is taken, and whatever else was not promised is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from ppo_desktop.ppo.contract import (
    BrokenPromise,
    flag_of,
    observation_of,
    reset_answer_of,
    reward_of,
    step_answer_of,
)

ROW = (4,)
ONE_TO_FOUR = np.arange(1, 5, dtype=np.float32)


@pytest.mark.parametrize(
    "given",
    [
        *(1, 1.0, True, np.bool_(1), np.int64(1), np.float16(1), Decimal("1.0"), Fraction(1)),
        *([1], np.array(1), np.array([1.0]), np.array([[True]]), np.array([1], dtype=object)),
        *(torch.tensor(1.0), torch.tensor([1.0], requires_grad=True)),
    ],
    ids=repr,
)
def test_one_real_number_is_a_reward_however_it_comes(given: Any) -> None:
    reward = reward_of(given)
    assert (type(reward), reward) == (float, 1.0)


@pytest.mark.parametrize(
    ("given", "came"),
    [
        *((None, "None"), ("1.0", "the text '1.0'"), (b"1", "the text b'1'"), (1j, "1j"), (np.nan, "nan")),
        *((-np.inf, "-inf"), (1e39, "1e+39"), (Decimal("sNaN"), "sNaN"), (np.array("1"), "the text '1'")),
        *(({}, "a dict of 0"), ([], "a list of 0"), ([None], "a list of 1 that begins with None")),
        (np.zeros(2), "an array of shape (2,) and type float64"),
        (np.array([1j]), "an array of shape (1,) and type complex128"),
        (torch.zeros(2), "a Tensor of shape (2,) and type torch.float32"),
        (len, "an object of type builtin_function_or_method"),
    ],
    ids=repr,
)
def test_anything_else_is_no_reward_and_named(given: Any, came: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        reward_of(given)
    assert caught.value.deed == f"returned {came} as its reward"


@pytest.mark.parametrize("given", [10**400, -(10**400)])
def test_a_number_beyond_all_bounds_is_no_reward(given: int) -> None:
    with pytest.raises(BrokenPromise, match=r"but promised a finite number, at most 3.4e\+38"):
        reward_of(given)


@pytest.mark.parametrize(
    ("given", "meant"),
    [(True, True), (np.False_, False), (1, True), (0.0, False), (np.array([True]), True), ([False], False)],
    ids=repr,
)
def test_one_truth_value_is_a_flag_however_it_comes(given: Any, meant: bool) -> None:
    assert flag_of(given, "terminated") is meant


@pytest.mark.parametrize("given", [None, "False", 2, np.nan, {}, [], np.zeros(2, bool)], ids=repr)
def test_what_is_neither_true_nor_false_is_no_flag(given: Any) -> None:
    with pytest.raises(BrokenPromise, match="for truncated, but promised True or False"):
        flag_of(given, "truncated")


@pytest.mark.parametrize(
    "given",
    [
        *(
            [1, 2, 3, 4],
            (1, 2, 3, 4),
            range(1, 5),
            ONE_TO_FOUR[:, None],
            ONE_TO_FOUR[None],
            [[1], [2], [3], [4]],
        ),
        *(ONE_TO_FOUR.astype(np.uint8), np.array([1, 2.0, Decimal(3), np.int8(4)], dtype=object)),
        *(torch.tensor(ONE_TO_FOUR, requires_grad=True), [np.array([number]) for number in ONE_TO_FOUR]),
    ],
    ids=repr,
)
def test_the_promised_numbers_in_their_order_are_an_observation_however_they_come(given: Any) -> None:
    observation = observation_of(given, ROW)
    assert observation.dtype == np.float32
    assert observation.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "given",
    [
        *(None, 1.0, "1234", ["1", "2", "3", "4"], {"a": 1}, [[1, 2], [3]], [1, None, 3, 4]),
        *(
            np.ones(1),
            np.ones(3),
            np.ones(5),
            np.ones((2, 2)),
            ONE_TO_FOUR + 1j,
            np.zeros(4, "datetime64[s]"),
        ),
    ],
    ids=repr,
)
def test_other_than_the_promised_numbers_are_no_observation(given: Any) -> None:
    with pytest.raises(BrokenPromise, match=r"as its observation, but promised numbers of shape \(4,\)"):
        observation_of(given, ROW)


@pytest.mark.parametrize("given", [2.5, [2.5], np.array(2.5)])
def test_a_single_number_is_an_observation_where_that_was_promised(given: Any) -> None:
    assert observation_of(given, ()).tolist() == [2.5]


def test_channels_in_another_place_are_another_picture() -> None:
    with pytest.raises(BrokenPromise):
        observation_of(np.zeros((3, 8, 6)), (8, 6, 3))


def test_an_observation_is_a_copy() -> None:
    given = ONE_TO_FOUR.copy()
    observation = observation_of(given, ROW)
    given[:] = 0
    assert observation.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "given", [None, 1, "12345", np.ones(5), (1, 2, 3), (1, 2, 3, {}), (1, 2, 3, 4, 5, 6)]
)
def test_a_step_gives_five_values(given: Any) -> None:
    with pytest.raises(
        BrokenPromise, match="but promised 5: observation, reward, terminated, truncated, info"
    ):
        step_answer_of(given)


@pytest.mark.parametrize(
    "given", [None, np.zeros(2), (np.zeros(2),), (1.0, 2.0), (1, {}, 3), {"a": 1, "b": 2}]
)
def test_a_reset_gives_a_pair_of_observation_and_info(given: Any) -> None:
    with pytest.raises(BrokenPromise, match="but promised a pair: observation and info"):
        reset_answer_of(given)


@pytest.mark.parametrize("given", [(1, {}), (1, None), [1, {}]])
def test_nobody_needs_the_info(given: Any) -> None:
    assert reset_answer_of(given)[0] == 1
