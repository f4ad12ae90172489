"""The colours of a map say what the networks say."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor

from ppo_desktop.ppo.catalogue.environment import LEFT, RIGHT, ActionName
from ppo_desktop.views.charts.colours import image_of
from ppo_desktop.views.map_colours import (
    MEANS,
    VALUES,
    action_colour,
    preference_colours,
    preference_strength,
    scale_colours,
)
from ppo_desktop.views.theme import DARK, LIGHT

ACTIONS = (LEFT, ActionName("coast"), RIGHT)


def rgb(palette, name):
    return QColor(getattr(palette, name)).getRgb()[:3]


def test_the_strength_of_a_preference_goes_from_uniform_to_certain():
    probabilities = np.array([[0.25] * 4, [1.0, 0, 0, 0], [0.625, 0.125, 0.125, 0.125]])
    assert preference_strength(probabilities).tolist() == pytest.approx([0.0, 1.0, 0.5])


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_a_certain_action_has_its_full_colour_and_an_unclear_one_hardly_any(palette):
    pixels = preference_colours(np.array([np.eye(3), np.full((3, 3), 1 / 3)]), ACTIONS, palette).astype(int)
    for index, name in enumerate(("map_left", "map_neither", "map_right")):
        assert tuple(pixels[0, index]) == rgb(palette, name)
        assert action_colour(ACTIONS[index]) == name
    ground = np.array(rgb(palette, "scene"))
    assert np.abs(pixels[1] - ground).sum() < 0.25 * np.abs(pixels[0] - ground).sum()


def test_means_diverge_from_the_middle_of_the_bounds_and_stop_at_them():
    pixels = scale_colours(np.array([-2.0, 0.0, 2.0, 99.0]), -2.0, 2.0, MEANS, DARK)
    expected = [rgb(DARK, name) for name in ("map_left", "scene", "map_right", "map_right")]
    assert [tuple(pixel) for pixel in pixels.tolist()] == expected


def test_values_go_from_the_lowest_to_the_highest():
    pixels = scale_colours(np.array([-5.0, 0.0, 5.0]), -5.0, 5.0, VALUES, LIGHT).tolist()
    assert [tuple(pixel) for pixel in pixels] == [
        rgb(LIGHT, name) for name in ("map_value_low", "value", "map_value_high")
    ]
    same = scale_colours(np.ones(2), 1.0, 1.0, VALUES, LIGHT).tolist()
    assert tuple(same[0]) == tuple(same[1]) == rgb(LIGHT, "value")


def test_what_is_no_number_is_left_blank():
    blank = rgb(DARK, "scene")
    for pixels in (
        scale_colours(np.array([math.nan]), -1.0, 1.0, MEANS, DARK),
        scale_colours(np.array([0.5]), -math.inf, math.inf, MEANS, DARK),
        scale_colours(np.array([math.nan]), 0.0, 1.0, VALUES, DARK),
        preference_colours(np.full((1, 3), math.nan), ACTIONS, DARK),
    ):
        assert tuple(pixels[0].tolist()) == blank


@pytest.mark.parametrize("columns", [1, 7, 41])
def test_an_image_has_the_pixels_and_a_memory_of_its_own(columns):
    pixels = np.random.default_rng(1).integers(0, 256, (5, columns, 3), dtype=np.uint8)
    image = image_of(pixels)
    colour = image.pixelColor(columns - 1, 3).getRgb()[:3]
    assert colour == tuple(pixels[3, columns - 1].tolist())
    pixels[:] = 0
    assert image.pixelColor(columns - 1, 3).getRgb()[:3] == colour
