"""The objective over one hyperparameter: a point for each trial, pale where it was tried early."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.views.charts.colours import mixed
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.shapes import Shades, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.dimension_scale import dimension_axis
from ppo_desktop.views.tune.objective_axis import objective_axis, solved_level
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_shapes import TrialPlaces

N_SHADES = 5
"""Shades from early to late; a dot is drawn in one of them."""
_PALEST = 0.72
"""How much of the card's colour is in the earliest."""


def slice_picture(theme: Theme, room: QRectF, arrays: TrialArrays, field: str) -> Picture:
    """Return the trials from early to late, and the best last; arrow keys go from left to right."""
    plan = arrays.digest.plan
    positions = arrays.drawn_positions(field)
    objectives = np.where(arrays.has_value, arrays.objectives, np.nan)
    trials = TrialPlaces(theme, arrays, positions, objectives)
    shades = [shade_colour(theme, shade) for shade in range(N_SHADES)]
    last = int(arrays.numbers[-1])
    shade_of = np.minimum(arrays.numbers * N_SHADES // (max(last, 1) + 1), N_SHADES - 1)
    shapes: list[Shape] = [
        *solved_level(plan),
        *trials.pruned(),
        Shades(shades, legend=f"trial 0 to {grouped(last)}"),
    ]
    for shade, colour in enumerate(shades):
        shapes += trials.marks(arrays.is_complete & (shade_of == shade), Dot(trials.radius, colour))
    order = np.argsort(positions, kind="stable")
    keys = arrays.numbers[order][trials.is_there[order]].tolist()
    rows = objective_axis(plan, arrays.objectives[arrays.has_value])
    columns = dimension_axis(plan.dimension(field))
    return plotted(theme, room, columns, rows, [*shapes, *trials.best()], keys=keys, right=14.0)


def shade_colour(theme: Theme, shade: int) -> QColor:
    """Return the colour of a trial by when it was tried, 0 for the earliest."""
    paleness = _PALEST * (1.0 - shade / (N_SHADES - 1))
    return mixed(theme.colour("episode_return"), theme.colour("card"), paleness)
