"""The objective over two hyperparameters, or over one: an estimate in bands of colour, and the trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.charts.colours import image_of, mixed, rgb
from ppo_desktop.views.charts.frame import ROW, TICK_FONT, PlotFrame
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import FixedScale, Range, fitting_ticks, nice_step, shorten
from ppo_desktop.views.charts.shapes import HeatMap, Shades, Shape
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.theme import Palette, Theme
from ppo_desktop.views.tune.dimension_scale import dimension_axis
from ppo_desktop.views.tune.objective_axis import colour_at, objective_axis, solved_level, spread_range
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_shapes import TrialPlaces

N_SHADES = 5
"""Shades from early to late; a dot is drawn in one of them."""
_PALEST = 0.72
"""How much of the card's colour is in the earliest."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WIDTH = 0.9
"""Of the bar, in base font sizes."""
MOST_BANDS = 9
_FINER = 4
"""Pixels of the image for each cell, along one side."""


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


def contour_picture(theme: Theme, room: QRectF, arrays: TrialArrays, contour: Contour) -> Picture:
    """Return the map with the trials on it, each with a rim that sets it off from any colour below."""
    plan = arrays.digest.plan
    dimensions = plan.dimension(contour.fields[0]), plan.dimension(contour.fields[1])
    shown = spread_range(plan, contour.levels)
    across, up = (arrays.drawn_positions(field) for field in contour.fields)
    trials = TrialPlaces(theme, arrays, np.where(arrays.has_value, across, np.nan), up)
    bar, rim = ColourBar(shown, band_edges(shown)), theme.colour("card")
    unknown = "" if np.isfinite(contour.levels).all() else "no trial near"
    image = heat_image(contour, dimensions, shown, theme.palette)
    shapes: list[Shape] = [
        HeatMap(image, QPen(theme.colour("border"), 1.0), legend=unknown),
        bar,
        *trials.pruned(rim),
        *trials.marks(arrays.is_complete, Dot(0.85 * trials.radius, theme.colour("text"), rim), "trial"),
        *trials.best(),
    ]
    axes = dimension_axis(dimensions[0]), dimension_axis(dimensions[1])
    return plotted(theme, room, *axes, shapes, keys=trials.numbers, right=bar.width(theme))


@dataclass(frozen=True, eq=False)
class ColourBar(Shape):
    """A vertical bar at the right of the area, from the lowest to the highest objective, in bands.

    Attributes:
        shown: Objectives at its ends.
        edges: Where colours change, both ends included.
    """

    shown: Range
    edges: Sequence[float]

    @property
    def _scale(self) -> FixedScale:
        """Writes where colours change: all edges, or every so many."""
        return FixedScale([(edge, shorten(edge)) for edge in self.edges])

    def width(self, theme: Theme) -> float:
        """Return how many pixels it takes, numbers and the gap before it included."""
        widest = QFontMetricsF(theme.font(TICK_FONT)).horizontalAdvance(self._scale.widest)
        return 10 + _WIDTH * theme.base_size + 5 + widest

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        area = frame.area
        bar = QRectF(area.right() + 10, area.top(), _WIDTH * frame.theme.base_size, area.height())
        n = len(self.edges) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(n):
            low, high = self._row(bar, self.edges[place]), self._row(bar, self.edges[place + 1])
            painter.setBrush(band_colour(frame.theme.palette, place, n))
            painter.drawRect(QRectF(bar.left(), high, bar.width(), low - high))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(frame.theme.colour("border"))
        painter.drawRect(bar)
        self._paint_numbers(painter, frame, bar)

    def _paint_numbers(self, painter: QPainter, frame: PlotFrame, bar: QRectF) -> None:
        """Write as many numbers as there is room for."""
        height = frame.metrics.height()
        painter.setFont(frame.theme.font(TICK_FONT))
        painter.setPen(frame.theme.colour("muted"))
        for number, text in fitting_ticks(self._scale, self.shown, bar.height(), lambda _: ROW * height):
            row = self._row(bar, number)
            painter.drawLine(QLineF(bar.right(), row, bar.right() + 3, row))
            room = QRectF(bar.right() + 5, row - height / 2, frame.room.right() - bar.right(), height)
            painter.drawText(room, _LEFT, text)

    def _row(self, bar: QRectF, value: float) -> float:
        low, high = self.shown
        return bar.bottom() - (value - low) / (high - low) * bar.height()


def band_edges(shown: Range) -> list[float]:
    """Return round numbers that part a range into bands, both ends included."""
    low, high = shown
    step = nice_step(high - low, MOST_BANDS)
    n = max(1, round((high - low) / step))
    return [low + (high - low) * index / n for index in range(n + 1)]


def heat_image(
    contour: Contour, dimensions: tuple[Dimension, Dimension], shown: Range, palette: Palette
) -> QImage:
    """Return the image of a contour, its highest row first; clear where nothing is known.

    Args:
        contour: The cells.
        dimensions: What is horizontal, and what is vertical: between choices nothing is interpolated.
        shown: Objectives of the lowest and the highest colour.
        palette: The appearance.
    """
    levels = _finer(_finer(contour.levels, dimensions[0]).T, dimensions[1]).T
    cells = (_cells(dimension) for dimension in dimensions)
    is_known = np.isfinite(contour.levels)[np.ix_(*cells)]
    n = len(band_edges(shown)) - 1
    shares = (np.where(is_known, levels, shown[0]) - shown[0]) / (shown[1] - shown[0])
    bands = np.clip(shares * n, 0, n - 1).astype(np.uint8)
    colours = np.array([(*rgb(band_colour(palette, band, n)), 255) for band in range(n)])
    return image_of((colours[bands] * is_known[..., None]).transpose(1, 0, 2)[::-1])


def band_colour(palette: Palette, band: int, n: int) -> QColor:
    """Return the colour of one of n bands, the lowest first."""
    return colour_at(palette, (band + 0.5) / n)


def _finer(levels: Numbers, dimension: Dimension) -> Numbers:
    """Return more cells along the first side: interpolated between those known, of choices as they are."""
    if not dimension.is_between_ends:
        return levels[_cells(dimension)]
    n = len(levels)
    places = (np.arange(n * _FINER) + 0.5) / _FINER - 0.5
    below = np.clip(np.floor(places).astype(int), 0, n - 1)
    above = np.minimum(below + 1, n - 1)
    share = np.clip(places - below, 0.0, 1.0)[:, None]
    lower, upper = levels[below], levels[above]
    between = (1 - share) * lower + share * upper
    return np.where(np.isnan(lower), upper, np.where(np.isnan(upper), lower, between))


def _cells(dimension: Dimension) -> NDArray[np.int64]:
    """Return the cell of the contour that each pixel along one side shows: of choices, as much for each."""
    pixels = np.arange(CELLS * _FINER)
    if dimension.is_between_ends:
        return pixels // _FINER
    n = len(dimension.choices)
    choices = pixels * n // (CELLS * _FINER)
    return np.rint(choices / (n - 1) * (CELLS - 1)).astype(np.int64)
