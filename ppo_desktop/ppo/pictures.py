"""What an environment draws, however it draws it, as a picture that can be shown."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.arrays import Pixels
from ppo_desktop.ppo.contract import BrokenPromise, numbers_of
from ppo_desktop.ppo.messages import description_of

_LONGEST_SIDE = 2048
"""Pixels; of a larger picture every second, every third … is enough for a screen."""
_CHANNELS = (1, 3, 4)


def draw(environment: Any) -> Pixels | None:
    """Return an environment's own picture, None if it offers none; raise BrokenPromise if it is none.

    Random numbers that it draws for its picture are given back: looking on never changes a run.
    """
    if environment.render_mode != "rgb_array":
        return None
    give_back = _giving_back(getattr(environment.unwrapped, "np_random", None))
    try:
        rendered = environment.render()
    finally:
        give_back()
    return picture_of(rendered)


def picture_of(rendered: Any) -> Pixels:
    """Return a copy of what was drawn as a picture, or raise BrokenPromise.

    Grey pictures, colours from 0 to 1, opacity, channels that come first, and a list whose last picture is
    the present one are taken for what they are.
    """
    pixels = numbers_of(_latest(rendered))
    if pixels is not None:
        pixels = _channels_last(pixels)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] not in _CHANNELS or not pixels.size:
        came = description_of(rendered)
        raise BrokenPromise(f"returned {came} as its picture", "height × width × 3 (red, green, blue)")
    every = -(-max(pixels.shape[:2]) // _LONGEST_SIDE)
    colours = _in_bytes(pixels[::every, ::every])
    return np.array(colours if colours.shape[2] > 1 else np.broadcast_to(colours, (*colours.shape[:2], 3)))


def _latest(rendered: Any) -> Any:
    """Return the last of several pictures, else what there is."""
    if isinstance(rendered, Sequence) and rendered:
        several = hasattr(rendered[-1], "__array__") or hasattr(rendered[-1], "__array_interface__")
    else:
        several = getattr(rendered, "ndim", 0) == 4 and len(rendered) > 0
    return rendered[-1] if several else rendered


def _channels_last(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == 2:
        return pixels[:, :, np.newaxis]
    if pixels.ndim == 3 and pixels.shape[0] in _CHANNELS and pixels.shape[2] > max(_CHANNELS):
        return np.moveaxis(pixels, 0, -1)
    return pixels


def _in_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colours from 0 to 255, from what goes up to 1, 255 or 65 535, or raise BrokenPromise."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind == "f":
        pixels = np.nan_to_num(pixels, posinf=np.inf, neginf=0)
    peak = float(pixels.max())
    if peak > 65_535:
        raise BrokenPromise(f"returned numbers up to {peak:g} as its picture", "colours from 0 to 255")
    if pixels.dtype == bool or (pixels.dtype.kind == "f" and peak <= 1.01):
        factor = 255.0
    else:
        factor = 1.0 if peak <= 255 else 255 / 65_535
    return (pixels * factor).clip(0, 255).round().astype(np.uint8)


def _giving_back(generator: Any) -> Callable[[], None]:
    """Return what puts a generator of random numbers into its present state again, of whatever kind it is."""
    match generator:
        case np.random.Generator():
            return partial(setattr, generator.bit_generator, "state", generator.bit_generator.state)
        case np.random.RandomState():
            return partial(generator.set_state, generator.get_state())
        case random.Random():
            return partial(generator.setstate, generator.getstate())
        case _:
            return lambda: None
