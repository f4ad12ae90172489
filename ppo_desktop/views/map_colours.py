"""Colours of a map: NumPy lookups from what a policy and a critic say to pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from ppo_desktop.ppo.arrays import Numbers, Pixels
from ppo_desktop.ppo.catalogue.environment import ActionName, Direction
from ppo_desktop.views.charts.colours import along, rgb
from ppo_desktop.views.theme import Palette

MEANS = ("map_left", "scene", "map_right")
"""Names of the palette's colours from the lowest to the highest mean."""
VALUES = ("map_value_low", "value", "map_value_high")
"""Likewise of V(s)."""
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


def scale_colours(values: Numbers, low: float, high: float, names: Sequence[str], palette: Palette) -> Pixels:
    """Return each state's colour (…, 3) on a scale of colours of the palette from `low` to `high`."""
    with np.errstate(invalid="ignore", over="ignore"):
        shares = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)
    return _pixels(along(shares, [QColor(getattr(palette, name)) for name in names]), palette)


def _rgb(palette: Palette, name: str) -> NDArray[np.float64]:
    return rgb(QColor(getattr(palette, name)))


def _pixels(colours: NDArray[np.float64], palette: Palette) -> Pixels:
    """Return colours as bytes; where a network's output was no number, the bare ground."""
    finite = np.isfinite(colours).all(axis=-1, keepdims=True)
    return np.where(finite, colours, _rgb(palette, "scene")).round().astype(np.uint8)
