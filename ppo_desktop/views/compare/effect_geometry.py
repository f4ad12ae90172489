"""Where everything of the effect curve stands, in pixels, and what is at a position."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPen

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.views.charts.frame import Axis, PlotFrame
from ppo_desktop.views.charts.legend import Legend
from ppo_desktop.views.charts.scales import Range, Tick, ValueScale
from ppo_desktop.views.charts.shapes import Lines, Marks, Shape
from ppo_desktop.views.charts.symbols import Dot, Ring, Symbol, Upright
from ppo_desktop.views.compare.effect_axis import places
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import cut

LABEL_FONT = 0.85
"""Size of labels, as a share of the base size."""
_SEED_COLUMNS = 3
"""Seeds stand in so many columns, so that equal results do not hide each other."""
_FLAT = 8.0
"""Height in lines up to which there is no room for the name of the axis."""
_WIDEST_TICK = "−1.25k"
_NONE = np.empty(0)


@dataclass(frozen=True)
class Target:
    """What the mouse points at: a variant, or one of its seeds."""

    variant: int
    seed: int | None = None


class EffectGeometry:
    """The layout of one digest in one rectangle.

    Attributes:
        digest: What is drawn.
        results: The result of each variant.
        labels: What is written under each variant.
        metrics: Measures of the labels' font.
        marker_radius: Of a mean, pixels.
        seed_radius: Of a seed's point, pixels.
        legend: Names what is drawn.
        frame: Results in plotted units as pixels.
        area: Where results are drawn, without labels.
        inner: Where means are drawn: labels and seeds must not leave the area at its ends.
        has_axis_name: Whether there is room for what the values are values of.
        axis: Where the variants stand along `inner`.
    """

    def __init__(self, theme: Theme, rect: QRectF, digest: Digest, scale: ValueScale, shown: Range) -> None:
        self.digest = digest
        self.results = digest.estimates.get(digest.question.measure.name, ())
        self.labels = [variant.short_label for variant in digest.comparison.variants]
        self.metrics = QFontMetricsF(theme.font(LABEL_FONT))
        self.marker_radius = 0.6 * theme.base_size
        self.seed_radius = 0.28 * theme.base_size
        self._scale = scale
        self.has_axis_name = rect.height() > _FLAT * self.metrics.height()
        left = self.metrics.horizontalAdvance(_WIDEST_TICK) + 8
        self.legend = Legend(theme, self._named(theme), rect.width() - left)
        area = self._area(rect, left)
        self.frame = PlotFrame(theme, area, Axis(scale, (0.0, 1.0)), Axis(scale, shown), rect)
        self.area = self.frame.area
        self.inner = self._inner()
        width = max(self.inner.width(), 1.0)
        bars = self.marker_radius + self._seeds_width
        needs = [max(self.metrics.horizontalAdvance(label) + 10, bars) / width for label in self.labels]
        self.axis = places(digest.comparison, needs)
        self._place_points()

    @property
    def has_censored(self) -> bool:
        """Whether some seed still waits for what is measured."""
        return any(result.censored for result in self.results)

    def column(self, variant: int) -> float:
        """Return the pixel column of a variant."""
        return self.at_share(self.axis.shares[variant])

    def at_share(self, share: float) -> float:
        """Return the pixel column of a place along the axis."""
        return self.inner.left() + share * self.inner.width()

    def row(self, value: float) -> float:
        """Return the pixel row of a result; nan if it is not defined."""
        return self._rows([value])[0]

    def ticks(self) -> list[Tick]:
        """Return round numbers, in plotted units, with as many labels as there is room for."""
        most = max(1, min(5, int(self.area.height() / (1.9 * self.metrics.height()))))
        return self._scale.ticks(self.frame.rows.shown, most)

    def centre_point(self, variant: int) -> QPointF:
        """Return where a variant's mean is."""
        return self._centres[variant]

    def seed_point(self, variant: int, seed: int) -> QPointF:
        """Return where a seed is: to the right of the mean, which it never hides."""
        return self._seed_points[Target(variant, seed)]

    def bar(self, variant: int) -> QLineF | None:
        """Return where a variant's interval is, None if it has none."""
        low, high = self._bars[variant]
        column = self.column(variant)
        return QLineF(column, low, column, high) if math.isfinite(low) else None

    def label(self, variant: int) -> tuple[str, QRectF]:
        """Return what is written under a variant, as far as there is room, and where."""
        room = self.label_room(variant)
        text = cut(self.labels[variant], self.metrics, room)
        place = QRectF(self.column(variant) - room / 2, self.label_top, room, self.metrics.height())
        return text, place

    @property
    def label_top(self) -> float:
        """Where the line with the values begins."""
        return self.area.bottom() + self.marker_radius + 1

    def label_room(self, variant: int) -> float:
        """Return how wide a label may be: up to the middle between it and its nearest neighbour."""
        share = self.axis.shares[variant]
        gaps = [abs(other - share) for number, other in enumerate(self.axis.shares) if number != variant]
        return min(gaps) * self.inner.width() - 4 if gaps else self.area.width()

    def target_at(self, position: QPointF) -> Target | None:
        """Return what is at a position: a seed's point, or a variant with its marker, bar and label."""
        distances = np.hypot(*(self._seed_places - (position.x(), position.y())).T)
        is_near = distances <= self.seed_radius + 3
        if is_near.any():
            return list(self._seed_points)[int(np.where(is_near, distances, math.inf).argmin())]
        over = np.flatnonzero(self._is_over(position))
        return Target(int(over[0])) if len(over) else None

    # ---- how it is done ------------------------------------------------------------------------

    def _place_points(self) -> None:
        """Compute where every mean, bar and seed is, once for all that is drawn and pointed at."""
        self._centres: list[QPointF] = []
        self._bars: list[tuple[float, float]] = []
        self._seed_points: dict[Target, QPointF] = {}
        for variant, result in enumerate(self.results):
            column = self.column(variant)
            low, high, centre, *seeds = self._rows(
                [result.low, result.high, result.centre, *result.samples.values()]
            )
            self._centres.append(QPointF(column, centre))
            self._bars.append((low, high))
            for place, (seed, row) in enumerate(zip(result.samples, seeds, strict=True)):
                shift = self.marker_radius + (2 + 1.6 * (place % _SEED_COLUMNS)) * self.seed_radius
                self._seed_points[Target(variant, seed)] = QPointF(column + shift, row)
        self._prepare_hits()

    def _prepare_hits(self) -> None:
        """Keep in arrays what every move of the mouse is held against."""
        points = self._seed_points.values()
        self._seed_places = np.array([(point.x(), point.y()) for point in points]).reshape(-1, 2)
        rows = np.array([(*bar, centre.y()) for bar, centre in zip(self._bars, self._centres, strict=True)])
        rows = rows.reshape(-1, 3)
        self._tops = np.where(np.isnan(rows), math.inf, rows).min(axis=1, initial=math.inf)
        self._bottoms = np.where(np.isnan(rows), -math.inf, rows).max(axis=1, initial=-math.inf)
        n = len(self.results)
        self._columns = np.array([self.column(variant) for variant in range(n)])
        self._label_reaches = np.array([self.label_room(variant) / 2 for variant in range(n)])

    def _rows(self, values: Sequence[float]) -> list[float]:
        """Return the pixel rows of results; nan where one is not defined."""
        known = [value for value in values if math.isfinite(value)]
        plotted = iter(self._scale.to_plot(np.array(known)).tolist())
        return [self.frame.row(next(plotted)) if math.isfinite(value) else math.nan for value in values]

    @property
    def _seeds_width(self) -> float:
        """How far seeds reach to the right of a mean."""
        return self.marker_radius + (2 + 1.6 * _SEED_COLUMNS) * self.seed_radius

    def _named(self, theme: Theme) -> list[Shape]:
        """Return what the legend names, last first; where there is little height only what must be."""
        symbols: list[tuple[Symbol, str]] = []
        if self.has_censored:
            ring = Ring(self.seed_radius, theme.colour("muted"), theme.colour("card"))
            symbols.append((ring, "not solved: its number is a lower bound"))
        if self.has_axis_name and any(math.isfinite(result.low) for result in self.results):
            bar = Upright(self.seed_radius, 1.4 * self.marker_radius, bar_pen(theme.colour("muted")))
            symbols.append((bar, "95 % interval" if self.digest.is_final else "interval so far"))
        if self.has_axis_name and any(result.samples for result in self.results):
            symbols.append((Dot(self.seed_radius, theme.colour("muted")), "a seed"))
        named: list[Shape] = [Marks(_NONE, _NONE, symbol, legend=text) for symbol, text in symbols]
        reference = self.digest.question.reference
        if self.has_axis_name and self.results and math.isfinite(self.results[reference].centre):
            named.insert(0, Lines({}, dashes(theme, 5.0), legend=f"level of {self.labels[reference]}"))
        return named

    def _area(self, rect: QRectF, left: float) -> QRectF:
        line = self.metrics.height()
        beyond = self.marker_radius + 3  # a marker at the very end of the range stays clear of the labels
        above = beyond + (self.legend.height if self.legend.texts else 0)
        return rect.adjusted(left, above, -4, -beyond - (2 if self.has_axis_name else 1) * line)

    def _inner(self) -> QRectF:
        widths = [self.metrics.horizontalAdvance(label) / 2 for label in self.labels]
        most = self.area.width() / (2 * max(len(widths), 1))
        side = max(2.5 * self.marker_radius, min(max(widths), most))
        return self.area.adjusted(side, 0, -max(side, self._seeds_width), 0)

    def _is_over(self, position: QPointF) -> NDArray[np.bool_]:
        """Whether a position is on the marker, bar or label of each variant."""
        distances, row = np.abs(self._columns - position.x()), position.y()
        if row > self.area.bottom():
            return np.asarray(distances <= self._label_reaches)
        reach = self.marker_radius + 3
        is_level = (self._tops - reach <= row) & (row <= self._bottoms + reach)
        return np.asarray(is_level & (distances <= reach))


def bar_pen(colour: QColor) -> QPen:
    """Return what an interval is drawn with."""
    return QPen(colour, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def dashes(theme: Theme, length: float) -> QPen:
    """Return what a level, or what connects means, is drawn with."""
    pen = QPen(theme.colour("muted"), 1.0)
    pen.setDashPattern([length, length])
    return pen
