"""Whatever an environment draws is shown as what it is meant to be, or refused."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete

from ppo_desktop.ppo.contract import BrokenPromise
from ppo_desktop.ppo.pictures import draw, picture_of

FLAG = np.zeros((4, 6, 3), np.uint8)
FLAG[:, :2, 0] = FLAG[:, 2:4, 1] = FLAG[:, 4:, 2] = 255
"""Red, green and blue beside each other."""
RAMP = np.tile(np.arange(0, 252, 42, dtype=np.uint8), (4, 1))
"""Ever lighter grey."""
GREY = np.repeat(RAMP[:, :, np.newaxis], 3, axis=2)


class Image:
    """As PIL's images do, it offers its pixels only."""

    __array_interface__ = FLAG.__array_interface__


@pytest.mark.parametrize(
    "drawn",
    [
        *(FLAG, FLAG.astype(np.int64), FLAG.astype(float), FLAG / 255, FLAG / np.float32(255), FLAG > 0),
        *(FLAG.astype(np.uint16) * 257, np.moveaxis(FLAG, -1, 0), FLAG.tolist(), torch.from_numpy(FLAG)),
        *([FLAG], (GREY, FLAG), deque([GREY, FLAG]), np.stack([GREY, FLAG]), Image(), [Image()]),
    ],
    ids=lambda drawn: type(drawn).__name__,
)
def test_colours_are_shown_however_they_are_written(drawn: Any) -> None:
    picture = picture_of(drawn)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, FLAG)


@pytest.mark.parametrize(
    "drawn", [RAMP, RAMP[:, :, None], RAMP[None], RAMP / 255, RAMP.astype(np.int32)], ids=np.shape
)
def test_grey_is_shown_as_grey(drawn: Any) -> None:
    assert np.array_equal(picture_of(drawn), GREY)


def test_opacity_is_kept() -> None:
    with_opacity = np.dstack([FLAG, RAMP])
    assert np.array_equal(picture_of(with_opacity), with_opacity)
    assert np.array_equal(picture_of(np.moveaxis(with_opacity, -1, 0)), with_opacity)


def test_what_is_no_colour_is_black_or_white() -> None:
    assert picture_of(np.full((1, 1, 3), np.nan)).tolist() == [[[0, 0, 0]]]
    assert picture_of(np.array([[-0.5, 0.0, 1.0]])).tolist() == [[[0, 0, 0], [0, 0, 0], [255, 255, 255]]]


def test_a_huge_picture_is_made_smaller() -> None:
    picture = picture_of(np.zeros((9_000, 3_000), bool))
    assert picture.shape == (1_800, 600, 3)


def test_a_picture_is_a_copy() -> None:
    reused = FLAG.copy()
    picture = picture_of(reused)
    reused[:] = 0
    assert np.array_equal(picture, FLAG)


@pytest.mark.parametrize(
    ("drawn", "came"),
    [
        *((None, "None"), ("PIL.Image", "the text 'PIL.Image'"), ([], "a list of 0"), (5, "5")),
        (FLAG.ravel(), "an array of shape (72,) and type uint8"),
        (np.zeros((0, 0, 3), np.uint8), "an array of shape (0, 0, 3) and type uint8"),
        (np.zeros((4, 6, 2)), "an array of shape (4, 6, 2) and type float64"),
        (FLAG * 1j, "an array of shape (4, 6, 3) and type complex128"),
        ([None], "a list of 1 that begins with None"),
        (FLAG.astype(np.int64) * 1000, "numbers up to 255000"),
        (np.full((4, 6), np.inf), "numbers up to inf"),
    ],
)
def test_what_is_no_picture_is_refused(drawn: Any, came: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        picture_of(drawn)
    assert caught.value.deed == f"returned {came} as its picture"


class Drawing(gymnasium.Env[Any, Any]):
    """Draws random numbers for its picture."""

    observation_space, action_space = Box(0, 1), Discrete(2)
    render_mode = "rgb_array"

    def __init__(self, generator: Any) -> None:
        self.np_random = generator

    def render(self) -> Any:
        drawn = getattr(self.np_random, "random", float)()
        if drawn > 2:
            raise AssertionError
        return FLAG


@pytest.mark.parametrize(
    "generator",
    [np.random.default_rng(1), np.random.RandomState(1), random.Random(1)],
    ids=lambda generator: type(generator).__name__,
)
def test_looking_on_takes_no_random_number(generator: Any) -> None:
    before = draw(Drawing(generator))
    first = generator.random()
    generator = (
        type(generator)(1) if not isinstance(generator, np.random.Generator) else np.random.default_rng(1)
    )
    assert first == generator.random()
    assert np.array_equal(before, FLAG)


@pytest.mark.parametrize("generator", [5, "none", np.random])
def test_a_generator_of_another_kind_is_no_hindrance(generator: Any) -> None:
    assert draw(Drawing(generator)) is not None
