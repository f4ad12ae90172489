"""Colours of objectives: the better the farther from the background, in even steps."""

from __future__ import annotations

import numpy as np
import pytest

from ppo_desktop.views.theme import DARK, LIGHT, Palette
from ppo_desktop.views.tune.objective_axis import colour_at


def lightness(palette: Palette) -> np.ndarray:
    """Return CIE L* of every colour, 0…100: another measure than the one the colours are made by."""
    srgb = np.array([colour_at(palette, share).getRgbF()[:3] for share in np.linspace(0, 1, 256)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return np.asarray(np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance))


@pytest.mark.parametrize(("palette", "sign"), [(LIGHT, -1), (DARK, 1)])
def test_better_is_farther_from_the_background(palette: Palette, sign: int) -> None:
    steps = sign * np.diff(lightness(palette)[::8])
    assert (steps > 0).all()
    assert abs(lightness(palette)[-1] - lightness(palette)[0]) > 60


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_equal_differences_look_about_equal(palette: Palette) -> None:
    quarters = np.abs(np.diff(lightness(palette)[[0, 64, 128, 192, 255]]))
    assert quarters.max() < 2 * quarters.min()


def test_what_lies_beyond_has_the_colour_of_the_end() -> None:
    assert colour_at(LIGHT, 7.0) == colour_at(LIGHT, 1.0)
