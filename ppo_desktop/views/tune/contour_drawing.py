"""The objective over two hyperparameters: an estimate in bands of colour, and the trials on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.plot_scales import Range, nice_step, shorten
from ppo_desktop.views.theme import Palette, Theme
from ppo_desktop.views.tune.dimension_axis import axis_range, widest_text
from ppo_desktop.views.tune.dots import paint_dots
from ppo_desktop.views.tune.objective_axis import colour_at, spread_range
from ppo_desktop.views.tune.plot_frame import PlotFrame, nearest
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_symbols import (
    LegendItem,
    Symbol,
    dot_radius,
    legend_height,
    paint_best,
    paint_diamonds,
    paint_legend,
    paint_pointed,
)

_REACH = 8.0
_HATCH = 7.0
"""Pixels between the lines where no trial is near."""
_FONT = 0.75
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WIDTH = 0.9
"""Of the bar, in base font sizes."""
MOST_BANDS = 9
_FINER = 4
"""Pixels of the image for each cell, along one side."""

Numbers = NDArray[np.float64]


class ContourDrawing:
    """One picture.

    Attributes:
        frame: Its area and axes.
        places: Pixels of every trial, (n, 2), in the order of the digest; nan where it has no value.
    """

    def __init__(self, theme: Theme, room: QRectF, arrays: TrialArrays, contour: Contour) -> None:
        self._theme = theme
        self._arrays = arrays
        plan = arrays.digest.plan
        self._dimensions = plan.dimension(contour.fields[0]), plan.dimension(contour.fields[1])
        shown = spread_range(plan, contour.levels)
        self._bar = ColourBar(theme, shown, band_edges(shown))
        self.frame = PlotFrame(
            theme,
            room,
            axis_range(self._dimensions[0]),
            axis_range(self._dimensions[1]),
            widest=widest_text(self._dimensions[1]),
            above=legend_height(theme),
            right=self._bar.width,
            name_at_left=True,
        )
        self._image = heat_image(contour, self._dimensions, shown, theme.palette)
        across, up = (arrays.drawn_positions(field) for field in contour.fields)
        self.places = self.frame.points(across, up)
        self.places[~arrays.has_value | np.isnan(across) | np.isnan(up)] = np.nan
        self._radius = dot_radius(theme, len(arrays.numbers))
        self.numbers: Sequence[int] = arrays.numbers[~np.isnan(self.places[:, 0])].tolist()

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the nearest trial."""
        place = nearest(self.places, position.x(), position.y(), _REACH + self._radius)
        return None if place is None else int(self._arrays.numbers[place])

    def paint(self, painter: QPainter) -> None:
        """Draw the map, its axes, the trials, and the best last."""
        area, theme = self.frame.area, self._theme
        self._paint_hatching(painter)
        painter.drawImage(area, self._image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.colour("border"))
        painter.drawRect(area)
        self.frame.paint_dimension_columns(painter, self._dimensions[0])
        self.frame.paint_dimension_rows(painter, self._dimensions[1])
        self._bar.paint(painter, area.right(), area.top(), area.height())
        self._paint_trials(painter)
        top = QRectF(area.left(), 0.0, area.width() + self._bar.width, legend_height(theme))
        paint_legend(painter, theme, top, self.legend(), theme.colour("text"))

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw a ring around a trial."""
        place = self._arrays.place_of(number)
        paint_pointed(painter, self._theme, self.places, place, self._radius)

    def legend(self) -> list[LegendItem]:
        """Return what the symbols mean that are there."""
        is_there = ~np.isnan(self.places[:, 0])
        items = [
            (Symbol.STAR, "best", self._arrays.best is not None),
            (Symbol.DOT, "trial", bool((is_there & self._arrays.is_complete).any())),
            (Symbol.DIAMOND, "pruned", bool((is_there & self._arrays.is_pruned).any())),
        ]
        return [(symbol, text) for symbol, text, is_shown in items if is_shown]

    # ---- how it is done ------------------------------------------------------------------------

    def _paint_hatching(self, painter: QPainter) -> None:
        """Draw oblique lines over the area, which are seen where the map is clear."""
        area = self.frame.area
        lines = []
        for offset in np.arange(_HATCH, area.width() + area.height(), _HATCH).tolist():
            left, right = max(0.0, offset - area.height()), min(area.width(), offset)
            lines.append(
                QLineF(
                    area.left() + left,
                    area.top() + offset - left,
                    area.left() + right,
                    area.top() + offset - right,
                )
            )
        painter.setPen(QPen(self._theme.colour("border"), 1.0))
        painter.drawLines(lines)

    def _paint_trials(self, painter: QPainter) -> None:
        """Draw trials with a rim that sets them off from any colour below."""
        arrays, theme, radius = self._arrays, self._theme, self._radius
        is_there = ~np.isnan(self.places[:, 0])
        rim, inside = theme.colour("card"), theme.colour("text")
        paint_diamonds(painter, self.places[is_there & arrays.is_pruned], radius, theme.colour("muted"), rim)
        complete = self.places[is_there & arrays.is_complete]
        paint_dots(painter, complete, 0.85 * radius, inside, rim)
        paint_best(painter, theme, self.places, arrays.best_place)


class ColourBar:
    """A vertical bar from the lowest to the highest objective, in bands.

    Args:
        theme: Fonts and colours.
        shown: Objectives at its ends.
        edges: Where colours change, both ends included.
    """

    def __init__(self, theme: Theme, shown: Range, edges: Sequence[float]) -> None:
        self._theme = theme
        self._shown = shown
        self._edges = list(edges)
        self._metrics = QFontMetricsF(theme.font(_FONT))

    @property
    def width(self) -> float:
        """Pixels it takes, numbers and the gap before it included."""
        widest = max(self._metrics.horizontalAdvance(shorten(edge)) for edge in self._edges)
        return 10 + _WIDTH * self._theme.base_size + 5 + widest

    def paint(self, painter: QPainter, left: float, top: float, height: float) -> None:
        """Draw it, with as many numbers as there is room for.

        Args:
            painter: What draws.
            left: Where its room begins, pixels.
            top: Its upper end.
            height: Its height.
        """
        bar = QRectF(left + 10, top, _WIDTH * self._theme.base_size, height)
        self._paint_bands(painter, bar)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.colour("border"))
        painter.drawRect(bar)
        self._paint_numbers(painter, bar)

    def _paint_bands(self, painter: QPainter, bar: QRectF) -> None:
        n = len(self._edges) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(n):
            low, high = self._row(bar, self._edges[place]), self._row(bar, self._edges[place + 1])
            painter.setBrush(band_colour(self._theme.palette, place, n))
            painter.drawRect(QRectF(bar.left(), high, bar.width(), low - high))

    def _paint_numbers(self, painter: QPainter, bar: QRectF) -> None:
        height = self._metrics.height()
        most = max(1, int(bar.height() / (1.4 * height)))
        stride = -(-(len(self._edges) - 1) // most)
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        for number in self._edges[::stride]:
            row = self._row(bar, number)
            painter.drawLine(QLineF(bar.right(), row, bar.right() + 3, row))
            room = QRectF(bar.right() + 5, row - height / 2, self.width, height)
            painter.drawText(room, _LEFT, shorten(number))

    def _row(self, bar: QRectF, value: float) -> float:
        low, high = self._shown
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
    pixels = np.where(is_known, bands + 1, 0).astype(np.uint8)
    upright = np.ascontiguousarray(pixels.T[::-1])
    height, width = upright.shape
    image = QImage(upright.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([0, *(band_colour(palette, band, n).rgba() for band in range(n))])
    return image.copy()  # the pixels themselves are Python's, and go


def band_colour(palette: Palette, band: int, n: int) -> QColor:
    """Return the colour of one of n bands, the lowest first."""
    return colour_at(palette, (band + 0.5) / n)


def _finer(levels: Numbers, dimension: Dimension) -> Numbers:
    """Return more cells along the first side: interpolated between those known, of choices as they are."""
    if not dimension.declaration.numeric:
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
    if dimension.declaration.numeric:
        return pixels // _FINER
    n = len(dimension.choices)
    choices = pixels * n // (CELLS * _FINER)
    return np.rint(choices / (n - 1) * (CELLS - 1)).astype(np.int64)
