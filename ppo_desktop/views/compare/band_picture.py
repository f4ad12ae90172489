"""The curves of a comparison as a picture that needs no widget: for reports, in any thread."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.summary import Band as Curve
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curves import translucent
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import STEPS, Range
from ppo_desktop.views.charts.shapes import Band, Level, Lines, Scatter, Shape
from ppo_desktop.views.compare.variant_style import VariantStyle, variant_style
from ppo_desktop.views.theme import Look

_BAND_ALPHA = 40
"""Of 255."""
_N_MARKERS = 6
"""Along a curve, so that it is told from others without its colour, too."""
_RADIUS = 3.5


def band_picture(look: Look, room: QRectF, digest: Digest, card: PlotCard, column: str) -> Picture:
    """Return a column of every variant: its mean over seeds and, where it is known, its 95 % interval.

    Args:
        look: Fonts and colours.
        room: The rectangle.
        digest: What is known.
        card: How the column is drawn.
        column: Its name.
    """
    curves, variants = digest.bands[column], digest.comparison.variants
    level = None if card.level is None else Level(card.level, card.level_name, is_at_left=True)
    shapes: list[Shape] = [] if level is None else [level]
    for number in reversed(range(len(variants))):
        style = variant_style(number, len(variants))
        shapes += _shapes(look, card, curves[number], style, variants[number].label, number)
    rows = Axis(card.scale, _range(card, curves), has_grid=True)
    columns = Axis(STEPS, (0.0, float(digest.comparison.total_steps)), "environment steps")
    inset = None if level is None else level.room_above(look, rows.shown)
    return plotted(look, room, columns, rows, shapes, inset=inset)


def _shapes(
    look: Look, card: PlotCard, curve: Curve, style: VariantStyle, name: str, number: int
) -> list[Shape]:
    colour, to_plot = style.colour(look), card.scale.to_plot
    line = np.stack([curve.steps, to_plot(curve.mean)], axis=1)
    first = len(line) * (1 + number) // 20  # apart from those of the others
    markers = line[first :: max(1, len(line) // _N_MARKERS)]
    return [
        Band(curve.steps, to_plot(curve.low), to_plot(curve.high), translucent(colour, _BAND_ALPHA)),
        Lines({None: line}, QPen(colour, 2.0), is_cut=True),
        Scatter(markers[:, 0], markers[:, 1], style.symbol(look, _RADIUS), legend=name),
    ]


def _range(card: PlotCard, curves: tuple[Curve, ...]) -> Range:
    columns = [ends for curve in curves for ends in (curve.mean, curve.low, curve.high)]
    values = np.concatenate([np.empty(0), *map(card.scale.to_plot, columns)])
    values = values[np.isfinite(values)]
    if not len(values):
        return card.scale.first_range or (0.0, 1.0)
    return card.scale.widened(card.scale.first_range, float(values.min()), float(values.max()))
