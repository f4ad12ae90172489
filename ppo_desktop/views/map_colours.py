"""Colours of a map: NumPy lookups from what a policy and a critic say to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ppo_desktop.ppo.catalogue.environment import ActionName, Direction
from ppo_desktop.views.theme import Palette

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (…, 3)."""
Numbers = NDArray[np.floating[Any]]

FAINTEST = 0.18
"""How much of an action's colour is left where the action is no likelier than any other."""
_DIRECTION_COLOURS = {
    Direction.LEFT: "map_left",
    Direction.RIGHT: "map_right",
    Direction.UP: "map_up",
    Direction.DOWN: "map_down",
    None: "map_neither",
}


def action_colour(action: ActionName) -> str:
    """Return the palette's name of the colour of an action: that of where it points."""
    return _DIRECTION_COLOURS[action.direction]


def preference_strength(probabilities: Numbers) -> Numbers:
    """Return how clear the preference is: 0 for a uniform policy, 1 for a certain one.

    Shape:
        Probabilities (…, |A|), strengths (…).
    """
    uniform = 1 / probabilities.shape[-1]
    strength: Numbers = np.clip((probabilities.max(axis=-1) - uniform) / (1 - uniform), 0, 1)
    return strength


def preference_colours(probabilities: Numbers, actions: Sequence[ActionName], palette: Palette) -> Pixels:
    """Return each state's colour (…, 3): the likeliest action's, the stronger the likelier it is.

    Args:
        probabilities: (…, |A|).
        actions: Each action.
        palette: Where the colours are from.
    """
    colours = np.array([_rgb(palette, action_colour(action)) for action in actions])
    strength = FAINTEST + (1 - FAINTEST) * preference_strength(probabilities)[..., np.newaxis]
    ground = _rgb(palette, "scene")
    return _pixels(ground + strength * (colours[probabilities.argmax(axis=-1)] - ground), palette)


def mean_colours(means: Numbers, low: float, high: float, palette: Palette) -> Pixels:
    """Return each state's colour (…, 3) on a scale that diverges from the middle of [low, high]."""
    with np.errstate(invalid="ignore", over="ignore"):
        share = 2 * (means - low) / (high - low) - 1
    ramp = [_rgb(palette, name) for name in ("map_left", "scene", "map_right")]
    return _pixels(_along(share, (-1.0, 0.0, 1.0), ramp), palette)


def value_colours(values: Numbers, low: float, high: float, palette: Palette) -> Pixels:
    """Return each state's colour (…, 3) on a scale from the lowest to the highest value."""
    share = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)
    ramp = [_rgb(palette, name) for name in ("map_value_low", "value", "map_value_high")]
    return _pixels(_along(share, (0.0, 0.5, 1.0), ramp), palette)


def map_image(pixels: Pixels) -> QImage:
    """Return an image of its own memory of pixels (rows, columns, 3)."""
    rows, columns, _ = pixels.shape
    # The fourth byte is unused; 32 bits a pixel are the fast ones to draw, and no row needs padding.
    padded = np.full((rows, columns, 4), 255, np.uint8)
    padded[..., 2::-1] = pixels
    return QImage(padded.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def _rgb(palette: Palette, name: str) -> NDArray[np.float64]:
    colour = QColor(getattr(palette, name))
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)


def _along(
    share: Numbers, stops: tuple[float, ...], ramp: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    channels = [np.interp(share, stops, [colour[channel] for colour in ramp]) for channel in range(3)]
    return np.stack(channels, axis=-1)


def _pixels(colours: NDArray[np.float64], palette: Palette) -> Pixels:
    """Return colours as bytes; where a network's output was no number, the bare ground."""
    finite = np.isfinite(colours).all(axis=-1, keepdims=True)
    return np.where(finite, colours, _rgb(palette, "scene")).round().astype(np.uint8)
