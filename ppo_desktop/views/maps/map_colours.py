"""Which colour each cell of a map has: by its number on a fixed scale, or by its rank among all cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.study.map_digest import MapDigest, Statistic
from ppo_desktop.views.charts.colours import image_of, rgb
from ppo_desktop.views.charts.scales import LinearScale, Tick
from ppo_desktop.views.compare.effect_axis import value_scale
from ppo_desktop.views.maps.wording import scale_measure, written
from ppo_desktop.views.theme import Look, Palette
from ppo_desktop.views.tune.objective_axis import colour_at

N_COLOURS = 24
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


class Colouring(Labelled):
    """How numbers become colours.

    Attributes:
        FIXED: Equal differences have equal colours, the same all through training.
        QUANTILE: Each colour has as many cells: small differences show, too.
    """

    FIXED = "fixed", "by value"
    QUANTILE = "quantile", "by rank"


@dataclass(frozen=True, eq=False)
class Scaled:
    """The numbers of a map as shares of the colours, and what stands beside these.

    Attributes:
        shares: 0 for the lowest colour, 1 for the highest, (rows, columns); nan where there is no number.
        ticks: (share, number as text).
    """

    shares: Doubles
    ticks: Sequence[Tick]


def scaled(digest: MapDigest, colouring: Colouring) -> Scaled:
    """Return the numbers of a map as shares of the colours."""
    return _by_rank(digest) if colouring is Colouring.QUANTILE else _by_value(digest)


def _by_value(digest: MapDigest) -> Scaled:
    """Return them on a round range with all numbers of all moments in it, so that a colour stays a number."""
    scale = value_scale(scale_measure(digest.question), digest.plan)
    is_spread = digest.question.statistic is Statistic.SPREAD
    shown = None if is_spread else scale.first_range
    if digest.ends is not None:
        low, high = scale.to_plot(np.array(digest.ends)).tolist()
        if is_spread and isinstance(scale, LinearScale):
            low = 0.0
        shown = scale.widened(shown, low, high)
    low, high = shown or (0.0, 1.0)
    ticks = [((value - low) / (high - low), text) for value, text in scale.ticks((low, high), 5)]
    return Scaled(np.clip((scale.to_plot(digest.values) - low) / (high - low), 0.0, 1.0), ticks)


def _by_rank(digest: MapDigest) -> Scaled:
    known = digest.values[np.isfinite(digest.values)]
    if not known.size:
        return Scaled(digest.shares, ())
    numbers = np.quantile(known, _QUANTILES)
    ticks = [
        (share, written(digest, float(number))) for share, number in zip(_QUANTILES, numbers, strict=True)
    ]
    return Scaled(digest.shares, ticks)


@lru_cache(maxsize=2)
def colours(palette: Palette) -> list[QColor]:
    """Return all colours, the lowest first."""
    return [colour_at(palette, (place + 0.5) / N_COLOURS) for place in range(N_COLOURS)]


def cells_image(look: Look, shares: Doubles, is_measured: NDArray[np.bool_]) -> QImage:
    """Return one pixel for each cell, the highest row first; clear where nothing has been measured.

    A cell that is measured and has no number, as before any of its episodes has ended, is grey.
    """
    table = np.array([[*rgb(each), 255.0] for each in (*colours(look.palette), look.colour("border"))])
    places = np.where(
        np.isfinite(shares), np.clip(np.nan_to_num(shares) * N_COLOURS, 0, N_COLOURS - 1), N_COLOURS
    )
    pixels = table[places.astype(int)] * is_measured[..., None]
    return image_of(pixels[::-1])
